// Every option of the libraries that people come from is known: docs/coming-from shows what kedge answers.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { answerTo, peers } from '../../scripts/peer-options.ts';

const known = (library: string): Set<string> =>
  new Set(peers[library]!.flatMap(({ options }) => Object.keys(options)));

const require = createRequire(import.meta.url);

describe('options of peers', () => {
  it.each(Object.entries(peers))('%s: each has an answer', (_library, places) => {
    for (const { to, make, options } of places)
      for (const [name, value] of Object.entries(options))
        expect([to, name, answerTo(make, name, value)]).toEqual([to, name, expect.any(String)]);
  });

  it('p-retry: all that its types have, but for those that kedge calls the same', () => {
    const types = readFileSync(
      new URL('../../node_modules/p-retry/index.d.ts', import.meta.url),
      'utf8',
    );
    const [, body = ''] = /export type Options = \{(.*?)\n\};/s.exec(types) ?? [];
    const names = [...body.matchAll(/^\treadonly (\w+)\?:/gm)].map(([, name]) => name!);
    expect(names).toHaveLength(11);
    const all = known('p-retry');
    expect(names.filter((name) => !all.has(name))).toEqual(['unref']);
  });

  it('opossum: all that its documentation has, but for those that kedge calls the same', () => {
    const source = readFileSync(require.resolve('opossum/lib/circuit.js'), 'utf8');
    const names = [...source.matchAll(/^ \* @param \{[^}]+\} options\.(\w+)/gm)].map(
      ([, name]) => name!,
    );
    expect(names.length).toBeGreaterThan(25);
    const all = known('opossum');
    expect(names.filter((name) => !all.has(name))).toEqual(['name']);
  });
});
