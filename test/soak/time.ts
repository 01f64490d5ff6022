/** What time is during a soak: kedge's virtual clock, or the machine's own with its timers counted. */
import { virtualClock } from 'kedge/testing';
import { jobs } from '../support/lab.ts';

export type Kind = 'virtual' | 'machine';

export interface Time extends Disposable {
  /** Whole milliseconds, in steps of `pass`. */
  readonly now: number;
  /** How many timers of kedge's are waiting. */
  readonly timers: number;
  /** Runs something later: for the world around kedge, and never counted as kedge's. */
  after(ms: number, run: () => void): void;
  /** Lets a millisecond pass, or what the machine makes of one. */
  pass(): Promise<void>;
}

export function timeOf(kind: Kind): Time {
  return kind === 'virtual' ? virtual() : machine();
}

/** Longer than anything that the world around kedge does. */
const slots = 4_096;

/** Backoffs cost nothing, and two runs of one seed are the same. */
function virtual(): Time {
  const clock = virtualClock();
  const wheel: (() => void)[][] = Array.from({ length: slots }, () => []);
  let now = 0;
  return {
    get now() {
      return now;
    },
    get timers() {
      return clock.timers;
    },
    after(ms, run) {
      if (ms < 1 || ms >= slots) throw new RangeError(`${ms} ms do not fit the wheel`);
      wheel[(now + ms) % slots]!.push(run);
    },
    async pass() {
      now++;
      const due = wheel[now % slots]!;
      wheel[now % slots] = [];
      for (const run of due) run();
      await clock.advance(1);
    },
    [Symbol.dispose]: () => clock[Symbol.dispose](),
  };
}

/** Node's own timers, as in production; no two runs are the same. */
function machine(): Time {
  const { setTimeout: start, clearTimeout: stop } = globalThis;
  const live = new Set<unknown>();
  const counted = (run: (...args: unknown[]) => void, ...rest: never[]): unknown => {
    const handle = start(
      (...args: unknown[]) => {
        live.delete(handle);
        run(...args);
      },
      ...rest,
    );
    live.add(handle);
    return handle;
  };
  const uncounted = (handle: Parameters<typeof stop>[0]): void => {
    live.delete(handle);
    stop(handle);
  };
  Object.assign(globalThis, { setTimeout: counted, clearTimeout: uncounted });
  const begun = performance.now();
  return {
    get now() {
      return Math.floor(performance.now() - begun);
    },
    get timers() {
      return live.size;
    },
    after: (ms, run) => void start(run, ms),
    async pass() {
      await new Promise((resolve) => {
        start(resolve, 1);
      });
      await jobs();
    },
    [Symbol.dispose]: () =>
      void Object.assign(globalThis, { setTimeout: start, clearTimeout: stop }),
  };
}
