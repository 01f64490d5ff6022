/**
 * What is timed: the same work through kedge and through its peers. All are made once, as in a service.
 */
import {
  circuitBreaker as cockatielBreaker,
  fallback as cockatielFallback,
  handleAll,
  retry as cockatielRetry,
  SamplingBreaker,
  timeout as cockatielTimeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Kedge, Sinks } from '../kedge.ts';
import type { Call, Contender } from './measure.ts';

export const bare = 'bare `await fn()`';

/** A contender, and where it belongs in the tables. */
export interface Stack extends Contender {
  readonly group: Group;
  /** What it is compared with. @default the bare call */
  readonly unit?: string;
}

export type Group = 'success' | 'policies' | 'ways' | 'rejected' | 'failing' | 'concurrent';

const fn = async (): Promise<number> => 1;
const failure = Object.assign(new Error('service unavailable'), { status: 503 });
const failing = async (): Promise<number> => {
  throw failure;
};
const ignore = (): undefined => undefined;
/**
 * A caller that minds neither way. Not by `try { await … } catch`: the engine takes half a microsecond to throw into an
 * async function, which is neither library's doing.
 */
const quietly = (call: Call): Call => {
  return () => call().then(undefined, ignore);
};

/** Never opens, so that failures stay failures. */
const patient = { minimumCalls: 1_000_000, consecutiveFailures: Infinity };

function peers(): Stack[] {
  const opossumOptions = { timeout: 1_000, errorThresholdPercentage: 50, volumeThreshold: 20 };
  const fired = new CircuitBreaker(fn, opossumOptions);
  fired.fallback(() => 0);
  const openOpossum = new CircuitBreaker(fn, { ...opossumOptions, resetTimeout: 2 ** 31 - 1 });
  openOpossum.open();
  // With its percentiles each failure sorts the whole window; that is measured on its own.
  const failingOpossum = new CircuitBreaker(failing, {
    ...opossumOptions,
    volumeThreshold: 1e9,
    rollingPercentilesEnabled: false,
  });

  const sampling = (): SamplingBreaker =>
    new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 });
  const breaker = () => cockatielBreaker(handleAll, { halfOpenAfter: 5_000, breaker: sampling() });
  const limit = () => cockatielTimeout(1_000, TimeoutStrategy.Aggressive);
  const three = wrap(
    cockatielFallback(handleAll, 0),
    cockatielRetry(handleAll, { maxAttempts: 3 }),
    breaker(),
  );
  const four = wrap(
    cockatielFallback(handleAll, 0),
    cockatielRetry(handleAll, { maxAttempts: 3 }),
    breaker(),
    limit(),
  );
  const openCockatiel = breaker();
  openCockatiel.isolate();
  const failingCockatiel = wrap(
    cockatielRetry(handleAll, { maxAttempts: 0 }),
    cockatielBreaker(handleAll, {
      halfOpenAfter: 5_000,
      breaker: new SamplingBreaker({ threshold: 0.99, duration: 10_000, minimumRps: 1e9 }),
    }),
    limit(),
  );
  return [
    { group: 'success', name: 'p-retry alone', call: () => pRetry(fn) },
    { group: 'success', name: 'opossum (timeout, breaker, fallback)', call: () => fired.fire() },
    {
      group: 'success',
      name: 'opossum + p-retry (the same four)',
      call: () => pRetry(() => fired.fire()),
    },
    {
      group: 'success',
      name: 'cockatiel (fallback, retry, breaker)',
      call: () => three.execute(fn),
    },
    {
      group: 'success',
      name: 'cockatiel (fallback, retry, breaker, timeout)',
      call: () => four.execute(fn),
    },
    {
      group: 'rejected',
      name: 'rejected by cockatiel',
      call: quietly(() => openCockatiel.execute(fn)),
    },
    { group: 'rejected', name: 'rejected by opossum', call: quietly(() => openOpossum.fire()) },
    {
      group: 'failing',
      name: 'failing, p-retry',
      call: quietly(() => pRetry(failing, { retries: 0 })),
    },
    { group: 'failing', name: 'failing, opossum', call: quietly(() => failingOpossum.fire()) },
    {
      group: 'failing',
      name: 'failing, cockatiel',
      call: quietly(() => failingCockatiel.execute(failing)),
    },
    {
      group: 'concurrent',
      name: '10 000 at once, cockatiel',
      unit: '10 000 at once, bare',
      call: () => four.execute(fn),
      concurrent: 10_000,
    },
    {
      group: 'concurrent',
      name: '10 000 at once, opossum',
      unit: '10 000 at once, bare',
      call: () => fired.fire(),
      concurrent: 10_000,
    },
  ];
}

function kedgeStacks(kedge: Kedge, sinks: Sinks): Stack[] {
  const { circuitBreaker, fallback, presets, retry, timeout } = kedge;
  const measured = kedge.createKedge({ sinks: [sinks.prometheus(new Registry())] });
  const unobserved = kedge.createKedge();
  const four = () => [fallback({ value: 0 }), retry(), circuitBreaker(), timeout(1_000)] as const;
  const protectedCalls = measured.pipeline('four', ...four());
  const plain = unobserved.pipeline('four', ...four());
  const preset = measured.pipeline('preset', ...presets.http({ fallback: { value: 0 } }));
  const idempotent = { attributes: { idempotent: true } };

  const breaker = circuitBreaker();
  const open = measured.pipeline('open', breaker);
  breaker.isolate();

  const counts = [
    measured.pipeline('none'),
    measured.pipeline('one', timeout(1_000)),
    measured.pipeline('two', retry(), timeout(1_000)),
  ] as const;
  const wrapped = protectedCalls.wrap(fn);
  const { signal } = new AbortController();

  const threeOf = () =>
    [retry({ maxAttempts: 1 }), circuitBreaker(patient), timeout(1_000)] as const;
  const fails = measured.pipeline('fails', ...threeOf());
  const logging = kedge.createKedge({
    sinks: [sinks.prometheus(new Registry()), sinks.logs(nullLogger(), { burst: Infinity })],
  });
  const failsAloud = logging.pipeline('fails', ...threeOf());
  const fallsBack = measured.pipeline(
    'falls back',
    fallback({ value: 0 }),
    retry({ maxAttempts: 1 }),
    circuitBreaker(patient),
    timeout(1_000),
  );
  return [
    {
      group: 'success',
      name: 'kedge (fallback, retry, circuitBreaker, timeout)',
      call: () => protectedCalls.execute(fn),
    },
    { group: 'success', name: 'kedge, the same, no sink', call: () => plain.execute(fn) },
    { group: 'success', name: 'kedge, presets.http', call: () => preset.execute(fn) },
    {
      group: 'success',
      name: 'kedge, presets.http, hedged',
      call: () => preset.execute(fn, idempotent),
    },
    { group: 'policies', name: 'no policy', call: () => counts[0].execute(fn) },
    { group: 'policies', name: '1 policy', call: () => counts[1].execute(fn) },
    { group: 'policies', name: '2 policies', call: () => counts[2].execute(fn) },
    { group: 'policies', name: '4 policies', call: () => protectedCalls.execute(fn) },
    { group: 'policies', name: '7 policies', call: () => preset.execute(fn) },
    { group: 'ways', name: '`execute`', call: () => protectedCalls.execute(fn) },
    { group: 'ways', name: '`settle`', call: () => protectedCalls.settle(fn) },
    { group: 'ways', name: '`wrap`', call: () => wrapped() },
    {
      group: 'ways',
      name: '`signal` read by the operation',
      call: () => protectedCalls.execute((context) => (context.signal.aborted ? failing() : fn())),
    },
    {
      group: 'ways',
      name: 'with the caller’s signal',
      call: () => protectedCalls.execute(fn, { signal }),
    },
    {
      group: 'ways',
      name: 'a plain value from the operation',
      call: () => protectedCalls.execute(() => 1),
    },
    {
      group: 'rejected',
      name: 'rejected by kedge, `execute`',
      call: quietly(() => open.execute(fn)),
    },
    { group: 'rejected', name: 'rejected by kedge, `settle`', call: () => open.settle(fn) },
    { group: 'failing', name: 'failing, kedge', call: quietly(() => fails.execute(failing)) },
    {
      group: 'failing',
      name: 'failing, kedge, a log line each',
      call: quietly(() => failsAloud.execute(failing)),
    },
    {
      group: 'failing',
      name: 'failing, kedge, answered by fallback',
      call: () => fallsBack.execute(failing),
    },
    {
      group: 'concurrent',
      name: '10 000 at once, kedge',
      unit: '10 000 at once, bare',
      call: () => protectedCalls.execute(fn),
      concurrent: 10_000,
    },
  ];
}

/** As fast as pino can be: it builds the line, and nobody writes it. */
export function nullLogger(): ReturnType<typeof pino> {
  return pino({}, { write() {} });
}

export function stacks(kedge: Kedge, sinks: Sinks): Stack[] {
  const plain = async (): Promise<void> => {
    await fn();
  };
  const logger = nullLogger();
  return [
    { group: 'success', name: bare, call: plain },
    ...peers(),
    ...kedgeStacks(kedge, sinks),
    { group: 'failing', name: 'failing, bare', call: quietly(failing) },
    {
      group: 'failing',
      name: 'a pino line with its own `err`',
      call: async () => logger.warn({ err: failure, event: 'attempt.failed' }, 'attempt failed'),
    },
    { group: 'concurrent', name: '10 000 at once, bare', call: plain, concurrent: 10_000 },
  ];
}
