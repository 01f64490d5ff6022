/** A Prometheus and an Alertmanager of Debian's packages, and a webhook that keeps what it is told. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { run } from '../../../src/cli/run.ts';
import { listens, program, Server } from './server.ts';

/** One alert in a message to a webhook. */
export interface Told {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** A message to a webhook. */
export interface Message {
  readonly at: number;
  readonly receiver: string;
  readonly status: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly Told[];
}

export interface Webhook extends Disposable {
  readonly port: number;
  readonly messages: readonly Message[];
}

export async function webhook(): Promise<Webhook> {
  const messages: Message[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      messages.push({ ...(JSON.parse(text) as Message), at: Date.now() });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const end = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port, messages, [Symbol.dispose]: end };
}

/** The configuration that docs/operations.md gives, with this webhook in it, and quicker where `quick`. */
export function alertmanager(hook: Webhook, quick: boolean): Promise<Server> {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const [, given = ''] = /<!-- alertmanager -->\n```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const own = given.replaceAll('127.0.0.1:9999', `127.0.0.1:${hook.port}`);
  const config = quick
    ? own
        .replace(/group_wait: \w+/, 'group_wait: 1s')
        .replace(/group_interval: \w+/, 'group_interval: 1s')
    : own.replace(/group_interval: \w+/, 'group_interval: 30s');
  return Server.start({
    user: 'nobody',
    start: (folder, port) => {
      if (port > 1) writeFileSync(join(folder, 'alertmanager.yml'), config);
      return [
        program('prometheus-alertmanager'),
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ];
    },
    ready: async (port) => okay(port),
  });
}

export interface PrometheusSettings {
  /** Where the metrics are. */
  readonly target: number;
  readonly alertmanager: number;
  /** In seconds. */
  readonly interval: number;
  readonly scale: number;
}

export async function prometheus(settings: PrometheusSettings): Promise<Server> {
  const { target, alertmanager: alerts, interval, scale } = settings;
  let rules = '';
  await run(['rules', '--for-scale', String(scale)], {
    out: (text) => void (rules += text),
    complain: () => {},
    fetch,
    columns: Infinity,
    colors: false,
  });
  // JSON is YAML.
  const config = {
    global: { scrape_interval: `${interval}s`, evaluation_interval: `${interval}s` },
    rule_files: ['rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alerts}`] }] }] },
    scrape_configs: [{ job_name: 'shop', static_configs: [{ targets: [`127.0.0.1:${target}`] }] }],
  };
  return Server.start({
    user: 'nobody',
    start: (folder, port) => {
      if (port > 1) {
        writeFileSync(join(folder, 'rules.yml'), rules);
        writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
      }
      return [
        program('prometheus'),
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ];
    },
    ready: async (port) => okay(port),
  });
}

async function okay(port: number): Promise<void> {
  await listens(port);
  const { ok, status } = await fetch(`http://127.0.0.1:${port}/-/ready`);
  if (!ok) throw new Error(`it answers ${status}`);
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [at: number, value: string];
  readonly values?: readonly (readonly [at: number, value: string])[];
}

/** What Prometheus answers to a query. */
export async function query(port: number, expr: string): Promise<readonly Sample[]> {
  const body = new URLSearchParams({ query: expr });
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/query`, { method: 'POST', body });
  const { status, error, data } = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: readonly Sample[] };
  };
  if (status !== 'success') throw new Error(`${expr}: ${error}`);
  return data.result;
}

/** The sum of what a query gives; 0 where it gives nothing. */
export async function total(port: number, expr: string): Promise<number> {
  const [sample] = await query(port, `sum(${expr})`);
  return Number(sample?.value?.[1] ?? 0);
}
