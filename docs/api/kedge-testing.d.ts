// Public API of 'kedge/testing'. Written by `npm run api`; do not edit.

// testing/index.d.ts
export { chaos, type ChaosOptions } from './chaos.ts';
export { type VirtualClock, virtualClock } from './clock.ts';
export { type Recorder, recorder } from './recorder.ts';
export { type Scripted, scripted, type Step } from './scripted.ts';

// testing/chaos.d.ts
import type { Policy } from '../core/policy.ts';
export interface ChaosOptions {
    failureRate?: number;
    error?: () => unknown;
    slowRate?: number;
    slowBy?: number;
    random?: () => number;
    name?: string;
}
export declare function chaos(options?: ChaosOptions): Policy;

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

// testing/clock.d.ts
export interface VirtualClock extends Disposable {
    readonly now: number;
    readonly timers: number;
    advance(ms: number): Promise<void>;
    runAll(limit?: number): Promise<void>;
    stepWall(ms: number): void;
    [Symbol.dispose](): void;
}
export declare function virtualClock(options?: {
    wall?: number;
}): VirtualClock;

// testing/recorder.d.ts
import type { EventType, KedgeEvent } from '../core/events.ts';
export interface Recorder {
    (event: KedgeEvent): void;
    readonly events: readonly KedgeEvent[];
    types(): string[];
    of<Type extends EventType>(type: Type): Extract<KedgeEvent, {
        type: Type;
    }>[];
    clear(): void;
}
export declare function recorder(): Recorder;

// testing/scripted.d.ts
import type { Context } from '../core/policy.ts';
export type Step = {
    readonly value: unknown;
    readonly after?: number;
} | {
    readonly error: unknown;
    readonly after?: number;
}
 | {
    readonly hang: true;
}
 | {
    readonly untilAborted: true;
};
export interface Scripted {
    (context: Context): Promise<unknown>;
    readonly calls: readonly Context[];
}
export declare function scripted(steps: readonly [Step, ...Step[]]): Scripted;
