import { describe, expect, it } from 'vitest';
import { RecentQuantile } from '../../src/mechanisms/quantile.ts';
import { fc, patience, runs } from '../support/property.ts';

/** The smallest value that at least the share `quantile` of the values do not exceed. */
function exact(values: readonly number[], quantile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length - 1e-9) - 1)]!;
}

describe('RecentQuantile', () => {
  it(
    'finds every quantile of every set of values again, at most 5 % above',
    () => {
      fc.assert(
        fc.property(
          fc.array(fc.double({ min: 0.01, max: 600_000, noNaN: true }), {
            minLength: 1,
            maxLength: 500,
          }),
          fc.integer({ min: 1, max: 99 }),
          (values, percent) => {
            const quantile = percent / 100;
            const learnt = new RecentQuantile(quantile);
            for (const value of values) learnt.record(value);
            const truth = exact(values, quantile);
            expect(learnt.estimate()).toBeGreaterThanOrEqual(truth * 0.999);
            expect(learnt.estimate()).toBeLessThanOrEqual(truth * 1.05);
          },
        ),
        runs(1_000),
      );
    },
    patience,
  );

  it('knows nothing before the first value', () => {
    const learnt = new RecentQuantile(0.5);
    expect(learnt.estimate()).toBeUndefined();
    expect(learnt.size).toBe(0);
  });

  it('takes values that are too small, too large or none at all, without harm', () => {
    const learnt = new RecentQuantile(0.5);
    for (const value of [0, -5, NaN]) learnt.record(value);
    expect(learnt.estimate()).toBeLessThan(0.02);
    for (let each = 0; each < 10; each++) learnt.record(Infinity);
    expect(learnt.estimate()).toBeGreaterThan(600_000);
    expect(learnt.estimate()).toBeLessThan(Infinity);
  });

  it('follows a change: what is new outweighs what is old within its memory', () => {
    const learnt = new RecentQuantile(0.95, 100);
    for (let each = 0; each < 10_000; each++) learnt.record(10);
    expect(learnt.estimate()).toBeCloseTo(10, 0);
    for (let each = 0; each < 200; each++) learnt.record(1_000);
    expect(learnt.estimate()).toBeGreaterThan(900);
    for (let each = 0; each < 1_000; each++) learnt.record(10);
    expect(learnt.estimate()).toBeLessThan(11);
  });

  it('holds as much after a million values as after a thousand', () => {
    const learnt = new RecentQuantile(0.5);
    for (let each = 0; each < 1_000_000; each++) learnt.record(each % 1_000);
    expect(learnt.size).toBeLessThanOrEqual(2_000);
    expect(learnt.estimate()).toBeGreaterThan(475);
    expect(learnt.estimate()).toBeLessThan(525);
  });

  it('counts half of what it holds when it has twice as much as it is to remember', () => {
    const learnt = new RecentQuantile(0.5, 10);
    for (let each = 0; each < 19; each++) learnt.record(5);
    expect(learnt.size).toBe(19);
    learnt.record(5);
    expect(learnt.size).toBe(10);
  });

  it('remembers values beyond its scale like others, as the largest there are', () => {
    const learnt = new RecentQuantile(0.5, 10);
    for (let each = 0; each < 20; each++) learnt.record(1e12);
    expect(learnt.size).toBe(10);
    expect(learnt.estimate()).toBeCloseTo(0.01 * 2 ** 26, 3);
  });
});
