/** Fake timers of Node's test runner. */
import { mock } from 'node:test';
import { type Fakes, turns } from './programs.ts';

/** Those of Node's test runner, which leave `performance` alone, and can only tick at once. */
export function byNode(): Fakes {
  const tick = async (ms: number): Promise<void> => {
    mock.timers.tick(ms);
    await turns();
  };
  return {
    tellTime: true,
    install: () =>
      mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] }),
    uninstall: () => mock.timers.reset(),
    async advance(ms) {
      for (let step = 0; step < 10; step++) await tick(ms / 10);
    },
    async next() {
      mock.timers.runAll();
      await turns();
    },
  };
}
