/**
 * A clock that only writes down what kedge asks of the platform: which timers it starts, whether they keep the process
 * alive, and what it puts off to the next turn of the event loop. Nothing happens by itself.
 */
import { type Clock, useClock } from '../../src/core/time.ts';

export interface PlatformTimer {
  readonly run: () => void;
  readonly ms: number;
  readonly keepAlive: boolean;
  stopped: boolean;
}

export interface Platform extends Disposable {
  /** All timers that were started, those that were stopped included. */
  readonly timers: readonly PlatformTimer[];
  /** What waits for the next turn of the event loop. */
  readonly deferred: readonly (() => void)[];
  time: number;
  /** The next turn of the event loop. */
  turn(): void;
}

export function platform(): Platform {
  const timers: PlatformTimer[] = [];
  const deferred: (() => void)[] = [];
  const noted: Platform = {
    timers,
    deferred,
    time: 0,
    turn() {
      for (const run of deferred.splice(0)) run();
    },
    [Symbol.dispose]: () => useClock(undefined),
  };
  const clock: Clock = {
    now: () => noted.time,
    wall: () => 0,
    start(run, ms, keepAlive) {
      const timer = { run, ms, keepAlive, stopped: false };
      timers.push(timer);
      return timer;
    },
    stop: (timer) => void Object.assign(timer as PlatformTimer, { stopped: true }),
    defer: (run) => void deferred.push(run),
  };
  useClock(clock);
  return noted;
}
