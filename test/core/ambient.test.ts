import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { afterEach, describe, expect, it, vi } from 'vitest';

const load = async () => {
  vi.resetModules();
  return import('../../src/core/async-context.ts');
};

afterEach(() => vi.resetModules());

describe('the asynchronous context', () => {
  it('that was captured holds in what runs within it', async () => {
    const { capture, within } = await load();
    const requests = new AsyncLocalStorage<string>();
    const ambient = requests.run('first', capture);
    const seen = requests.run('second', () => {
      let found: string | undefined;
      within(ambient, () => (found = requests.getStore()));
      return found;
    });
    expect(seen).toBe('first');
  });

  it('is called kedge where resources are watched', async () => {
    const { capture } = await load();
    const types: string[] = [];
    const hook = createHook({ init: (_id, type) => void types.push(type) }).enable();
    capture();
    hook.disable();
    expect(types).toContain('kedge');
  });

  it.each([
    ['there is no process', undefined],
    ['a process cannot give its modules', { getBuiltinModule: undefined }],
    ['a process has no such module', { getBuiltinModule: () => undefined }],
  ])('is nothing where %s, and all runs the same', async (_where, process) => {
    vi.stubGlobal('process', process && Object.assign(Object.create(globalThis.process), process));
    const { capture, within } = await load();
    vi.unstubAllGlobals();
    const ran: string[] = [];
    const ambient = capture();
    within(ambient, () => ran.push('within'));
    expect([ambient, ran]).toEqual([undefined, ['within']]);
  });
});
