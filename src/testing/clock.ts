import { capture, within } from '../core/async-context.ts';
import { check, duration, number, readOptions } from '../core/options.ts';
import { type Clock, settled, useClock } from '../core/time.ts';
import { type QueuedTimer, TimerQueue } from './timer-queue.ts';

/** Time that passes only when a test says so. */
export interface VirtualClock extends Disposable {
  /** Milliseconds since the clock was made; what `context.deadline` is measured on. */
  readonly now: number;
  /** How many timers are waiting. */
  readonly timers: number;
  /** Lets `ms` milliseconds pass, a finite number: timers fire in their order, and what they cause happens before the next one. */
  advance(ms: number): Promise<void>;
  /** Lets time pass until no timer is waiting, but not beyond `limit` milliseconds. */
  runAll(limit?: number): Promise<void>;
  /** Moves the wall clock alone, as an administrator or NTP would. */
  stepWall(ms: number): void;
  /** Gives the machine's clock back to kedge. */
  [Symbol.dispose](): void;
}

/** Time ends at no instant: to let all timers fire there is `runAll`. */
const finite = number(
  'a finite number of milliseconds from 0 (`runAll` lets time pass until no timer waits)',
  (ms) => ms >= 0 && ms < Infinity,
);
const step = number('a finite number of milliseconds', Number.isFinite);

/**
 * Puts kedge on a clock of its own until it is disposed; the machine's clock and timers stay as they are.
 *
 * @example
 * using clock = virtualClock();
 * const answer = pipeline('quotes', timeout(1_000)).settle(() => new Promise(() => {}));
 * await clock.advance(1_000);
 * console.log((await answer).status); // rejected
 */
export function virtualClock(options: { wall?: number } = {}): VirtualClock {
  let time = 0;
  const { wall } = readOptions<{ wall: number }>(
    'virtualClock',
    options,
    { wall: 1_700_000_000_000 },
    { wall: step },
  );
  let epoch = wall;
  const timers = new TimerQueue();
  const clock: Clock = {
    now: () => time,
    wall: () => epoch + time,
    start(run, ms) {
      // Like the machine's timers: what was there when one was started is there when it fires.
      const ambient = capture();
      return timers.add(time + Math.max(0, ms), () => within(ambient, run));
    },
    stop: (timer) => timers.remove(timer as QueuedTimer),
    // At once, so that a timer can be waited for as soon as there is a call. One serves many calls, as in production.
    defer: (run) => run(),
  };
  const fire = async (timer: QueuedTimer): Promise<void> => {
    timers.remove(timer);
    time = Math.max(time, timer.at);
    timer.run();
    // What it causes happens before the next one.
    await settled();
  };
  const fireUntil = async (end: number): Promise<void> => {
    await settled();
    for (let { first } = timers; first !== undefined && first.at <= end; { first } = timers)
      await fire(first);
  };
  useClock(clock);
  return {
    get now() {
      return time;
    },
    get timers() {
      return timers.size;
    },
    async advance(ms) {
      check('virtualClock', 'ms', ms, finite);
      const end = time + ms;
      await fireUntil(end);
      time = Math.max(time, end);
    },
    async runAll(limit = Infinity) {
      check('virtualClock', 'limit', limit, duration);
      await fireUntil(time + limit);
    },
    stepWall(ms) {
      check('virtualClock', 'ms', ms, step);
      epoch += ms;
    },
    [Symbol.dispose]: () => useClock(undefined),
  };
}
