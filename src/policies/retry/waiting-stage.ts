/** What the waits of a retry have in common: who pays for them, by when they must be over, and how they end. */
import type { PendingWait, Scope } from '../../core/scope.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { Timer } from '../../core/time.ts';
import { Deposits } from '../shared/deposits.ts';
import type { LoneAllowance } from './lone-allowance.ts';
import type { Settings } from './options.ts';
import { isTooLate, RetryState } from './waits.ts';

/** The weight of one answer in how long answers take. */
const weight = 0.1;

/** So much later than asked may timers fire, about, in milliseconds. */
const timersGrain = 5;

const ignore = (): void => {};

export abstract class WaitingStage extends Stage {
  protected readonly policy: { readonly settings: Settings };
  protected readonly deposits: Deposits;
  /** How many calls are in here, those that wait for their next attempt included. */
  protected calls = 0;
  /** How long an attempt that is answered takes, about, in milliseconds; 0 while nothing is known. */
  protected answersIn = 0;
  private readonly allowance: LoneAllowance;

  constructor(place: Place, policy: { readonly settings: Settings }, allowance: LoneAllowance) {
    super(place, {
      scheduled: 0,
      recovered: 0,
      exhausted: 0,
      refused_budget: 0,
      refused_deadline: 0,
      refused_circuit: 0,
    });
    this.policy = policy;
    this.allowance = allowance;
    this.deposits = new Deposits(place, policy.settings.budget);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { budget } = this.policy.settings;
    return budget === false ? {} : { budget_available_ratio: budget.available() };
  }

  /** Back from a try to the call that it was made for, which goes out unless it is tried again. */
  protected leave(inside: Scope): Scope {
    this.calls--;
    const scope = inside.at(this);
    if (scope !== inside) {
      scope.attempt = inside.attempt;
      scope.outcomeOverride = inside.outcomeOverride;
      scope.drop(inside);
    }
    return scope;
  }

  /** An attempt has been answered. */
  protected learn({ startedAt, execution: { time } }: Scope): void {
    const took = time - startedAt;
    if (startedAt < 0 || took < 0) return;
    this.answersIn += (took - this.answersIn) * (this.answersIn === 0 ? 1 : weight);
  }

  /** One more try of a call that has waited for it. */
  protected attempt(scope: Scope): void {
    this.calls++;
    this.nextEntering.enter(scope.fork(this));
  }

  /** Leaves the first try with the call that its operation was given, whose context must not change any more. */
  protected apart(scope: Scope, state: RetryState): Scope {
    if (state.apart) return scope;
    state.apart = true;
    const owner = scope.split(this);
    owner.drop(scope);
    return owner;
  }

  protected state(scope: Scope): RetryState {
    const noted = scope.notes[this.index] as RetryState | undefined;
    if (noted !== undefined) return noted;
    const state = new RetryState(scope.execution.startedAt);
    scope.notes[this.index] = state;
    return state;
  }

  /** The instant by which a wait must be over. */
  protected latest(scope: Scope, state: RetryState): number {
    return Math.min(scope.deadline, state.since + this.policy.settings.maxElapsed);
  }

  /** Whether the budget pays. */
  protected isPaid(scope: Scope): boolean {
    const { budget } = this.policy.settings;
    return budget === false || budget.withdraw(scope.execution.time);
  }

  /** Returns after what delay a try may begin, if anybody pays for it: the budget or, for a call that is alone, nobody. */
  protected pay(
    scope: Scope,
    { startedAt }: Scope,
    delay: number,
    latest: number,
  ): number | undefined {
    const { time } = scope.execution;
    if (this.isPaid(scope)) return delay;
    if (this.calls > 0) return undefined;
    const free = this.allowance.next(time);
    if (free === undefined) return undefined;
    const longer = free - time;
    // Who waits for that alone is to have time for the attempt, or would end with a timeout in place of the error.
    const took = startedAt < 0 ? 0 : Math.max(0, time - startedAt);
    const needed = longer > delay ? Math.max(this.answersIn, took) + timersGrain : 0;
    if (isTooLate(scope, longer, Math.min(latest, scope.deadline - needed))) return undefined;
    this.allowance.take(free);
    return Math.max(delay, longer);
  }

  protected refuse(
    scope: Scope,
    state: RetryState,
    error: unknown,
    reason: 'budget' | 'deadline' | 'circuit-open',
  ): false {
    this.count(reason === 'circuit-open' ? 'refused_circuit' : `refused_${reason}`);
    scope.execution.noteRetry(reason);
    this.emit(scope, 'retry.refused', { attempts: state.made, error, reason });
    return false;
  }

  protected report(
    scope: Scope,
    error: unknown,
    delay: number,
    attempt: number,
    retryAfter: number | undefined,
  ): void {
    this.count('scheduled');
    const { execution } = scope;
    execution.noteRetry(undefined);
    execution.handled();
    execution.reportFailure(false);
    const asked = retryAfter === undefined ? {} : { retryAfter };
    this.emit(scope, 'retry.scheduled', { attempt, delay, error, ...asked });
  }

  /** Waits for a delay and, where something is being prepared meanwhile, for that. */
  protected waitFor(
    scope: Scope,
    delay: number,
    then: () => void,
    prepared?: Promise<unknown>,
  ): void {
    this.calls++;
    const go = (): void => {
      if (!scope.resume(wait)) return;
      this.calls--;
      then();
    };
    const elapsed = prepared === undefined ? go : (): void => void prepared.then(go, ignore);
    const timer = new Timer(elapsed, delay, !this.policy.settings.unref);
    const cancel = (): void => {
      timer.stop();
      this.calls--;
    };
    const wait: PendingWait = { at: this, cancel };
    scope.wait(wait);
    prepared?.catch((thrown: unknown) => {
      if (!scope.resume(wait)) return;
      cancel();
      this.outer.fail(scope, thrown);
    });
  }
}
