// A sentinel that makes a replica the primary, and a cluster whose connections are cut.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { resilientRedis } from 'kedge/redis';
import { createSentinel } from 'redis';
import { expect, it } from 'vitest';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { redis, sentinel } from './support/servers.ts';

/** Resolves once `holds` does; the test's own limit is what ends it otherwise. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) await sleep(20);
}

it('what is given up while a sentinel looks for a new primary is not sent late', async () => {
  await using primary = await redis('--repl-diskless-sync-delay', '0');
  await using replica = await redis('--replicaof', '127.0.0.1', String(primary.port));
  await using guard = await sentinel(primary.port);
  const watching = new Redis(guard.port, '127.0.0.1');
  await until(async () => {
    const [found] = (await watching.call('sentinel', 'replicas', 'shop')) as string[][];
    return found?.includes('ok') === true;
  });
  const bare = createSentinel({
    name: 'shop',
    sentinelRootNodes: [{ host: '127.0.0.1', port: guard.port }],
  });
  bare.on('error', () => {});
  await bare.connect();
  const client = resilientRedis(bare, { attemptTimeout: 50, totalTimeout: 60, maxAttempts: 1 });
  const patient = client.with({ timeout: 60_000 });
  await patient.set('n', '0');
  const other = new Redis(replica.port, '127.0.0.1');
  await until(async () => (await other.get('n')) === '0');

  await primary.kill();
  const given = [client.incr('n'), client.incr('n'), client.multi().incr('n').incr('n').exec()];
  const outcomes = await Promise.allSettled(given);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);

  await until(async () => (await other.role())[0] === 'master');
  await until(async () => (await client.set('after', '1')) === 'OK');
  expect(await other.get('n')).toBe('0');
  void bare.destroy();
  watching.disconnect();
  other.disconnect();
}, 60_000);

it('a cluster of ioredis sends nothing again whose answer was lost', async () => {
  // The cluster says where it is to be reached: through the proxy.
  await using server = await redis('--cluster-enabled', 'yes');
  await using proxy = await tcpProxy(server.port);
  const direct = new Redis(server.port, '127.0.0.1');
  await direct.call('cluster', 'addslotsrange', '0', '16383');
  await direct.config('SET', 'cluster-announce-port', String(proxy.port));
  await direct.config('SET', 'cluster-announce-ip', '127.0.0.1');
  await until(async () => String(await direct.call('cluster', 'info')).includes('state:ok'));

  const bare = new Cluster([{ host: '127.0.0.1', port: proxy.port }]);
  bare.on('error', () => {});
  await once(bare, 'ready');
  const client = resilientRedis(bare, { backoff: () => 10, circuitBreaker: { minimumCalls: 1e6 } });
  await client.set('n', '0');
  proxy.weather = { blackHole: 'down' };
  const lost = client.incr('n');
  await until(async () => (await direct.get('n')) === '1');
  proxy.end();
  proxy.weather = {};
  await expect(lost).rejects.toThrow('Connection is closed');
  expect(await client.get('n')).toBe('1');
  bare.disconnect();
  direct.disconnect();
}, 30_000);
