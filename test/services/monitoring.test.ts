// A real Prometheus and a real Alertmanager watch an outage from closed to closed.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boardOf } from '../../src/cli/dashboard.ts';
import { alerts } from '../../src/cli/rules/alerts.ts';
import { Metrics } from '../../src/cli/rules/metrics.ts';
import { means, recordings } from '../../src/cli/rules/recordings.ts';
import { broken, Shop } from './support/outage.ts';
import {
  alertmanager,
  prometheus,
  query,
  total,
  type Webhook,
  webhook,
} from './support/prometheus.ts';
import type { Server } from './support/server.ts';

/** A `for` of two minutes is one of six seconds. */
const scale = 0.05;

let shop: Shop;
let hook: Webhook;
let manager: Server;
let server: Server;

const firing = (alert: string) =>
  hook.messages
    .flatMap(({ alerts: told, at }) => told.map((each) => ({ ...each, at })))
    .filter(({ labels }) => labels['alertname'] === alert);

/** The states that scrapes met, one after the other. */
async function statesOf(pipeline: string, more = ''): Promise<string[]> {
  const found = await query(
    server.port,
    `kedge_circuit_breaker_state{pipeline="${pipeline}"${more}}[5m]`,
  );
  const met = found.flatMap(({ metric, values = [] }) =>
    values
      .filter(([, value]) => value === '1')
      .map(([at]) => [at, metric['state'] as string] as const),
  );
  const states = met.toSorted(([one], [other]) => one - other).map(([, state]) => state);
  return states.filter((state, index) => state !== states[index - 1]);
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const patience = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > patience) throw new Error(`${what}: not within 30 seconds`);
    await sleep(200);
  }
}

beforeAll(async () => {
  shop = await Shop.open();
  hook = await webhook();
  manager = await alertmanager(hook, true);
  server = await prometheus({
    target: shop.metricsPort,
    alertmanager: manager.port,
    interval: 1,
    scale,
  });
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await manager[Symbol.asyncDispose]();
  hook[Symbol.dispose]();
});

describe('an outage', () => {
  it('is paged, stays paged while it lasts, and is resolved after it, for one dependency as for single hosts', async () => {
    await until(
      'every host is called',
      async () => (await total(server.port, 'kedge_keyed_size')) >= 500,
    );
    await until(
      'a rate',
      async () => (await query(server.port, 'rate(kedge_info[5m])')).length > 0,
    );
    shop.isDown = true;
    const isPaged = (pipeline: string, key?: string): boolean =>
      firing('KedgeCircuitNotClosed').some(
        ({ status, labels }) =>
          status === 'firing' && labels['pipeline'] === pipeline && labels['key'] === key,
      );
    await until('the page of one dependency', () => isPaged('quotes-api'));
    for (const host of broken) await until(`the page of ${host}`, () => isPaged('http', host));
    // So long that probes have failed several times, and scrapes have met them.
    await sleep(10_000);
    expect(hook.messages.filter(({ status }) => status === 'resolved')).toEqual([]);
    shop.isDown = false;
    const healed = Date.now();
    const resolved = () =>
      firing('KedgeCircuitNotClosed').filter(({ status }) => status === 'resolved');
    await until('all four to be resolved', () => {
      const over = new Set(
        resolved().map(({ labels }) => `${labels['pipeline']} ${labels['key']}`),
      );
      return over.size === 4;
    });
    expect(Math.min(...resolved().map(({ at }) => at))).toBeGreaterThan(healed);
  });

  it('is told of in words that name the host and since when', () => {
    const one = firing('KedgeCircuitNotClosed').find(({ labels }) => labels['key'] === broken[0]);
    expect(one?.labels).toMatchObject({ job: 'shop', pipeline: 'http', severity: 'page' });
    expect(one?.annotations['summary']).toBe(
      `http (${broken[0]}) is down: its circuit has not closed for 6 seconds.`,
    );
    expect(one?.annotations['description']).toMatch(
      /^1 circuit\(s\) of circuitBreaker in shop have not closed since \d{4}-\d\d-\d\d .*UTC\. In the last five minutes \d+ calls/,
    );
    expect(one?.annotations['runbook_url']).toMatch(/\/circuit-not-closed\.md$/);
  });

  it('goes from closed over open and half-open to closed', async () => {
    const single = await statesOf('quotes-api');
    expect([single[0], single.at(-1)]).toEqual(['closed', 'closed']);
    expect(new Set(single)).toEqual(new Set(['closed', 'open', 'half_open']));
    const host = await statesOf('http', `,key="${broken[0]}"`);
    expect([host[0], host.at(-1)]).toEqual(['closed', 'closed']);
    expect(host).toContain('open');
    expect(await statesOf('http', ',key="h300.example"')).toEqual(['closed']);
  });

  it('is counted alike by Prometheus, by the log and by the dependency', async () => {
    await shop.end();
    await sleep(1_500);
    const attempts = (name: string, outcome: string): Promise<number> =>
      total(server.port, `kedge_attempts_total{pipeline="${name}",outcome=~"${outcome}"}`);
    const found: Record<string, unknown> = {};
    for (const name of ['quotes-api', 'http']) {
      found[name] = {
        all: await attempts(name, '.+'),
        failed: await attempts(name, 'failure|timeout'),
      };
    }
    // Before the log is told to write what it holds back: that ends the metrics, too.
    const answered = await answers();
    shop.flush();
    const counted = ['quotes-api', 'http'].map((name) => [
      name,
      { all: shop.received[name], failed: shop.log.get(name)?.failures },
    ]);
    expect(found).toEqual(Object.fromEntries(counted));
    expect(answered).toEqual([]);
  });
});

/** The expressions of rules and board that get no answer; comparisons aside, which hold of some outages only. */
async function answers(): Promise<string[]> {
  const naming = { prefix: 'kedge_', selector: '' };
  const m = new Metrics(naming);
  const board = boardOf(naming) as { panels: { targets?: { expr: string }[] }[] };
  const exprs = [
    ...recordings(m).map(({ expr }) => expr),
    ...means(m).map(({ expr }) => expr),
    ...alerts(m, 0.999, 1).map(({ expr }) => expr),
    ...board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ].map((expr) =>
    expr
      .replaceAll('$__rate_interval', '1m')
      .replaceAll(/\$(?:job|pipeline)/g, '.*')
      .replaceAll(/ [<>] (?!bool)[\d.]+/g, ''),
  );
  expect(exprs.length).toBeGreaterThan(55);
  const silent: string[] = [];
  for (const expr of exprs) {
    const found = await query(server.port, expr);
    if (found.every(({ value }) => !Number.isFinite(Number(value?.[1])))) silent.push(expr);
  }
  return silent;
}
