/** Policies of cockatiel itself in a pipeline of kedge's. */
import { check, readOptions, show, text } from '../../core/options.ts';
import type { Next, Policy } from '../../core/policy.ts';
import { WeakList } from '../../core/living.ts';
import { type Place, type Stage, type StagedPolicy, stage } from '../../core/stage.ts';
import { afterJobs } from '../../core/time.ts';
import { AdoptedStage } from './adopted-stage.ts';
import { membersOf, type PeerLike } from './members.ts';

export interface AdoptOptions {
  /** What metrics, events and log lines call it. */
  name: string;
}

/** A policy of cockatiel 3.2 or 4, or several that are wrapped. */
export interface AdoptablePolicy<AltReturn = unknown> {
  readonly _altReturn?: AltReturn;
  onSuccess(listener: (event: { duration: number }) => void): { dispose(): void };
  onFailure(listener: (event: { duration: number; handled: boolean; reason: object }) => void): {
    dispose(): void;
  };
  execute<T>(
    fn: (context: { signal: AbortSignal }) => PromiseLike<T> | T,
    signal?: AbortSignal,
  ): Promise<T | AltReturn>;
}

type AlternativeOf<P> = P extends { readonly _altReturn: infer AltReturn } ? AltReturn : never;

/**
 * Makes a policy of cockatiel, or several that are wrapped, one of kedge's: it stands in a pipeline, and its events are
 * events of kedge's, with the metrics and log lines of a retry, a circuit, a timeout or a bulkhead.
 *
 * Adopt a policy once, and use what is returned wherever it is to stand: then it is one circuit, with one event a transition.
 * Throws a `TypeError` for what is no policy.
 *
 * @example
 * ```ts
 * import * as cockatiel from 'cockatiel';
 * import { pipeline } from 'kedge';
 * import { adopt } from 'kedge/cockatiel';
 *
 * const breaker = cockatiel.circuitBreaker(cockatiel.handleAll, {
 *   halfOpenAfter: 10_000,
 *   breaker: new cockatiel.ConsecutiveBreaker(5),
 * });
 * const payments = pipeline('payments', adopt(breaker, { name: 'payments-circuit' }));
 * console.log(await payments.execute(() => 'paid')); // paid
 * ```
 */
export function adopt<P extends AdoptablePolicy>(
  policy: P,
  options: AdoptOptions,
): Policy<AlternativeOf<P>> {
  const { name } = readOptions<AdoptOptions>('adopt', options, {}, { name: text });
  check('adopt', 'name', name, text);
  const given = policy as unknown as Partial<PeerLike> | null | undefined;
  const fit =
    typeof given?.execute === 'function' &&
    typeof given.onSuccess === 'function' &&
    typeof given.onFailure === 'function';
  if (!fit)
    throw new TypeError(`adopt: expected a policy of cockatiel 3.2 or 4, got ${show(policy)}.`);
  return new Adopted(name, given as PeerLike);
}

/** So many promise jobs a timeout of cockatiel's takes to say that the time was up, after it has aborted its signal. */
const jobs = 16;

/** Lets whoever has aborted a signal reject first, by an error that says why. */
function patiently(answer: PromiseLike<unknown>, signal: AbortSignal): PromiseLike<unknown> {
  return answer.then(undefined, (error: unknown) => {
    if (!signal.aborted) throw error;
    return new Promise((_resolve, reject) => afterJobs(jobs, () => reject(error)));
  });
}

class Adopted implements StagedPolicy<unknown> {
  readonly kind = 'cockatiel';
  readonly name: string;
  private readonly policy: PeerLike;
  private readonly stages: WeakList<AdoptedStage> = new WeakList();

  constructor(name: string, policy: PeerLike) {
    this.name = name;
    this.policy = policy;
    // One subscription, however many pipelines it stands in: the first of them tells.
    for (const member of membersOf(policy))
      member.subscribe(() => this.stages.first?.teller(member));
  }

  readonly apply = (next: Next): Next => {
    const { policy } = this;
    return (execution) =>
      policy.execute(
        ({ signal }) =>
          signal === execution.signal
            ? next(execution)
            : patiently(next({ ...execution, signal }), signal),
        execution.signal,
      );
  };

  [stage](place: Place): Stage {
    const made = new AdoptedStage(place, this, this.policy);
    this.stages.add(made);
    return made;
  }
}
