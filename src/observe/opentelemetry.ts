/** Spans, instruments and log records of OpenTelemetry. */
import type { SinkObject, Source } from '../core/event-bus.ts';
import type { CustomEvent, KedgeEvent, Severity } from '../core/events.ts';
import { oneOf, readOptions, type Rule, type Rules } from '../core/options.ts';
import type { RedactionOptions } from '../failures/redact.ts';
import { redactionRules } from '../failures/redact/options.ts';
import { fits, type OtelLogger, type OtelMeter, type OtelTracer } from './opentelemetry/api.ts';
import { Instruments } from './opentelemetry/instruments.ts';
import { records } from './opentelemetry/records.ts';
import { resends, Spans } from './opentelemetry/spans.ts';
import { activeValue } from './trace.ts';

export type { OtelLogger, OtelMeter, OtelTracer } from './opentelemetry/api.ts';

/** Options of `openTelemetry`. */
export interface OpenTelemetryOptions extends RedactionOptions {
  /** Makes spans: a `Tracer` of `@opentelemetry/api`. @default none */
  tracer?: OtelTracer;
  /** Makes instruments: a `Meter` of `@opentelemetry/api`. @default none */
  meter?: OtelMeter;
  /** Takes records: a `Logger` of `@opentelemetry/api-logs`. @default none */
  logger?: OtelLogger;
  /** Which attempts have spans of their own: those from the second on, or all of them. @default 'repeated' */
  attempts?: 'repeated' | 'all';
  /** How loud a decision must be to become a log record. @default 'debug' */
  severity?: Severity;
}

const part = (what: 'tracer' | 'meter' | 'logger', expected: string): Rule => ({
  expected,
  type: (value) => fits(what, value),
});

const rules: Rules<OpenTelemetryOptions> = {
  tracer: part('tracer', 'a Tracer of @opentelemetry/api'),
  meter: part('meter', 'a Meter of @opentelemetry/api'),
  logger: part('logger', 'a Logger of @opentelemetry/api-logs'),
  attempts: oneOf('repeated', 'all'),
  severity: oneOf('debug', 'info', 'warn', 'error'),
  ...redactionRules,
};

/**
 * A sink that makes spans, instruments and log records, as far as a tracer, a meter and a logger are given.
 *
 * Each execution is one INTERNAL span with the pipeline's name; attempts from the second on are spans inside it, hedges
 * beside each other, and those that lost have the outcome `cancelled`. Calls that share the work of another one are
 * linked to it. What the operation does becomes a child of these spans. `error.type` is a kind of `classify`. The
 * numbers are those of `kedge/prometheus`, under names like `kedge.execution.duration`. Decisions are log records, as
 * they are lines of `kedge/pino`; each belongs to the span that is active.
 *
 * Throws a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * import { metrics, trace } from '@opentelemetry/api';
 * import { observe } from 'kedge';
 * import { openTelemetry } from 'kedge/opentelemetry';
 *
 * observe(openTelemetry({ tracer: trace.getTracer('kedge'), meter: metrics.getMeter('kedge') }));
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): SinkObject {
  const settings = readOptions<OpenTelemetryOptions>(
    'openTelemetry',
    options,
    { attempts: 'repeated', severity: 'debug' },
    rules,
  );
  return new OpenTelemetrySink(settings);
}

/**
 * The attribute `http.request.resend_count` of a request that is made now: how many attempts were before the one that it
 * belongs to. Empty in the first attempt, outside of any, and where no `tracer` is given.
 *
 * Give it to the hook of the instrumentation that makes the spans of your client.
 *
 * @example
 * import { resendAttributes } from 'kedge/opentelemetry';
 *
 * // new UndiciInstrumentation({ startSpanHook: resendAttributes })
 * // new HttpInstrumentation({ startOutgoingSpanHook: resendAttributes })
 * console.log(resendAttributes()); // {}
 */
export function resendAttributes(): { 'http.request.resend_count'?: number } {
  const count = activeValue(resends);
  return typeof count === 'number' && count > 0 ? { 'http.request.resend_count': count } : {};
}

class OpenTelemetrySink implements SinkObject {
  readonly name = 'opentelemetry';
  readonly tracer: Spans | undefined;
  private readonly sources: Set<Source> = new Set();
  private readonly instruments: Instruments | undefined;
  private readonly records: SinkObject | undefined;

  constructor(settings: OpenTelemetryOptions) {
    const { tracer, meter, logger, attempts, severity = 'debug' } = settings;
    const { keys, patterns, scrub, limits } = settings;
    this.tracer = tracer && new Spans(tracer, attempts === 'all', this.sources);
    this.instruments = meter && new Instruments(meter, this.sources);
    this.records = logger && records(logger, severity, { keys, patterns, scrub, limits });
  }

  wants(type: string): boolean {
    return this.instruments?.wants(type) === true || (this.records?.wants?.(type) ?? false);
  }

  handle(event: KedgeEvent): void {
    if (this.instruments?.wants(event.type) === true)
      this.instruments.handle(event as object as CustomEvent);
    if (this.records?.wants?.(event.type) === true) this.records.handle?.(event);
  }

  attach(source: Source): () => void {
    if (this.sources.size === 0) this.instruments?.start();
    this.sources.add(source);
    const detach = this.records?.attach?.(source);
    return () => {
      detach?.();
      this.sources.delete(source);
      if (this.sources.size === 0) this.instruments?.stop();
    };
  }
}
