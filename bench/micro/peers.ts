import {
  circuitBreaker,
  type CircuitBreakerPolicy,
  fallback,
  handleAll,
  retry,
  SamplingBreaker,
  timeout,
  type TimeoutPolicy,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import { failing, fn, quietly, type Stack } from './operations.ts';

const sampling = (): SamplingBreaker =>
  new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 });
const breaker = (): CircuitBreakerPolicy =>
  circuitBreaker(handleAll, { halfOpenAfter: 5_000, breaker: sampling() });
const limit = (): TimeoutPolicy => timeout(1_000, TimeoutStrategy.Aggressive);

/** The peers' stacks. */
export function peers(): Stack[] {
  const opossumOptions = {
    timeout: 1_000,
    errorThresholdPercentage: 50,
    volumeThreshold: 20,
    // Once a second they sort the latencies of the last ten, which are millions here. Nobody listens.
    enableSnapshots: false,
  };
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

  const three = wrap(fallback(handleAll, 0), retry(handleAll, { maxAttempts: 3 }), breaker());
  const four = wrap(
    fallback(handleAll, 0),
    retry(handleAll, { maxAttempts: 3 }),
    breaker(),
    limit(),
  );
  const openCockatiel = breaker();
  openCockatiel.isolate();
  const failingCockatiel = wrap(
    retry(handleAll, { maxAttempts: 0 }),
    circuitBreaker(handleAll, {
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
