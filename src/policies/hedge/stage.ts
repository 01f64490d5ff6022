/**
 * The way of a call through a hedge:
 *
 *     start the first call, and a timer of `after`
 *       the timer is due, or all that run have failed  → start one more, if one is left and paid for (hedge.launched)
 *       a good answer                                  → out it goes; the others are aborted, what they bring is closed
 *       an error that handle does not say yes to       → out it goes, the same way; a hedge's waits for the first call
 *       all have failed                                → out goes how the first one failed
 */
import { RejectedError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { Deposits } from '../shared/deposits.ts';
import { leaveBroken, threw } from '../shared/handle.ts';
import { quietly } from '../../core/response-body.ts';
import { discard } from '../shared/values.ts';
import type { HedgeDelay } from './delay.ts';
import type { Settings } from './options.ts';
import { HedgeTimer, type Loss, Race } from './race.ts';

/** What a hedge's own call notes in the place where the first call notes the race. */
const hedged = Symbol('hedged');

const isHedge = (at: Stage, inside: Scope): boolean => inside.notes[at.index] === hedged;

const lost = new DOMException('Another attempt was faster', 'AbortError');

export class HedgeStage extends Stage {
  private readonly policy: { readonly settings: Settings };
  private readonly delay: HedgeDelay;
  private readonly deposits: Deposits;

  constructor(place: Place, policy: { readonly settings: Settings }, delay: HedgeDelay) {
    super(place, { launched: 0, won: 0, wasted: 0, refused: 0 });
    this.policy = policy;
    this.delay = delay;
    this.deposits = new Deposits(place, policy.settings.budget);
  }

  override enter(scope: Scope): void {
    const idempotent = scope.attributes['idempotent'];
    if (idempotent === true || (idempotent !== false && !this.policy.settings.requireIdempotent)) {
      const race = new Race(scope.execution.time, scope.timeout);
      scope.notes[this.index] = race;
      this.watch(scope, race);
    }
    this.nextEntering.enter(scope);
  }

  override succeed(inside: Scope, value: unknown): void {
    const scope = inside.at(this);
    const race = scope.notes[this.index] as Race | undefined;
    if (race?.over === true) {
      this.arriveLate(scope, inside);
      this.discard(race, value);
      return;
    }
    const { isFailure, budget } = this.policy.settings;
    if (race !== undefined) {
      if (isFailure !== undefined && scope.interruptedBy === undefined) {
        const failed = this.asked(scope, inside, race, isFailure, value);
        if (failed === threw) return;
        if (failed) {
          this.lose(scope, inside, race, { value, outcome: inside.outcomeOverride }, true);
          return;
        }
      }
      this.win(scope, inside, race, value);
    }
    if (this.deposits.add(budget, scope, this)) this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(inside: Scope, error: unknown): void {
    const scope = inside.at(this);
    const race = scope.notes[this.index] as Race | undefined;
    if (race?.over === true) {
      this.arriveLate(scope, inside);
      return;
    }
    if (race !== undefined && scope.interruptedBy === undefined) {
      const failed = this.asked(scope, inside, race, this.isLoss, error);
      if (failed === threw) return;
      // Without the hedge the first call would answer, so it still may: the error may be about two calls at once.
      if (failed || (race.firstRuns && isHedge(this, inside))) {
        this.lose(scope, inside, race, { error }, failed);
        return;
      }
    }
    if (race !== undefined) this.finish(scope, inside, race);
    this.outer.fail(scope, error);
  }

  override late(inside: Scope, value: unknown): void {
    const race = inside.at(this).notes[this.index] as Race | undefined;
    if (race !== undefined && race.launched > 0) this.discard(race, value);
    else this.outer.late(inside, value);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { budget } = this.policy.settings;
    const { after } = this.delay;
    return { ...(budget === false ? {} : { budget_available_ratio: budget.available() }), after };
  }

  /** The call has not been answered in time. */
  private readonly due = (inside: Scope): void => {
    const scope = inside.at(this);
    scope.execution.touch();
    const race = scope.notes[this.index] as Race;
    if (race.over || scope.interruptedBy !== undefined) return;
    try {
      this.launch(scope, race);
    } catch {
      // A budget of a user's own: the first call still runs, and the caller waits for that one.
      this.count('refused');
    }
  };

  /** Whether the others may still win. A refusal by kedge itself is no answer: nothing has been sent. */
  private readonly isLoss = (error: unknown, inside: Scope): boolean =>
    error instanceof RejectedError || this.policy.settings.handles(error, inside);

  /** Asks something of a user's own; where it throws, the race is over, and the call rejected with that error. */
  private asked<A>(
    scope: Scope,
    inside: Scope,
    race: Race,
    fn: (subject: A, inside: Scope) => boolean,
    subject: A,
  ): boolean | typeof threw {
    try {
      return fn(subject, inside);
    } catch (thrown) {
      this.finish(scope, inside, race);
      leaveBroken(this, scope, thrown, subject);
      return threw;
    }
  }

  private watch(scope: Scope, race: Race): void {
    const { after, deadlines } = this.delay;
    if (after === Infinity) return;
    race.next = new HedgeTimer(scope.execution.time + after, deadlines, scope, this.due);
    deadlines.add(race.next);
  }

  private unwatch(race: Race): void {
    race.next?.list.remove(race.next);
    race.next = undefined;
  }

  /** Starts one more call, if it is allowed and paid for. */
  private launch(scope: Scope, race: Race): boolean {
    const { budget, maxHedges } = this.policy.settings;
    this.unwatch(race);
    if (race.launched >= maxHedges) return false;
    const { execution } = scope;
    const fields = { attempt: execution.attempts + 1, after: execution.time - race.since };
    if (budget !== false && !budget.withdraw(execution.time)) {
      this.count('refused');
      this.emit(scope, 'hedge.refused', fields);
      return false;
    }
    // While the first one runs, the call stays with it, and the race goes on around it.
    const owner = race.firstRuns && race.launched === 0 ? scope.split(this) : scope;
    owner.timeout = race.timeout;
    race.launched++;
    race.running++;
    this.count('launched');
    execution.handled();
    execution.reportFailure(false);
    this.emit(owner, 'hedge.launched', fields);
    const child = owner.fork(this);
    child.notes[this.index] = hedged;
    if (race.launched < maxHedges) this.watch(owner, race);
    this.nextEntering.enter(child);
    return true;
  }

  /** One has failed: start the next at once if that `mayHelp`, or wait for those that run, or fail as the first did. */
  private lose(scope: Scope, inside: Scope, race: Race, loss: Loss, mayHelp: boolean): void {
    race.running--;
    const isFirst = !isHedge(this, inside);
    if (isFirst) race.firstRuns = false;
    const dropped = isFirst || race.loss === undefined ? race.loss : loss;
    if (dropped !== loss) race.loss = loss;
    if (dropped !== undefined && 'value' in dropped) this.discard(race, dropped.value);
    scope.drop(inside);
    // A refusal by kedge itself would meet the next call too.
    const refused = 'error' in loss && loss.error instanceof RejectedError;
    const more = refused || !mayHelp ? false : this.asked(scope, inside, race, this.launches, race);
    if (more !== false) return;
    if (race.running > 0) {
      scope.execution.handled();
      return;
    }
    const { loss: first = loss } = race;
    race.loss = undefined;
    this.finish(scope, inside, race);
    if ('value' in first) {
      scope.outcomeOverride = first.outcome;
      this.nextSucceeding.succeed(scope, first.value);
      return;
    }
    this.outer.fail(scope, first.error);
  }

  private readonly launches = (race: Race, inside: Scope): boolean =>
    this.launch(inside.at(this), race);

  private win(scope: Scope, inside: Scope, race: Race, value: unknown): void {
    // From the first call's start, also where a hedge was faster: a quantile of winners alone would creep down.
    const after = scope.execution.time - race.since;
    this.delay.learn(after);
    race.winner = { value };
    const byHedge = isHedge(this, inside);
    this.finish(scope, inside, race);
    if (!byHedge) return;
    this.count('won');
    this.emit(scope, 'hedge.won', { attempt: inside.attempt, after });
  }

  /** The race is over: what still runs in it is aborted, and nobody gets the values that lost. */
  private finish(scope: Scope, inside: Scope, race: Race): void {
    race.over = true;
    this.unwatch(race);
    if (race.loss !== undefined && 'value' in race.loss) this.discard(race, race.loss.value);
    if (scope === inside) return;
    scope.attempt = inside.attempt;
    scope.outcomeOverride = inside.outcomeOverride;
    scope.drop(inside);
    scope.endForks(this, lost);
  }

  /** One that had lost already has ended, or was ended for it. */
  private arriveLate(scope: Scope, inside: Scope): void {
    scope.drop(inside);
    this.count('wasted');
  }

  /** Closes what nobody gets. Two calls may have brought the same object, and then the caller has it. */
  private discard({ winner }: Race, value: unknown): void {
    if (winner !== undefined && winner.value === value) return;
    const { onDiscard = discard } = this.policy.settings;
    quietly(() => onDiscard(value));
  }
}
