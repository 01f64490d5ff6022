/**
 * What things weigh, each in a process of its own: `node --expose-gc bench/memory/run.ts <what>`; without `what`, what
 * there is to weigh.
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
import { answer } from '../child.ts';
import { type Kedge, loadKedge, loadSinks, origin } from '../kedge.ts';
import { Registry } from 'prom-client';

export interface Weight {
  readonly bytes: number;
  /** Timers that were started and not stopped by the end. */
  readonly timers: number;
}

const kedge: Kedge = await loadKedge(origin);
const { prometheus } = await loadSinks(origin);
kedge.observe(prometheus(new Registry()));
const { circuitBreaker, fallback, pipeline, presets, retry, timeout } = kedge;

let timers = 0;
countTimers();

const fn = async (): Promise<number> => 1;
const pending = (): Promise<never> => new Promise(() => {});
const four = () => [fallback({ value: 0 }), retry(), circuitBreaker(), timeout(60_000)] as const;
const cockatielFour = () =>
  wrap(
    cockatielFallback(handleAll, 0),
    cockatielRetry(handleAll, { maxAttempts: 3 }),
    cockatielCircuit(),
    cockatielTimeout(60_000, TimeoutStrategy.Aggressive),
  );
const cockatielCircuit = () =>
  cockatielBreaker(handleAll, {
    halfOpenAfter: 5_000,
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
  });

/** Each makes one of what is weighed; `many` are made and kept. */
const weighed: Readonly<
  Record<string, { readonly many: number; make(): (index: number) => unknown }>
> = {
  'breaker, kedge': { many: 20_000, make: () => () => circuitBreaker() },
  'breaker, cockatiel': { many: 20_000, make: () => () => cockatielCircuit() },
  'breaker, opossum': { many: 5_000, make: () => () => new CircuitBreaker(fn) },
  'pipeline of four, kedge': {
    many: 10_000,
    make: () => (index) => pipeline(`p${index}`, ...four()),
  },
  'pipeline of four, cockatiel': { many: 10_000, make: () => () => cockatielFour() },
  'keyed pipeline of four, kedge': {
    many: 10_000,
    make: () => {
      const keyed = kedge.keyed('keyed', () => four(), { maxKeys: 1_000_000 });
      return (index) => keyed.for(`key-${index}`);
    },
  },
  'preset pipeline, kedge': {
    many: 5_000,
    make: () => (index) => pipeline(`p${index}`, ...presets.http()),
  },
  'in flight, bare': { many: 100_000, make: () => () => pending() },
  'in flight, kedge timeout': {
    many: 100_000,
    make: () => {
      const one = pipeline('one', timeout(60_000));
      return () => one.execute(pending);
    },
  },
  'in flight, kedge four': {
    many: 100_000,
    make: () => {
      const all = pipeline('four', ...four());
      return () => all.execute(pending);
    },
  },
  'in flight, cockatiel timeout': {
    many: 20_000,
    make: () => {
      const one = cockatielTimeout(60_000, TimeoutStrategy.Aggressive);
      return () => one.execute(pending);
    },
  },
  'in flight, cockatiel four': {
    many: 20_000,
    make: () => {
      const all = cockatielFour();
      return () => all.execute(pending);
    },
  },
  'in flight, opossum': {
    many: 100_000,
    make: () => {
      const breaker = new CircuitBreaker(pending, { timeout: 60_000 });
      return () => breaker.fire();
    },
  },
};

const what = process.argv[2];
if (what === undefined) answer(Object.keys(weighed));
else await weigh(what);

async function weigh(name: string): Promise<void> {
  const { many, make } = weighed[name]!;
  const one = make();
  const kept: unknown[] = Array.from({ length: many + 200 }, () => undefined);
  // The first ones bring what all share.
  for (let index = 0; index < 200; index++) kept[index] = one(index);
  const before = await settledHeap();
  timers = 0;
  for (let index = 200; index < kept.length; index++) kept[index] = one(index);
  const after = await settledHeap();
  answer({ bytes: (after - before) / many, timers } satisfies Weight);
  // Seen by the collector until here.
  if (kept.length === 0) console.log(kept);
}

async function settledHeap(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    await new Promise((resolve) => setImmediate(resolve));
    (globalThis as { gc?: () => void }).gc?.();
  }
  return process.memoryUsage().heapUsed;
}

function countTimers(): void {
  const {
    setTimeout: start,
    setInterval: repeat,
    clearTimeout: stop,
    clearInterval: end,
  } = globalThis;
  const live = new Set<unknown>();
  const counted =
    <F extends (...args: never[]) => unknown>(begin: F) =>
    (...args: Parameters<F>) => {
      const handle = begin(...args);
      live.add(handle);
      timers++;
      return handle;
    };
  const uncounted =
    (finish: typeof stop) =>
    (handle: Parameters<typeof stop>[0]): void => {
      if (live.delete(handle)) timers--;
      finish(handle);
    };
  Object.assign(globalThis, {
    setTimeout: counted(start as never),
    setInterval: counted(repeat as never),
    clearTimeout: uncounted(stop),
    clearInterval: uncounted(end),
  });
}
