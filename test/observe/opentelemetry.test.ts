// Spans, instruments and records, as OpenTelemetry's own SDK takes them.
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
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
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import {
  circuitBreaker,
  coalesce,
  constantBackoff,
  createKedge,
  hedge,
  type Kedge,
  rateLimiter,
  retry,
  timeout,
} from 'kedge';
import { openTelemetry, type OpenTelemetryOptions } from 'kedge/opentelemetry';
import { scripted, virtualClock, type VirtualClock } from 'kedge/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nameOf } from '../../src/observe/opentelemetry/instruments.ts';
import { families } from '../../src/observe/prometheus/families.ts';
import { down } from './logging.ts';

let clock: VirtualClock;
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock[Symbol.dispose]());

async function played<T>(call: Promise<T>): Promise<T> {
  await clock.runAll();
  return call;
}

function traced(options: OpenTelemetryOptions = {}): Kedge & {
  spans(): ReadableSpan[];
  named(name: string): ReadableSpan[];
  inner: ReturnType<BasicTracerProvider['getTracer']>;
} {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('kedge');
  const kedge = createKedge({ sinks: [openTelemetry({ tracer, ...options })] });
  const spans = () => exporter.getFinishedSpans();
  const named = (name: string) => spans().filter((span) => span.name === name);
  return { ...kedge, spans, named, inner: provider.getTracer('inner') };
}

const policies = () => [timeout(100)];

const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId;

describe('spans', () => {
  it('are one for a call with one attempt, and what the operation does is inside it', async () => {
    const { pipeline, spans, named, inner } = traced();
    await pipeline('quotes').execute(async () => {
      await Promise.resolve();
      inner.startActiveSpan('GET', (span) => span.end());
    });
    expect(spans()).toHaveLength(2);
    const [execution] = named('quotes');
    expect(execution?.kind).toBe(SpanKind.INTERNAL);
    expect(execution?.status.code).toBe(SpanStatusCode.UNSET);
    expect(execution?.attributes).toEqual({
      'kedge.pipeline': 'quotes',
      'kedge.attempts': 1,
      'kedge.wait.duration': 0,
      'kedge.outcome': 'success',
    });
    expect(parentOf(named('GET')[0])).toBe(idOf(execution));
  });

  it('are one more for each attempt from the second on, with what was waited for it', async () => {
    const { pipeline, named, inner } = traced();
    const quotes = pipeline('quotes', retry({ backoff: constantBackoff(1_500) }), timeout(100));
    await played(
      quotes.execute(({ attempt }) => {
        inner.startActiveSpan('GET', (span) => span.end());
        return attempt < 3 ? down() : 1;
      }),
    );
    const [execution] = named('quotes');
    const attempts = named('quotes attempt');
    expect(attempts.map(({ attributes }) => attributes)).toEqual([
      {
        'kedge.pipeline': 'quotes',
        'kedge.attempt': 2,
        'kedge.wait.duration': 1.5,
        'kedge.outcome': 'failure',
        'error.type': 'transient',
      },
      {
        'kedge.pipeline': 'quotes',
        'kedge.attempt': 3,
        'kedge.wait.duration': 1.5,
        'kedge.outcome': 'success',
      },
    ]);
    expect(attempts[0]?.status.code).toBe(SpanStatusCode.ERROR);
    expect(attempts.map(parentOf)).toEqual([idOf(execution), idOf(execution)]);
    expect(named('GET').map(parentOf)).toEqual([idOf(execution), ...attempts.map(idOf)]);
    expect(execution?.attributes).toMatchObject({ 'kedge.attempts': 3, 'kedge.wait.duration': 3 });
  });

  it('are one for every attempt where that is asked for', async () => {
    const { pipeline, named } = traced({ attempts: 'all' });
    await pipeline('quotes').execute(() => 1);
    expect(named('quotes attempt')[0]?.attributes).toMatchObject({ 'kedge.attempt': 1 });
  });

  it('have the kind of what ended them, and no event and no message that could hold a secret', async () => {
    const { pipeline, named, spans } = traced();
    await pipeline('failed').settle(() => Promise.reject(new Error('password=hunter2')));
    await played(pipeline('late', timeout(10)).settle(() => new Promise(() => {})));
    const open = circuitBreaker();
    const refused = pipeline('refused', open);
    open.open();
    await refused.settle(() => 1);
    await pipeline('cancelled').settle(() => 1, { signal: AbortSignal.abort() });
    const ended = ['failed', 'late', 'refused', 'cancelled'].map((name) => {
      const [span] = named(name);
      const { 'kedge.outcome': outcome, 'error.type': type } = span!.attributes;
      return [outcome, type, span!.status];
    });
    const error = { code: SpanStatusCode.ERROR };
    expect(ended).toEqual([
      ['failure', 'unknown', error],
      ['timeout', 'timeout', error],
      ['rejected', 'rejected', error],
      ['cancelled', undefined, { code: SpanStatusCode.UNSET }],
    ]);
    expect(spans().flatMap(({ events }) => events)).toEqual([]);
  });

  it('of hedges are siblings, and those that lost are cancelled', async () => {
    const { pipeline, named } = traced({ attempts: 'all' });
    const quotes = pipeline('quotes', hedge({ after: 10, maxHedges: 2 }));
    await played(
      quotes.execute(
        scripted([
          { value: 1, after: 1_000 },
          { value: 2, after: 15 },
          { value: 3, after: 1_000 },
        ]),
      ),
    );
    const [execution] = named('quotes');
    const attempts = named('quotes attempt');
    expect(attempts.map(parentOf)).toEqual(attempts.map(() => idOf(execution)));
    const outcomes = attempts.map(({ attributes }) => [
      attributes['kedge.attempt'],
      attributes['kedge.outcome'],
    ]);
    expect(Object.fromEntries(outcomes)).toEqual({ 1: 'cancelled', 2: 'success', 3: 'cancelled' });
    expect(execution?.attributes['kedge.wait.duration']).toBe(0);
  });

  it('of calls that share a flight are linked to the one that leads it', async () => {
    const { pipeline, named } = traced();
    const search = pipeline('search', coalesce({ key: () => 'all' }));
    const calls = [1, 2, 3].map(() => search.execute(scripted([{ value: 1, after: 5 }])));
    await played(Promise.all(calls));
    const spans = named('search');
    const leader = spans.find(({ links }) => links.length === 0);
    const followers = spans.filter(({ links }) => links.length > 0);
    expect(followers).toHaveLength(2);
    for (const { links } of followers) expect(links[0]?.context.spanId).toBe(idOf(leader));
  });

  it('say how long a call has waited in a queue', async () => {
    const { pipeline, named } = traced();
    const quotes = pipeline('quotes', rateLimiter({ limit: 1, maxWait: 5_000 }));
    await quotes.execute(() => 1);
    await played(quotes.execute(() => 1));
    expect(named('quotes')[1]?.attributes['kedge.wait.duration']).toBeCloseTo(1, 1);
  });

  it('have the hash of a key, or what its label calls it', async () => {
    const { keyed, named } = traced();
    await keyed('plain', policies)
      .for('ann@example.com')
      .execute(() => 1);
    await keyed('hosts', policies, { label: (key) => key })
      .for('a.example')
      .execute(() => 1);
    expect(named('plain')[0]?.attributes['kedge.key.hash']).toMatch(/^[0-9a-f]{8}$/);
    expect(JSON.stringify(named('plain')[0]?.attributes)).not.toContain('ann');
    expect(named('hosts')[0]?.attributes['kedge.key']).toBe('a.example');
  });

  it('are children of the span that is active', async () => {
    const { pipeline, named, inner } = traced();
    await inner.startActiveSpan('request', async (span) => {
      await pipeline('quotes').execute(() => 1);
      span.end();
    });
    expect(parentOf(named('quotes')[0])).toBe(idOf(named('request')[0]));
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  it('keep no call from running, whatever the tracer does', async () => {
    const tracer = {
      startActiveSpan: () => {
        throw new Error('no span');
      },
    };
    const kedge = createKedge({
      sinks: [openTelemetry({ tracer: tracer as never, attempts: 'all' })],
    });
    const quotes = kedge.pipeline('quotes');
    expect(await quotes.execute(() => 1)).toBe(1);
    expect((await quotes.settle(down)).status).toBe('rejected');
    const twice = {
      startActiveSpan: (...args: unknown[]) => {
        const run = args.at(-1) as (span: object) => void;
        run({ setAttributes() {}, setStatus() {}, end() {} });
        run({ setAttributes() {}, setStatus() {}, end() {} });
      },
    };
    const other = createKedge({
      sinks: [openTelemetry({ tracer: twice as never, attempts: 'all' })],
    });
    let started = 0;
    await other.pipeline('quotes').execute(() => started++);
    expect(started).toBe(1);
  });
});

function measured() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const kedge = createKedge();
  const observed = kedge.observe(openTelemetry({ meter: provider.getMeter('kedge') }));
  const read = async () => {
    exporter.reset();
    await reader.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    const all = metrics.flatMap(({ metrics: each }) => each);
    const find = (name: string) => all.find(({ descriptor }) => descriptor.name === name);
    return {
      find,
      value: (name: string, attributes: Record<string, string>) =>
        find(name)?.dataPoints.find((point) =>
          Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
        )?.value,
    };
  };
  return { ...kedge, observed, read, end: () => provider.shutdown() };
}

describe('instruments', () => {
  it('are the numbers of the metrics, under names with dots and units', async () => {
    const { pipeline, keyed, read, end } = measured();
    const quotes = pipeline('quotes', retry({ backoff: () => 500 }), circuitBreaker());
    const call = quotes.execute(scripted([{ error: new Error('x'), after: 5 }, { value: 1 }]));
    await played(call);
    const hosts = keyed('hosts', () => [timeout(100)]);
    await hosts.for('a').execute(() => 1);
    const metrics = await read();
    const at = { 'kedge.pipeline': 'quotes' };
    expect(metrics.value('kedge.executions', { ...at, 'kedge.outcome': 'success' })).toBe(1);
    expect(metrics.value('kedge.executions', { ...at, 'kedge.outcome': 'failure' })).toBe(0);
    expect(metrics.value('kedge.failures', { ...at, 'error.type': 'unknown' })).toBe(1);
    expect(metrics.value('kedge.circuit_breaker.state', { ...at, 'kedge.state': 'closed' })).toBe(
      1,
    );
    expect(metrics.value('kedge.retries', { ...at, 'kedge.result': 'scheduled' })).toBe(1);
    expect(metrics.value('kedge.keyed.size', { 'kedge.pipeline': 'hosts' })).toBe(1);
    const duration = metrics.find('kedge.execution.duration');
    expect(duration?.descriptor.unit).toBe('s');
    expect(duration?.dataPoints[0]).toMatchObject({
      attributes: { ...at, 'kedge.outcome': 'success' },
      value: { count: 1, sum: 0.505 },
    });
    expect(metrics.value('kedge.attempt.duration', { 'error.type': 'unknown' })).toMatchObject({
      sum: 0.005,
    });
    await end();
  });

  it('have names of their own, without the endings that units make unnecessary', () => {
    const names = families.map(({ name }) => nameOf(name));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^kedge(?:\.[a-z_]+){1,2}$/);
    expect(names.filter((name) => /_total|seconds/.test(name))).toEqual([]);
  });

  it('are read no more when the sink is detached', async () => {
    const { pipeline, observed, read, end } = measured();
    const quotes = pipeline('quotes');
    await quotes.execute(() => 1);
    expect((await read()).find('kedge.executions')?.dataPoints.length).toBeGreaterThan(0);
    observed[Symbol.dispose]();
    await quotes.execute(() => 1);
    const later = await read();
    expect(later.value('kedge.executions', { 'kedge.outcome': 'success' }) ?? 1).toBe(1);
    await end();
  });
});

function recorded(options: OpenTelemetryOptions = {}) {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({
    processors: [new SimpleLogRecordProcessor({ exporter })],
  });
  const sink = openTelemetry({ logger: provider.getLogger('kedge'), ...options });
  return { ...createKedge({ sinks: [sink] }), records: () => exporter.getFinishedLogRecords() };
}

describe('records', () => {
  it('are the decisions, in the trace that is active, and no successes', async () => {
    const spans = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(new InMemorySpanExporter())],
    });
    const { pipeline, records } = recorded({ keys: ['iban'] });
    const quotes = pipeline('quotes', retry({ backoff: constantBackoff(10), maxAttempts: 2 }));
    const span = spans.getTracer('test').startSpan('request');
    const call = context.with(trace.setSpan(context.active(), span), () =>
      quotes.settle(() => Promise.reject(new Error('down, iban=XX12'))),
    );
    await played(call);
    await quotes.execute(() => 1);
    expect(records().map(({ eventName, severityText }) => [eventName, severityText])).toEqual([
      ['kedge.attempt.failed', 'INFO'],
      ['kedge.retry.scheduled', 'DEBUG'],
      ['kedge.retry.exhausted', 'DEBUG'],
      ['kedge.attempt.failed', 'INFO'],
      ['kedge.execution.failed', 'ERROR'],
    ]);
    const last = records().at(-1)!;
    expect(last.body).toBe('execution failed');
    expect(last.attributes).toMatchObject({
      'kedge.pipeline': 'quotes',
      'kedge.attempts': 2,
      'error.type': 'unknown',
      'exception.type': 'Error',
    });
    expect(JSON.stringify(records().map(({ attributes }) => attributes))).not.toContain('XX12');
    for (const { spanContext } of records()) expect(spanContext).toMatchObject(span.spanContext());
  });

  it('are as loud as asked for', async () => {
    const { pipeline, records } = recorded({ severity: 'warn' });
    await pipeline('quotes', retry({ maxAttempts: 1 })).settle(down);
    expect(records().map(({ eventName }) => eventName)).toEqual(['kedge.execution.failed']);
  });
});

describe('openTelemetry', () => {
  it('does nothing without a tracer, a meter and a logger', async () => {
    const sink = openTelemetry();
    expect(sink.wants?.('execution.failed')).toBe(false);
    const kedge = createKedge({ sinks: [sink] });
    expect(await kedge.pipeline('quotes').execute(() => 1)).toBe(1);
  });

  it.each([
    ['tracer', {}, 'a Tracer of @opentelemetry/api'],
    ['meter', { createHistogram() {} }, 'a Meter of @opentelemetry/api'],
    ['logger', () => {}, 'a Logger of @opentelemetry/api-logs'],
    ['attempts', true, "'repeated' or 'all'"],
    ['severity', 'loud', "'debug' or 'info' or 'warn' or 'error'"],
  ])('refuses what is no `%s`', (option, value, expected) => {
    expect(() => openTelemetry({ [option]: value })).toThrow(
      `openTelemetry: expected \`${option}\` to be ${expected}`,
    );
  });
});
