/**
 * Run by processes.test.ts as a process of its own: two workers of a cluster, or two threads, whose metrics are put
 * together by prom-client. One is busy and has an open circuit, the other is quiet. Prints the text of the scrape.
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import promClient from 'prom-client';
import { circuitBreaker, observe, pipeline, retry, retryBudget } from '../../src/index.ts';
import { prometheus } from '../../src/observe/prometheus.ts';

const { AggregatorRegistry, register } = promClient;

/** Pipelines that nobody holds are collected, and their gauges with them. */
const held: unknown[] = [];

async function work(isBusy: boolean): Promise<void> {
  observe(prometheus(register));
  const budget = retryBudget({ ratio: 0, reserve: 10, refill: 0 });
  if (isBusy) for (let each = 0; each < 4; each++) budget.withdraw();
  held.push(pipeline('idle', circuitBreaker()));
  const quotes = pipeline(
    'quotes',
    retry({ maxAttempts: 1, budget }),
    circuitBreaker({ minimumCalls: 10, failureRate: 0.9, consecutiveFailures: Infinity }),
  );
  for (let call = 0; call < (isBusy ? 20 : 1); call++) {
    await quotes.settle(() => {
      if (isBusy && call % 5 < 2) throw new Error('down');
    });
  }
  const orders = circuitBreaker();
  held.push(quotes, isBusy && pipeline('orders', orders));
  orders.open();
}

async function runCluster(): Promise<void> {
  if (cluster.isWorker) {
    new AggregatorRegistry();
    await work(process.env['ROLE'] === 'busy');
    process.send?.('ready');
    return;
  }
  const aggregator = new AggregatorRegistry();
  const workers = ['busy', 'quiet'].map((ROLE) => cluster.fork({ ROLE }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  console.log(await aggregator.clusterMetrics());
  for (const worker of workers) worker.kill();
}

async function runThreads(): Promise<void> {
  if (parentPort !== null) {
    await work(workerData === 'busy');
    parentPort.postMessage(await register.getMetricsAsJSON());
    return;
  }
  const threads = ['busy', 'quiet'].map(
    (role) => new Worker(new URL(import.meta.url), { argv: ['threads'], workerData: role }),
  );
  const answers = await Promise.all(threads.map((thread) => once(thread, 'message')));
  console.log(
    await AggregatorRegistry.aggregate(answers.map(([json]) => json as object)).metrics(),
  );
}

await (process.argv[2] === 'threads' ? runThreads() : runCluster());
