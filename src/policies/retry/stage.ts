import type { Call, Wait } from '../../core/call.ts';
import { CircuitOpenError, RejectedError } from '../../core/errors.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { Timer } from '../../core/time.ts';
import { classify } from '../../failures/classify.ts';
import { delayOf } from '../../mechanisms/backoff.ts';
import type { RetryBudget } from '../../mechanisms/budget.ts';
import type { Settings } from './options.ts';

/** Those who wait for the same circuit come back over so long at most, in milliseconds. */
const mostSpread = 1_000;

/** What is noted about a call from its first failure on. */
class Tries {
  made = 1;
  failed = 0;
  previousDelay = 0;
  waitedForCircuit = false;
  apart = false;
  readonly since: number;

  constructor(since: number) {
    this.since = since;
  }
}

export class RetryStage extends Stage {
  private readonly settings: Settings;
  private readonly paysIn: RetryBudget | undefined;

  constructor(place: Place, settings: Settings) {
    super(place, {
      scheduled: 0,
      recovered: 0,
      exhausted: 0,
      refused_budget: 0,
      refused_deadline: 0,
      refused_circuit: 0,
    });
    this.settings = settings;
    this.paysIn =
      settings.budget !== false && place.claim(settings.budget) ? settings.budget : undefined;
  }

  override enter(call: Call): void {
    if (this.settings.maxElapsed !== Infinity) call.slots[this.index] = new Tries(call.run.time);
    this.inward.enter(call);
  }

  override succeed(inside: Call, value: unknown): void {
    const call = this.leave(inside);
    const { handleResult } = this.settings;
    let failed = false;
    try {
      failed =
        handleResult !== undefined &&
        call.interruptedBy === undefined &&
        handleResult(value, inside);
      if (failed && this.again(call, undefined)) return;
      if (!failed) this.paysIn?.deposit(call.run.time);
    } catch (thrown) {
      this.outer.fail(call, thrown);
      return;
    }
    const tries = call.slots[this.index] as Tries | undefined;
    if (!failed && tries !== undefined && tries.failed > 0) {
      this.count('recovered');
      this.emit(call, 'retry.recovered', {
        attempts: tries.made,
        duration: call.run.time - tries.since,
      });
    }
    this.outward.succeed(call, value);
  }

  override fail(inside: Call, error: unknown): void {
    const call = this.leave(inside);
    if (call.interruptedBy !== undefined) {
      this.outer.fail(call, error);
      return;
    }
    try {
      if (this.settings.handle(error, inside)) {
        const waits =
          error instanceof CircuitOpenError
            ? this.awaitCircuit(call, error)
            : this.again(call, error);
        if (waits) return;
      }
    } catch (thrown) {
      this.outer.fail(call, thrown);
      return;
    }
    this.outer.fail(call, error);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { budget } = this.settings;
    return budget === false ? {} : { budget_available_ratio: budget.available() };
  }

  /** Back from a try to the call that it was made for. */
  private leave(inside: Call): Call {
    const call = inside.at(this);
    if (call !== inside) {
      call.attempt = inside.attempt;
      call.drop(inside);
    }
    return call;
  }

  /** Leaves the first try with the call that its operation was given, whose context must not change any more. */
  private apart(call: Call, tries: Tries): Call {
    if (tries.apart) return call;
    tries.apart = true;
    const owner = call.split(this);
    owner.drop(call);
    return owner;
  }

  private tries(call: Call): Tries {
    const noted = call.slots[this.index] as Tries | undefined;
    if (noted !== undefined) return noted;
    const tries = new Tries(call.run.startedAt);
    call.slots[this.index] = tries;
    return tries;
  }

  /** Starts the wait for one more try, unless that is refused. */
  private again(call: Call, error: unknown): boolean {
    const { maxAttempts, respectRetryAfter, maxRetryAfter, backoff } = this.settings;
    const tries = this.tries(call);
    tries.failed++;
    if (tries.made >= maxAttempts) {
      this.count('exhausted');
      this.emit(call, 'retry.exhausted', { attempts: tries.made, error });
      return false;
    }
    const retryAfter =
      respectRetryAfter && error !== undefined ? classify(error).retryAfter : undefined;
    if (retryAfter !== undefined && retryAfter > maxRetryAfter)
      return this.refuse(call, tries, error, 'deadline');
    const delay = Math.max(
      delayOf(backoff, tries.made, error, tries.previousDelay),
      retryAfter ?? 0,
    );
    if (this.isTooLate(call, tries, delay)) return this.refuse(call, tries, error, 'deadline');
    // What was never sent is no extra load when it is tried again.
    const free = error instanceof RejectedError;
    if (!free && !this.pay(call)) return this.refuse(call, tries, error, 'budget');
    tries.previousDelay = delay;
    tries.made++;
    this.report(call, error, delay, tries.made - 1, retryAfter);
    const owner = this.apart(call, tries);
    this.waitFor(owner, delay, () => this.inward.enter(owner.fork(this)));
    return true;
  }

  /** Waits for an open circuit: once a call, and spread out, since all who wait know the same instant. */
  private awaitCircuit(call: Call, error: CircuitOpenError): boolean {
    const tries = this.tries(call);
    tries.failed++;
    const { retryAfter } = error;
    if (tries.waitedForCircuit || this.isTooLate(call, tries, retryAfter)) {
      return this.refuse(call, tries, error, 'circuit-open');
    }
    if (!this.pay(call)) return this.refuse(call, tries, error, 'budget');
    tries.waitedForCircuit = true;
    const delay = this.spread(call, tries, retryAfter);
    this.report(call, error, delay, tries.made, retryAfter);
    this.watchCircuit(this.apart(call, tries), error, tries, delay);
    return true;
  }

  /**
   * Goes on when the circuit lets calls in again; until then, and as long as there is time, it is one and the same wait.
   * Where nothing bounds the call, it ends with the circuit's own `retryAfter`, or a dead dependency would collect callers.
   */
  private watchCircuit(call: Call, error: CircuitOpenError, tries: Tries, delay: number): void {
    this.waitFor(call, delay, () => {
      const bounded = this.latest(call, tries) !== Infinity;
      const more = bounded ? error.admitsIn(call.run.time) : 0;
      if (more === 0) this.inward.enter(call.fork(this));
      else if (!this.isTooLate(call, tries, more))
        this.watchCircuit(call, error, tries, this.spread(call, tries, more));
      else {
        this.refuse(call, tries, error, 'circuit-open');
        this.outer.fail(call, error);
      }
    });
  }

  /** Later than others who know the same instant, but in time. */
  private spread(call: Call, tries: Tries, delay: number): number {
    const room = this.latest(call, tries) - call.run.time - delay;
    return delay + Math.random() * Math.min(Math.max(100, delay), mostSpread, room);
  }

  /** The instant by which a wait must be over. */
  private latest(call: Call, tries: Tries): number {
    return Math.min(call.deadline, tries.since + this.settings.maxElapsed);
  }

  private isTooLate(call: Call, tries: Tries, delay: number): boolean {
    const latest = this.latest(call, tries);
    return delay === Infinity || (latest !== Infinity && call.run.time + delay >= latest);
  }

  private pay(call: Call): boolean {
    const { budget } = this.settings;
    return budget === false || budget.withdraw(call.run.time);
  }

  private refuse(
    call: Call,
    tries: Tries,
    error: unknown,
    reason: 'budget' | 'deadline' | 'circuit-open',
  ): false {
    this.count(reason === 'circuit-open' ? 'refused_circuit' : `refused_${reason}`);
    this.emit(call, 'retry.refused', { attempts: tries.made, error, reason });
    return false;
  }

  private report(
    call: Call,
    error: unknown,
    delay: number,
    attempt: number,
    retryAfter: number | undefined,
  ): void {
    this.count('scheduled');
    call.run.handled();
    call.run.reportFailure(false);
    const asked = retryAfter === undefined ? {} : { retryAfter };
    this.emit(call, 'retry.scheduled', { attempt, delay, error, ...asked });
  }

  private waitFor(call: Call, delay: number, then: () => void): void {
    const go = (): void => {
      if (call.resume(wait)) then();
    };
    const timer = new Timer(go, delay, !this.settings.unref);
    const wait: Wait = { at: this, cancel: () => timer.stop() };
    call.wait(wait);
  }
}
