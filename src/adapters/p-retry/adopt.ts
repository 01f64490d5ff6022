/** p-retry's loop as a policy: kedge's own, or that of a real p-retry of whatever version, which is passed in. */
import type { LinkedContext } from '../../core/linked-context.ts';
import { show } from '../../core/options.ts';
import type { Policy } from '../../core/policy.ts';
import { now } from '../../core/time.ts';
import { evidenceOf } from '../../verdict/evidence.ts';
import { adopted, type Teller } from '../peers/adopted.ts';
import { loopWith } from './call.ts';
import { type Options, readOptions } from './options.ts';
import { retryCounters } from './stage.ts';

export interface AdoptOptions {
  /** The policy's name in metrics and events. @default 'retry' */
  name?: string | undefined;
}

/** What is used of a real p-retry, 6 to 9. */
export type PRetry<PeerOptions> = (
  input: (attemptNumber: number) => Promise<unknown>,
  options: PeerOptions,
) => Promise<unknown>;

/**
 * Makes p-retry's loop a policy, with p-retry's options. It counts and reports as `retry` does.
 *
 * Given a real `pRetry` first (6 to 9), that one runs, and its callbacks are told in its own way. Throws p-retry's
 * `TypeError` for options that cannot be.
 *
 * @example
 * import { circuitBreaker, pipeline } from 'kedge';
 * import { adopt } from 'kedge/p-retry';
 *
 * const quotes = pipeline('quotes', adopt({ retries: 3, minTimeout: 100 }), circuitBreaker());
 */
export function adopt(options?: Options, own?: AdoptOptions): Policy;
export function adopt<PeerOptions extends object>(
  pRetry: PRetry<PeerOptions>,
  options?: PeerOptions,
  own?: AdoptOptions,
): Policy;
export function adopt(...given: unknown[]): Policy {
  const pRetry = typeof given[0] === 'function' ? (given.shift() as PRetry<object>) : undefined;
  const [options = {}, own = {}] = given as [object?, AdoptOptions?];
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `adopt: expected p-retry's options, or a \`pRetry\` and its options, got ${show(options)}.`,
    );
  const name = own.name ?? (options as Options).name ?? 'retry';
  if (pRetry === undefined) return loopWith(readOptions(options), name);
  return adopted({
    kind: 'retry',
    name,
    counters: retryCounters,
    around: (next, tell) => (context) => {
      const call = new PeerCall(context, options, tell);
      return call.ended(
        pRetry((attemptNumber) => {
          call.begins(attemptNumber);
          return Promise.resolve(next(context));
        }, call.options),
      );
    },
  });
}

/** The callbacks that p-retry has had since 6: they are given the error, since 7 in a context. */
interface PeerCallbacks {
  readonly onFailedAttempt?: ((told: Told) => unknown) | null;
  readonly shouldRetry?: ((told: Told) => unknown) | null;
  readonly signal?: AbortSignal | null;
}

interface Told {
  readonly error?: unknown;
  readonly retriesLeft: number;
}

/** One call in the hands of a real p-retry. */
class PeerCall {
  /** Those that were given, with ears in the callbacks. */
  readonly options: object;
  private readonly context: LinkedContext;
  private readonly tell: Teller;
  private readonly since: number;
  private attempts = 1;
  private failure: { readonly error: unknown; readonly at: number; left: number } | undefined =
    undefined;

  constructor(context: LinkedContext, given: PeerCallbacks, tell: Teller) {
    const { onFailedAttempt, shouldRetry, signal } = given;
    this.context = context;
    this.tell = tell;
    this.since = now();
    this.options = {
      ...given,
      signal:
        signal === undefined || signal === null
          ? context.signal
          : AbortSignal.any([context.signal, signal]),
      onFailedAttempt: (told: Told) => {
        this.failed(told);
        return onFailedAttempt?.(told);
      },
      shouldRetry: (told: Told) => {
        const { error } = this.failed(told);
        if (isMarked(error)) return false;
        return shouldRetry?.(told) ?? true;
      },
    };
  }

  /** An attempt begins; all but the first are retries. */
  begins(attemptNumber: number): void {
    const { failure } = this;
    this.attempts = attemptNumber;
    if (failure === undefined) return;
    this.failure = undefined;
    this.tell.count('scheduled');
    this.tell.handled(this.context);
    this.tell.emit(this.context, 'retry.scheduled', {
      attempt: attemptNumber - 1,
      delay: now() - failure.at,
      error: failure.error,
    });
  }

  ended(answer: Promise<unknown>): Promise<unknown> {
    return answer.then(
      (value) => {
        if (this.attempts > 1) {
          this.tell.count('recovered');
          const duration = now() - this.since;
          this.tell.emit(this.context, 'retry.recovered', { attempts: this.attempts, duration });
        }
        return value;
      },
      (error: unknown) => {
        if (this.failure !== undefined && this.failure.left <= 0) {
          this.tell.count('exhausted');
          this.tell.emit(this.context, 'retry.exhausted', { attempts: this.attempts, error });
        }
        throw error;
      },
    );
  }

  private failed(told: Told): { readonly error: unknown } {
    const error = told instanceof Error ? told : told.error;
    this.failure ??= { error, at: now(), left: told.retriesLeft };
    return this.failure;
  }
}

function isMarked(error: unknown): boolean {
  return typeof error === 'object' && error !== null && evidenceOf(error)?.repeat === 'never';
}
