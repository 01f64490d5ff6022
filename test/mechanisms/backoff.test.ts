import {
  type Backoff,
  constantBackoff,
  listedBackoff,
  exponentialBackoff,
  type Jitter,
  linearBackoff,
} from 'kedge';
import { describe, expect, it, vi } from 'vitest';
import { delayOf, roughly } from '../../src/mechanisms/backoff.ts';
import { fc, runs } from '../support/property.ts';

/** The delays of a rule, each knowing the one before. */
function series(backoff: Backoff, length: number): number[] {
  let previous = 0;
  return Array.from({ length }, (_, index) => {
    previous = backoff(index + 1, undefined, previous);
    return previous;
  });
}

const chance = (value: number): void => {
  vi.spyOn(Math, 'random').mockReturnValue(value);
};
const jitters: Jitter[] = ['none', 'full', 'equal', 'decorrelated'];
const almost = 1 - Number.EPSILON;

describe('exponentialBackoff', () => {
  it('doubles from 100 ms up to 20 s, fully spread, by default', () => {
    chance(almost);
    expect(series(exponentialBackoff(), 10).map(Math.round)).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 20_000, 20_000,
    ]);
    chance(0);
    expect(series(exponentialBackoff(), 3)).toEqual([0, 0, 0]);
    chance(0.5);
    expect(series(exponentialBackoff(), 3)).toEqual([50, 100, 200]);
  });

  it('grows by its factor from its first delay up to its longest', () => {
    const backoff = exponentialBackoff({ initial: 10, factor: 3, max: 100, jitter: 'none' });
    expect(series(backoff, 5)).toEqual([10, 30, 90, 100, 100]);
  });

  it('stays put with a factor of 1, and at 0 with no first delay, however late the attempt', () => {
    expect(series(exponentialBackoff({ factor: 1, jitter: 'none' }), 3)).toEqual([100, 100, 100]);
    const none = exponentialBackoff({ initial: 0, jitter: 'none' });
    expect(none(1, undefined, 0)).toBe(0);
    expect(none(5_000, undefined, 0)).toBe(0);
  });

  it('is at its longest for attempts beyond what a number can hold', () => {
    const backoff = exponentialBackoff({ jitter: 'none' });
    expect(backoff(2_000, undefined, 0)).toBe(20_000);
    expect(exponentialBackoff({ jitter: 'none', max: Infinity })(2_000, undefined, 0)).toBe(
      Infinity,
    );
  });
});

describe('linearBackoff', () => {
  it('grows by its first delay unless it has a step', () => {
    expect(series(linearBackoff({ jitter: 'none' }), 4)).toEqual([100, 200, 300, 400]);
    expect(series(linearBackoff({ initial: 50, jitter: 'none' }), 3)).toEqual([50, 100, 150]);
    expect(series(linearBackoff({ initial: 50, step: 10, jitter: 'none' }), 3)).toEqual([
      50, 60, 70,
    ]);
    expect(series(linearBackoff({ initial: 50, step: 0, jitter: 'none' }), 3)).toEqual([
      50, 50, 50,
    ]);
    expect(series(linearBackoff({ initial: 50, max: 120, jitter: 'none' }), 4)).toEqual([
      50, 100, 120, 120,
    ]);
  });

  it('is fully spread by default, up to 20 s', () => {
    chance(0.5);
    expect(series(linearBackoff(), 2)).toEqual([50, 100]);
    expect(linearBackoff()(1_000, undefined, 0)).toBe(10_000);
  });
});

describe('constantBackoff', () => {
  it('is exact by default', () => {
    expect(series(constantBackoff(100), 3)).toEqual([100, 100, 100]);
  });

  it('takes every kind of jitter', () => {
    chance(0.5);
    expect(constantBackoff(100, 'none')(1, undefined, 0)).toBe(100);
    expect(constantBackoff(100, 'full')(1, undefined, 0)).toBe(50);
    expect(constantBackoff(100, 'equal')(1, undefined, 0)).toBe(75);
    expect(constantBackoff(100, 'decorrelated')(1, undefined, 0)).toBe(100);
  });

  it('refuses a jitter that is none', () => {
    expect(() => constantBackoff(1, 'some' as never)).toThrow(/`jitter`/);
    expect(() => constantBackoff(1, 5 as never)).toThrow(/`jitter`/);
    expect(() => constantBackoff(1, true as never)).toThrow(/`jitter`/);
  });
});

describe('listedBackoff', () => {
  it('go one after the other, the last one again when they run out', () => {
    expect(series(listedBackoff([100, 500, 2_000]), 5)).toEqual([100, 500, 2_000, 2_000, 2_000]);
    expect(series(listedBackoff([0]), 2)).toEqual([0, 0]);
  });

  it('refuse what is no list', () => {
    expect(() => listedBackoff(100 as never)).toThrow(TypeError);
    expect(() => listedBackoff([1, '2' as never])).toThrow(/`list\[1\]`/);
  });
});

describe('jitter', () => {
  it('decorrelated goes from the first delay to three times the one before, up to the cap', () => {
    const backoff = exponentialBackoff({ initial: 100, max: 1_000, jitter: 'decorrelated' });
    chance(almost);
    expect(series(backoff, 5).map(Math.round)).toEqual([300, 900, 1_000, 1_000, 1_000]);
    chance(0);
    expect(series(backoff, 3)).toEqual([100, 100, 100]);
  });

  it('keeps within its bounds, whatever the options, the attempt and the chance', () => {
    fc.assert(
      fc.property(
        fc.record({
          initial: fc.double({ min: 0, max: 1e6, noNaN: true }),
          factor: fc.double({ min: 1, max: 10, noNaN: true }),
          max: fc.double({ min: 0, max: 1e7, noNaN: true }),
          jitter: fc.constantFrom(...jitters),
          kind: fc.constantFrom('exponential', 'linear'),
        }),
        fc.integer({ min: 1, max: 3_000 }),
        fc.double({ min: 0, max: almost, noNaN: true }),
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        ({ factor, jitter, kind, ...tiny }, attempt, random, previous) => {
          chance(random);
          // Below a nanosecond doubles grow coarse, and halves no longer add up.
          const [initial, max] = [tiny.initial, tiny.max].map((ms) => (ms < 1e-6 ? 0 : ms)) as [
            number,
            number,
          ];
          const grown =
            kind === 'linear'
              ? initial + initial * factor * (attempt - 1)
              : initial === 0
                ? 0
                : initial * factor ** (attempt - 1);
          const backoff =
            kind === 'linear'
              ? linearBackoff({ initial, step: initial * factor, max, jitter })
              : exponentialBackoff({ initial, factor, max, jitter });
          const delay = backoff(attempt, undefined, previous);
          const capped = Math.min(grown, max);
          // A cap after jitter would give other bounds than these.
          const floor = {
            none: capped,
            full: 0,
            equal: capped / 2,
            decorrelated: Math.min(initial, max),
          };
          const ceiling = jitter === 'decorrelated' ? max : capped;
          expect(delay).toBeGreaterThanOrEqual(floor[jitter] * (1 - 1e-9));
          expect(delay).toBeLessThanOrEqual(ceiling * (1 + 1e-9));
        },
      ),
      runs(1_000),
    );
  });

  it('caps before it spreads: at one and the same chance, capped delays are a share of the cap', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: almost, noNaN: true }), (random) => {
        chance(random);
        const full = exponentialBackoff({ initial: 1_000, max: 100, jitter: 'full' });
        const equal = linearBackoff({ initial: 1_000, max: 100, jitter: 'equal' });
        expect(full(5, undefined, 0)).toBeCloseTo(100 * random);
        expect(equal(5, undefined, 0)).toBeCloseTo(50 + 50 * random);
      }),
    );
  });

  it.each([
    ['full', 0, 1_000],
    ['equal', 500, 1_000],
    ['decorrelated', 1_000, 3_000],
  ] as const)('spreads evenly: %s', (jitter, from, to) => {
    const backoff = exponentialBackoff({ initial: 1_000, max: 100_000, jitter });
    const drawn = Array.from({ length: 20_000 }, () => backoff(1, undefined, 0));
    const bins = new Array<number>(10).fill(0);
    for (const delay of drawn) {
      const bin = Math.min(9, Math.floor((10 * (delay - from)) / (to - from)));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    // 2 000 in each: a spread of ±300 is seven standard deviations.
    for (const count of bins) expect(Math.abs(count - 2_000)).toBeLessThan(300);
  });
});

describe('roughly', () => {
  it('is up to 10 % less or more', () => {
    chance(0);
    expect(roughly(100)).toBeCloseTo(90);
    chance(almost);
    expect(roughly(100)).toBeCloseTo(110);
  });
});

describe('delayOf', () => {
  it('asks the rule with all that it may want to know', () => {
    const rule = vi.fn<Backoff>(() => 5);
    const error = new Error('x');
    expect(delayOf(rule, 3, error, 200)).toBe(5);
    expect(rule).toHaveBeenCalledWith(3, error, 200);
  });

  it.each([0, 0.5, Infinity])('lets %s through', (delay) => {
    expect(delayOf(() => delay, 1, undefined, 0)).toBe(delay);
  });

  it.each([
    [NaN, 'NaN'],
    [-1, '-1'],
    [-Infinity, '-Infinity'],
    ['5', "'5'"],
    [null, 'null'],
    [undefined, 'undefined'],
    [{}, 'an object'],
  ])('refuses %s', (delay, shown) => {
    const ask = () => delayOf(() => delay as number, 1, undefined, 0);
    expect(ask).toThrow(RangeError);
    expect(ask).toThrow(
      `backoff: expected a function to return a number of milliseconds from 0, got ${shown}.`,
    );
  });
});
