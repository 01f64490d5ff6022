// Public API of 'kedge/axios'. Written by `npm run api`; do not edit.

// adapters/axios.d.ts
import { type HostOptions } from './http/pipelines.ts';
export type { HostOptions } from './http/pipelines.ts';
export interface ConfigLike {
    url?: string;
    baseURL?: string;
    method?: string;
    headers?: unknown;
    data?: unknown;
    signal?: unknown;
    cancelToken?: unknown;
}
export interface ResilientConfig {
    idempotent?: boolean;
}
export interface ResponseLike<Config> {
    data: unknown;
    status: number;
    statusText: string;
    headers: Record<string, string>;
    config: Config;
    request?: unknown;
}
export type Adapter = <Config extends ConfigLike>(config: Config) => Promise<ResponseLike<Config>>;
export interface ResilientAxiosOptions extends HostOptions {
    adapter?: Adapter | string | string[];
}
export declare function resilientAxios(options?: ResilientAxiosOptions): Adapter;

// adapters/http/pipelines.d.ts
import { type Kedge, type Keyed, type KeyedOptions, type PresetOptions } from '../../index.ts';
export interface HostOptions extends Omit<PresetOptions, 'fallback' | 'retry'>, KeyedOptions {
    name?: string;
    retry?: PresetOptions['retry'];
    hedge?: Exclude<PresetOptions['hedge'], undefined>;
    kedge?: Pick<Kedge, 'keyed'>;
}
export declare function hostPipelines(options: HostOptions): Keyed;
export declare function hostOf(url: string | URL): string;

// index.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/events.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// core/event-bus.d.ts: see kedge.d.ts

// core/keyed.d.ts: see kedge.d.ts

// core/chain.d.ts: see kedge.d.ts

// core/pipeline-metrics.d.ts: see kedge.d.ts

// core/execution.d.ts: see kedge.d.ts

// core/abort.d.ts: see kedge.d.ts

// core/scope.d.ts: see kedge.d.ts

// core/stage.d.ts: see kedge.d.ts

// core/pipeline.d.ts: see kedge.d.ts

// mechanisms/backoff.d.ts: see kedge.d.ts

// core/options.d.ts: see kedge.d.ts

// mechanisms/budget.d.ts: see kedge.d.ts

// core/stateful.d.ts: see kedge.d.ts

// policies/adaptive-limiter.d.ts: see kedge.d.ts

// policies/bulkhead.d.ts: see kedge.d.ts

// policies/circuit-breaker.d.ts: see kedge.d.ts

// policies/circuit-breaker/options.d.ts: see kedge.d.ts

// policies/circuit-breaker/snapshot.d.ts: see kedge.d.ts

// policies/coalesce.d.ts: see kedge.d.ts

// policies/fallback.d.ts: see kedge.d.ts

// policies/hedge.d.ts: see kedge.d.ts

// policies/hedge/options.d.ts: see kedge.d.ts

// policies/rate-limiter.d.ts: see kedge.d.ts

// policies/retry.d.ts: see kedge.d.ts

// policies/retry/options.d.ts: see kedge.d.ts

// policies/stale-if-error.d.ts: see kedge.d.ts

// policies/adaptive-throttle.d.ts: see kedge.d.ts

// policies/timeout.d.ts: see kedge.d.ts

// verdict/classify.d.ts: see kedge.d.ts

// verdict/verdict.d.ts: see kedge.d.ts

// verdict/evidence.d.ts: see kedge.d.ts

// presets.d.ts: see kedge.d.ts
