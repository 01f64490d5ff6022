/** Makers of fake timers that can be used in the process of these tests. */
import { install } from '@sinonjs/fake-timers';
import { vi } from 'vitest';
import { type Fakes, turns } from './programs.ts';

type VitestOptions = NonNullable<Parameters<typeof vi.useFakeTimers>[0]>;

/** Vitest's own. */
export function byVitest(toFake?: VitestOptions['toFake'], tellTime = true): Fakes {
  return {
    tellTime,
    install: () => void vi.useFakeTimers(toFake === undefined ? {} : { toFake }),
    uninstall: () => void vi.useRealTimers(),
    advance: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
    async next() {
      vi.advanceTimersToNextTimer();
      await turns();
    },
    count: () => vi.getTimerCount(),
    ...(tellTime ? { setBack: () => vi.setSystemTime(Date.now() - 3_600_000) } : {}),
  };
}

type SinonConfig = NonNullable<Parameters<typeof install>[0]>;

/** Sinon's, on which those of Vitest and Jest are built. Its clock begins at 0, unless it is told otherwise. */
export function bySinon(config: SinonConfig = {}, tellTime = true): Fakes {
  let clock: ReturnType<typeof install> | undefined;
  return {
    tellTime,
    install: () => void (clock = install(config)),
    uninstall() {
      // It takes `process.nextTick` as well: what the streams of this process have put off meanwhile must not be lost.
      clock?.runMicrotasks();
      clock?.uninstall();
      clock = undefined;
    },
    advance: async (ms) => void (await clock!.tickAsync(ms)),
    next: async () => void (await clock!.nextAsync()),
    count: () => clock!.countTimers(),
    ...(tellTime ? { setBack: () => clock!.setSystemTime(clock!.now - 3_600_000) } : {}),
  };
}
