/** The only file that reads a clock or starts a timer, so that tests can hold time in their hands. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that only grow, for lengths of time. */
  elapsed(): number;
  /** Runs `task` once after `ms`, unless what it returns is called first. Keeps no process alive. */
  after(ms: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms).unref();
    return () => clearTimeout(timer);
  },
};
