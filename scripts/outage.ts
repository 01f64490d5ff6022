// One outage, watched by two real Prometheus at once, scraping every 5 and every 15 seconds, with the rules as they
// are: `npm run outage`. It takes seven minutes, and prints what docs/outage.md shows. Needs Debian's `prometheus` and
// `prometheus-alertmanager`.
import { setTimeout as sleep } from 'node:timers/promises';
import { broken, Shop } from '../test/services/support/outage.ts';
import {
  alertmanager,
  type Message,
  prometheus,
  query,
  total,
  type Webhook,
  webhook,
} from '../test/services/support/prometheus.ts';
import type { Server } from '../test/services/support/server.ts';

const seconds = { before: 75, down: 240, after: 150 };
const intervals = [5, 15];

interface Watch {
  readonly interval: number;
  readonly hook: Webhook;
  readonly manager: Server;
  readonly server: Server;
}

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

const shop = await Shop.open();
const watches: Watch[] = [];
for (const interval of intervals) {
  const hook = await webhook();
  const manager = await alertmanager(hook, false);
  const given = { target: shop.metricsPort, alertmanager: manager.port, interval, scale: 1 };
  watches.push({ interval, hook, manager, server: await prometheus(given) });
}
await sleep(seconds.before * 1_000);
const began = Date.now();
shop.isDown = true;
await sleep(seconds.down * 1_000);
const healed = Date.now();
shop.isDown = false;
await sleep(seconds.after * 1_000);
await shop.end();
await sleep(16_000);

console.log(`The dependency went down at ${clock(began)} and was back at ${clock(healed)} (UTC).`);
const found = await Promise.all(watches.map((watch) => tell(watch)));
shop.flush();
for (const text of found) console.log(text);
console.log('\n## What the log and the dependency say\n');
console.log(
  '| pipeline | failed attempts in the log | requests that the dependency got |\n| --- | --- | --- |',
);
for (const name of ['quotes-api', 'http']) {
  console.log(`| ${name} | ${shop.log.get(name)?.failures} | ${shop.received[name]} |`);
}
for (const { hook, manager, server } of watches) {
  await server[Symbol.asyncDispose]();
  await manager[Symbol.asyncDispose]();
  hook[Symbol.dispose]();
}
await shop[Symbol.asyncDispose]();

async function tell({ interval, hook, server }: Watch): Promise<string> {
  const lines = [`\n## Scraped every ${interval} seconds\n`];
  for (const [title, labels] of [
    ['quotes-api', 'pipeline="quotes-api"'],
    [`http, ${broken[0]}`, `pipeline="http",key="${broken[0]}"`],
  ] as const) {
    const expr = `kedge_circuit_breaker_state{${labels}} == 1`;
    lines.push(
      `\`${expr}\`, ${title}, as scraped:\n`,
      '```text',
      ...(await states(server, labels)),
      '```\n',
    );
  }
  const counted = [
    'kedge_attempts_total{pipeline="quotes-api"}',
    'kedge_attempts_total{pipeline="quotes-api",outcome=~"failure|timeout"}',
    'kedge_attempts_total{pipeline="http"}',
    'kedge_attempts_total{pipeline="http",outcome=~"failure|timeout"}',
    'kedge_circuit_breaker_transitions_total{pipeline="quotes-api",from="closed",to="open"}',
    'kedge_circuit_breaker_transitions_total{pipeline="quotes-api",from="half_open",to="open"}',
    'kedge_circuit_breaker_transitions_total{pipeline="quotes-api",to="closed"}',
    'kedge_circuit_breaker_not_closed_seconds_total{pipeline="quotes-api"}',
  ];
  lines.push('| query | answer |', '| --- | --- |');
  for (const expr of counted)
    lines.push(
      `| \`sum(${expr.replaceAll('|', '\\|')})\` | ${round(await total(server.port, expr))} |`,
    );
  lines.push(
    '',
    'Messages to the webhook:\n',
    '| at | receiver | status | alerts |',
    '| --- | --- | --- | --- |',
  );
  for (const message of hook.messages) lines.push(row(message));
  const page = hook.messages
    .flatMap(({ alerts }) => alerts)
    .find(({ labels }) => labels['alertname'] === 'KedgeCircuitNotClosed');
  // Where Prometheus itself was is of no use to anybody.
  const shown = { ...page, generatorURL: undefined };
  lines.push(
    '',
    'One of the alerts in them:\n',
    '```json',
    JSON.stringify(shown, undefined, 2),
    '```',
  );
  return lines.join('\n');
}

function row({ at, receiver, status, alerts }: Message): string {
  const told = alerts.map(
    ({ status: each, labels }) =>
      `${labels['alertname']} ${labels['pipeline'] ?? labels['sink']}${labels['key'] ? ` ${labels['key']}` : ''} ${each}`,
  );
  return `| ${clock(at)} | ${receiver} | ${status} | ${told.join('<br>')} |`;
}

/** Runs of equal samples. */
async function states(server: Server, labels: string): Promise<string[]> {
  const result = await query(server.port, `kedge_circuit_breaker_state{${labels}}[15m]`);
  const met = result
    .flatMap(({ metric, values = [] }) =>
      values
        .filter(([, value]) => value === '1')
        .map(([at]) => ({ at, state: metric['state'] as string })),
    )
    .toSorted((one, other) => one.at - other.at);
  const runs: { state: string; from: number; count: number }[] = [];
  for (const { at, state } of met) {
    const last = runs.at(-1);
    if (last?.state === state) last.count++;
    else runs.push({ state, from: at, count: 1 });
  }
  return runs.map(({ state, from, count }) => `${clock(from * 1_000)}  ${state} × ${count}`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
