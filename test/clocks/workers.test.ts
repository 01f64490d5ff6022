// In Cloudflare's Workers a timer ends with the request that set it; here in the runtime that they run on.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, folder } from './bundle.ts';

/** Where the runtime of the package is; it has no types. */
const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string };
const place = folder();
let runtime: ChildProcess | undefined;
let origin = '';

/** The port that it listens on, by what it writes where it is told to. */
async function portOf(control: Readable): Promise<number> {
  let said = '';
  for await (const chunk of control) {
    said += String(chunk);
    const port = /"port":\s*(\d+)/.exec(said)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`workerd ended: ${said}`);
}

beforeAll(async () => {
  await bundle('in-worker.ts', join(place.path, 'worker.mjs'), { format: 'esm' });
  const config = join(place.path, 'config.capnp');
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (
       services = [(name = "main", worker = (
         modules = [(name = "worker", esModule = embed "worker.mjs")],
         compatibilityDate = "2026-01-01",
       ))],
       sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
     );`,
  );
  runtime = spawn(workerd, ['serve', '--control-fd=3', config], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  origin = `http://127.0.0.1:${await portOf(runtime.stdio[3] as Readable)}`;
}, 30_000);

afterAll(() => {
  runtime?.kill('SIGKILL');
  place[Symbol.dispose]();
});

const ask = async (call: string, ms = 0): Promise<string> =>
  (await fetch(`${origin}/${call}?ms=${ms}`)).text();

describe('in Workers', { timeout: 20_000 }, () => {
  it('a timeout ends a call although another request, which came first, is over', async () => {
    const first = ask('limited', 150);
    await ask('limited', 60);
    const second = ask('limited', 3_000);
    expect(await first).toBe('done after 150 ms');
    expect(await second).toBe('TimeoutError');
  });

  it('a retry and a hedge come when they are due', async () => {
    expect(await Promise.all([ask('again'), ask('raced', 3_000), ask('raced', 1)])).toEqual([
      'attempt 2',
      'attempt 2',
      'done after 1 ms',
    ]);
  });

  it('a limiter serves each of many requests that wait', async () => {
    const served = await Promise.all(Array.from({ length: 5 }, () => ask('paced', 1)));
    expect(served).toEqual(Array.from({ length: 5 }, () => 'done after 1 ms'));
  });

  it('a caller who waits is served although one before him has gone', async () => {
    const caller = new AbortController();
    void ask('paced', 1);
    const gone = fetch(`${origin}/paced?ms=1`, { signal: caller.signal }).catch(() => 'gone');
    const behind = ask('paced', 1);
    caller.abort();
    expect(await gone).toBe('gone');
    expect(await behind).toBe('done after 1 ms');
  });

  it("a caller's abort is heeded", async () => {
    expect(await ask('aborted', 3_000)).toBe('left');
  });
});
