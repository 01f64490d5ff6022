// Public API of 'kedge/state'. Written by `npm run api`; do not edit.

// observe/state.d.ts
import { type RedactionOptions } from '../failures/redact/options.ts';
import { type Handler, type Reply } from './web.ts';
export type { CircuitState, PipelineState, PolicyState, State } from './state/state.ts';
export type { Handler, NodeRequest, NodeResponse } from './web.ts';
export interface StateOptions extends Omit<RedactionOptions, 'keys'> {
    authorize?: ((request: Request) => unknown) | undefined;
    keys?: boolean;
}
export declare function stateHandler(options?: StateOptions & {
    authorize?: undefined;
}): Handler<Response>;
export declare function stateHandler(options: StateOptions): Handler;
export declare function gate(request: Request, authorize: ((request: Request) => unknown) | undefined, answer: (who: unknown) => Reply | Promise<Reply>): Reply | Promise<Reply>;

// failures/redact/options.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/names.d.ts: see kedge-express.d.ts

// observe/web.d.ts: see kedge-live.d.ts

// observe/state/state.d.ts
import type { PipelineStats, PolicyStats } from '../../core/policy.ts';
import type { CircuitState as StateName } from '../../core/transitions.ts';
export interface State {
    readonly version: string;
    readonly at: string;
    readonly pipelines: readonly PipelineState[];
    readonly more: number;
}
export interface PipelineState extends Pick<PipelineStats, 'name' | 'pipelines' | 'inFlight' | 'abandoned' | 'executions' | 'attempts' | 'failures' | 'keys'> {
    readonly notClosed: number;
    readonly policies: readonly PolicyState[];
    readonly circuits: readonly CircuitState[];
    readonly moreCircuits: number;
}
export type PolicyState = PolicyStats;
export interface CircuitState {
    readonly policy: string;
    readonly key?: string;
    readonly keyHash?: string;
    readonly state: StateName;
    readonly since: string;
    readonly notClosedSince?: string;
    readonly notClosedForMs?: number;
    readonly reason?: string;
    readonly error?: {
        readonly kind: string;
        readonly type?: string;
        readonly code?: string;
        readonly fingerprint?: string;
        readonly message?: string;
    };
    readonly openings?: number;
    readonly turnedAway?: number;
    readonly nextProbeInMs?: number;
}

// core/policy.d.ts: see kedge.d.ts

// core/sinks.d.ts: see kedge.d.ts

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/transitions.d.ts: see kedge.d.ts

// core/numbers.d.ts: see kedge.d.ts

// core/durations.d.ts: see kedge.d.ts

// core/pipeline-metrics.d.ts: see kedge.d.ts

// core/event-bus.d.ts: see kedge.d.ts

// core/names.d.ts: see kedge.d.ts

// core/judge.d.ts: see kedge.d.ts

// core/gauges.d.ts: see kedge.d.ts

// core/circuit-view.d.ts: see kedge.d.ts

// core/tracing.d.ts: see kedge.d.ts

// core/execution.d.ts: see kedge.d.ts

// core/abort.d.ts: see kedge.d.ts

// core/answer.d.ts: see kedge.d.ts

// core/chain.d.ts: see kedge.d.ts

// core/stage.d.ts: see kedge.d.ts

// core/scope.d.ts: see kedge.d.ts

// core/limit.d.ts: see kedge.d.ts

// core/work.d.ts: see kedge.d.ts
