import { circuitBreaker, createKedge, type Pipeline, retry, timeout } from 'kedge';
import { prometheus, type PrometheusOptions } from 'kedge/prometheus';
import { virtualClock } from 'kedge/testing';
import { Registry } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import { Places } from '../../src/observe/prometheus/places.ts';
import { fc } from '../support/property.ts';
import { attach, madeUp, scrape, sourceOf } from './scraping.ts';

function watched(options?: PrometheusOptions) {
  const kedge = createKedge();
  const registry = new Registry();
  kedge.observe(prometheus(registry, options));
  return { ...kedge, scrape: () => scrape(registry) };
}

const down = () => Promise.reject(new Error('down'));

const stats = (open: number, failureRate: number, left: number) =>
  madeUp(
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
      sourceOf(
        stats(1, Number.NaN, 0.9),
        stats(1, 0.2, 0.3),
        stats(0, 0.7, 0.5),
        stats(1, Number.NaN, 1),
      ),
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
      sourceOf(
        madeUp('p', { name: 'guard', kind: 'timeout', counters: { exceeded: 1 }, gauges: {} }),
        madeUp('p', { name: 'guard', kind: 'retry', counters: { scheduled: 2 }, gauges: {} }),
      ),
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

  it('leave only what they have counted with the last of them, and go on when the name comes back', async () => {
    const { pipeline, scrape: read } = watched();
    const first = pipeline('quotes', circuitBreaker());
    await first.settle(down);
    first[Symbol.dispose]();
    const gone = await read();
    const own = [...gone.families.values()].filter(({ samples }) =>
      samples.some(({ labels }) => labels['pipeline'] === 'quotes'),
    );
    expect(own.filter(({ type }) => type === 'gauge')).toEqual([]);
    expect(gone.sum('kedge_executions_total', { outcome: 'failure' })).toBe(1);
    await pipeline('quotes', circuitBreaker()).execute(() => 1);
    const back = await read();
    expect(back.sum('kedge_executions_total')).toBe(2);
    expect(back.sum('kedge_failures_total')).toBe(1);
    expect(back.sum('kedge_attempt_duration_seconds_count')).toBe(2);
    expect(back.value('kedge_circuit_breaker_state', { state: 'closed' })).toBe(1);
  });
});

/** Many names have many lines. */
const brief = { histograms: false };

describe('more names than are shown', () => {
  it('are one pipeline called _other, from the 201st on', async () => {
    const { pipeline, scrape: read } = watched();
    const first = named(0, 150).map((name) => pipeline(name, timeout(1_000)));
    await read();
    const more = named(150, 300).map((name) => pipeline(name, timeout(1_000)));
    for (const each of [...more, ...first]) await each.execute(() => 1);
    const shown = ['_other', ...named(0, 200)].toSorted();
    const metrics = await read();
    for (const name of [
      'kedge_executions_total',
      'kedge_in_flight',
      'kedge_timeouts_total',
      'kedge_attempt_duration_seconds',
      'kedge_log_lines_suppressed_total',
    ]) {
      expect(metrics.labels(name, 'pipeline').toSorted()).toEqual(shown);
    }
    expect(metrics.sum('kedge_executions_total', { pipeline: '_other' })).toBe(100);
    expect(metrics.sum('kedge_executions_total')).toBe(300);
    expect(metrics.value('kedge_attempt_duration_seconds_count', { pipeline: '_other' })).toBe(100);
  });

  it('have places for 200, also where one is called _other itself', async () => {
    const { pipeline, scrape: read } = watched(brief);
    for (const name of ['_other', ...named(0, 200)]) await pipeline(name).execute(() => 1);
    const metrics = await read();
    expect(metrics.labels('kedge_executions_total', 'pipeline')).toHaveLength(201);
    expect(metrics.sum('kedge_executions_total', { pipeline: '_other' })).toBe(1);
  });

  it('have their suppressed lines counted together', async () => {
    const registry = new Registry();
    const source = sourceOf(
      ...named(0, 203).map((name, index) => ({ ...madeUp(name), suppressed: index < 199 ? 0 : 2 })),
    );
    attach(prometheus(registry), source);
    const suppressed = async (pipeline: string) =>
      (await scrape(registry)).value('kedge_log_lines_suppressed_total', { pipeline });
    expect([await suppressed('pipeline-199'), await suppressed('_other')]).toEqual([2, 6]);
  });

  it('are as many for sinks that throw', async () => {
    const registry = new Registry();
    const errors = new Map(named(0, 150).map((name) => [name, 1]));
    const source = sourceOf();
    vi.spyOn(source, 'sinkErrors').mockReturnValue(errors);
    attach(prometheus(registry), source);
    const metrics = await scrape(registry);
    expect(metrics.labels('kedge_sink_errors_total', 'sink')).toHaveLength(101);
    expect(metrics.sum('kedge_sink_errors_total')).toBe(150);
  });

  it('are told in number', async () => {
    const { pipeline, scrape: read } = watched(brief);
    const held = named(0, 190).map((name) => pipeline(name));
    const names = async () => {
      const metrics = await read();
      return ['true', 'false'].map((shown) => metrics.value('kedge_pipelines', { shown }));
    };
    expect(await names()).toEqual([190, 0]);
    held.push(...named(190, 207).map((name) => pipeline(name)));
    expect(await names()).toEqual([200, 7]);
  });

  it('keep their places and counts when they leave, until somebody needs them', async () => {
    const { pipeline, scrape: read } = watched(brief);
    const all = named(0, 210).map((name) => pipeline(name));
    for (const each of all) await each.settle(down);
    await read();
    for (const each of all) each[Symbol.dispose]();
    const metrics = await read();
    expect(metrics.labels('kedge_executions_total', 'pipeline')).toHaveLength(201);
    expect(metrics.sum('kedge_executions_total')).toBe(210);
    expect(metrics.sum('kedge_failures_total', { pipeline: '_other' })).toBe(10);
    await pipeline('late').execute(() => 1);
    const later = await read();
    expect(later.sum('kedge_executions_total', { pipeline: 'late' })).toBe(1);
    // The one that has been gone for longest has made way; nobody else shows what it has shown.
    expect(later.labels('kedge_executions_total', 'pipeline')).not.toContain('pipeline-0');
    expect(later.sum('kedge_executions_total', { pipeline: '_other' })).toBe(10);
    await pipeline('pipeline-0').execute(() => 1);
    expect((await read()).sum('kedge_executions_total', { pipeline: 'pipeline-0' })).toBe(2);
  });

  it('that are short-lived do not keep one that is there from being shown', async () => {
    const { pipeline, scrape: read } = watched(brief);
    for (const name of named(0, 200)) {
      using job = pipeline(name);
      await job.execute(() => 1);
    }
    await read();
    const payments = pipeline('payments');
    await payments.execute(() => 1);
    expect((await read()).sum('kedge_executions_total', { pipeline: 'payments' })).toBe(1);
  });

  it('give their places back when there has been no pipeline of theirs for an hour', async () => {
    using clock = virtualClock();
    const { pipeline, scrape: read } = watched(brief);
    const kept = named(0, 150).map((name) => pipeline(name));
    for (const name of named(150, 200)) pipeline(name)[Symbol.dispose]();
    const shown = async () => (await read()).labels('kedge_executions_total', 'pipeline').length;
    expect(await shown()).toBe(200);
    await clock.advance(3_599_999);
    expect(await shown()).toBe(200);
    await clock.advance(1);
    expect(await shown()).toBe(150);
    await pipeline('pipeline-199').execute(() => 1);
    expect(await shown()).toBe(151);
    expect(kept).toHaveLength(150);
  });

  it('are shown in numbers that never fall, and each count under one label', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constantFrom('come', 'go', 'count'), name: fc.nat(7) }),
      fc.record({ type: fc.constant('wait'), ms: fc.constantFrom(1_000, 1_800_000, 3_600_000) }),
      fc.constant({ type: 'scrape' } as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bus = sourceOf();
        const places = new Places([1], 3);
        const here = new Map<number, (() => void)[]>();
        const last = new Map<string, number>();
        const ever = new Map<string, number>();
        let time = 0;
        let counted = 0;
        const read = (): void => {
          const shown = places.update(bus.names, [bus.names.others], time);
          expect(shown.length).toBeLessThanOrEqual(4);
          for (const { pipeline, numbers } of shown) {
            const value = numbers.executions.success;
            expect(value).toBeGreaterThanOrEqual(last.get(pipeline) ?? 0);
            last.set(pipeline, value);
            ever.set(pipeline, value);
          }
          // What was shown once of a name is not shown again under another.
          expect([...ever.values()].reduce((sum, each) => sum + each, 0)).toBe(counted);
        };
        for (const each of [...steps, { type: 'scrape' } as const]) {
          if (each.type === 'scrape') read();
          else if (each.type === 'wait') time += (each as { ms: number }).ms;
          else {
            const { type, name } = each as { type: string; name: number };
            const metrics = bus.names.of(`name-${name}`);
            const parts = here.get(name) ?? [];
            here.set(name, parts);
            if (type === 'come') {
              const part = { readings: () => [] };
              parts.push(Object.assign(metrics.join(part), { part }));
            } else if (type === 'go') {
              parts.pop()?.();
              if (metrics.goneSince !== undefined) metrics.goneSince = time;
            } else if (metrics.hasLived) {
              metrics.executions.success++;
              counted++;
            }
          }
        }
      }),
    );
  });

  it('are bounded for the policies under one name too, and every line is there once', async () => {
    const registry = new Registry();
    const kinds = [
      ['bulkhead', 'rejected_bulkhead_full'],
      ['adaptiveLimiter', 'rejected_bulkhead_full'],
    ] as const;
    const policies = Array.from({ length: 300 }, (_, index) => {
      const [kind, counter] = kinds[index % 2]!;
      return { name: `limit-${index}`, kind, counters: { [counter]: 1 }, gauges: { limit: 2 } };
    });
    attach(prometheus(registry), sourceOf(madeUp('p', ...policies)));
    const metrics = await scrape(registry);
    expect(metrics.labels('kedge_rejections_total', 'policy')).toHaveLength(101);
    expect(metrics.sum('kedge_rejections_total')).toBe(300);
    expect(metrics.value('kedge_bulkhead_limit', { policy: '_other' })).toBe(400);
  });
});
