/** What is used of OpenTelemetry's API; its tracers, meters and loggers fit, and nothing is imported. */

export type AttributeValue = string | number | boolean;
export type Attributes = Record<string, AttributeValue>;

export interface OtelSpan {
  spanContext(): { readonly traceId: string; readonly spanId: string; readonly traceFlags: number };
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  addLink?(link: { readonly context: never; readonly attributes?: Attributes }): unknown;
  end(): void;
}

export interface SpanOptions {
  readonly kind: number;
  readonly attributes: Attributes;
}

/** A `Tracer` of `@opentelemetry/api`. */
export interface OtelTracer {
  startActiveSpan<T>(name: string, options: SpanOptions, run: (span: OtelSpan) => T): T;
  startActiveSpan<T>(
    name: string,
    options: SpanOptions,
    context: never,
    run: (span: OtelSpan) => T,
  ): T;
}

export interface InstrumentOptions {
  readonly description: string;
  readonly unit?: string;
  readonly advice?: { readonly explicitBucketBoundaries: number[] };
}

export interface OtelHistogram {
  record(value: number, attributes: Attributes): void;
}

/** What a callback of observable instruments is given. */
export interface BatchResult {
  observe(instrument: never, value: number, attributes: Attributes): void;
}

type Callback = (result: BatchResult) => void;

/** A `Meter` of `@opentelemetry/api`. */
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

/** A `Logger` of `@opentelemetry/api-logs`. */
export interface OtelLogger {
  emit(record: OtelLogRecord): void;
}

/** The numbers of the API's enumerations. */
export const SPAN_KIND_INTERNAL = 0;
export const STATUS_ERROR = 2;

const members = {
  tracer: ['startActiveSpan'],
  meter: [
    'createHistogram',
    'createObservableCounter',
    'createObservableUpDownCounter',
    'createObservableGauge',
    'addBatchObservableCallback',
    'removeBatchObservableCallback',
  ],
  logger: ['emit'],
} as const;

/** Whether something has what is used of a tracer, a meter or a logger. */
export function fits(what: keyof typeof members, given: unknown): boolean {
  return (
    typeof given === 'object' &&
    given !== null &&
    members[what].every((name) => typeof (given as Record<string, unknown>)[name] === 'function')
  );
}
