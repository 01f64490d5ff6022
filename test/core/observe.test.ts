// Sinks of one pipeline: they hear of it alone, besides the sinks of its set.
import diagnostics from 'node:diagnostics_channel';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { circuitBreaker, createKedge, retry } from 'kedge';
import { logs } from 'kedge/pino';
import { openTelemetry } from 'kedge/opentelemetry';
import { prometheus } from 'kedge/prometheus';
import { recorder, virtualClock, type VirtualClock } from 'kedge/testing';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keptLog } from '../observe/logging.ts';
import { scrape } from '../observe/scraping.ts';
import { transient } from '../support/lab.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock[Symbol.dispose]());

const good = () => 'ok';
const bad = () => Promise.reject(transient());

describe('sinks of one pipeline', () => {
  it('hear of that pipeline alone, also beside others of its name, until they are detached', async () => {
    const kedge = createKedge();
    const [seen, everything] = [recorder(), recorder()];
    kedge.observe(everything);
    const quotes = kedge.pipeline('quotes');
    const namesake = kedge.pipeline('quotes');
    const watching = quotes.observe(seen);
    await quotes.execute(good);
    await namesake.execute(good);
    await kedge.pipeline('prices').execute(good);
    expect(seen.types()).toEqual(['attempt.succeeded', 'execution.succeeded']);
    expect(everything.types()).toHaveLength(6);
    watching[Symbol.dispose]();
    await quotes.execute(good);
    expect(seen.types()).toHaveLength(2);
    expect(everything.types()).toHaveLength(8);
  });

  it('hear of successes where nobody else does', async () => {
    const kedge = createKedge({ sinks: [{ name: 'deaf', handle() {}, wants: () => false }] });
    const seen = recorder();
    const quotes = kedge.pipeline('quotes');
    quotes.observe(seen);
    await quotes.execute(good);
    expect(seen.types()).toEqual(['attempt.succeeded', 'execution.succeeded']);
  });

  it('leave room for sinks of all pipelines that come and go later', async () => {
    const kedge = createKedge();
    const [seen, everything] = [recorder(), recorder()];
    const quotes = kedge.pipeline('quotes');
    quotes.observe(seen);
    const watching = kedge.observe(everything);
    await quotes.execute(good);
    expect(everything.types()).toEqual(['attempt.succeeded', 'execution.succeeded']);
    watching[Symbol.dispose]();
    await quotes.execute(good);
    expect(everything.types()).toHaveLength(2);
    expect(seen.types()).toHaveLength(4);
  });

  it('hear of what belongs to no call: a circuit that somebody opens by hand, or that gives way to another key', async () => {
    const kedge = createKedge();
    const seen = recorder();
    const circuit = circuitBreaker();
    kedge.pipeline('quotes', circuit).observe(seen);
    circuit.open('maintenance');
    expect(seen.of('circuit.opened')).toHaveLength(1);
    const hosts = kedge.keyed(
      'hosts',
      () => [circuitBreaker({ consecutiveFailures: 1, minimumCalls: 1 })],
      { maxKeys: 1 },
    );
    const host = hosts.for('a.example');
    host.observe(seen);
    await host.settle(bad);
    hosts.for('b.example');
    expect(seen.of('circuit.dropped')).toMatchObject([{ key: 'a.example', state: 'open' }]);
  });

  it('hear of what policies of a user report', async () => {
    const seen = recorder();
    const quotes = createKedge().pipeline('quotes', {
      kind: 'own',
      name: 'own',
      apply: (next) => (execution) => {
        execution.emit({ type: 'own.seen' });
        return next(execution);
      },
    });
    quotes.observe(seen);
    await quotes.execute(good);
    expect(seen.types()).toContain('own.seen');
  });

  it('that throw are counted and told of, once, like all others', async () => {
    const everything = recorder();
    const registry = new Registry();
    const kedge = createKedge({ sinks: [everything, prometheus(registry)] });
    const quotes = kedge.pipeline('quotes');
    quotes.observe(prometheus(registry), function broken({ type }) {
      if (type === 'execution.succeeded') throw new Error('broken');
    });
    await expect(quotes.execute(good)).resolves.toBe('ok');
    expect(everything.of('sink.failed')).toMatchObject([{ sink: 'broken', pipeline: 'quotes' }]);
    expect((await scrape(registry)).value('kedge_sink_errors_total', { sink: 'broken' })).toBe(1);
  });

  it('are attached all or none, and are checked', () => {
    const quotes = createKedge().pipeline('quotes');
    const attach = vi.fn<() => undefined>();
    expect(() => quotes.observe({ name: 'one', attach }, 1 as never)).toThrow(
      'expected a sink to be a function, or an object with a `name`',
    );
    expect(attach).toHaveBeenCalledTimes(1);
  });

  it('are told of by the channel of events once', async () => {
    const published: unknown[] = [];
    const listener = (event: unknown): void => void published.push(event);
    const quotes = createKedge().pipeline('quotes');
    const seen = recorder();
    quotes.observe(seen);
    diagnostics.subscribe('kedge:event', listener);
    await quotes.execute(good);
    diagnostics.unsubscribe('kedge:event', listener);
    expect(published).toEqual(seen.events);
  });
});

describe('integrations of one pipeline', () => {
  it('show the numbers of its name, also where several pipelines of the name have them', async () => {
    const registry = new Registry();
    const kedge = createKedge();
    const quotes = kedge.pipeline('quotes', retry());
    const namesake = kedge.pipeline('quotes', retry());
    const prices = kedge.pipeline('prices');
    quotes.observe(prometheus(registry));
    namesake.observe(prometheus(registry));
    for (const each of [quotes, namesake, prices]) await each.execute(good);
    const page = await scrape(registry);
    expect(page.labels('kedge_executions_total', 'pipeline')).toEqual(['quotes']);
    expect(page.sum('kedge_executions_total')).toBe(2);
    kedge.observe(prometheus(registry));
    expect((await scrape(registry)).sum('kedge_executions_total')).toBe(3);
  });

  it('write its lines, and count those that they hold back', async () => {
    const log = keptLog();
    const registry = new Registry();
    const kedge = createKedge({ sinks: [prometheus(registry)] });
    const quotes = kedge.pipeline('quotes');
    const sink = logs(log);
    quotes.observe(sink);
    kedge.pipeline('stocks').observe(sink);
    await kedge.pipeline('prices').settle(bad);
    for (let each = 0; each < 500; each++) await quotes.settle(bad);
    // What was held back last is written when the second is over.
    await clock.advance(1_000);
    expect(new Set(log.lines.map(({ object }) => object['pipeline']))).toEqual(new Set(['quotes']));
    const suppressed = (await scrape(registry)).sum('kedge_log_lines_suppressed_total');
    expect(suppressed).toBeGreaterThan(0);
    expect(log.lines.length + suppressed).toBe(1_000);
  });

  it('follow its calls while they run', async () => {
    const started: string[] = [];
    const tracer = new BasicTracerProvider({
      spanProcessors: [
        new SimpleSpanProcessor({
          export: (spans) => void started.push(...spans.map(({ name }) => name)),
          shutdown: () => Promise.resolve(),
        }),
      ],
    }).getTracer('test');
    const kedge = createKedge();
    const quotes = kedge.pipeline('quotes');
    quotes.observe(openTelemetry({ tracer }));
    await kedge.pipeline('prices').execute(good);
    expect(started).toEqual([]);
    await quotes.execute(good);
    expect(started).toEqual(['quotes']);
  });
});
