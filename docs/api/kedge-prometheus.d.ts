// Public API of 'kedge/prometheus'. Written by `npm run api`; do not edit.

// observe/prometheus.d.ts
import type { SinkObject } from '../core/event-bus.ts';
import type { MetricsRegistry } from './prometheus/registry.ts';
export type { MetricsRegistry } from './prometheus/registry.ts';
export interface PrometheusOptions {
    prefix?: string;
    buckets?: readonly number[];
    histograms?: boolean;
    keys?: boolean;
    zeros?: boolean;
}
export declare function prometheus(registry: MetricsRegistry, options?: PrometheusOptions): SinkObject;

// core/event-bus.d.ts: see kedge.d.ts

// core/names.d.ts: see kedge.d.ts

// core/numbers.d.ts: see kedge.d.ts

// core/durations.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// core/sinks.d.ts: see kedge.d.ts

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/transitions.d.ts: see kedge.d.ts

// core/pipeline-metrics.d.ts: see kedge.d.ts

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

// observe/prometheus/registry.d.ts
export interface MetricsRegistry {
    registerMetric(metric: never): void;
    getSingleMetric(name: string): unknown;
    removeSingleMetric(name: string): void;
}
export type Labels = Readonly<Record<string, string | number>>;
export interface Sample {
    readonly labels: Labels;
    readonly value: number;
    readonly metricName?: string | undefined;
}
export interface SharedSample {
    readonly sharedLabels: Labels;
    readonly value: number;
    readonly metricName?: string | undefined;
}
export type Aggregator = 'sum' | 'max' | 'min';
export interface Heading {
    readonly name: string;
    readonly help: string;
    readonly type: 'counter' | 'gauge' | 'histogram';
    readonly labels: readonly string[];
    readonly aggregator?: Aggregator | undefined;
}
interface Values {
    readonly name: string;
    readonly help: string;
    readonly type: Heading['type'];
    readonly aggregator: Aggregator;
    readonly values: readonly object[];
}
export interface Reading {
    turn(): Promise<void> | undefined;
    samples(): readonly Sample[];
    shared(): readonly SharedSample[];
}
export declare class Metric {
    name: string;
    readonly help: string;
    readonly type: Heading['type'];
    readonly aggregator: Aggregator;
    readonly labelNames: readonly string[];
    private readonly read;
    private base;
    constructor(prefix: string, heading: Heading, read: () => Reading);
    get(): Promise<Values>;
    getForPromString(): Promise<Values>;
    reset(): void;
    private answer;
    private sinceReset;
}
export {};
