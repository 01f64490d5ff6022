/**
 * A policy of a user's own in a pipeline: its `apply` is given the stages inside as one function `next`.
 */
import { listen, unlisten } from './abort.ts';
import { appliedOf, type LinkedContext, scopeOf } from './linked-context.ts';
import type { ExecuteOptions, ExecutionOutcome, Next, Policy, PolicyContext } from './policy.ts';
import type { PendingWait, Scope } from './scope.ts';
import { type Place, Stage } from './stage.ts';
import { workFor } from './work.ts';

/** What a user's policy sees of a scope: a plain object, so that `{ ...context, key }` still leads to it. */
function policyContext(scope: Scope, by: Stage): LinkedContext {
  const { pipeline, key, deadline, attributes } = scope;
  return {
    [scopeOf]: scope,
    // Made when it is asked for: few policies look at it.
    get signal() {
      return scope.signal;
    },
    get attempt() {
      return scope.attempt;
    },
    pipeline,
    key,
    deadline,
    attributes,
    emit: (event) => scope.execution.report(by, event),
  };
}

/** What one use of `next` waits for, and what it brought. */
interface Answer {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** The scope of a policy that is applied by hand around it. */
  readonly applied: Scope | undefined;
  /** The use of `next` before this one. */
  readonly before: Answer | undefined;
  value?: { readonly is: unknown; readonly outcome: ExecutionOutcome | undefined };
}

/** One call in the hands of a policy. */
interface Visit {
  /** What it was given; of work for several callers, which comes in with a copy, nothing. */
  readonly context: LinkedContext | undefined;
  latest: Answer | undefined;
}

export class CustomStage extends Stage {
  private readonly applied: Next;

  constructor(place: Place, policy: Policy<unknown>) {
    super(place);
    const applied: unknown = policy.apply((context) => this.next(context));
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
      forOperation: () => scope.working > 0 || scope.waitsInside,
    };
    scope.wait(wait);
    let answer: PromiseLike<unknown>;
    try {
      const context = policyContext(scope, this);
      scope.notes[this.index] = { context, latest: undefined } satisfies Visit;
      answer = this.applied(context);
    } catch (error) {
      if (scope.resume(wait)) this.outer.fail(scope, error);
      return;
    }
    Promise.resolve(answer).then(
      (value) => {
        if (!scope.resume(wait)) {
          this.outer.late(scope, value);
          return;
        }
        scope.outcomeOverride = outcomeOf(scope.notes[this.index] as Visit, value, scope);
        this.nextSucceeding.succeed(scope, value);
      },
      (error) => {
        if (scope.resume(wait)) this.outer.fail(scope, error);
      },
    );
  }

  override succeed(child: Scope, value: unknown): void {
    const answer = this.finish(child);
    answer.value = { is: value, outcome: child.outcomeOverride };
    answer.resolve(value);
  }

  protected override failedInside(child: Scope, error: unknown): void {
    this.finish(child).reject(error);
  }

  private next(context: LinkedContext | undefined): PromiseLike<unknown> {
    const scope = context?.[scopeOf];
    if (context === undefined || scope === undefined) {
      throw new TypeError(
        `${this.metrics.name}: \`next\` of '${this.name}' wants the context that the policy was given.`,
      );
    }
    const owner = scope.at(this);
    owner.execution.touch();
    // A copy with changes, `{ ...context, key }`, or one that inherits.
    const visit = this.visitOf(owner);
    const changed = context !== visit.context;
    const child = owner.fork(this, changed ? facts(context, scope) : undefined);
    if (changed && context.deadline < child.deadline)
      child.timeout = { instant: context.deadline, isAdvice: true, around: child.timeout };
    const answer = new Promise<unknown>((resolve, reject) => {
      visit.latest = { resolve, reject, applied: context[appliedOf], before: visit.latest };
      child.notes[this.index] = visit.latest;
    });
    // The policy may have been ended meanwhile, and then nobody reads the answer.
    answer.catch(() => {});
    if (changed && context.signal !== scope.signal) this.follow(child, context.signal, answer);
    this.nextEntering.enter(child);
    return answer;
  }

  /** Work that several callers wait for has not come in here. */
  private visitOf(owner: Scope): Visit {
    owner.notes[this.index] ??= { context: undefined, latest: undefined } satisfies Visit;
    return owner.notes[this.index] as Visit;
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
    const answer = child.notes[this.index] as Answer;
    // What still runs inside counts as work of the policy around, too: a bulkhead there keeps its permit.
    if (answer.applied !== undefined) workFor(answer.applied, child);
    return answer;
  }
}

/**
 * What a value counts as that a policy has answered with: as what it got by `next`, if it is one of those. Else a
 * policy that it applies by hand has made it, or it has made something of its own out of the latest.
 */
function outcomeOf(
  visit: Visit,
  value: unknown,
  { outcomeOverride: made }: Scope,
): ExecutionOutcome | undefined {
  let latest: Answer['value'];
  for (let each = visit.latest; each !== undefined; each = each.before) {
    if (each.value?.is === value && each.value !== undefined) return each.value.outcome;
    latest ??= each.value;
  }
  return made ?? latest?.outcome;
}

function facts(context: PolicyContext, scope: Scope): ExecuteOptions {
  return { key: context.key ?? scope.key, attributes: context.attributes ?? scope.attributes };
}
