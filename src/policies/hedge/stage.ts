import type { Call, Limit } from '../../core/call.ts';
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
  next: Launch | undefined = undefined;

  constructor(since: number, timeout: Limit | undefined) {
    this.since = since;
    this.timeout = timeout;
  }
}

/** What a hedge's own call notes in the place where the first call notes the race. */
const hedged = Symbol('hedged');

const lost = new DOMException('Another attempt was faster', 'AbortError');

/** The instant at which the next hedge is due. */
class Launch extends Deadline {
  readonly list: DeadlineList;
  private readonly stage: HedgeStage;
  private readonly call: Call;

  constructor(instant: number, list: DeadlineList, call: Call, stage: HedgeStage) {
    super(instant);
    this.list = list;
    this.call = call;
    this.stage = stage;
    call.keepContext();
  }

  override expire(): void {
    this.call.inContext(() => this.stage.late(this.call));
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

  override enter(call: Call): void {
    const idempotent = call.attributes['idempotent'];
    if (idempotent === true || (idempotent !== false && !this.shared.settings.requireIdempotent)) {
      const race = new Race(call.run.time, call.timeout);
      call.slots[this.index] = race;
      this.watch(call, race);
    }
    this.inward.enter(call);
  }

  override succeed(inside: Call, value: unknown): void {
    const call = inside.at(this);
    const race = call.slots[this.index] as Race | undefined;
    if (race?.over === true) {
      this.arriveLate(call, inside);
      return;
    }
    const { handleResult } = this.shared.settings;
    if (race !== undefined && handleResult !== undefined && call.interruptedBy === undefined) {
      try {
        if (handleResult(value, inside)) {
          this.lose(call, inside, race, { value });
          return;
        }
      } catch (thrown) {
        this.finish(call, inside, race);
        this.outer.fail(call, thrown);
        return;
      }
    }
    this.payIn(call);
    if (race !== undefined) this.win(call, inside, race);
    this.outward.succeed(call, value);
  }

  override fail(inside: Call, error: unknown): void {
    const call = inside.at(this);
    const race = call.slots[this.index] as Race | undefined;
    if (race?.over === true) {
      this.arriveLate(call, inside);
      return;
    }
    let failure = error;
    if (race !== undefined) {
      try {
        if (call.interruptedBy === undefined && this.isLoss(error, inside)) {
          this.lose(call, inside, race, { error });
          return;
        }
      } catch (thrown) {
        failure = thrown;
      }
      this.finish(call, inside, race);
    }
    this.outer.fail(call, failure);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { settings, after } = this.shared;
    const { budget } = settings;
    return { ...(budget === false ? {} : { budget_available_ratio: budget.available() }), after };
  }

  /** The call has not been answered in time. */
  late(inside: Call): void {
    const call = inside.at(this);
    call.run.touch();
    const race = call.slots[this.index] as Race;
    if (!race.over && call.interruptedBy === undefined) this.launch(call, race);
  }

  private watch(call: Call, race: Race): void {
    const { after, deadlines } = this.shared;
    if (after === Infinity) return;
    race.next = new Launch(call.run.time + after, deadlines, call, this);
    deadlines.add(race.next);
  }

  private claim(): void {
    const { budget } = this.shared.settings;
    if (budget !== false && this.place.claim(budget)) this.claimed.add(budget);
  }

  private payIn(call: Call): void {
    const { budget } = this.shared.settings;
    if (budget === false) return;
    // Another budget may have been put in place meanwhile.
    if (!this.claimed.has(budget)) this.claim();
    if (this.claimed.has(budget)) budget.deposit(call.run.time);
  }

  /** Whether the others may still win. A refusal by kedge itself is no answer: nothing has been sent. */
  private isLoss(error: unknown, inside: Call): boolean {
    return error instanceof RejectedError || this.shared.settings.handle(error, inside);
  }

  private unwatch(race: Race): void {
    race.next?.list.remove(race.next);
    race.next = undefined;
  }

  /** Starts one more call, if it is allowed and paid for. */
  private launch(call: Call, race: Race): boolean {
    const { budget, maxHedges } = this.shared.settings;
    this.unwatch(race);
    if (race.launched >= maxHedges) return false;
    if (budget !== false && !budget.withdraw(call.run.time)) return false;
    // While the first one runs, the call stays with it, and the race goes on around it.
    const owner = race.firstRuns && race.launched === 0 ? call.split(this) : call;
    owner.timeout = race.timeout;
    race.launched++;
    race.running++;
    this.count('launched');
    owner.run.handled();
    owner.run.reportFailure(false);
    this.emit(owner, 'hedge.launched', {
      attempt: owner.run.attempts + 1,
      after: owner.run.time - race.since,
    });
    const child = owner.fork(this);
    child.slots[this.index] = hedged;
    if (race.launched < maxHedges) this.watch(owner, race);
    this.inward.enter(child);
    return true;
  }

  /** One has failed: start the next at once, or wait for those that run, or fail as the first did. */
  private lose(
    call: Call,
    inside: Call,
    race: Race,
    failure: Exclude<Race['failure'], undefined>,
  ): void {
    race.running--;
    if (inside.slots[this.index] === hedged) race.failure ??= failure;
    else {
      race.firstRuns = false;
      race.failure = failure;
    }
    call.drop(inside);
    // A refusal by kedge itself would meet the next call too.
    const refused = 'error' in failure && failure.error instanceof RejectedError;
    if (!refused && this.launch(call, race)) return;
    if (race.running > 0) {
      call.run.handled();
      return;
    }
    this.finish(call, inside, race);
    if ('value' in race.failure) this.outward.succeed(call, race.failure.value);
    else this.outer.fail(call, race.failure.error);
  }

  private win(call: Call, inside: Call, race: Race): void {
    const { learnt } = this.shared;
    const duration = call.run.time - race.since;
    // From the first call's start, also where a hedge was faster: a quantile of winners alone would creep down.
    if (learnt !== undefined) this.learn(learnt, duration);
    const byHedge = inside.slots[this.index] === hedged;
    this.finish(call, inside, race);
    if (!byHedge) return;
    this.count('won');
    this.emit(call, 'hedge.won', { attempt: inside.attempt, after: duration });
  }

  /** The race is over: what still runs in it is aborted. */
  private finish(call: Call, inside: Call, race: Race): void {
    race.over = true;
    this.unwatch(race);
    if (call === inside) return;
    call.attempt = inside.attempt;
    call.drop(inside);
    call.endForks(this, lost);
  }

  /** One that had lost already has ended, or was ended for it. */
  private arriveLate(call: Call, inside: Call): void {
    call.drop(inside);
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
