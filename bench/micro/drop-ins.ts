import Opossum from 'opossum';
import pRetry from 'p-retry';
import { Registry } from 'prom-client';
import type { DropIns, Kedge, Sinks } from '../kedge.ts';
import { failing, fn, quietly, type Stack } from './operations.ts';

const options = { timeout: 1_000, volumeThreshold: 20, enableSnapshots: false };

/** Each original, and the same calls through the entry of kedge with its name, which has metrics attached. */
export function dropIns(kedge: Kedge, sinks: Sinks, entries: DropIns): Stack[] {
  kedge.observe(sinks.prometheus(new Registry()));
  return [
    ...beside('p-retry', retries(pRetry), retries(entries.pRetry)),
    ...beside(
      'opossum',
      breakers(Opossum),
      breakers(entries.CircuitBreaker as unknown as typeof Opossum),
    ),
  ];
}

type Calls = Readonly<Record<string, Stack['call']>>;

function beside(name: string, originals: Calls, own: Calls): Stack[] {
  return Object.entries(originals).flatMap(([what, call]): Stack[] => {
    const unit = `${name}, ${what}`;
    return [
      { group: 'drop-ins', name: unit, call, unit },
      { group: 'drop-ins', name: `kedge/${name}, ${what}`, call: own[what]!, unit },
    ];
  });
}

function retries(retry: typeof pRetry): Calls {
  return {
    success: () => retry(fn),
    'success, with options': () => retry(fn, { retries: 3 }),
    failure: quietly(() => retry(failing, { retries: 0 })),
    'failure, then success': () =>
      retry((attempt) => (attempt === 1 ? failing() : fn()), { minTimeout: 0 }),
  };
}

function breakers(Breaker: typeof Opossum): Calls {
  const good = new Breaker(fn, options);
  const open = new Breaker(fn, { ...options, resetTimeout: 2 ** 31 - 1 });
  open.open();
  // With percentiles each failure of the original sorts the whole window.
  const bad = new Breaker(failing, {
    ...options,
    volumeThreshold: 1e9,
    rollingPercentilesEnabled: false,
  });
  const limited = new Breaker(fn, { ...options, capacity: 100 });
  return {
    success: () => good.fire(),
    'success, with a capacity': () => limited.fire(),
    rejection: quietly(() => open.fire()),
    failure: quietly(() => bad.fire()),
  };
}
