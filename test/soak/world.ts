/** All policies, in pipelines as services have them, and the hands that change them while they work. */
import {
  adaptiveLimiter,
  bulkhead,
  circuitBreaker,
  coalesce,
  constantBackoff,
  type ExecuteOptions,
  exponentialBackoff,
  fallback,
  hedge,
  type Kedge,
  type Operation,
  type PipelineStats,
  type Policy,
  presets,
  rateLimiter,
  retry,
  retryBudget,
  staleIfError,
  adaptiveThrottle,
  timeout,
} from 'kedge';
import type { Time } from './time.ts';

/** A pipeline under load, or a family of them. */
export interface Target {
  readonly name: string;
  execute(operation: Operation<unknown>, options: ExecuteOptions): Promise<unknown>;
  stats(): PipelineStats;
}

export interface World {
  readonly targets: readonly Target[];
  /** Each changes something of a policy that is in use. */
  readonly changes: readonly (() => void)[];
}

/** A policy of a user's own, of promises. */
const through: Policy = {
  kind: 'through',
  name: 'through',
  apply: (next) => async (execution) => {
    const value = await next(execution);
    return value;
  },
};

export function world(kedge: Kedge, time: Time, random: () => number): World {
  const between = (least: number, most: number): number =>
    least + Math.floor(random() * (most - least + 1));

  const limits = {
    reports: bulkhead({ maxConcurrent: 8, maxQueued: 8, maxWait: 100 }),
    rate: rateLimiter({ limit: 500, burst: 20, maxWait: 50 }),
    search: adaptiveLimiter({ initial: 20, max: 100 }),
    throttle: adaptiveThrottle({ window: { duration: 10_000 } }),
    late: hedge({ after: { quantile: 0.9 }, maxHedges: 2 }),
    circuit: circuitBreaker({ openFor: 400, halfOpen: { probes: 2, leaseFor: 200 } }),
    stale: staleIfError({ maxAge: 2_000, maxEntries: 200 }),
  };
  const budget = retryBudget({ ratio: 0.5 });
  const brief = exponentialBackoff({ initial: 5, max: 80 });
  const preset = {
    totalTimeout: 2_000,
    attemptTimeout: 300,
    backoff: brief,
    circuitBreaker: { openFor: 300 },
  };

  const hosts = kedge.keyed(
    'hosts',
    () => [
      retry({ maxAttempts: 2, backoff: brief }),
      circuitBreaker({ minimumCalls: 5, openFor: 200 }),
      timeout(200),
    ],
    { maxKeys: 300, idleAfter: 5_000 },
  );
  const functions = kedge.pipeline(
    'wrapped',
    fallback({ run: () => 'none' }),
    retry(),
    timeout(150),
  );
  const wrapped = functions.wrap(
    (operation: () => unknown, _options: ExecuteOptions) => operation(),
    (_operation, options) => options,
  );

  const plain = [
    kedge.pipeline(
      'everything',
      fallback({ value: 'none', handle: () => random() < 0.5 }),
      limits.stale,
      coalesce(),
      adaptiveThrottle(),
      rateLimiter({ limit: 5_000, maxWait: 20 }),
      bulkhead({ maxConcurrent: 200, maxQueued: 50 }),
      timeout({ after: 1_500, name: 'total' }),
      retry({ maxAttempts: 3, backoff: brief, budget }),
      hedge({ after: 40, budget }),
      circuitBreaker(),
      adaptiveLimiter(),
      timeout(250),
    ),
    kedge.pipeline('http', ...presets.http({ ...preset, fallback: { value: 'none' } })),
    kedge.pipeline('database', ...presets.database({ ...preset, bulkhead: { maxConcurrent: 40 } })),
    // One of each that two pipelines share.
    kedge.pipeline('reports', limits.rate, limits.reports, timeout(400)),
    kedge.pipeline('exports', limits.reports, limits.circuit, timeout(300)),
    kedge.pipeline('search', limits.throttle, limits.late, limits.search, timeout(200)),
    kedge.pipeline(
      'own',
      through,
      retry({ backoff: constantBackoff(0), budget: false }),
      limits.circuit,
      timeout({ after: 120, strategy: 'cooperative' }),
    ),
    kedge.pipeline('cached', limits.stale, coalesce(), retry({ maxAttempts: 2 }), timeout(100)),
    kedge.pipeline(
      'broken',
      fallback({
        run: () => {
          throw new Error('nothing in place of it');
        },
      }),
      timeout(50),
    ),
  ];

  return {
    targets: [
      ...plain,
      {
        name: 'hosts',
        execute: (operation, options) => hosts.for(options.key ?? '').execute(operation, options),
        stats: () => hosts.stats(),
      },
      {
        name: 'wrapped',
        execute: (operation, options) => wrapped(operation as () => unknown, options),
        stats: () => functions.stats(),
      },
    ],
    changes: [
      () =>
        limits.reports.reconfigure({ maxConcurrent: between(2, 16), maxQueued: between(0, 16) }),
      () => limits.rate.reconfigure({ limit: between(100, 1_000), burst: between(1, 50) }),
      () => limits.search.reconfigure({ max: between(10, 200) }),
      () => limits.throttle.reconfigure({ ratio: 1.2 + random() }),
      () => limits.late.reconfigure({ after: random() < 0.5 ? 30 : { quantile: 0.95 } }),
      () => limits.circuit.reconfigure({ failureRate: 0.2 + 0.7 * random() }),
      () => limits.circuit.reconfigure({ slowCall: { after: between(50, 200), rate: 0.5 } }),
      () => limits.stale.reconfigure({ maxEntries: between(50, 300) }),
      () => limits.circuit.open(),
      () => limits.circuit.close(),
      () => {
        const isolation = limits.circuit.isolate();
        time.after(between(1, 100), () => isolation[Symbol.dispose]());
      },
    ],
  };
}
