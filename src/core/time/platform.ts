/**
 * The platform's clocks and timers: its own, and those that a test has put in their place.
 */

/** What a clock must be able to do; `virtualClock()` of `kedge/testing` is another one. */
export interface Clock {
  /** Monotonic milliseconds, on the scale of `performance.now()`. */
  now(): number;
  /** Wall time, in milliseconds since the epoch; only for what people and other machines read. */
  wall(): number;
  /** Calls `run` once after `ms` (a finite number); `keepAlive: false` lets the process end meanwhile. */
  start(run: () => void, ms: number, keepAlive: boolean): unknown;
  stop(handle: unknown): void;
  /**
   * Puts `run` off for as long as the present burst of calls lasts. Only where one timer may serve many calls: on a
   * clock whose timers belong to no request, and that knows of all that was set on it.
   */
  readonly defer?: ((run: () => void) => void) | undefined;
}

interface PlatformTimer {
  unref?(): void;
}

type Defer = (run: () => void) => void;

/** The names of the platform that are not everywhere, or not in the types. */
interface Platform {
  readonly setImmediate?: Defer;
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly navigator?: { readonly userAgent?: string };
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: unknown; close(): void };
    readonly port2: { postMessage(message: unknown): void };
  };
}

const platform = globalThis as unknown as Platform;

/** Whether timers belong to the request that sets them, and end with it: in Cloudflare's Workers and what is built on them. */
export const timersBelongToRequests: boolean =
  'WebSocketPair' in globalThis ||
  'EdgeRuntime' in globalThis ||
  platform.navigator?.userAgent === 'Cloudflare-Workers';

/** What rounding adds to a whole number of milliseconds must not make a millisecond more of it. */
const rounding = 1e-6;

const aYear = 365 * 86_400_000;

/** What a timer is asked for: whole milliseconds, or it may fire before the wait is over. */
export const wholeMilliseconds = (ms: number): number => Math.max(0, Math.ceil(ms - rounding));

/** Whether something is the platform's own. Fakes are marked by their makers, and `node:test` binds its own. */
function isGenuine(thing: unknown, name: string): boolean {
  if (thing === undefined || thing === null) return false;
  const marks = thing as { clock?: unknown; mock?: unknown; isMock?: unknown; name?: unknown };
  const isMarked = marks.clock !== undefined || marks.mock !== undefined || marks.isMock === true;
  return !isMarked && (typeof thing !== 'function' || marks.name === name);
}

/** Whether nobody has put anything in the place of timers and clocks, as far as one can tell. */
export function isUntouched(): boolean {
  return (
    isGenuine(globalThis.setTimeout, 'setTimeout') &&
    isGenuine(globalThis.performance, 'performance') &&
    isGenuine(globalThis.performance.now, 'now') &&
    isGenuine(globalThis.Date, 'Date') &&
    isGenuine(globalThis.Date.now, 'now')
  );
}

/** The platform's clock and timers as they are at one moment. What replaces one of them makes another clock. */
export class PlatformClock implements Clock {
  readonly setTimeout: typeof globalThis.setTimeout = globalThis.setTimeout;
  readonly Date: typeof globalThis.Date = globalThis.Date;
  readonly performance: typeof globalThis.performance = globalThis.performance;
  /** Kept, since Sinon puts its own into the very object that the platform has. */
  readonly elapsed: () => number = globalThis.performance.now;
  readonly defer: Defer | undefined;
  /** What the time is read from: two clocks that read the same are one. */
  readonly source: object;
  private readonly clearTimeout: typeof globalThis.clearTimeout = globalThis.clearTimeout;
  private readonly dateNow: () => number = globalThis.Date.now;
  private readonly isFake: boolean;
  private readonly hasFakePerformance: boolean;
  /** What is added to the source. */
  private readonly offset: number;
  /** What the source has shown last, and the latest instant that a timer has proven. */
  private seen = -Infinity;
  private proven = -Infinity;

  /** `genuine` is the platform's own clock, where it is known and this is another one. */
  constructor(genuine: PlatformClock | undefined, isFake: boolean) {
    this.isFake = isFake;
    this.defer = isFake ? undefined : deferOfPlatform();
    const isFaked = (mine: unknown, known: unknown, name: string): boolean =>
      genuine === undefined ? !isGenuine(mine, name) : mine !== known;
    this.hasFakePerformance =
      isFaked(this.performance, genuine?.performance, 'performance') ||
      isFaked(this.elapsed, genuine?.elapsed, 'now');
    // Faked timers go with a faked date, where `performance` was left alone.
    const byDate =
      !this.hasFakePerformance &&
      isFaked(this.setTimeout, genuine?.setTimeout, 'setTimeout') &&
      (isFaked(this.Date, genuine?.Date, 'Date') || isFaked(this.dateNow, genuine?.dateNow, 'now'));
    this.source = byDate ? this.Date : this.elapsed;
    this.offset = byDate ? this.elapsed.call(this.performance) - this.wall() : 0;
  }

  /** Whether it is what the platform has now. The genuine one is not asked for `globalThis.performance`: that is a getter. */
  get isInForce(): boolean {
    return (
      globalThis.setTimeout === this.setTimeout &&
      globalThis.Date === this.Date &&
      this.performance.now === this.elapsed &&
      (!this.isFake ||
        (globalThis.performance === this.performance && this.Date.now === this.dateNow))
    );
  }

  now(): number {
    const source = this.source === this.Date ? this.wall() : this.elapsed.call(this.performance);
    const time = source + this.offset;
    if (time < this.seen) this.proven = -Infinity;
    this.seen = time;
    return Math.max(time, this.proven);
  }

  wall(): number {
    return this.Date.now();
  }

  /** How long it has been in force, where that can be told: fakes of `performance` begin at 0, and some of `Date`, too. */
  age(time: number): number {
    if (this.hasFakePerformance) return time;
    const wall = this.wall();
    return this.source === this.Date && wall < aYear ? wall : 0;
  }

  start(run: () => void, ms: number, keepAlive: boolean): unknown {
    const { setTimeout } = this;
    const wait = wholeMilliseconds(ms);
    const fire = this.isFake ? this.proving(this.now() + ms, run) : run;
    const handle = setTimeout(fire, wait) as unknown as number | PlatformTimer;
    if (!keepAlive && typeof handle === 'object') handle.unref?.();
    return handle;
  }

  stop(handle: unknown): void {
    // Fakes that were given back have no timers any more, and those of `node:test` would stop another one instead.
    if (this.isFake && !this.isInForce) return;
    const { clearTimeout } = this;
    clearTimeout(handle as number);
  }

  /** A timer that has fired is due, whatever else is faked or not: the clock is at its instant, at least. */
  private proving(due: number, run: () => void): () => void {
    return () => {
      this.proven = Math.max(this.proven, due);
      run();
    };
  }
}

function deferOfPlatform(): Defer | undefined {
  const { setImmediate, process } = platform;
  // Elsewhere a timer for each call is as good: no other platform has turns that come so soon.
  const mayShare = typeof process?.versions?.node === 'string' && !timersBelongToRequests;
  return mayShare && isGenuine(setImmediate, 'setImmediate')
    ? (run) => (setImmediate as Defer)(run)
    : undefined;
}

/** Calls `run` in the next turn of the event loop, by what no test has put its own in the place of. */
export function inNextTurn(genuine: PlatformClock | undefined, run: () => void): void {
  const { MessageChannel } = platform;
  if (genuine?.defer !== undefined) genuine.defer(run);
  else if (MessageChannel === undefined || timersBelongToRequests)
    startAtOnce(genuine?.setTimeout ?? globalThis.setTimeout, run);
  else {
    const { port1, port2 } = new MessageChannel();
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it starts the port as well
    port1.onmessage = () => {
      port1.close();
      run();
    };
    port2.postMessage(undefined);
  }
}

function startAtOnce(start: typeof setTimeout, run: () => void): void {
  start(run, 0);
}
