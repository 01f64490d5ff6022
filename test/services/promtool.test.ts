// What Prometheus' own checker says of the metrics. It comes with Debian's package `prometheus`.
import { spawnSync } from 'node:child_process';
import * as successor from '@prometheus-io/client';
import { createKedge, presets, retry } from 'kedge';
import { prometheus } from 'kedge/prometheus';
import * as promClient from 'prom-client';
import { beforeAll, expect, it } from 'vitest';

beforeAll(() => {
  if (spawnSync('promtool', ['--version']).status !== 0) {
    throw new Error('promtool is missing: apt-get install --no-install-recommends prometheus');
  }
});

it.each([
  ['prom-client 15', promClient.Registry],
  ['@prometheus-io/client', successor.Registry as unknown as typeof promClient.Registry],
])('promtool finds nothing in the metrics of a registry of %s', async (_client, Registry) => {
  const { observe, pipeline } = createKedge();
  const registry = new Registry();
  observe(prometheus(registry));
  await pipeline('quotes', ...presets.http({ fallback: { value: 0 } })).execute(() => 1);
  await pipeline('orders', retry({ maxAttempts: 1 })).settle(() => {
    throw new TypeError('x is not a function');
  });
  await pipeline('a "quoted" name\\').execute(() => 1);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: await registry.metrics(),
    encoding: 'utf8',
  });
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
});
