// What must not be executed twice is not, wherever a connection is cut.
import { constantBackoff, createKedge } from 'kedge';
import { resilientFetch } from 'kedge/http';
import { afterEach, expect, it } from 'vitest';
import { origin } from '../support/origin.ts';
import { fc } from '../support/property.ts';
import { random } from '../support/random.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { cutsAnywhere } from '../support/weather.ts';

const rejections: unknown[] = [];
const note = (reason: unknown): void => void rejections.push(reason);
afterEach(() => void process.off('unhandledRejection', note));

const calls = 10_000;
const promised = 1_000;

it(
  `of ${calls} POSTs under random cuts none is executed twice without a promise that it may be`,
  { timeout: 60_000 },
  async () => {
    process.on('unhandledRejection', note);
    await fc.assert(fc.asyncProperty(fc.integer(), storm), { numRuns: 1 });
    expect(rejections).toEqual([]);
  },
);

async function storm(seed: number): Promise<void> {
  const chance = random(seed);
  const executed = new Map<string, number>();
  await using server = await origin(({ body }, response) => {
    const luck = chance();
    // Refused, and so not executed.
    if (luck < 0.05) response.writeHead(429, { 'retry-after': '0' }).end();
    else {
      executed.set(body, (executed.get(body) ?? 0) + 1);
      response.writeHead(luck < 0.08 ? 500 : 201).end(body);
    }
  });
  await using proxy = await tcpProxy(server.port, () => cutsAnywhere(chance));
  const fetch = resilientFetch({
    kedge: createKedge(),
    maxAttempts: 10,
    backoff: constantBackoff(0),
    budget: false,
    bulkhead: false,
    adaptiveLimiter: false,
    circuitBreaker: { failureRate: 1, consecutiveFailures: Infinity, minimumCalls: 1_000_000 },
  });

  const succeeded: string[] = [];
  const failed: string[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let call = next++; call < calls + promised; call = next++) {
      const body = `${call < promised ? 'promised' : 'once'}-${call}`;
      const init = { method: 'POST', body, idempotent: call < promised ? true : undefined };
      try {
        const response = await fetch(`http://127.0.0.1:${proxy.port}/`, init);
        const text = await response.text();
        if (response.status === 201 && text === body) succeeded.push(body);
        else failed.push(body);
      } catch {
        failed.push(body);
      }
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  proxy.end();
  await server.settle();

  const times = (prefix: string): number[] =>
    [...executed].filter(([id]) => id.startsWith(prefix)).map(([, count]) => count);
  expect(times('once').filter((count) => count > 1)).toEqual([]);
  // The same network does make duplicates of what may be repeated.
  expect(times('promised').filter((count) => count > 1).length).toBeGreaterThan(0);
  expect(succeeded.length + failed.length).toBe(calls + promised);
  expect(succeeded.filter((id) => !executed.has(id))).toEqual([]);
  expect([server.sockets, fetch.stats().inFlight]).toEqual([0, 0]);
  if (process.env['KEDGE_FIGURES'] !== undefined) {
    process.stdout.write(
      `${succeeded.length} succeeded, ${failed.length} failed, ${server.arrived.length} arrived, ` +
        `${proxy.accepted} connections, ${times('promised').filter((count) => count > 1).length} promised ones executed twice\n`,
    );
  }
}
