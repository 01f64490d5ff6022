/**
 * A policy of a user's own in a pipeline: its `apply` is given the stages inside as one function `next`.
 */
import { listen, unlisten } from './abort.ts';
import { type Call, callOf, type Wait } from './call.ts';
import type { Attributes, ExecuteOptions, Execution, Next, Policy } from './policy.ts';
import { type Place, Stage } from './stage.ts';

/** A call, as one custom policy sees it: what it emits carries the policy's name. */
class View implements Execution {
  // An own property, so that `{ ...execution, key }` still leads to the call.
  readonly [callOf]: Call;
  private readonly by: Stage;

  constructor(call: Call, by: Stage) {
    this[callOf] = call;
    this.by = by;
  }

  get signal(): AbortSignal {
    return this[callOf].signal;
  }
  get attempt(): number {
    return this[callOf].attempt;
  }
  get pipeline(): string {
    return this[callOf].pipeline;
  }
  get key(): string | undefined {
    return this[callOf].key;
  }
  get deadline(): number {
    return this[callOf].deadline;
  }
  get attributes(): Attributes {
    return this[callOf].attributes;
  }

  readonly emit = (event: { type: `${string}.${string}`; [field: string]: unknown }): void => {
    this[callOf].run.report(this.by, event);
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
        `${place.host.name}: expected \`apply\` of the policy '${place.name}' to return a function.`,
      );
    }
    this.applied = applied as Next;
  }

  override enter(call: Call): void {
    const wait: Wait = {
      at: this,
      cancel() {},
      // While operations run inside, the policy waits for them and not for something of its own.
      forOperation: () => call.isWorking,
    };
    call.wait(wait);
    let answer: PromiseLike<unknown>;
    try {
      answer = this.applied(new View(call, this));
    } catch (error) {
      if (call.resume(wait)) this.outer.fail(call, error);
      return;
    }
    Promise.resolve(answer).then(
      (value) => {
        if (call.resume(wait)) this.outward.succeed(call, value);
      },
      (error) => {
        if (call.resume(wait)) this.outer.fail(call, error);
      },
    );
  }

  override succeed(child: Call, value: unknown): void {
    this.finish(child).resolve(value);
  }

  override fail(child: Call, error: unknown): void {
    this.finish(child).reject(error);
  }

  private next(execution: Execution): PromiseLike<unknown> {
    const call = (execution as Partial<View> | undefined)?.[callOf];
    if (call === undefined) {
      throw new TypeError(
        `${this.host.name}: \`next\` of '${this.name}' wants the execution that the policy was given.`,
      );
    }
    // A copy with changes, `{ ...execution, key }`, or one that inherits.
    const changed = Object.getPrototypeOf(execution) !== View.prototype;
    const owner = call.at(this);
    owner.run.touch();
    const child = owner.fork(this, changed ? facts(execution, call) : undefined);
    if (changed && execution.deadline < child.deadline)
      child.timeout = { instant: execution.deadline };
    const answer = new Promise<unknown>((resolve, reject) => {
      child.slots[this.index] = { resolve, reject } satisfies Answer;
    });
    // The policy may have been ended meanwhile, and then nobody reads the answer.
    answer.catch(() => {});
    const signal = changed ? ownSignal(execution) : undefined;
    if (signal !== undefined) this.follow(child, signal, answer);
    this.inward.enter(child);
    return answer;
  }

  /** Lets a signal that the policy has put in place end what it started. */
  private follow(child: Call, signal: AbortSignal, answer: Promise<unknown>): void {
    const listener = {
      aborted: (reason: unknown): void => {
        // Policies inside may have parted it meanwhile.
        const call = child.around(this);
        // Who has ended it from further out gives it up, too, and knows when.
        if (call.interruptedBy !== undefined) return;
        call.interrupt(this, reason);
        call.run.touch();
        call.giveUp(true);
      },
    };
    if (signal.aborted) child.interrupt(this, signal.reason);
    else {
      listen(signal, listener);
      const end = (): void => unlisten(signal, listener);
      answer.then(end, end);
    }
  }

  private finish(child: Call): Answer {
    const owner = child.at(this);
    owner.attempt = child.attempt;
    owner.drop(child);
    return child.slots[this.index] as Answer;
  }
}

function facts(execution: Execution, call: Call): ExecuteOptions {
  return { key: execution.key ?? call.key, attributes: execution.attributes ?? call.attributes };
}

/** The signal that was put in place of the call's own. */
function ownSignal(execution: Execution): AbortSignal | undefined {
  let each: object | null = execution;
  while (each !== null && !Object.hasOwn(each, 'signal')) each = Object.getPrototypeOf(each);
  return each === View.prototype ? undefined : execution.signal;
}
