// Public API of 'kedge/opentelemetry'. Written by `npm run api`; do not edit.

// observe/opentelemetry.d.ts
import type { SinkObject } from '../core/event-bus.ts';
import type { Severity } from '../core/events.ts';
import type { RedactionOptions } from '../failures/redact.ts';
import { type OtelLogger, type OtelMeter, type OtelTracer } from './opentelemetry/api.ts';
export type { OtelLogger, OtelMeter, OtelTracer } from './opentelemetry/api.ts';
export interface OpenTelemetryOptions extends RedactionOptions {
    tracer?: OtelTracer;
    meter?: OtelMeter;
    logger?: OtelLogger;
    attempts?: 'repeated' | 'all';
    severity?: Severity;
}
export declare function openTelemetry(options?: OpenTelemetryOptions): SinkObject;
export declare function resendAttributes(): {
    'http.request.resend_count'?: number;
};

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

// failures/redact.d.ts: see kedge-express.d.ts

// failures/redact/options.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/names.d.ts: see kedge-express.d.ts

// failures/redact/walk.d.ts: see kedge-express.d.ts

// failures/redact/taken.d.ts: see kedge-express.d.ts

// observe/opentelemetry/api.d.ts
export type AttributeValue = string | number | boolean;
export type Attributes = Record<string, AttributeValue>;
export interface OtelSpan {
    spanContext(): {
        readonly traceId: string;
        readonly spanId: string;
        readonly traceFlags: number;
    };
    setAttributes(attributes: Attributes): unknown;
    setStatus(status: {
        readonly code: number;
        readonly message?: string;
    }): unknown;
    addLink?(link: {
        readonly context: never;
        readonly attributes?: Attributes;
    }): unknown;
    end(): void;
}
export interface SpanOptions {
    readonly kind: number;
    readonly attributes: Attributes;
}
export interface OtelTracer {
    startActiveSpan<T>(name: string, options: SpanOptions, run: (span: OtelSpan) => T): T;
    startActiveSpan<T>(name: string, options: SpanOptions, context: never, run: (span: OtelSpan) => T): T;
}
export interface InstrumentOptions {
    readonly description: string;
    readonly unit?: string;
    readonly advice?: {
        readonly explicitBucketBoundaries: number[];
    };
}
export interface OtelHistogram {
    record(value: number, attributes: Attributes): void;
}
export interface BatchResult {
    observe(instrument: never, value: number, attributes: Attributes): void;
}
type Callback = (result: BatchResult) => void;
export interface OtelMeter {
    createHistogram(name: string, options: InstrumentOptions): OtelHistogram;
    createObservableCounter(name: string, options: InstrumentOptions): unknown;
    createObservableUpDownCounter(name: string, options: InstrumentOptions): unknown;
    createObservableGauge(name: string, options: InstrumentOptions): unknown;
    addBatchObservableCallback(callback: Callback, instruments: never[]): void;
    removeBatchObservableCallback(callback: Callback, instruments: never[]): void;
}
export interface OtelLogRecord {
    readonly eventName: string;
    readonly severityNumber: number;
    readonly severityText: string;
    readonly body: string;
    readonly attributes: Attributes;
}
export interface OtelLogger {
    emit(record: OtelLogRecord): void;
}
export declare const SPAN_KIND_INTERNAL = 0;
export declare const STATUS_ERROR = 2;
declare const members: {
    readonly tracer: readonly ['startActiveSpan'];
    readonly meter: readonly ['createHistogram', 'createObservableCounter', 'createObservableUpDownCounter', 'createObservableGauge', 'addBatchObservableCallback', 'removeBatchObservableCallback'];
    readonly logger: readonly ['emit'];
};
export declare function fits(what: keyof typeof members, given: unknown): boolean;
export {};
