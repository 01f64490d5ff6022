/** A process with pipelines, the dependency that it calls, and an outage of it: seen by real monitoring. */
import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  adaptiveThrottle,
  bulkhead,
  circuitBreaker,
  coalesce,
  fallback,
  hedge,
  keyed,
  observe,
  pipeline,
  rateLimiter,
  retry,
  staleIfError,
  timeout,
} from 'kedge';
import { logs } from 'kedge/pino';
import { prometheus as metrics } from 'kedge/prometheus';
import { Registry } from 'prom-client';

/** How many hosts there are, and which of them break with the dependency. */
export const hosts = 500;
export const broken: readonly string[] = ['h7.example', 'h8.example', 'h9.example'];

async function listening(server: HttpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** What the log says of one pipeline. */
interface Lines {
  /** Failed attempts, those that were held back included. */
  failures: number;
}

export class Shop implements AsyncDisposable {
  /** Requests that the dependency got, by the pipeline that sent them. */
  readonly received: Record<string, number> = { 'quotes-api': 0, http: 0 };
  readonly log: Map<string, Lines> = new Map();
  metricsPort = 0;
  isDown = false;
  private readonly registry = new Registry();
  private readonly servers: HttpServer[] = [];
  private readonly ends: (() => unknown)[] = [];
  private readonly over = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  private url = '';

  static async open(): Promise<Shop> {
    const shop = new Shop();
    await shop.begin();
    return shop;
  }

  private async begin(): Promise<void> {
    // Of a quotes API that is down nobody gets an answer; a host that is down says so.
    const dependency = createServer((request, response) => {
      const [, name = '', host = ''] = request.url?.split('/') ?? [];
      this.received[name] = (this.received[name] ?? 0) + 1;
      if (!this.isDown) response.end('{}');
      else if (name === 'http') response.writeHead(broken.includes(host) ? 503 : 200).end('{}');
    });
    this.url = `http://127.0.0.1:${await listening(dependency)}`;
    const page = createServer((_request, response) => {
      void this.registry.metrics().then((text) => {
        response.setHeader('content-type', this.registry.contentType);
        response.end(text);
      });
    });
    this.metricsPort = await listening(page);
    this.servers.push(dependency, page);
    const line = (object: object): void => this.read(object as Record<string, unknown>);
    const logger = { debug: line, info: line, warn: line, error: line, level: 'info' };
    const throws = { name: 'flaky', handle: () => this.fail() };
    const sinks = [metrics(this.registry, { keys: true }), logs(logger), throws];
    const attached = sinks.map((sink) => observe(sink));
    this.ends.push(() => attached.forEach((each) => each[Symbol.dispose]()));
    this.running = Promise.all([this.sendQuotes(), this.sendHosts(), this.sendOthers()]);
  }

  private hasThrown = false;
  private fail(): void {
    if (this.hasThrown || !this.isDown) return;
    this.hasThrown = true;
    throw new Error('a sink that throws once');
  }

  private read({ event, pipeline: name, suppressed = 0 }: Record<string, unknown>): void {
    if (event !== 'attempt.failed') return;
    let lines = this.log.get(String(name));
    if (lines === undefined) this.log.set(String(name), (lines = { failures: 0 }));
    lines.failures += 1 + Number(suppressed);
  }

  private async call(path: string, signal: AbortSignal): Promise<unknown> {
    const response = await fetch(`${this.url}/${path}`, { signal });
    await response.arrayBuffer();
    if (!response.ok) throw Object.assign(new Error('it is down'), { status: response.status });
    return true;
  }

  private async every(ms: number, act: () => Promise<unknown>): Promise<void> {
    const running = new Set<Promise<unknown>>();
    while (!this.over.signal.aborted) {
      const one: Promise<unknown> = act().finally(() => running.delete(one));
      running.add(one);
      await sleep(ms, undefined, { signal: this.over.signal }).catch(() => {});
    }
    await Promise.all(running);
  }

  private async sendQuotes(): Promise<void> {
    const quotes = pipeline(
      'quotes-api',
      retry({ maxAttempts: 2 }),
      circuitBreaker(),
      timeout(1_000),
    );
    await this.every(50, () => quotes.settle(({ signal }) => this.call('quotes-api', signal)));
    this.ends.push(() => quotes[Symbol.dispose]());
  }

  private async sendHosts(): Promise<void> {
    const outgoing = keyed('http', () => [circuitBreaker(), timeout(1_000)], {
      label: (key) => key,
    });
    const ask = (host: string): Promise<unknown> =>
      outgoing.for(host).settle(({ signal }) => this.call(`http/${host}`, signal));
    let next = 0;
    await this.every(20, () =>
      ask(`h${next++ % hosts}.example`).then(() => ask(broken[next % 3] as string)),
    );
    this.ends.push(() => outgoing[Symbol.dispose]());
  }

  /** A policy of every kind, so that every metric has a series. */
  private async sendOthers(): Promise<void> {
    const all = pipeline(
      'all',
      fallback({ value: 0 }),
      staleIfError({ maxAge: 60_000, key: () => 'one' }),
      coalesce({ key: ({ attempt }) => String(attempt) }),
      rateLimiter({ limit: 100 }),
      bulkhead({ maxConcurrent: 5 }),
      adaptiveThrottle(),
      hedge({ after: 100 }),
      retry(),
    );
    const halls = keyed('halls', () => [bulkhead({ maxConcurrent: 2 })]);
    await this.every(100, async () => {
      await all.settle(() => (this.isDown ? Promise.reject(new TypeError('x is not')) : 1));
      await halls.for('one').settle(() => 1);
    });
    this.ends.push(() => [all, halls].forEach((each) => each[Symbol.dispose]()));
  }

  /** Ends the load, and waits for the last answers and lines. */
  async end(): Promise<void> {
    this.over.abort();
    await this.running;
  }

  /** Writes what is held back of the log. */
  flush(): void {
    for (const end of this.ends.splice(0)) end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    this.flush();
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }
}
