/**
 * The only clock. Everything that waits or measures asks here, so that a test can put its own time in place
 * of the machine's, and so that a step of the wall clock never moves a deadline.
 */
import { type Clock, inNextTurn, isUntouched, PlatformClock } from './time/platform.ts';

export { type Clock, timersBelongToRequests, wholeMilliseconds } from './time/platform.ts';

/** The platform's own clock; unknown as long as fakes have stood in its place since kedge was loaded. */
let genuine: PlatformClock | undefined = isUntouched()
  ? new PlatformClock(undefined, false)
  : undefined;
/** The fakes that are in its place, or were last. */
let faked: PlatformClock | undefined;
let replaced: Clock | undefined;
/** The clock that the time was last read from. */
let latest: Clock | undefined = genuine;
/** What it has shown: the time, and by another clock than the genuine one the wall time as well. An array keeps numbers in place. */
const shown: Float64Array = new Float64Array(2);

/**
 * Where the zero of the present clock is, on the scale of the first one. It moves when a test puts a clock in place or
 * gives one back, and when one is set back: whoever keeps instants from call to call adds the difference to them.
 */
export let epoch = 0;

/** Puts another clock in place of the machine's, for everything that asks from now on; `undefined` restores it. */
export function useClock(clock: Clock | undefined): void {
  replaced = clock;
  read();
}

/** The clock that is in force. */
export function clockInForce(): Clock {
  if (replaced !== undefined) return replaced;
  if (genuine === undefined && isUntouched()) genuine = new PlatformClock(undefined, false);
  if (genuine?.isInForce === true) return genuine;
  if (faked?.isInForce !== true) faked = new PlatformClock(genuine, true);
  return faked;
}

/** Monotonic milliseconds. */
export function now(): number {
  // Nearly always, and for next to nothing: Node looks `performance` up by a getter, which costs a sixth of a reading.
  // Whoever puts a clock of his own in its place puts timers there as well, and those are plain properties.
  if (
    latest === genuine &&
    genuine !== undefined &&
    globalThis.setTimeout === genuine.setTimeout &&
    globalThis.Date === genuine.Date &&
    genuine.performance.now === genuine.elapsed
  ) {
    const time = genuine.performance.now();
    if (time >= (shown[0] as number)) {
      shown[0] = time;
      return time;
    }
  }
  return read();
}

function read(): number {
  const clock = clockInForce();
  const time = clock.now();
  if (clock !== latest || time < (shown[0] as number)) follow(clock, time);
  shown[0] = time;
  shown[1] = clock === genuine ? 0 : clock.wall();
  return time;
}

/** Another clock has come, or this one was set back: moves the epoch so that time goes on where it was. */
function follow(clock: Clock, time: number): void {
  const before = latest;
  latest = clock;
  if (before === undefined) return;
  if (sourceOf(clock) === sourceOf(before) && time >= (shown[0] as number)) return;
  const last = before === genuine && clock !== before ? genuine.now() : (shown[0] as number);
  epoch += time - last - passedSince(before, clock, time);
}

/** What two clocks read the time from. */
const sourceOf = (clock: Clock): object => (clock instanceof PlatformClock ? clock.source : clock);

/** More than that need not be known, and sums of it stay exact. */
const aYear = 365 * 86_400_000;

/** How much time has passed between the last reading of one clock and the first of another, by what they say. */
function passedSince(before: Clock, clock: Clock, time: number): number {
  if (clock === genuine && before === clock) return 0;
  const wall = before === genuine ? before.wall() : (shown[1] as number);
  const age = clock !== before && clock instanceof PlatformClock ? clock.age(time) : 0;
  return Math.min(aYear, Math.max(0, clock.wall() - wall, age));
}

/** Wall time in milliseconds since the epoch. */
export function wall(): number {
  return replaced === undefined ? Date.now() : replaced.wall();
}

/** Resolves when all promise jobs that are due have run, those that they cause included. */
export function settled(): Promise<void> {
  return new Promise((resolve) => inNextTurn(genuine, resolve));
}

const resolved: Promise<void> = Promise.resolve();

/** Calls `run` as a promise job. Not by `queueMicrotask`, which fake timers put off until they are told to go on. */
export function inNextJob(run: () => void): void {
  void resolved.then(run);
}

/** Calls `run` when so many promise jobs have had their turn one after another. */
export function afterJobs(count: number, run: () => void): void {
  if (count === 0) run();
  else inNextJob(() => afterJobs(count - 1, run));
}

/** The longest delay that a platform's timer takes: above it Node fires after 1 ms. */
const longestTimer = 2 ** 31 - 1;

/** One wait. It fires once, after any length: beyond the platform's longest timer in several legs, for `Infinity` never. */
export class Timer {
  private readonly clock: Clock;
  private readonly run: () => void;
  private readonly keepAlive: boolean;
  private readonly due: number;
  private handle: unknown;

  constructor(run: () => void, ms: number, keepAlive: boolean, clock: Clock = clockInForce()) {
    this.clock = clock;
    this.run = run;
    this.keepAlive = keepAlive;
    this.due = ms > longestTimer ? clock.now() + ms : 0;
    if (ms !== Infinity) this.leg(ms);
  }

  /** Whether it was started on another clock than the one that is in force. */
  get isOfAnotherClock(): boolean {
    return this.clock !== clockInForce();
  }

  /** Whether it was started on a clock that has been given back, and may never fire. */
  get isOrphaned(): boolean {
    return this.isOfAnotherClock && this.clock !== genuine;
  }

  stop(): void {
    if (this.handle === undefined) return;
    this.clock.stop(this.handle);
    this.handle = undefined;
  }

  private leg(ms: number): void {
    const last = ms <= longestTimer;
    const fire = last ? this.run : () => this.leg(this.rest(ms - longestTimer));
    this.handle = this.clock.start(fire, last ? ms : longestTimer, this.keepAlive);
  }

  /** What is left after a leg: less than planned when that was late, and never more. */
  private rest(planned: number): number {
    return Math.max(0, Math.min(planned, this.due - this.clock.now()));
  }
}
