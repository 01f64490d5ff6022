import { circuitBreaker, createKedge, type Pipeline, retry, timeout } from 'kedge';
import { prometheus } from 'kedge/prometheus';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { attach, scrape, sourceOf, statsOf } from './scraping.ts';

function watched() {
  const kedge = createKedge();
  const registry = new Registry();
  kedge.observe(prometheus(registry));
  return { ...kedge, scrape: () => scrape(registry) };
}

const down = () => Promise.reject(new Error('down'));

const stats = (open: number, failureRate: number, left: number) =>
  statsOf(
    'quotes',
    {
      name: 'breaker',
      kind: 'circuitBreaker',
      counters: {},
      gauges: { open, failure_rate: failureRate },
    },
    { name: 'retry', kind: 'retry', counters: {}, gauges: { budget_available_ratio: left } },
  );

const named = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `pipeline-${from + index}`);

describe('pipelines of one name', () => {
  it('are summed', async () => {
    const { pipeline, scrape: read } = watched();
    for (const each of [1, 2, 3]) await pipeline('quotes', timeout(each * 100)).execute(() => 1);
    const metrics = await read();
    expect(metrics.value('kedge_executions_total', { outcome: 'success' })).toBe(3);
    expect(metrics.value('kedge_attempt_duration_seconds_count')).toBe(3);
    expect(metrics.value('kedge_timeouts_total', { policy: 'timeout' })).toBe(0);
  });

  it('show how many of their circuits are in a state, the worst rate and the scarcest budget', async () => {
    const registry = new Registry();
    attach(
      prometheus(registry),
      sourceOf(() => [
        stats(1, Number.NaN, 0.9),
        stats(1, 0.2, 0.3),
        stats(0, 0.7, 0.5),
        stats(1, Number.NaN, 1),
      ]),
    );
    const metrics = await scrape(registry);
    expect(metrics.value('kedge_circuit_breaker_state', { state: 'open' })).toBe(3);
    expect(metrics.value('kedge_circuit_breaker_failure_rate')).toBe(0.7);
    expect(metrics.value('kedge_retry_budget_available_ratio')).toBe(0.3);
  });

  it('may have policies of one name and several kinds', async () => {
    const registry = new Registry();
    attach(
      prometheus(registry),
      sourceOf(() => [
        statsOf('p', { name: 'guard', kind: 'timeout', counters: { exceeded: 1 }, gauges: {} }),
        statsOf('p', { name: 'guard', kind: 'retry', counters: { scheduled: 2 }, gauges: {} }),
      ]),
    );
    const metrics = await scrape(registry);
    expect(metrics.value('kedge_timeouts_total', { policy: 'guard' })).toBe(1);
    expect(metrics.sum('kedge_retries_total', { policy: 'guard' })).toBe(2);
  });

  it('never lower their counters when one of them leaves', async () => {
    const { pipeline, scrape: read } = watched();
    const [left, stays] = [1, 2].map(() => pipeline('quotes', retry({ maxAttempts: 1 }))) as [
      Pipeline,
      Pipeline,
    ];
    await left.settle(down);
    await stays.execute(() => 1);
    const before = await read();
    left[Symbol.dispose]();
    left[Symbol.dispose]();
    const after = await read();
    for (const name of [
      'kedge_executions_total',
      'kedge_attempts_total',
      'kedge_retries_total',
      'kedge_failures_total',
    ]) {
      expect([name, after.sum(name)]).toEqual([name, before.sum(name)]);
    }
    expect(after.sum('kedge_execution_duration_seconds_count')).toBe(2);
    // What only holds while it is there is gone with it.
    expect(after.value('kedge_in_flight')).toBe(0);
  });

  it('leave the metrics with the last of them, and begin at 0 when the name comes back', async () => {
    const { pipeline, scrape: read } = watched();
    const first = pipeline('quotes', circuitBreaker());
    await first.settle(down);
    first[Symbol.dispose]();
    const gone = await read();
    for (const { name, samples } of gone.families.values())
      expect([name, samples]).toEqual([name, []]);
    await pipeline('quotes').execute(() => 1);
    const back = await read();
    expect(back.sum('kedge_executions_total')).toBe(1);
    expect(back.sum('kedge_failures_total')).toBe(0);
    expect(back.sum('kedge_attempt_duration_seconds_count')).toBe(1);
  });
});

describe('more names than are shown', () => {
  it('are one pipeline called _other, from the 201st on and for good', async () => {
    const { pipeline, scrape: read } = watched();
    const first = named(0, 150).map((name) => pipeline(name, timeout(1_000)));
    await read();
    const more = named(150, 300).map((name) => pipeline(name, timeout(1_000)));
    for (const each of [...more, ...first]) await each.execute(() => 1);
    const shown = ['_other', ...named(0, 200)].toSorted();
    for (const name of [
      'kedge_executions_total',
      'kedge_in_flight',
      'kedge_timeouts_total',
      'kedge_attempt_duration_seconds',
      'kedge_log_lines_suppressed_total',
    ]) {
      const metrics = await read();
      expect(metrics.labels(name, 'pipeline').toSorted()).toEqual(shown);
    }
    const metrics = await read();
    expect(metrics.sum('kedge_executions_total', { pipeline: '_other' })).toBe(100);
    expect(metrics.sum('kedge_executions_total')).toBe(300);
    expect(metrics.value('kedge_attempt_duration_seconds_count', { pipeline: '_other' })).toBe(100);
  });

  it('have places for 200, also where one is called _other itself', async () => {
    const { pipeline, scrape: read } = watched();
    for (const name of ['_other', ...named(0, 200)]) await pipeline(name).execute(() => 1);
    const metrics = await read();
    expect(metrics.labels('kedge_executions_total', 'pipeline')).toHaveLength(201);
    expect(metrics.sum('kedge_executions_total', { pipeline: '_other' })).toBe(1);
  });

  it('have their suppressed lines counted together', async () => {
    const registry = new Registry();
    const source = sourceOf(() => named(0, 203).map((name) => statsOf(name)));
    for (const name of named(199, 203)) source.suppressed.set(name, 2);
    attach(prometheus(registry), source);
    const suppressed = async (pipeline: string) =>
      (await scrape(registry)).value('kedge_log_lines_suppressed_total', { pipeline });
    expect([await suppressed('pipeline-199'), await suppressed('_other')]).toEqual([2, 6]);
  });

  it('are as many for sinks that throw', async () => {
    const registry = new Registry();
    const errors = new Map(named(0, 150).map((name) => [name, 1]));
    attach(prometheus(registry), { ...sourceOf(() => []), sinkErrors: () => errors });
    const metrics = await scrape(registry);
    expect(metrics.labels('kedge_sink_errors_total', 'sink')).toHaveLength(101);
    expect(metrics.sum('kedge_sink_errors_total')).toBe(150);
  });

  it('keep their counts when they leave, and free no place', async () => {
    const { pipeline, scrape: read } = watched();
    const all = named(0, 210).map((name) => pipeline(name));
    for (const each of all) await each.settle(down);
    for (const each of all) each[Symbol.dispose]();
    const metrics = await read();
    expect(metrics.labels('kedge_executions_total', 'pipeline')).toEqual(['_other']);
    expect(metrics.sum('kedge_executions_total')).toBe(10);
    expect(metrics.sum('kedge_failures_total')).toBe(10);
    await pipeline('late').execute(() => 1);
    expect((await read()).sum('kedge_executions_total', { pipeline: '_other' })).toBe(11);
  });

  it('are bounded for the policies under one name too, and every line is there once', async () => {
    const registry = new Registry();
    const kinds = [
      ['bulkhead', 'rejected_bulkhead-full'],
      ['adaptiveLimiter', 'rejected_bulkhead-full'],
    ] as const;
    const policies = Array.from({ length: 300 }, (_, index) => {
      const [kind, counter] = kinds[index % 2]!;
      return { name: `limit-${index}`, kind, counters: { [counter]: 1 }, gauges: { limit: 2 } };
    });
    attach(
      prometheus(registry),
      sourceOf(() => [statsOf('p', ...policies)]),
    );
    const metrics = await scrape(registry);
    expect(metrics.labels('kedge_rejections_total', 'policy')).toHaveLength(101);
    expect(metrics.sum('kedge_rejections_total')).toBe(300);
    expect(metrics.value('kedge_bulkhead_limit', { policy: '_other' })).toBe(400);
  });
});
