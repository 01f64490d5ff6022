/**
 * One scope of an execution, which is what an operation sees as its context.
 *
 * Mostly one call serves the whole way through a pipeline. Scopes part only when they must:
 * - a policy that tries again `fork`s a call for each further try;
 * - a policy that goes on while the operation still runs (an aggressive timeout, a hedge) `split`s: the operation
 *   keeps the call that it was given, and the policies outside go on with a fresh one.
 */
import { Returning } from './async-context.ts';
import type { Execution } from './execution.ts';
import { earliest, type Limit } from './limit.ts';
import type { Attributes, Context, ExecuteOptions, ExecutionOutcome } from './policy.ts';
import { View } from './view.ts';
import { type Work, workBegun, workEnded } from './work.ts';

/** A place in a pipeline: scopes end at one, and an outcome is handed outward from one. */
export interface Position {
  readonly index: number;
  readonly outer: { fail(scope: Scope, error: unknown): void };
}

/** Something that a call waits for, other than its operation. */
export interface PendingWait {
  /** The place that waits. */
  readonly at: Position;
  /** Called when the call is ended meanwhile: stop timers, leave queues, give back what was granted. */
  cancel(): void;
  /**
   * Asked when a cooperative timeout has ended the call: whether it is really the operation that is waited for, and
   * has been told, so that the wait goes on until it ends.
   */
  readonly forOperation?: (() => boolean) | undefined;
}

const noAttributes: Attributes = Object.freeze({});

export class Scope implements Context {
  readonly execution: Execution;
  /** What each place in the pipeline keeps for this call, by the place's index. */
  readonly notes: unknown[];
  /** The call around this one, which goes on where this one's scope ends; none for the outermost. */
  parent: Scope | undefined;
  /** The place at which this call's scope ends; none for the outermost. */
  origin: Position | undefined;
  attempt = 1;
  /** The innermost timeout around what this call is doing. */
  timeout: Limit | undefined;
  /** When the operation was started; below 0 until it is. */
  startedAt = -1;
  /** What a value that goes outward from here counts as, where that is not plain: a fallback, a stale value. */
  outcomeOverride: ExecutionOutcome | undefined = undefined;
  /** Who ended this call before its operation did: a timeout, a hedge, or the place of the answer for the caller. */
  interruptedBy: Position | undefined = undefined;
  /** What the signal aborts with; set together with `interruptedBy`. */
  reason: unknown = undefined;
  /** How many of its operations are at work, awaited or abandoned; see work.ts. */
  working = 0;
  /** How many have been started in it, without those whose own error has proven that they were not carried out. */
  mayHaveRun = 0;
  work: Work | undefined = undefined;
  private readonly given: ExecuteOptions;
  private live = false;
  private waiting: PendingWait | undefined = undefined;
  private forks: Scope[] | undefined = undefined;
  private viewed: View | undefined = undefined;
  private timeoutAtStart: Limit | undefined = undefined;
  private returning: Returning | undefined = undefined;

  constructor(
    execution: Execution,
    parent: Scope | undefined,
    origin: Position | undefined,
    notes: unknown[],
    timeout: Limit | undefined,
    given: ExecuteOptions,
  ) {
    this.execution = execution;
    this.parent = parent;
    this.origin = origin;
    this.notes = notes;
    this.timeout = timeout;
    this.given = given;
  }

  get deadline(): number {
    return earliest(this.timeout);
  }

  get pipeline(): string {
    return this.execution.pipeline;
  }

  get key(): string | undefined {
    return this.given.key ?? this.execution.chain.key;
  }

  get attributes(): Attributes {
    return this.given.attributes ?? noAttributes;
  }

  /** Once a call has succeeded, only the caller's own signal aborts it. */
  get signal(): AbortSignal {
    return this.view.signal;
  }

  /** What predicates and fallbacks are given. */
  get context(): Context {
    return this.view.context;
  }

  /** What the operation is given. */
  get startContext(): Context {
    return this.view.startContext(earliest(this.timeoutAtStart));
  }

  private get view(): View {
    return (this.viewed ??= new View(this));
  }

  /** The call that stands for this one at `place`: itself, or the one around the scopes that end there or further in. */
  at(place: Position): Scope {
    let scope: Scope = this;
    while (scope.origin !== undefined && scope.origin.index >= place.index)
      scope = scope.parent as Scope;
    return scope;
  }

  /** The call that stands for this one outside all scopes that ended further in than `place`. */
  around(place: Position): Scope {
    let scope: Scope = this;
    while (scope.origin !== undefined && scope.origin.index > place.index)
      scope = scope.parent as Scope;
    return scope;
  }

  /** A call for one more try, whose scope ends at `place`. */
  fork(place: Position, given: ExecuteOptions = this.given): Scope {
    const child = new Scope(
      this.execution,
      this,
      place,
      this.execution.chain.makeNotes(),
      this.timeout,
      given,
    );
    if (this.interruptedBy !== undefined) child.mark(this.interruptedBy, this.reason);
    if (this.forks === undefined) this.forks = [child];
    else this.forks.push(child);
    return child;
  }

  /** Parts the scopes at `place`: this call stays with what runs inside, the returned one goes on outside. */
  split(place: Position): Scope {
    const outer = new Scope(
      this.execution,
      this.parent,
      this.origin,
      this.notes.slice(),
      this.timeout,
      this.given,
    );
    outer.attempt = this.attempt;
    outer.startedAt = this.startedAt;
    outer.outcomeOverride = this.outcomeOverride;
    outer.working = this.working;
    outer.mayHaveRun = this.mayHaveRun;
    outer.returning = this.returning;
    outer.forks = [this];
    if (this.interruptedBy !== undefined && this.interruptedBy.index < place.index) {
      outer.mark(this.interruptedBy, this.reason);
    }
    const siblings = this.parent?.forks;
    if (siblings !== undefined) siblings[siblings.indexOf(this)] = outer;
    if (this.execution.outermost === this) this.execution.outermost = outer;
    this.parent = outer;
    this.origin = place;
    return outer;
  }

  /** Forgets a fork whose outcome has arrived; its operation may still run, and still counts as work. */
  drop(fork: Scope): void {
    const index = this.forks?.indexOf(fork) ?? -1;
    if (index >= 0) this.forks?.splice(index, 1);
  }

  /** Remembers the present asynchronous context, for `runInAsyncContext`. */
  captureAsyncContext(): void {
    this.returning ??= new Returning();
  }

  runInAsyncContext(then: () => void): void {
    this.returning?.run(then);
  }

  /** The operation is being started. */
  begin(): void {
    this.attempt = ++this.execution.attempts;
    this.startedAt = this.execution.time;
    this.timeoutAtStart = this.timeout;
    this.live = true;
    workBegun(this);
  }

  /** The operation has ended. Returns whether anybody still waits for it. */
  end(): boolean {
    const awaited = this.live;
    this.live = false;
    workEnded(this);
    if (!awaited) {
      if (this.execution.abandoned?.delete(this) === true) this.execution.metrics.abandoned--;
      this.execution.metrics.late++;
    }
    return awaited;
  }

  /** Whether somebody ended this call who did not want its answer any more: the caller, or a hedge that was faster. */
  get isCancelled(): boolean {
    return (
      this.interruptedBy !== undefined && this.execution.interruptionOutcome(this) === 'cancelled'
    );
  }

  /** Waits, until `resume` or until the call is ended from outside, which cancels the wait. */
  wait(wait: PendingWait): void {
    this.waiting = wait;
    if (this.interruptedBy !== undefined) this.endWait();
  }

  /** Whether a part of this call still waits: for an operation, where a cooperative timeout has ended the rest. */
  get waitsInside(): boolean {
    return this.forks?.some((fork) => fork.waiting !== undefined || fork.waitsInside) ?? false;
  }

  /** Ends a wait from inside. Returns false when the call was ended meanwhile, and nothing is left to do. */
  resume(wait: PendingWait): boolean {
    if (this.waiting !== wait) return false;
    this.waiting = undefined;
    this.execution.touch();
    return true;
  }

  /** Marks this call and all inside it as ended by `by`, and aborts their signals. */
  interrupt(by: Position, reason: unknown): void {
    const calls = this.family();
    for (const scope of calls) scope.mark(by, reason);
    for (const scope of calls) scope.viewed?.abort(scope.reason);
  }

  /**
   * Lets what this call is doing fail with the reason of its interruption, innermost first, so that every
   * policy on the way out puts its own things in order. Without `operations`, running ones are waited for.
   */
  settleInterrupted(operations: boolean): void {
    for (const scope of this.family().reverse()) {
      if (scope.live) {
        if (operations) scope.abandon();
      } else if (scope.waiting !== undefined) {
        if (operations || !(scope.waiting.forOperation?.() ?? false)) scope.endWait();
      }
    }
  }

  /** Ends everything that was forked and has not come back. */
  endForks(by: Position, reason: unknown): void {
    for (const fork of [...(this.forks ?? [])]) {
      fork.interrupt(by, reason);
      fork.settleInterrupted(true);
    }
  }

  private family(into: Scope[] = []): Scope[] {
    into.push(this);
    if (this.forks !== undefined) for (const fork of this.forks) fork.family(into);
    return into;
  }

  private mark(by: Position, reason: unknown): void {
    if (this.interruptedBy !== undefined && this.interruptedBy.index <= by.index) return;
    this.interruptedBy = by;
    this.reason = reason;
  }

  private abandon(): void {
    this.live = false;
    this.execution.metrics.abandoned++;
    (this.execution.abandoned ??= new Set()).add(this);
    this.execution.attemptFailed(this, this.execution.interruptionOutcome(this), this.reason);
    this.execution.chain.operation.outer.fail(this, this.reason);
  }

  private endWait(): void {
    const wait = this.waiting as PendingWait;
    this.waiting = undefined;
    wait.cancel();
    wait.at.outer.fail(this, this.reason);
  }
}
