/**
 * A policy of a user's own in a pipeline: its `apply` is given the stages inside as one function `next`.
 */
import { listen, unlisten } from './abort.ts';
import { type Scope, scopeOf, type PendingWait } from './scope.ts';
import type { Attributes, ExecuteOptions, PolicyContext, Next, Policy } from './policy.ts';
import { type Place, Stage } from './stage.ts';

/** A call, as one custom policy sees it: what it emits carries the policy's name. */
class PolicyExecution implements PolicyContext {
  // An own property, so that `{ ...execution, key }` still leads to the call.
  readonly [scopeOf]: Scope;
  private readonly by: Stage;

  constructor(scope: Scope, by: Stage) {
    this[scopeOf] = scope;
    this.by = by;
  }

  get signal(): AbortSignal {
    return this[scopeOf].signal;
  }
  get attempt(): number {
    return this[scopeOf].attempt;
  }
  get pipeline(): string {
    return this[scopeOf].pipeline;
  }
  get key(): string | undefined {
    return this[scopeOf].key;
  }
  get deadline(): number {
    return this[scopeOf].deadline;
  }
  get attributes(): Attributes {
    return this[scopeOf].attributes;
  }

  readonly emit = (event: { type: `${string}.${string}`; [field: string]: unknown }): void => {
    this[scopeOf].execution.report(this.by, event);
  };
}

/** What one use of `next` waits for. */
interface Answer {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export class CustomStage extends Stage {
  private readonly applied: Next;

  constructor(place: Place, policy: Policy<unknown>) {
    super(place);
    const applied: unknown = policy.apply((execution) => this.next(execution));
    if (typeof applied !== 'function') {
      throw new TypeError(
        `${place.metrics.name}: expected \`apply\` of the policy '${place.name}' to return a function.`,
      );
    }
    this.applied = applied as Next;
  }

  override enter(scope: Scope): void {
    const wait: PendingWait = {
      at: this,
      cancel() {},
      // While operations run inside, the policy waits for them and not for something of its own.
      forOperation: () => scope.isWorking,
    };
    scope.wait(wait);
    let answer: PromiseLike<unknown>;
    try {
      answer = this.applied(new PolicyExecution(scope, this));
    } catch (error) {
      if (scope.resume(wait)) this.outer.fail(scope, error);
      return;
    }
    Promise.resolve(answer).then(
      (value) => {
        if (scope.resume(wait)) this.nextSucceeding.succeed(scope, value);
      },
      (error) => {
        if (scope.resume(wait)) this.outer.fail(scope, error);
      },
    );
  }

  override succeed(child: Scope, value: unknown): void {
    this.finish(child).resolve(value);
  }

  override fail(child: Scope, error: unknown): void {
    this.finish(child).reject(error);
  }

  private next(execution: PolicyContext): PromiseLike<unknown> {
    const scope = (execution as Partial<PolicyExecution> | undefined)?.[scopeOf];
    if (scope === undefined) {
      throw new TypeError(
        `${this.metrics.name}: \`next\` of '${this.name}' wants the execution that the policy was given.`,
      );
    }
    // A copy with changes, `{ ...execution, key }`, or one that inherits.
    const changed = Object.getPrototypeOf(execution) !== PolicyExecution.prototype;
    const owner = scope.at(this);
    owner.execution.touch();
    const child = owner.fork(this, changed ? facts(execution, scope) : undefined);
    if (changed && execution.deadline < child.deadline)
      child.timeout = { instant: execution.deadline };
    const answer = new Promise<unknown>((resolve, reject) => {
      child.notes[this.index] = { resolve, reject } satisfies Answer;
    });
    // The policy may have been ended meanwhile, and then nobody reads the answer.
    answer.catch(() => {});
    const signal = changed ? ownSignal(execution) : undefined;
    if (signal !== undefined) this.follow(child, signal, answer);
    this.nextEntering.enter(child);
    return answer;
  }

  /** Lets a signal that the policy has put in place end what it started. */
  private follow(child: Scope, signal: AbortSignal, answer: Promise<unknown>): void {
    const listener = {
      aborted: (reason: unknown): void => {
        // Policies inside may have parted it meanwhile.
        const scope = child.around(this);
        // Who has ended it from further out gives it up, too, and knows when.
        if (scope.interruptedBy !== undefined) return;
        scope.interrupt(this, reason);
        scope.execution.touch();
        scope.settleInterrupted(true);
      },
    };
    if (signal.aborted) child.interrupt(this, signal.reason);
    else {
      listen(signal, listener);
      const end = (): void => unlisten(signal, listener);
      answer.then(end, end);
    }
  }

  private finish(child: Scope): Answer {
    const owner = child.at(this);
    owner.attempt = child.attempt;
    owner.drop(child);
    return child.notes[this.index] as Answer;
  }
}

function facts(execution: PolicyContext, scope: Scope): ExecuteOptions {
  return { key: execution.key ?? scope.key, attributes: execution.attributes ?? scope.attributes };
}

/** The signal that was put in place of the call's own. */
function ownSignal(execution: PolicyContext): AbortSignal | undefined {
  let each: object | null = execution;
  while (each !== null && !Object.hasOwn(each, 'signal')) each = Object.getPrototypeOf(each);
  return each === PolicyExecution.prototype ? undefined : execution.signal;
}
