/**
 * A million executions in flight under one timeout, in a process of its own: what they weigh, how many timers there are,
 * and how long it takes until all have expired.
 */
import { answer } from '../child.ts';
import { loadKedge, loadSinks, origin } from '../kedge.ts';
import { Registry } from 'prom-client';

export interface Million {
  readonly bytesEach: number;
  readonly timers: number;
  /** Milliseconds to start all of them. */
  readonly started: number;
  /** Milliseconds from the moment that all were due until the last caller had its answer. */
  readonly expired: number;
  /** How much of that the thread has worked; the rest was somebody else's. */
  readonly worked: number;
}

const many = 1_000_000;
/** Longer than it takes to start all of them. */
const after = 8_000;

const { observe, pipeline, timeout } = await loadKedge(origin);
const { prometheus } = await loadSinks(origin);
observe(prometheus(new Registry()));
const protectedCalls = pipeline('million', timeout(after));
const pending = new Promise<never>(() => {});
const operation = (): Promise<never> => pending;

/** Counted from outside: whoever puts a function of his own in the place of `setTimeout` gets a timer for each call. */
const timersNow = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

// Warm, and with what all share in place.
for (let index = 0; index < 1_000; index++) void protectedCalls.settle(operation);
await turn();
(globalThis as { gc?: () => void }).gc?.();
const before = process.memoryUsage().heapUsed;

let answered = 0;
let allAnswered = (): void => {};
const end = new Promise<void>((resolve) => {
  allAnswered = resolve;
});
const count = (): void => {
  if (++answered === many) allAnswered();
};
const begun = performance.now();
for (let index = 0; index < many; index++) protectedCalls.execute(operation).then(count, count);
const started = performance.now() - begun;
await turn();
(globalThis as { gc?: () => void }).gc?.();
const bytesEach = (process.memoryUsage().heapUsed - before) / many;
const timersThen = timersNow();

// Until every one of them is due: what is of interest is how long they take, not how they are spread.
while (performance.now() < begun + started + after + 5);
const due = performance.now();
const workedBefore = process.threadCpuUsage();
await end;
const { user, system } = process.threadCpuUsage(workedBefore);
answer({
  bytesEach,
  timers: timersThen,
  started,
  expired: performance.now() - due,
  worked: (user + system) / 1_000,
} satisfies Million);

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
