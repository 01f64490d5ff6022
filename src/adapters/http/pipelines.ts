/** What `kedge/http`, `kedge/undici` and `kedge/axios` share: one pipeline a host, and its rule for retries. */
import {
  type Context,
  type Kedge,
  type Keyed,
  keyed,
  type KeyedOptions,
  type PresetOptions,
  presets,
  type RetryOptions,
} from '../../index.ts';
import { mayRetry } from './exchange.ts';

/** The options of `presets.http`, for each host, and those of `keyed`. */
export interface HostOptions extends Omit<PresetOptions, 'fallback' | 'retry'>, KeyedOptions {
  /** The name of the pipelines in metrics and events, which never carry the host. @default 'http' */
  name?: string;
  /**
   * Further changes to the retry. A `handle` can only forbid more: a request that may have been executed is not sent
   * again unless it is idempotent, whatever `handle` says.
   */
  retry?: PresetOptions['retry'];
  /** Changes to hedging, which is for idempotent requests only. @default false */
  hedge?: Exclude<PresetOptions['hedge'], undefined>;
  /** The set of pipelines that these belong to. @default the process's own */
  kedge?: Pick<Kedge, 'keyed'>;
}

/** One pipeline a host. */
export function hostPipelines(options: HostOptions): Keyed {
  const { name = 'http', retry = {}, kedge, maxKeys, idleAfter, ...rest } = options;
  const settings: PresetOptions = {
    hedge: false,
    ...rest,
    retry: { ...retry, handle: handleOf(retry) },
  };
  // Now, and not with the first request: a mistake in the options is one of the start.
  presets.http(settings);
  return (kedge?.keyed ?? keyed)(name, () => presets.http(settings), {
    ...(maxKeys === undefined ? {} : { maxKeys }),
    ...(idleAfter === undefined ? {} : { idleAfter }),
  });
}

function handleOf({
  handle,
}: Pick<RetryOptions, 'handle'>): (error: unknown, context: Context) => boolean {
  if (handle === undefined) return mayRetry;
  return (error, context) => mayRetry(error, context) && (handle(error, context) ?? true);
}

/** The host that a request is for: what has no origin (`data:`, a relative URL) shares one pipeline. */
export function hostOf(url: string | URL): string {
  return (url instanceof URL ? url : URL.parse(url))?.origin ?? 'null';
}
