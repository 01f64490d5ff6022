import { describe, expect, it } from 'vitest';
import { plainFunction, plainPath } from '../../src/record/group/places.ts';
import { sightingOf } from '../../src/record/sighting.ts';
import { normalised, sampled } from '../support/normalised.ts';
import { samples } from '../support/samples.ts';

interface Thrown {
  type?: string;
  value?: string;
  frames?: object[];
  [more: string]: unknown;
}

function groupOf({ type = 'Error', value = 'failed', frames = [], ...event }: Thrown): string {
  const exception = { values: [{ type, value, stacktrace: { frames } }] };
  return sightingOf(normalised({ platform: 'node', exception, ...event })).group;
}

const frame = (file: string, name: string, more: object = {}): object => ({
  filename: file,
  function: name,
  in_app: true,
  ...more,
});

describe('grouping', () => {
  it('joins failures of one label of the samples, and parts those of two', () => {
    const labelled = samples.filter(
      ({ pair, file }) => pair !== undefined && !file.startsWith('otlp'),
    );
    const byLabel = Map.groupBy(labelled, ({ pair }) => pair);
    const keys = [...byLabel.values()].map((ones) => {
      const groups = ones.map(({ file }) => {
        const { draft, rest } = sampled(file);
        // The labels are of the rule's own, without the client's fingerprint.
        delete draft.fingerprint;
        return sightingOf({ draft, rest }).group;
      });
      return [...new Set(groups)];
    });
    expect(keys.every((groups) => groups.length === 1)).toBe(true);
    expect(new Set(keys.flat()).size).toBe(byLabel.size);
  });

  it('does not mind lines, columns, builds, folders above, and messages', () => {
    const one = groupOf({
      value: 'order 1',
      frames: [frame('/srv/shop/src/orders.ts', 'place', { lineno: 1 })],
    });
    const other = groupOf({
      value: 'order 2',
      frames: [frame('/app/dist/orders.js', 'place', { lineno: 9 })],
    });
    expect(other).toBe(one);
  });

  it('minds the type, the root cause, the platform and the functions', () => {
    const frames = [frame('a.js', 'load')];
    const all = [
      groupOf({ frames }),
      groupOf({ frames, type: 'TypeError' }),
      groupOf({ frames, platform: 'python' }),
      groupOf({ frames: [frame('a.js', 'save')] }),
      sightingOf(
        normalised({
          platform: 'node',
          exception: { values: [{ type: 'Cause' }, { type: 'Error', stacktrace: { frames } }] },
        }),
      ).group,
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('looks at the five innermost frames of the application alone', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const frames = names.map((name) => frame('x.js', name));
    const foreign = frame('node_modules/lib/index.js', 'call', { in_app: false });
    expect(groupOf({ frames: [...frames, foreign] })).toBe(groupOf({ frames: frames.slice(-5) }));
    expect(groupOf({ frames: frames.slice(-4) })).not.toBe(groupOf({ frames }));
  });

  it('takes a function that calls itself for one', () => {
    const walk = frame('tree.js', 'walk');
    expect(groupOf({ frames: [walk, walk, walk] })).toBe(groupOf({ frames: [walk] }));
  });

  it('takes the message without its variables where no frame is of use', () => {
    const minified = (column: number): object[] => [
      frame('https://a.example/app.js', 'c', { lineno: 1, colno: column }),
    ];
    expect(groupOf({ value: 'cart 17 is empty', frames: minified(4_000) })).toBe(
      groupOf({ value: 'cart 4 is empty', frames: minified(5_000) }),
    );
    expect(groupOf({ value: 'cart 17 is empty' })).not.toBe(groupOf({ value: 'cart 17 is full' }));
  });

  it('follows the fingerprint of the client, and puts its own where `{{ default }}` stands', () => {
    const fingerprint = ['payments'];
    expect(groupOf({ fingerprint, type: 'A' })).toBe(groupOf({ fingerprint, type: 'B' }));
    expect(groupOf({ fingerprint: [] })).toBe(groupOf({}));
    expect(groupOf({ fingerprint: ['{{ default }}'] })).toBe(groupOf({}));
    expect(groupOf({ fingerprint: ['{{default}}', 'eu'], type: 'A' })).not.toBe(
      groupOf({ fingerprint: ['{{default}}', 'eu'], type: 'B' }),
    );
  });

  it('is no way to read a secret in a message: two of them are one group', () => {
    const said = (secret: string): string => groupOf({ value: `login with password=${secret}` });
    expect(said('hunter22')).toBe(said('letmein99'));
  });
});

describe('places', () => {
  it.each([
    ['file:///srv/shop/src/otel.mjs', 'otel'],
    ['webpack:///./src/cart/price.ts?f3a1', 'cart/price'],
    ['https://shop.example/assets/index-BdF3k_2a.js', 'assets/index'],
    ['C:\\Users\\ann\\shop\\src\\cart.ts', 'cart'],
    ['/home/ann/code/shop/lib/cart.rb', 'lib/cart'],
    ['orders.py', 'orders'],
  ])('%s is %s', (file, path) => {
    expect(plainPath(file)).toBe(path);
  });

  it.each([
    ['Object.load', 'load'],
    ['HTMLButtonElement.<anonymous>', 'HTMLButtonElement'],
    ['block (2 levels) in load', 'load'],
    ['rescue in load', 'load'],
    ['Orders#load', 'load'],
    ['main.func2', 'main'],
    ['(*Store).Load-fm', 'Store.Load'],
    ['lambda$load$0', 'load'],
    ['<LoadAsync>d__7.MoveNext', 'LoadAsync'],
    ['outer.<locals>.inner', 'outer.inner'],
    ['async load', 'load'],
    ['<module>', ''],
    ['App\\Orders::{closure}', ''],
  ])('%s is %s', (name, plain) => {
    expect(plainFunction(name)).toBe(plain);
  });
});
