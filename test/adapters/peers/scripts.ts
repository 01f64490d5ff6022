/**
 * One script through two implementations: each runs by itself under a clock of its own, and writes down what an observer
 * sees. Time moves and promise jobs run only as the script says, so that a difference of one job is a difference.
 */
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';

export type Action =
  | { readonly do: 'tick'; readonly ms: number }
  | { readonly do: 'jobs'; readonly count: number }
  | { readonly do: 'act'; readonly index: number };

export interface World {
  readonly clock: Clock;
  readonly log: string[];
  /** Writes down something, with the instant. */
  note(text: string): void;
  /** Watches how a promise ends. */
  watch(name: string, promise: PromiseLike<unknown>): void;
}

const words = (value: unknown): string => {
  if (value instanceof Error) {
    const { code } = value as { code?: string };
    return `${value.name}(${value.message})${code === undefined ? '' : ` ${code}`}`;
  }
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
};

/** Plays a script; `begin` sets the scene and returns what `act` does. In the end `drain` moves the clock on, 40 times. */
export async function play(
  script: readonly Action[],
  begin: (world: World) => (index: number) => void,
  drain: (clock: Clock) => void = (clock) => void clock.next(),
): Promise<string[]> {
  const clock = FakeTimers.withGlobal(globalThis).install({
    now: 1_700_000_000_000,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  const log: string[] = [];
  const from = clock.now;
  const note = (text: string): void => void log.push(`${clock.now - from}: ${text}`);
  try {
    const act = begin({
      clock,
      log,
      note,
      watch: (name, promise) =>
        void promise.then(
          (value) => note(`${name} fulfilled ${words(value)}`),
          (error: unknown) => note(`${name} rejected ${words(error)}`),
        ),
    });
    for (const [position, action] of script.entries()) {
      log.push(`-- ${position}`);
      if (action.do === 'tick') clock.tick(action.ms);
      else if (action.do === 'act') act(action.index);
      else for (let job = 0; job < action.count; job++) await Promise.resolve();
    }
    log.push('-- end');
    // Whatever is left comes out.
    for (let round = 0; round < 40; round++) {
      for (let job = 0; job < 60; job++) await Promise.resolve();
      if (clock.countTimers() === 0) break;
      drain(clock);
    }
    return log;
  } finally {
    clock.uninstall();
  }
}
