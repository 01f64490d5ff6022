// Fake timers in this process: whole and partial ones, by three makers.
import * as kedge from 'kedge';
import { describe, expect, it, vi } from 'vitest';
import { byNode } from './by-node.ts';
import { bySinon, byVitest } from './makers.ts';
import { type Fakes, programsFor, run } from './programs.ts';

const timers = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
] as const;

const makers: readonly (readonly [string, Fakes])[] = [
  ['Vitest', byVitest()],
  ['Vitest, without performance, as was its default up to 2', byVitest([...timers, 'Date'])],
  ['Vitest, with timers alone', byVitest([...timers], false)],
  ['Vitest, without Date', byVitest([...timers, 'performance'])],
  ['Sinon', bySinon()],
  ['Sinon, from the present date', bySinon({ now: Date.now() })],
  ['Sinon, without performance', bySinon({ toFake: [...timers, 'Date'] })],
  ['Sinon, with setTimeout alone', bySinon({ toFake: ['setTimeout', 'clearTimeout'] }, false)],
  ["Node's test runner", byNode()],
];

describe.each(makers)('under fake timers of %s', (_name, fakes) => {
  it.each(programsFor(fakes).map((each) => [each.name, each] as const))(
    '%s',
    async (_it, program) => {
      await expect(run(program, kedge, fakes)).resolves.toBeUndefined();
    },
  );
});

// Under all of Sinon's, `process.nextTick` included, nothing could be loaded: those are in processes.test.ts.
describe.each(makers.filter(([name]) => !/^Sinon(,|$)(?! without)/.test(name)))(
  'loaded under fake timers of %s',
  (_name, fakes) => {
    it.each(programsFor(fakes).map((each) => [each.name, each] as const))(
      '%s',
      async (_it, program) => {
        vi.resetModules();
        fakes.install();
        const loaded = await import('kedge');
        await expect(run(program, loaded, fakes)).resolves.toBeUndefined();
      },
    );
  },
);
