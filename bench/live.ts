// What the live page costs: 1,000 pipelines that are all called, and 100 watchers. `node bench/live.ts`.
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { pipeline, retry, circuitBreaker, timeout } from 'kedge';
import { liveHandler } from 'kedge/live';

const watchers = 100;
const seconds = 15;

if (process.argv[2] === 'watch') {
  let bytes = 0;
  for (let each = 0; each < watchers; each++) {
    get(
      { host: '127.0.0.1', port: Number(process.argv[3]), path: '/?events', agent: false },
      (response) => {
        response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      },
    );
  }
  process.on('message', () => process.send?.(bytes));
  process.on('disconnect', () => process.exit());
} else {
  const all = Array.from({ length: 1_000 }, (_, at) =>
    pipeline(`service-${at}`, retry(), circuitBreaker(), timeout(1_000)),
  );
  const live = liveHandler();
  const server = createServer((request, response) => live(request, response)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const load = setInterval(() => {
    // By chance, so that every row changes every second.
    for (const each of all) if (Math.random() < 0.5) void each.settle(() => 1);
  }, 100);
  const measure = async (): Promise<number> => {
    const before = process.cpuUsage();
    await sleep(seconds * 1_000);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (seconds * 1e6);
  };
  await sleep(10_000);
  const without = await measure();
  const child = fork(import.meta.filename, [
    'watch',
    String((server.address() as AddressInfo).port),
  ]);
  await sleep(3_000);
  const watched = await measure();
  child.send('bytes?');
  const [bytes] = (await once(child, 'message')) as [number];
  child.disconnect();
  clearInterval(load);
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  console.log(`1,000 pipelines without watchers: ${percent(without)} of a core`);
  console.log(
    `with ${watchers} watchers: ${percent(watched)}, so they cost ${percent(watched - without)}`,
  );
  console.log(`They got ${Math.round(bytes / 1_000)} kB in ${seconds + 3} seconds.`);
  server.close();
  server.closeAllConnections();
}
