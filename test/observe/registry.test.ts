import { readFileSync } from 'node:fs';
import * as successor from '@prometheus-io/client';
import { circuitBreaker, createKedge, fallback, retry, timeout } from 'kedge';
import { prometheus } from 'kedge/prometheus';
import * as promClient from 'prom-client';
import { describe, expect, it } from 'vitest';
import { attach, madeUp, scrape, sourceOf } from './scraping.ts';

const clients = [
  { client: 'prom-client 15', ...promClient },
  // Its types are those of prom-client, which tests can then use for both.
  { client: '@prometheus-io/client', ...(successor as unknown as typeof promClient) },
];

const names = [
  'abandoned',
  'attempt_duration_seconds',
  'attempts_total',
  'bulkhead_fullest_ratio',
  'bulkhead_in_use',
  'bulkhead_limit',
  'bulkhead_queue_limit',
  'bulkhead_queued',
  'circuit_breaker_failure_rate',
  'circuit_breaker_last_opened_timestamp_seconds',
  'circuit_breaker_not_closed',
  'circuit_breaker_not_closed_seconds_total',
  'circuit_breaker_slow_rate',
  'circuit_breaker_state',
  'circuit_breaker_transitions_total',
  'coalesced_total',
  'custom_events_total',
  'execution_duration_seconds',
  'executions_total',
  'failures_total',
  'fallbacks_total',
  'hedges_total',
  'in_flight',
  'info',
  'jobs_parked_total',
  'journal_dropped_total',
  'keyed_evictions_total',
  'keyed_size',
  'log_lines_suppressed_total',
  'pipelines',
  'process_failures_total',
  'rate_limiter_available',
  'rejections_total',
  'request_failures_total',
  'retries_total',
  'retry_budget_available_ratio',
  'security_events_total',
  'sink_errors_total',
  'throttle_refusal_ratio',
  'timeouts_total',
];

describe.each(clients)(
  'a registry of $client',
  ({ Registry, Counter, Gauge, AggregatorRegistry }) => {
    const used = async (options?: Parameters<typeof prometheus>[1]) => {
      const kedge = createKedge();
      const registry = new Registry();
      const observed = kedge.observe(prometheus(registry, options));
      const quotes = kedge.pipeline(
        'quotes',
        fallback({ value: 0 }),
        timeout(1_000),
        retry(),
        circuitBreaker(),
      );
      await quotes.execute(() => 1);
      await quotes.execute(() => {
        throw new TypeError('x is not a function');
      });
      return { ...kedge, registry, observed, quotes };
    };

    it('shows all metrics, in a text that can be read', async () => {
      const { registry } = await used();
      const metrics = await scrape(registry);
      expect([...metrics.families.keys()].toSorted()).toEqual(names.map((name) => `kedge_${name}`));
      expect(metrics.sum('kedge_executions_total')).toBe(2);
    });

    it('escapes whatever a pipeline is called', async () => {
      const { registry, pipeline } = await used();
      const name = 'a "quoted" name\\n {x="y"} 1';
      await pipeline(name).execute(() => 1);
      expect((await scrape(registry)).sum('kedge_executions_total', { pipeline: name })).toBe(1);
    });

    it('shows the metrics under another prefix and in other buckets', async () => {
      const { registry } = await used({ prefix: 'shop_', buckets: [1, 2] });
      const metrics = await scrape(registry);
      expect([...metrics.families.keys()].toSorted()).toEqual(names.map((name) => `shop_${name}`));
      expect(metrics.labels('shop_attempt_duration_seconds', 'le').filter(Boolean)).toEqual([
        '1',
        '2',
        '+Inf',
      ]);
    });

    it('shows the metrics as JSON with the labels that it adds to all', async () => {
      const { registry } = await used();
      registry.setDefaultLabels({ service: 'shop' });
      const json = (await registry.getMetricsAsJSON()) as {
        name: string;
        values: { labels: object }[];
      }[];
      const executions = json.find(({ name }) => name === 'kedge_executions_total');
      expect(executions?.values[0]?.labels).toEqual({
        pipeline: 'quotes',
        outcome: 'success',
        service: 'shop',
      });
      const metrics = await scrape(registry);
      expect(metrics.sum('kedge_executions_total', { service: 'shop' })).toBe(2);
    });

    it('shows counters as OpenMetrics wants them', async () => {
      const { registry, observed } = await used();
      registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
      const text = await registry.metrics();
      expect(text).toContain('# TYPE kedge_executions counter');
      expect(text).toContain('kedge_executions_total{pipeline="quotes",outcome="success"} 1');
      observed[Symbol.dispose]();
      expect(registry.getMetricsAsArray()).toEqual([]);
    });

    it('takes several sinks of the same options, and counts every pipeline once', async () => {
      const { registry, observe, pipeline, observed } = await used();
      const again = observe(prometheus(registry));
      const other = createKedge();
      other.observe(prometheus(registry));
      await other.pipeline('orders').execute(() => 1);
      const both = await scrape(registry);
      expect(both.sum('kedge_executions_total', { pipeline: 'quotes' })).toBe(2);
      expect(both.sum('kedge_executions_total', { pipeline: 'orders' })).toBe(1);
      observed[Symbol.dispose]();
      await pipeline('quotes').execute(() => 1);
      expect((await scrape(registry)).sum('kedge_executions_total')).toBe(4);
      again[Symbol.dispose]();
      expect((await scrape(registry)).labels('kedge_executions_total', 'pipeline')).toEqual([
        'orders',
      ]);
    });

    it('refuses a second sink of other options, unless its prefix is another, too', async () => {
      const { registry, observe } = await used();
      for (const options of [{ buckets: [1] }, { histograms: false }, { keys: true }]) {
        expect(() => prometheus(registry, options)).toThrow(/with other options/);
      }
      observe(prometheus(registry, { prefix: 'other_', buckets: [1] }));
      const metrics = await scrape(registry);
      expect(metrics.sum('kedge_executions_total')).toBe(2);
      expect(metrics.sum('other_executions_total')).toBe(2);
    });

    it('has neither histograms nor zeros where that is asked for', async () => {
      const { registry } = await used({ histograms: false });
      const without = await scrape(registry);
      expect([...without.families.keys()].filter((name) => name.includes('duration'))).toEqual([]);
      const { registry: other } = await used({ zeros: false });
      const metrics = await scrape(other);
      expect(metrics.labels('kedge_executions_total', 'outcome')).toEqual(['success', 'fallback']);
      expect(metrics.labels('kedge_execution_duration_seconds', 'outcome')).toEqual(['success']);
      // What holds is shown, though it be 0.
      expect(metrics.value('kedge_in_flight')).toBe(0);
    });

    it('is left as it was when one name is taken', () => {
      const registry = new Registry();
      const sink = prometheus(registry);
      const own = new Gauge({ name: 'kedge_in_flight', help: 'its own', registers: [registry] });
      expect(() => createKedge().observe(sink)).toThrow(/kedge_in_flight already/);
      expect(registry.getMetricsAsArray()).toEqual([own]);
    });

    it('has none of the metrics once the sink is detached, and takes them again', async () => {
      const { registry, observed, observe } = await used();
      const own = new Counter({ name: 'own_total', help: 'its own', registers: [registry] });
      observed[Symbol.dispose]();
      expect(registry.getMetricsAsArray()).toEqual([own]);
      observe(prometheus(registry));
      expect((await scrape(registry)).sum('kedge_executions_total')).toBe(2);
    });

    it('that was cleared meanwhile keeps what others have put there under the same name', async () => {
      const { registry, observed } = await used();
      registry.clear();
      const own = new Gauge({ name: 'kedge_in_flight', help: 'its own', registers: [registry] });
      observed[Symbol.dispose]();
      expect(registry.getMetricsAsArray()).toEqual([own]);
    });

    it('can set all counters and histograms back, and they go on from there', async () => {
      const { registry, quotes } = await used();
      registry.resetMetrics();
      const reset = await scrape(registry);
      expect(reset.sum('kedge_executions_total')).toBe(0);
      expect(reset.sum('kedge_failures_total')).toBe(0);
      expect(reset.sum('kedge_attempt_duration_seconds_bucket')).toBe(0);
      // A gauge says what holds.
      expect(reset.sum('kedge_circuit_breaker_state', { state: 'closed' })).toBe(1);
      await quotes.execute(() => 1);
      const after = await scrape(registry);
      expect(after.value('kedge_executions_total', { outcome: 'success' })).toBe(1);
      expect(after.value('kedge_attempt_duration_seconds_count')).toBe(1);
    });

    it('goes on from there also when pipelines come and go', async () => {
      const { registry, quotes, pipeline } = await used();
      registry.resetMetrics();
      quotes[Symbol.dispose]();
      expect((await scrape(registry)).sum('kedge_executions_total')).toBe(0);
      await pipeline('quotes').execute(() => 1);
      await pipeline('quotes').execute(() => 1);
      const metrics = await scrape(registry);
      expect(metrics.value('kedge_executions_total', { outcome: 'success' })).toBe(2);
    });

    it('adds the processes of a cluster up', async () => {
      const workers = await Promise.all([used(), used()]);
      const answers = await Promise.all(
        workers.map(
          async ({ registry }) =>
            JSON.parse(JSON.stringify(await registry.getMetricsAsJSON())) as object,
        ),
      );
      const metrics = await scrape(AggregatorRegistry.aggregate(answers));
      expect(metrics.sum('kedge_executions_total')).toBe(4);
      expect(metrics.value('kedge_circuit_breaker_state', { state: 'closed' })).toBe(2);
      expect(metrics.value('kedge_retry_budget_available_ratio')).toBe(1);
      expect(metrics.value('kedge_attempt_duration_seconds_count')).toBe(4);
    });

    it('can be merged with another', async () => {
      const { registry } = await used();
      const merged = Registry.merge([registry, new Registry()]);
      expect((await scrape(merged)).sum('kedge_executions_total')).toBe(2);
    });

    it('shows one moment, even if something is called while it is read', async () => {
      const { registry, quotes } = await used();
      const attempts = registry.getSingleMetric('kedge_attempts_total');
      registry.removeSingleMetric('kedge_attempts_total');
      const calling = new Gauge({
        name: 'calling',
        help: 'Calls the pipeline while it is read.',
        registers: [registry],
        collect: () => void quotes.execute(() => 1),
      });
      registry.registerMetric(attempts!);
      for (const calls of [2, 3, 4]) {
        const metrics = await scrape(registry);
        expect(metrics.sum('kedge_executions_total')).toBe(calls);
        expect(metrics.sum('kedge_attempts_total')).toBe(calls);
        expect(metrics.sum('kedge_execution_duration_seconds_count')).toBe(calls);
      }
      expect(registry.getSingleMetric('calling')).toBe(calling);
    });

    it('shows single metrics as they are when they are asked for', async () => {
      const { registry, quotes } = await used();
      expect(await registry.getSingleMetricAsString('kedge_executions_total')).toContain(
        'outcome="success"} 1',
      );
      await quotes.execute(() => 1);
      expect(await registry.getSingleMetricAsString('kedge_attempts_total')).toContain(
        'outcome="success"} 2',
      );
    });
  },
);

describe('prometheus', () => {
  it('shows no less than nothing when what was counted is not there any more', async () => {
    const registry = new promClient.Registry();
    const counters = { scheduled: 5 };
    const source = sourceOf(madeUp('p', { name: 'retry', kind: 'retry', counters, gauges: {} }));
    attach(prometheus(registry), source);
    const numbers = source.names.get('p')!.policy('retry', 'retry', {}).counters;
    registry.resetMetrics();
    await Promise.resolve();
    numbers['scheduled'] = 2;
    const retries = async () =>
      (await scrape(registry)).value('kedge_retries_total', { result: 'scheduled' });
    expect(await retries()).toBe(2);
    numbers['scheduled'] = 6;
    expect(await retries()).toBe(6);
  });

  it('serves several sets of pipelines with one registry', async () => {
    const registry = new promClient.Registry();
    const sink = prometheus(registry);
    const sets = [createKedge(), createKedge()];
    const observed = sets.map((set) => set.observe(sink));
    for (const set of sets) await set.pipeline('quotes').execute(() => 1);
    expect((await scrape(registry)).sum('kedge_executions_total')).toBe(2);
    observed[0]?.[Symbol.dispose]();
    expect((await scrape(registry)).sum('kedge_executions_total')).toBe(1);
    observed[1]?.[Symbol.dispose]();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('that is attached twice to the same pipelines counts them once', async () => {
    const kedge = createKedge();
    const registry = new promClient.Registry();
    const sink = prometheus(registry);
    kedge.observe(sink, sink);
    await kedge.pipeline('quotes').execute(() => 1);
    expect((await scrape(registry)).sum('kedge_executions_total')).toBe(1);
  });

  it('says which version it is', async () => {
    const registry = new promClient.Registry();
    createKedge().observe(prometheus(registry));
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect((await scrape(registry)).value('kedge_info', { version })).toBe(1);
  });

  it('tells when a registry throws, before anything is called', () => {
    const registry = new promClient.Registry();
    const throwing = Object.assign(Object.create(registry) as typeof registry, {
      registerMetric(metric: { name: string }) {
        if (metric.name === 'kedge_in_flight') throw new Error('no more');
        registry.registerMetric(metric as never);
      },
    });
    expect(() => createKedge().observe(prometheus(throwing))).toThrow('no more');
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('names the option that cannot be', () => {
    const registry = new promClient.Registry();
    const make = (options: unknown) => () => prometheus(registry, options as object);
    expect(make({ prefix: 'my-shop_' })).toThrow(/`prefix`/);
    expect(make({ prefix: 1 })).toThrow(TypeError);
    expect(make({ bucket: [1] })).toThrow(/`buckets`/);
    expect(make({ buckets: [] })).toThrow(RangeError);
    expect(make({ buckets: [1, 1] })).toThrow(RangeError);
    expect(make({ buckets: [0, 1] })).toThrow(RangeError);
    expect(make({ buckets: [1, Infinity] })).toThrow(RangeError);
    expect(make({ buckets: [Number.NaN] })).toThrow(RangeError);
    expect(make({ buckets: ['1'] })).toThrow(TypeError);
    expect(() => prometheus({} as never)).toThrow(/registry/);
    expect(() => prometheus(undefined as never)).toThrow(/registry/);
  });

  it('does not take over the array of buckets', async () => {
    const registry = new promClient.Registry();
    const kedge = createKedge();
    const buckets = [1, 2];
    kedge.observe(prometheus(registry, { buckets }));
    buckets.push(0.5);
    await kedge.pipeline('quotes').execute(() => 1);
    expect((await scrape(registry)).labels('kedge_attempt_duration_seconds', 'le')).not.toContain(
      '0.5',
    );
  });
});
