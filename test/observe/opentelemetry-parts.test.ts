// A tracer, a meter and a logger, each with and without the others.
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { createKedge, retry } from 'kedge';
import { openTelemetry } from 'kedge/opentelemetry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { down } from './logging.ts';

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

const subsets = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
  tracer: (bits & 1) > 0,
  meter: (bits & 2) > 0,
  logger: (bits & 4) > 0,
}));

it.each(subsets)(
  'says what it is given something to say it with: tracer $tracer, meter $meter, logger $logger',
  async (given) => {
    const spans = new InMemorySpanExporter();
    const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    const numbers = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({
      exporter: numbers,
      exportIntervalMillis: 3_600_000,
    });
    const meters = new MeterProvider({ readers: [reader] });
    const lines = new InMemoryLogRecordExporter();
    const loggers = new LoggerProvider({
      processors: [new SimpleLogRecordProcessor({ exporter: lines })],
    });
    const sink = openTelemetry({
      ...(given.tracer && { tracer: tracers.getTracer('kedge') }),
      ...(given.meter && { meter: meters.getMeter('kedge') }),
      ...(given.logger && { logger: loggers.getLogger('kedge') }),
    });
    const quotes = createKedge({ sinks: [sink] }).pipeline('quotes', retry({ backoff: () => 0 }));
    let tries = 0;
    expect(await quotes.execute(() => (++tries < 2 ? down() : 'answer'))).toBe('answer');
    await reader.forceFlush();

    const names = spans.getFinishedSpans().map(({ name }) => name);
    expect(names).toEqual(given.tracer ? ['quotes attempt', 'quotes'] : []);
    const measured = numbers
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
    const attempts = measured.find(({ descriptor }) => descriptor.name === 'kedge.attempts');
    expect((attempts?.dataPoints.length ?? 0) > 0).toBe(given.meter);
    const records = lines.getFinishedLogRecords();
    expect(records.map(({ eventName }) => eventName)).toEqual(
      given.logger
        ? ['kedge.attempt.failed', 'kedge.retry.scheduled', 'kedge.retry.recovered']
        : [],
    );
    // With a tracer they are of its trace.
    const traces = new Set(records.map(({ spanContext }) => spanContext?.traceId));
    const trace = spans.getFinishedSpans()[0]?.spanContext().traceId;
    expect([...traces]).toEqual(given.logger ? [trace] : []);
    await Promise.all([meters.shutdown(), loggers.shutdown(), tracers.shutdown()]);
  },
);
