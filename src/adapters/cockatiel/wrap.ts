/** Several policies as one: in one chain where all are of this entry, else each around the next. */
import type { Policy } from '../../core/policy.ts';
import { show } from '../../core/options.ts';
import { hide, isOnEngine, PeerPolicy, Runner } from './policy.ts';
import type { IDefaultPolicyContext, IMergedPolicy, IPolicy } from './types.ts';

// oxlint-disable typescript/no-explicit-any -- the peer's own types
type MergePolicies<A, B> =
  A extends IPolicy<infer A1, any>
    ? B extends IPolicy<infer B1, any>
      ? IMergedPolicy<
          A1 & B1,
          A['_altReturn'] | B['_altReturn'],
          B extends IMergedPolicy<any, any, infer W> ? [A, ...W] : [A, B]
        >
      : never
    : never;

type AnyPolicy = IPolicy<any, unknown>;
type P = IPolicy<IDefaultPolicyContext, unknown>;
// oxlint-enable typescript/no-explicit-any

/**
 * Makes one policy of several, the first the outermost. Its context is the contexts of all, its events are the first one's.
 *
 * Throws a `TypeError` for what is no policy.
 */
export function wrap<A extends P>(p1: A): A;
export function wrap<A extends P, B extends P>(p1: A, p2: B): MergePolicies<A, B>;
export function wrap<A extends P, B extends P, C extends P>(
  p1: A,
  p2: B,
  p3: C,
): MergePolicies<C, MergePolicies<A, B>>;
export function wrap<A extends P, B extends P, C extends P, D extends P>(
  p1: A,
  p2: B,
  p3: C,
  p4: D,
): MergePolicies<D, MergePolicies<C, MergePolicies<A, B>>>;
export function wrap<A extends P, B extends P, C extends P, D extends P, E extends P>(
  p1: A,
  p2: B,
  p3: C,
  p4: D,
  p5: E,
): MergePolicies<E, MergePolicies<D, MergePolicies<C, MergePolicies<A, B>>>>;
export function wrap<C extends IDefaultPolicyContext, A>(...p: Array<IPolicy<C, A>>): IPolicy<C, A>;
export function wrap(...policies: AnyPolicy[]): AnyPolicy {
  for (const policy of policies) {
    if (typeof (policy as Partial<AnyPolicy> | undefined)?.execute === 'function') continue;
    throw new TypeError(`wrap: expected policies, got ${show(policy)}.`);
  }
  const [first] = policies;
  if (first === undefined) throw new TypeError('wrap: expected at least one policy.');
  const merged = {
    _altReturn: undefined as never,
    onFailure: first.onFailure,
    onSuccess: first.onSuccess,
    wrapped: policies,
    execute: nested(policies),
  };
  hide(merged, { policies });
  const all = onOneChain(policies);
  if (all !== undefined) {
    const run = new Runner(all);
    merged.execute = (fn, signal) => run.execute(fn, signal);
    hide(merged, { '~kedge': run });
  }
  return merged;
}

/** The parts of all policies, where they can stand in one chain: all are of this entry, and none stands there twice. */
function onOneChain(policies: readonly AnyPolicy[]): Policy<unknown>[] | undefined {
  const all: Policy<unknown>[] = [];
  for (const policy of policies) {
    if (!isOnEngine(policy) || isChanged(policy)) return undefined;
    all.push(...policy['~kedge'].parts);
  }
  return new Set(all).size === all.length ? all : undefined;
}

/** Whether somebody has put an `execute` of his own on it: a subclass, or a spy of a test. */
function isChanged(policy: object): boolean {
  return policy instanceof PeerPolicy && Object.hasOwn(policy, 'execute');
}

/** Each around the next. Contexts add up, and each policy is given the signal of the one around it. */
function nested(policies: readonly AnyPolicy[]): AnyPolicy['execute'] {
  const run = (
    fn: (context: never) => unknown,
    context: { signal?: AbortSignal | undefined },
    index: number,
  ): unknown => {
    const policy = policies[index];
    if (policy === undefined) return fn(context as never);
    return policy.execute(
      (next: object) => run(fn, { ...context, ...next }, index + 1),
      context.signal,
    );
  };
  return (fn, signal) => Promise.resolve(run(fn, { signal }, 0));
}
