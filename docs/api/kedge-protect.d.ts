// Public API of 'kedge/protect'. Written by `npm run api`; do not edit.

// adapters/protect.d.ts
import type { Pipeline } from '../index.ts';
import { type MethodOf, type NestedMethodOf, type ProtectedMethod } from './protect/methods.ts';
export type { MethodOf, NestedMethodOf, ProtectedCall, ProtectedMethod, } from './protect/methods.ts';
export interface ProtectOptions<Client> {
    pipeline: Pipeline;
    methods: readonly (MethodOf<Client> | NestedMethodOf<Client>)[] | {
        readonly [Name in MethodOf<Client> | NestedMethodOf<Client>]?: true | ProtectedMethod;
    };
}
export declare function protect<Client extends object>(client: Client, options: ProtectOptions<Client>): Client;

// index.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/events.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// core/sinks.d.ts: see kedge.d.ts

// core/numbers.d.ts: see kedge.d.ts

// core/durations.d.ts: see kedge.d.ts

// core/pipeline-metrics.d.ts: see kedge.d.ts

// core/event-bus.d.ts: see kedge.d.ts

// core/names.d.ts: see kedge.d.ts

// core/judge.d.ts: see kedge.d.ts

// core/gauges.d.ts: see kedge.d.ts

// core/circuit-view.d.ts: see kedge.d.ts

// core/transitions.d.ts: see kedge.d.ts

// core/tracing.d.ts: see kedge.d.ts

// core/execution.d.ts: see kedge.d.ts

// core/abort.d.ts: see kedge.d.ts

// core/answer.d.ts: see kedge.d.ts

// core/chain.d.ts: see kedge.d.ts

// core/stage.d.ts: see kedge.d.ts

// core/scope.d.ts: see kedge.d.ts

// core/limit.d.ts: see kedge.d.ts

// core/work.d.ts: see kedge.d.ts

// core/keyed.d.ts: see kedge.d.ts

// core/pipeline.d.ts: see kedge.d.ts

// mechanisms/backoff.d.ts: see kedge.d.ts

// core/options.d.ts: see kedge.d.ts

// mechanisms/budget.d.ts: see kedge.d.ts

// core/stateful.d.ts: see kedge.d.ts

// policies/adaptive-limiter.d.ts: see kedge.d.ts

// policies/bulkhead.d.ts: see kedge.d.ts

// policies/circuit-breaker.d.ts: see kedge.d.ts

// policies/circuit-breaker/options.d.ts: see kedge.d.ts

// policies/shared/handle.d.ts: see kedge.d.ts

// verdict/classify.d.ts: see kedge.d.ts

// verdict/verdict.d.ts: see kedge.d.ts

// policies/circuit-breaker/snapshot.d.ts: see kedge.d.ts

// policies/coalesce.d.ts: see kedge.d.ts

// policies/coalesce/options.d.ts: see kedge.d.ts

// policies/shared/key.d.ts: see kedge.d.ts

// policies/fallback.d.ts: see kedge.d.ts

// policies/hedge.d.ts: see kedge.d.ts

// policies/hedge/options.d.ts: see kedge.d.ts

// policies/rate-limiter.d.ts: see kedge.d.ts

// policies/retry.d.ts: see kedge.d.ts

// policies/retry/options.d.ts: see kedge.d.ts

// policies/stale-if-error.d.ts: see kedge.d.ts

// policies/stale-if-error/options.d.ts: see kedge.d.ts

// policies/adaptive-throttle.d.ts: see kedge.d.ts

// policies/timeout.d.ts: see kedge.d.ts

// verdict/evidence.d.ts: see kedge.d.ts

// presets.d.ts: see kedge.d.ts

// adapters/protect/methods.d.ts
import type { Context, ExecuteOptions } from '../../index.ts';
export interface ProtectedCall extends ExecuteOptions {
    arguments?: (context: Context) => readonly unknown[];
}
export type ProtectedMethod = (...args: never[]) => ProtectedCall | false;
export type MethodOf<Client> = {
    [Name in keyof Client]: Client[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Client];
export type NestedMethodOf<Client> = `${keyof Client & string}.${string}`;
export type Rule = true | ((...args: unknown[]) => ProtectedCall | false);
export interface Branch {
    readonly rules: Map<PropertyKey, Rule>;
    readonly branches: Map<PropertyKey, Branch>;
}
export declare function readMethods(client: object, methods: unknown): Branch;
