import type { Scope, Limit } from '../../core/scope.ts';
import { RejectedError } from '../../core/errors.ts';
import { type Place, Stage } from '../../core/stage.ts';
import type { RetryBudget } from '../../mechanisms/budget.ts';
import { Deadline, type DeadlineList } from '../../mechanisms/deadlines.ts';
import type { RecentQuantile } from '../../mechanisms/quantile.ts';
import { setAfter, type Shared } from './delay.ts';

/** So many successes must have been seen before a quantile of them means anything. */
const enoughToLearn = 30;

/** The calls that run against each other for one answer. */
class Race {
  readonly since: number;
  /** The tightest timeout outside: the first call has those inside on it too, and they are not the others'. */
  readonly timeout: Limit | undefined;
  launched = 0;
  running = 1;
  firstRuns = true;
  over = false;
  /** How the first call failed; until it has, how another one did. */
  failure: { readonly error: unknown } | { readonly value: unknown } | undefined = undefined;
  next: HedgeTimer | undefined = undefined;

  constructor(since: number, timeout: Limit | undefined) {
    this.since = since;
    this.timeout = timeout;
  }
}

/** What a hedge's own call notes in the place where the first call notes the race. */
const hedged = Symbol('hedged');

const lost = new DOMException('Another attempt was faster', 'AbortError');

/** The instant at which the next hedge is due. */
class HedgeTimer extends Deadline {
  readonly list: DeadlineList;
  private readonly stage: HedgeStage;
  private readonly scope: Scope;

  constructor(instant: number, list: DeadlineList, scope: Scope, stage: HedgeStage) {
    super(instant);
    this.list = list;
    this.scope = scope;
    this.stage = stage;
    scope.captureAsyncContext();
  }

  override expire(): void {
    this.scope.runInAsyncContext(() => this.stage.due(this.scope));
  }
}

export class HedgeStage extends Stage {
  private readonly shared: Shared;
  private readonly place: Place;
  /** The budgets that successes here are paid into by this stage: of several that share one, the first does. */
  private readonly claimed: Set<RetryBudget> = new Set();

  constructor(place: Place, shared: Shared) {
    super(place, { launched: 0, won: 0, wasted: 0 });
    this.shared = shared;
    this.place = place;
    this.claim();
  }

  override enter(scope: Scope): void {
    const idempotent = scope.attributes['idempotent'];
    if (idempotent === true || (idempotent !== false && !this.shared.settings.requireIdempotent)) {
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
      return;
    }
    const { handleResult } = this.shared.settings;
    if (race !== undefined && handleResult !== undefined && scope.interruptedBy === undefined) {
      try {
        if (handleResult(value, inside)) {
          this.lose(scope, inside, race, { value });
          return;
        }
      } catch (thrown) {
        this.finish(scope, inside, race);
        this.outer.fail(scope, thrown);
        return;
      }
    }
    this.payIn(scope);
    if (race !== undefined) this.win(scope, inside, race);
    this.nextSucceeding.succeed(scope, value);
  }

  override fail(inside: Scope, error: unknown): void {
    const scope = inside.at(this);
    const race = scope.notes[this.index] as Race | undefined;
    if (race?.over === true) {
      this.arriveLate(scope, inside);
      return;
    }
    let failure = error;
    if (race !== undefined) {
      try {
        if (scope.interruptedBy === undefined && this.isLoss(error, inside)) {
          this.lose(scope, inside, race, { error });
          return;
        }
      } catch (thrown) {
        failure = thrown;
      }
      this.finish(scope, inside, race);
    }
    this.outer.fail(scope, failure);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { settings, after } = this.shared;
    const { budget } = settings;
    return { ...(budget === false ? {} : { budget_available_ratio: budget.available() }), after };
  }

  /** The call has not been answered in time. */
  due(inside: Scope): void {
    const scope = inside.at(this);
    scope.execution.touch();
    const race = scope.notes[this.index] as Race;
    if (!race.over && scope.interruptedBy === undefined) this.launch(scope, race);
  }

  private watch(scope: Scope, race: Race): void {
    const { after, deadlines } = this.shared;
    if (after === Infinity) return;
    race.next = new HedgeTimer(scope.execution.time + after, deadlines, scope, this);
    deadlines.add(race.next);
  }

  private claim(): void {
    const { budget } = this.shared.settings;
    if (budget !== false && this.place.claim(budget)) this.claimed.add(budget);
  }

  private payIn(scope: Scope): void {
    const { budget } = this.shared.settings;
    if (budget === false) return;
    // Another budget may have been put in place meanwhile.
    if (!this.claimed.has(budget)) this.claim();
    if (this.claimed.has(budget)) budget.deposit(scope.execution.time);
  }

  /** Whether the others may still win. A refusal by kedge itself is no answer: nothing has been sent. */
  private isLoss(error: unknown, inside: Scope): boolean {
    return error instanceof RejectedError || this.shared.settings.handle(error, inside);
  }

  private unwatch(race: Race): void {
    race.next?.list.remove(race.next);
    race.next = undefined;
  }

  /** Starts one more call, if it is allowed and paid for. */
  private launch(scope: Scope, race: Race): boolean {
    const { budget, maxHedges } = this.shared.settings;
    this.unwatch(race);
    if (race.launched >= maxHedges) return false;
    if (budget !== false && !budget.withdraw(scope.execution.time)) return false;
    // While the first one runs, the call stays with it, and the race goes on around it.
    const owner = race.firstRuns && race.launched === 0 ? scope.split(this) : scope;
    owner.timeout = race.timeout;
    race.launched++;
    race.running++;
    this.count('launched');
    owner.execution.handled();
    owner.execution.reportFailure(false);
    this.emit(owner, 'hedge.launched', {
      attempt: owner.execution.attempts + 1,
      after: owner.execution.time - race.since,
    });
    const child = owner.fork(this);
    child.notes[this.index] = hedged;
    if (race.launched < maxHedges) this.watch(owner, race);
    this.nextEntering.enter(child);
    return true;
  }

  /** One has failed: start the next at once, or wait for those that run, or fail as the first did. */
  private lose(
    scope: Scope,
    inside: Scope,
    race: Race,
    failure: Exclude<Race['failure'], undefined>,
  ): void {
    race.running--;
    if (inside.notes[this.index] === hedged) race.failure ??= failure;
    else {
      race.firstRuns = false;
      race.failure = failure;
    }
    scope.drop(inside);
    // A refusal by kedge itself would meet the next call too.
    const refused = 'error' in failure && failure.error instanceof RejectedError;
    if (!refused && this.launch(scope, race)) return;
    if (race.running > 0) {
      scope.execution.handled();
      return;
    }
    this.finish(scope, inside, race);
    if ('value' in race.failure) this.nextSucceeding.succeed(scope, race.failure.value);
    else this.outer.fail(scope, race.failure.error);
  }

  private win(scope: Scope, inside: Scope, race: Race): void {
    const { learnt } = this.shared;
    const duration = scope.execution.time - race.since;
    // From the first call's start, also where a hedge was faster: a quantile of winners alone would creep down.
    if (learnt !== undefined) this.learn(learnt, duration);
    const byHedge = inside.notes[this.index] === hedged;
    this.finish(scope, inside, race);
    if (!byHedge) return;
    this.count('won');
    this.emit(scope, 'hedge.won', { attempt: inside.attempt, after: duration });
  }

  /** The race is over: what still runs in it is aborted. */
  private finish(scope: Scope, inside: Scope, race: Race): void {
    race.over = true;
    this.unwatch(race);
    if (scope === inside) return;
    scope.attempt = inside.attempt;
    scope.drop(inside);
    scope.endForks(this, lost);
  }

  /** One that had lost already has ended, or was ended for it. */
  private arriveLate(scope: Scope, inside: Scope): void {
    scope.drop(inside);
    this.count('wasted');
  }

  private learn(learnt: RecentQuantile, duration: number): void {
    const { shared } = this;
    learnt.record(duration);
    if (learnt.size < enoughToLearn || --shared.untilRelearnt > 0) return;
    shared.untilRelearnt = enoughToLearn;
    setAfter(shared, learnt.estimate() ?? Infinity);
  }
}
