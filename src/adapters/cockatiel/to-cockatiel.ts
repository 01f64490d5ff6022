/** A pipeline of kedge's among policies of cockatiel's. */
import { show } from '../../core/options.ts';
import type { Pipeline } from '../../core/policy.ts';
import { now } from '../../core/time.ts';
import { EventEmitter, tell } from './events.ts';
import type { IDefaultPolicyContext, IFailureEvent, IPolicy, ISuccessEvent } from './types.ts';

const ignore = (): void => {};

/**
 * Makes a policy of cockatiel's of a pipeline, for its `wrap`, `usePolicy` or whatever else takes an `IPolicy`.
 *
 * The pipeline's name is what metrics and events carry, as always. Throws a `TypeError` for what is no pipeline.
 *
 * @example
 * ```ts
 * import { handleAll, retry, wrap } from 'cockatiel';
 * import { pipeline, timeout } from 'kedge';
 * import { toCockatiel } from 'kedge/cockatiel';
 *
 * const quotes = toCockatiel(pipeline('quotes', timeout(1_000)));
 * const policy = wrap(retry(handleAll, { maxAttempts: 2 }), quotes);
 * console.log(await policy.execute(() => 'a quote')); // a quote
 * ```
 */
export function toCockatiel<Alternative>(
  pipeline: Pipeline<Alternative>,
): IPolicy<IDefaultPolicyContext, Alternative> {
  if (typeof (pipeline as Partial<Pipeline> | undefined)?.execute !== 'function')
    throw new TypeError(`toCockatiel: expected a pipeline, got ${show(pipeline)}.`);
  const success = new EventEmitter<ISuccessEvent>();
  const failure = new EventEmitter<IFailureEvent>();
  const report = (began: number, error?: { readonly error: unknown }): void => {
    const duration = now() - began;
    // A listener that throws reaches no caller.
    if (error === undefined) tell(success, { duration }, ignore);
    else tell(failure, { duration, handled: false, reason: error }, ignore);
  };
  return {
    _altReturn: undefined as never,
    onSuccess: success.addListener,
    onFailure: failure.addListener,
    execute: async (fn, signal) => {
      const began = now();
      let value;
      try {
        const operation = (context: IDefaultPolicyContext): ReturnType<typeof fn> =>
          fn({ signal: context.signal });
        value = await pipeline.execute(operation, signal === undefined ? {} : { signal });
      } catch (error) {
        report(began, { error });
        throw error;
      }
      report(began);
      return value;
    },
  };
}
