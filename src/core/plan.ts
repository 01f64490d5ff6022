/**
 * Composing: policies become a chain of stages between the place of the answer and that of the operation.
 */
import { isSignal } from './abort.ts';
import type { Call, Route } from './call.ts';
import { CustomStage } from './custom.ts';
import { TimeoutError } from './errors.ts';
import type { Host } from './host.ts';
import type { ExecuteOptions, Execution, Operation, Policy } from './policy.ts';
import { Run } from './run.ts';
import { isStaged, type Place, Stage, stage } from './stage.ts';

/** Outside all policies: the caller is answered. */
class Answering extends Stage {
  override succeed(call: Call, value: unknown): void {
    call.run.succeed(value);
  }

  override fail(call: Call, error: unknown): void {
    call.run.fail(error);
  }
}

/** Inside all policies: the operation is called. */
class Operating extends Stage {
  override enter(call: Call): void {
    if (call.interruptedBy !== undefined) {
      this.outer.fail(call, call.reason);
      return;
    }
    call.begin();
    let outcome: unknown;
    try {
      outcome = call.run.operation(call);
      if (isThenable(outcome)) {
        Promise.resolve(outcome).then(
          (value) => {
            call.run.touch();
            this.succeed(call, value);
          },
          (error: unknown) => {
            call.run.touch();
            this.fail(call, error);
          },
        );
        return;
      }
    } catch (error) {
      this.fail(call, error);
      return;
    }
    this.succeed(call, outcome);
  }

  override succeed(call: Call, value: unknown): void {
    if (!call.end()) return;
    call.run.attemptSucceeded(call);
    this.outward.succeed(call, value);
  }

  override fail(call: Call, error: unknown): void {
    if (!call.end()) return;
    if (call.interruptedBy === undefined) {
      call.run.attemptFailed(call, 'failure', error);
      this.outer.fail(call, error);
      return;
    }
    // It gave way to its signal: what it says then is at most a detail of why it was ended.
    if (call.reason instanceof TimeoutError) call.reason.explain(error);
    call.run.attemptFailed(call, call.run.interruptionOutcome(call), call.reason);
    this.outer.fail(call, call.reason);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (value !== null &&
      (typeof value === 'object' || typeof value === 'function') &&
      typeof (value as PromiseLike<unknown>).then === 'function')
  );
}

/** A composed pipeline. */
export class Plan implements Route {
  readonly host: Host;
  readonly key: string | undefined;
  readonly answer: Stage;
  readonly operation: Stage;
  readonly policies: readonly Policy<unknown>[];
  readonly slots: () => unknown[];
  readonly hasPromises: boolean;
  private readonly stages: readonly Stage[];
  private readonly leave: () => void;

  constructor(host: Host, policies: readonly Policy<unknown>[], key?: string) {
    this.host = host;
    this.key = key;
    this.policies = named(host.name, policies);
    const claimed = new Set<object>();
    const place = (name: string, kind: string, index: number): Place => ({
      host,
      name,
      kind,
      index,
      claim: (thing) => !claimed.has(thing) && claimed.add(thing) !== undefined,
    });
    this.stages = policies.map((policy, position) => {
      const { name, kind } = this.policies[position] as Policy<unknown>;
      const here = place(name, kind, position + 1);
      return isStaged(policy) ? policy[stage](here) : new CustomStage(here, policy);
    });
    this.hasPromises = this.stages.some((each) => each instanceof CustomStage);
    this.answer = new Answering(place('', 'pipeline', 0));
    this.operation = new Operating(place('', 'pipeline', policies.length + 1));
    this.slots = slotsFor(policies.length + 1);
    let outer = this.answer;
    for (const next of [...this.stages, this.operation]) {
      outer.inner = next;
      next.outer = outer;
      outer = next;
    }
    link(this.answer);
    this.leave = host.join(() =>
      this.stages.map((each) => ({ name: each.name, kind: each.kind, gauges: each.gauges() })),
    );
  }

  execute(
    operation: Operation<unknown>,
    options: ExecuteOptions | undefined,
    via?: Execution,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => this.start(operation, options, resolve, reject, via));
  }

  settle(
    operation: Operation<unknown>,
    options: ExecuteOptions | undefined,
  ): Promise<PromiseSettledResult<unknown>> {
    return new Promise((resolve) => {
      const fulfilled = (value: unknown): void => resolve({ status: 'fulfilled', value });
      const rejected = (reason: unknown): void => resolve({ status: 'rejected', reason });
      this.start(operation, options, fulfilled, rejected, undefined);
    });
  }

  private start(
    operation: Operation<unknown>,
    options: ExecuteOptions | undefined,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    via: Execution | undefined,
  ): void {
    const mistake = mistakeIn(operation, options);
    if (mistake !== undefined) {
      reject(new TypeError(`execute: expected ${mistake}.`));
      return;
    }
    const run = new Run(this, operation, options, resolve, reject, via);
    if (run.begin()) this.answer.inward.enter(run.outermost);
  }

  /** Whether dropping this pipeline would forget something that matters now. */
  get isMissed(): boolean {
    return this.stages.some((each) => each.isMissed);
  }

  dispose(): void {
    this.leave();
    for (const each of this.stages) each.dispose();
  }
}

/** Lets calls pass over the stages that have nothing to say about them, on each of their ways. */
function link(answer: Stage): void {
  for (let each: Stage | undefined = answer; each !== undefined; each = each.inner) {
    let { outer } = each;
    while (outer?.succeed === Stage.prototype.succeed) ({ outer } = outer);
    each.outward = outer;
  }
  for (let each: Stage | undefined = answer; each !== undefined; each = each.inner) {
    let { inner } = each;
    while (inner?.enter === Stage.prototype.enter) ({ inner } = inner);
    each.inward = inner;
  }
}

/** Says what was expected, where a call is not one. */
function mistakeIn(operation: unknown, options: ExecuteOptions | undefined): string | undefined {
  if (typeof operation !== 'function') return '`operation` to be a function';
  if (options === undefined) return undefined;
  if (options === null || typeof options !== 'object') return '`options` to be an object';
  return options.signal === undefined || isSignal(options.signal)
    ? undefined
    : '`signal` to be an AbortSignal';
}

/** Four and eight cover nearly all pipelines, and a literal of a known size is the cheapest array there is. */
function slotsFor(size: number): () => unknown[] {
  if (size <= 4) return () => [undefined, undefined, undefined, undefined];
  if (size <= 8) {
    return () => [
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ];
  }
  return () => new Array<unknown>(size).fill(undefined);
}

/** Checks the policies, and gives those of one name numbers from the second on. */
function named(pipeline: string, policies: readonly Policy<unknown>[]): readonly Policy<unknown>[] {
  const taken = new Set<string>();
  return policies.map((policy, position) => {
    checkPolicy(pipeline, policy, position);
    let { name } = policy;
    for (let count = 2; taken.has(name); count++) name = `${policy.name}-${count}`;
    taken.add(name);
    return name === policy.name
      ? policy
      : (Object.create(policy, { name: { value: name, enumerable: true } }) as typeof policy);
  });
}

function checkPolicy(pipeline: string, policy: unknown, position: number): void {
  const given = policy as Partial<Policy> | null | undefined;
  const fit =
    given !== null &&
    typeof given === 'object' &&
    typeof given.kind === 'string' &&
    typeof given.name === 'string' &&
    typeof given.apply === 'function';
  if (fit) return;
  throw new TypeError(
    `pipeline '${pipeline}': expected policy ${position + 1} to be a policy with \`kind\`, \`name\` and \`apply\`.`,
  );
}
