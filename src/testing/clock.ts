import { capture, within } from '../core/async-context.ts';
import { type Clock, settled, useClock } from '../core/time.ts';

/** Time that passes only when a test says so. */
export interface VirtualClock extends Disposable {
  /** Milliseconds since the clock was made; what `context.deadline` is measured on. */
  readonly now: number;
  /** How many timers are waiting. */
  readonly timers: number;
  /** Lets `ms` milliseconds pass: timers fire in their order, and what they cause happens before the next one. */
  advance(ms: number): Promise<void>;
  /** Lets time pass until no timer is waiting, but not beyond `limit` milliseconds. */
  runAll(limit?: number): Promise<void>;
  /** Moves the wall clock alone, as an administrator or NTP would. */
  stepWall(ms: number): void;
  /** Gives the machine's clock back to kedge. */
  [Symbol.dispose](): void;
}

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

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
  let epoch = options.wall ?? 1_700_000_000_000;
  let order = 0;
  const pending = new Set<Pending>();
  const clock: Clock = {
    now: () => time,
    wall: () => epoch + time,
    start(run, ms) {
      // Like the machine's timers: what was there when one was started is there when it fires.
      const ambient = capture();
      const fire = (): void => within(ambient, run);
      const timer: Pending = { at: time + Math.max(0, ms), order: ++order, run: fire };
      pending.add(timer);
      return timer;
    },
    stop: (timer) => void pending.delete(timer as Pending),
  };
  const next = (): Pending | undefined => {
    let first: Pending | undefined;
    for (const timer of pending) {
      if (
        first === undefined ||
        timer.at < first.at ||
        (timer.at === first.at && timer.order < first.order)
      )
        first = timer;
    }
    return first;
  };
  const advanceTo = async (end: number): Promise<void> => {
    await settled();
    for (let due = next(); due !== undefined && due.at <= end; due = next()) {
      pending.delete(due);
      time = Math.max(time, due.at);
      due.run();
      await settled();
    }
    time = Math.max(time, end);
  };
  useClock(clock);
  return {
    get now() {
      return time;
    },
    get timers() {
      return pending.size;
    },
    advance: (ms) => advanceTo(time + ms),
    async runAll(limit = Infinity) {
      const end = time + limit;
      await settled();
      for (let due = next(); due !== undefined && due.at <= end; due = next())
        await advanceTo(due.at);
    },
    stepWall(ms) {
      epoch += ms;
    },
    [Symbol.dispose]: () => useClock(undefined),
  };
}
