// Runs the programs under Jest's fake timers; bundled as ESM and as CommonJS, and run by Jest itself.
import * as kedge from 'kedge';
import { type Fakes, programsFor, run, turns } from './programs.ts';

/** What is used of Jest. */
declare const jest: {
  useFakeTimers(options?: object): void;
  useRealTimers(): void;
  advanceTimersByTime(ms: number): void;
  advanceTimersByTimeAsync(ms: number): Promise<void>;
  advanceTimersToNextTimer(): void;
  getTimerCount(): number;
  setSystemTime(time: number): void;
};
declare const describe: (name: string, tests: () => void) => void;
declare const it: (name: string, test: () => Promise<void>) => void;

const modern = (options: object): Fakes => ({
  tellTime: true,
  install: () => jest.useFakeTimers(options),
  uninstall: () => jest.useRealTimers(),
  advance: (ms) => jest.advanceTimersByTimeAsync(ms),
  async next() {
    jest.advanceTimersToNextTimer();
    await turns();
  },
  count: () => jest.getTimerCount(),
  setBack: () => jest.setSystemTime(Date.now() - 3_600_000),
});

/** Jest's own from before: timers alone, which can only be told to go on at once. */
const legacy: Fakes = {
  tellTime: false,
  install: () => jest.useFakeTimers({ legacyFakeTimers: true }),
  uninstall: () => jest.useRealTimers(),
  async advance(ms) {
    for (let step = 0; step < 10; step++) {
      jest.advanceTimersByTime(ms / 10);
      await turns();
    }
  },
  async next() {
    jest.advanceTimersToNextTimer();
    await turns();
  },
};

for (const [name, fakes] of Object.entries({
  modern: modern({}),
  'without performance': modern({ doNotFake: ['performance'] }),
  legacy,
})) {
  describe(name, () => {
    for (const program of programsFor(fakes)) it(program.name, () => run(program, kedge, fakes));
  });
}
