/**
 * A service in a storm: what 20 000 failed requests a second cost its event loop, with kedge and without.
 *
 * Three listeners of node:http answer the same requests in one process, in turns of a second. Each request asks a
 * dependency that refuses all connections, and is answered with a 503. The second is one of kedge's virtual clock: it has
 * 1 000 turns of the event loop of 20 requests each, however fast the machine is. What a turn takes is processor time of
 * the thread, so that a busy neighbour does not count.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { circuitBreaker, observe, pipeline, retry, timeout } from 'kedge';
import { errorResponses } from 'kedge/node-http';
import { logs } from 'kedge/pino';
import { prometheus } from 'kedge/prometheus';
import { virtualClock } from 'kedge/testing';
import { destination, pino } from 'pino';
import { Registry } from 'prom-client';
import { answer } from '../child.ts';

const requestsEach = 20;
const turnsEach = 1_000;
const seconds = Number(process.argv[2] ?? 8);

export interface StormResult {
  readonly ways: readonly {
    readonly name: string;
    /** Processor time of a request, in microseconds. */
    readonly cpu: number;
    /** Quantiles of how long a turn of the event loop takes, in milliseconds. */
    readonly p50: number;
    readonly p99: number;
    readonly worst: number;
    /** That of p99, in units of the bare service. */
    readonly ratio: number;
  }[];
  readonly seconds: number;
  /** What kedge has counted, and what it has logged of it. */
  readonly failures: number;
  readonly lines: number;
  readonly suppressed: number;
}

class Refused extends Error {
  readonly code = 'ECONNREFUSED';
}
let calls = 0;
const refuse = async (): Promise<never> => {
  await Promise.resolve();
  throw new Refused(`connect ECONNREFUSED 10.0.0.${1 + (calls++ % 200)}:443`);
};

let lines = 0;
let suppressed = 0;
const counting = {
  write(text: string) {
    if (!text.includes('"event":"attempt.failed"')) return;
    lines++;
    suppressed += Number(/"suppressed":(\d+)/.exec(text)?.[1] ?? 0);
  },
};
const unread = pino(destination({ dest: '/dev/null', sync: false }));

const clock = virtualClock();
const quotes = pipeline(
  'quotes',
  retry({ maxAttempts: 1 }),
  // Never opens, so that failures stay failures.
  circuitBreaker({ minimumCalls: 1_000_000, consecutiveFailures: Infinity }),
  timeout(1_000),
);
const attached = observe(prometheus(new Registry()), logs(pino({}, counting)));

function unavailable(response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ status: 503, title: 'Service Unavailable' }));
}

const ways: Readonly<Record<string, RequestListener>> = {
  bare: (_request, response) => void refuse().catch(() => unavailable(response)),
  'a line of pino for each failure': (_request, response) =>
    void refuse().catch((err: unknown) => {
      unread.error({ err }, 'request failed');
      unavailable(response);
    }),
  kedge: errorResponses(() => quotes.execute(refuse)),
};

const listeners = Object.values(ways);
let turnEnded = (): void => {};
let answered = 0;
const server = createServer((request, response) => {
  response.once('close', () => {
    if (++answered % requestsEach === 0) setImmediate(turnEnded);
  });
  listeners[Number(request.url?.slice(1))]?.(request, response);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const users = fork(new URL('users.ts', import.meta.url), [
  String((server.address() as AddressInfo).port),
  String(requestsEach),
]);

/** Linux has it to the nanosecond; elsewhere it is in steps that are too long for a turn, and the clock must do. */
const place = '/proc/thread-self/schedstat';
const file = existsSync(place) ? openSync(place, 'r') : undefined;
const buffer = Buffer.alloc(64);
function used(): number {
  if (file === undefined) return performance.now();
  const length = readSync(file, buffer, 0, buffer.length, 0);
  return Number(buffer.toString('latin1', 0, length).split(' ', 1)[0]) / 1e6;
}

/** One second of one way: how long its turns took. */
async function secondOf(way: number): Promise<number[]> {
  const turns: number[] = [];
  users.send(`/${way}`);
  let before = used();
  await new Promise<void>((resolve) => {
    turnEnded = () => {
      void clock.advance(1).then(() => {
        const now = used();
        turns.push(now - before);
        before = now;
        if (turns.length === turnsEach) resolve();
      });
    };
  });
  return turns;
}

const found = Object.keys(ways).map((name) => ({ name, turns: [] as number[] }));
// The first second of each is for learning.
for (let second = -1; second < seconds; second++) {
  for (const [way, { turns }] of found.entries()) {
    const held = await secondOf(way);
    if (second >= 0) turns.push(...held);
  }
}
users.disconnect();
server.close();
server.closeAllConnections();
attached[Symbol.dispose]();

const measured = found.map(({ name, turns }) => {
  const sorted = turns.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  const cpu = (1_000 * turns.reduce((sum, each) => sum + each, 0)) / (turns.length * requestsEach);
  return { name, cpu, p50: at(0.5), p99: at(0.99), worst: at(0.999) };
});
const base = measured[0]?.p99 ?? NaN;
const result: StormResult = {
  ways: measured.map((each) => ({ ...each, ratio: each.p99 / base })),
  seconds,
  failures: quotes.stats().attempts.failure,
  lines,
  suppressed,
};
if (process.send === undefined) {
  console.log(result);
  process.exit();
}
answer(result);
