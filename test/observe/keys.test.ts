// What the metrics say of keyed pipelines.
import { bulkhead, circuitBreaker, createKedge, rateLimiter } from 'kedge';
import { prometheus, type PrometheusOptions } from 'kedge/prometheus';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { controlled } from '../support/lab.ts';
import { scrape } from './scraping.ts';

function watched(options?: PrometheusOptions) {
  const kedge = createKedge();
  const registry = new Registry();
  kedge.observe(prometheus(registry, options));
  return { ...kedge, text: () => registry.metrics(), scrape: () => scrape(registry) };
}

const down = () => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }));
const open = { state: 'open' };
const policies = () => [circuitBreaker({ consecutiveFailures: 1 })];

describe('keyed pipelines', () => {
  it('show how many keys there are, how many were dropped, and how full the fullest limit is', async () => {
    const { keyed, scrape: read } = watched();
    const hosts = keyed('hosts', () => [bulkhead({ maxConcurrent: 4 })], { maxKeys: 3 });
    const operation = controlled();
    for (const key of ['a', 'b', 'b', 'b', 'c', 'd']) void hosts.for(key).settle(operation);
    const metrics = await read();
    const shown = (name: string) => metrics.value(name, { pipeline: 'hosts' });
    expect(shown('kedge_keyed_size')).toBe(3);
    expect(shown('kedge_keyed_evictions_total')).toBe(1);
    expect(shown('kedge_bulkhead_fullest_ratio')).toBe(0.75);
    expect(shown('kedge_bulkhead_limit')).toBe(12);
    hosts[Symbol.dispose]();
    const gone = await read();
    expect(gone.value('kedge_keyed_evictions_total', { pipeline: 'hosts' })).toBe(1);
    expect(gone.families.get('kedge_keyed_size')?.samples).toEqual([]);
  });

  it('are alone in showing that', async () => {
    const { pipeline, scrape: read } = watched();
    const quotes = pipeline('quotes', bulkhead({ maxConcurrent: 4 }));
    await quotes.execute(() => 1);
    const { families } = await read();
    for (const name of ['keyed_size', 'keyed_evictions_total', 'bulkhead_fullest_ratio']) {
      expect(families.get(`kedge_${name}`)?.samples).toEqual([]);
    }
  });

  it('show the scarcest of their rate limits, and one circuit once that all of them share', async () => {
    const { keyed, scrape: read } = watched();
    const shared = circuitBreaker();
    const tenants = keyed('tenants', () => [rateLimiter({ limit: 10 }), shared]);
    for (const key of ['a', 'b', 'b', 'b']) await tenants.for(key).execute(() => 1);
    shared.open();
    const metrics = await read();
    expect(metrics.value('kedge_rate_limiter_available')).toBeCloseTo(7, 0);
    expect(metrics.value('kedge_circuit_breaker_state', open)).toBe(1);
    expect(metrics.sum('kedge_circuit_breaker_transitions_total')).toBe(1);
  });

  it('show no key, unless they are asked to', async () => {
    const { keyed, text } = watched();
    const hosts = keyed('hosts', () => [circuitBreaker()], { label: (key) => `host ${key}` });
    await hosts.for('secret-key').execute(() => 1);
    expect(await text()).not.toContain('secret-key');
    expect(await text()).not.toContain('key=');
  });
});

describe('keys that are asked for', () => {
  it('are called what their label calls them, or what they are', async () => {
    const { keyed, scrape: read } = watched({ keys: true });
    const hosts = keyed('hosts', policies, { label: (key) => `host ${key}` });
    const plain = keyed('plain', policies);
    for (const family of [hosts, plain]) {
      await family.for('a').settle(down);
      await family.for('b').settle(() => 1);
    }
    const metrics = await read();
    const state = (pipeline: string, key: string) =>
      metrics.value('kedge_circuit_breaker_state', { pipeline, key, ...open });
    expect([state('hosts', 'host a'), state('hosts', 'host b')]).toEqual([1, 0]);
    expect([state('plain', 'a'), state('plain', 'b')]).toEqual([1, 0]);
    // Counts are those of the name.
    expect(metrics.sum('kedge_executions_total', { pipeline: 'hosts' })).toBe(2);
    expect(
      metrics.value('kedge_circuit_breaker_transitions_total', {
        pipeline: 'hosts',
        reason: 'consecutive',
        from: 'closed',
      }),
    ).toBe(1);
  });

  it('are a thousand at most, and keep their places for as long as they are there', async () => {
    const { keyed, scrape: read } = watched({ keys: true });
    const hosts = keyed('hosts', () => [circuitBreaker()], { maxKeys: 1_200 });
    const keys = async () => (await read()).labels('kedge_circuit_breaker_not_closed', 'key');
    for (let key = 0; key < 1_100; key++) hosts.for(`h-${key}`);
    const first = await keys();
    expect(first).toHaveLength(1_001);
    expect(first).toContain('_other');
    // The least recently used now, and shown all the same.
    for (let key = 1_099; key >= 0; key--) hosts.for(`h-${key}`);
    expect((await keys()).toSorted()).toEqual(first.toSorted());
  }, 30_000);

  it('are clean and short, and one whose label cannot be made is among the others', async () => {
    const { keyed, scrape: read } = watched({ keys: true });
    const hosts = keyed('hosts', () => [circuitBreaker()], {
      label: (key) => {
        if (key === 'bad') throw new Error('no label');
        return key === 'odd' ? (7 as never) : key;
      },
    });
    for (const key of ['a\nb', 'x'.repeat(500), 'bad', 'odd']) hosts.for(key);
    const metrics = await read();
    expect(metrics.labels('kedge_circuit_breaker_not_closed', 'key').toSorted()).toEqual(
      ['a b', 'x'.repeat(128), '_other'].toSorted(),
    );
  });
});
