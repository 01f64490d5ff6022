/**
 * The only clock. Everything that waits or measures asks here, so that a test can put its own time in place
 * of the machine's, and so that a step of the wall clock never moves a deadline.
 */

/** What a clock must be able to do; `virtualClock()` of `kedge/testing` is the other one. */
export interface Clock {
  /** Monotonic milliseconds, on the scale of `performance.now()`. */
  now(): number;
  /** Wall time, in milliseconds since the epoch; only for what people and other machines read. */
  wall(): number;
  /** Calls `run` once after `ms` (a finite number); `keepAlive: false` lets the process end meanwhile. */
  start(run: () => void, ms: number, keepAlive: boolean): unknown;
  stop(handle: unknown): void;
  /** Calls `run` once the present burst of promise jobs has passed; absent where the platform cannot. */
  defer?: ((run: () => void) => void) | undefined;
}

/** The longest delay that a platform's timer takes: above it Node fires after 1 ms. */
const longestTimer = 2 ** 31 - 1;

interface PlatformTimer {
  unref?(): void;
}

const machine: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  start(run, ms, keepAlive) {
    const handle = setTimeout(run, ms) as unknown as number | PlatformTimer;
    if (!keepAlive && typeof handle === 'object') handle.unref?.();
    return handle;
  },
  stop(handle) {
    clearTimeout(handle as number);
  },
  defer(run) {
    const later = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate;
    if (later === undefined) run();
    else later(run);
  },
};

let replaced: Clock | undefined;

/** Puts another clock in place of the machine's, for everything that asks from now on; `undefined` restores it. */
export function useClock(clock: Clock | undefined): void {
  replaced = clock;
}

/** Monotonic milliseconds. */
export function now(): number {
  return replaced === undefined ? performance.now() : replaced.now();
}

/** Wall time in milliseconds since the epoch. */
export function wall(): number {
  return (replaced ?? machine).wall();
}

/** Calls `run` when the present burst of promise jobs has passed, or at once where the platform cannot wait for that. */
export function defer(run: () => void): void {
  const clock = replaced ?? machine;
  if (clock.defer === undefined) run();
  else clock.defer(run);
}

/** Resolves when all promise jobs that are due have run, those that they cause included. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    const later = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate;
    if (later === undefined) setTimeout(resolve, 0);
    else later(resolve);
  });
}

/** Calls `run` when so many promise jobs have had their turn one after another. */
export function afterJobs(count: number, run: () => void): void {
  if (count === 0) run();
  else queueMicrotask(() => afterJobs(count - 1, run));
}

/** One wait. It fires once, after any length: beyond the platform's longest timer in several legs, for `Infinity` never. */
export class Timer {
  private readonly clock: Clock = replaced ?? machine;
  private readonly run: () => void;
  private readonly keepAlive: boolean;
  private readonly due: number;
  private handle: unknown;

  constructor(run: () => void, ms: number, keepAlive: boolean) {
    this.run = run;
    this.keepAlive = keepAlive;
    this.due = this.clock.now() + ms;
    if (ms !== Infinity) this.leg(ms);
  }

  /** Whether it was started on a clock that has been given back, and may never fire. */
  get isOrphaned(): boolean {
    return this.clock !== (replaced ?? machine);
  }

  stop(): void {
    if (this.handle === undefined) return;
    this.clock.stop(this.handle);
    this.handle = undefined;
  }

  private leg(ms: number): void {
    const last = ms <= longestTimer;
    const fire = last ? this.run : () => this.leg(Math.max(0, this.due - this.clock.now()));
    this.handle = this.clock.start(fire, last ? ms : longestTimer, this.keepAlive);
  }
}
