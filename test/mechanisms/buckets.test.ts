import { describe, expect, it } from 'vitest';
import { RollingSums } from '../../src/mechanisms/buckets.ts';
import { fc, patience, runs } from '../support/property.ts';

interface Added {
  readonly at: number;
  readonly counter: number;
  readonly amount: number;
}

const sumOf = (added: readonly Added[], counter: number, from: number): number =>
  added
    .filter((each) => each.counter === counter && each.at > from)
    .reduce((total, { amount }) => total + amount, 0);

/** How long what is added at 0 stays in a window of a second. */
function lastsWith(phase: number): number {
  const sums = new RollingSums(1_000, 1, phase);
  sums.add(0, 0);
  let time = 0;
  while (sums.at(time, 0) > 0) time++;
  return time;
}

describe('RollingSums', () => {
  it('can multiply one counter in all of the window, which goes on to forget as before', () => {
    const sums = new RollingSums(1_000, 2);
    for (let at = 0; at < 500; at += 100) for (const counter of [0, 1]) sums.add(at, counter, 2);
    sums.scale(500, 0, 0.25);
    expect([sums.at(500, 0), sums.at(500, 1)]).toEqual([2.5, 10]);
    expect([sums.at(1_100, 0), sums.at(1_100, 1)]).toEqual([1.5, 6]);
    sums.scale(5_000, 1, 3);
    expect([sums.at(5_000, 0), sums.at(5_000, 1)]).toEqual([0, 0]);
  });

  it(
    'holds all of the last nine tenths of the window and nothing of before it',
    () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 10, max: 10_000 }),
          fc.double({ min: 0, max: 0.999, noNaN: true }),
          fc.array(
            fc.record({
              gap: fc.oneof(fc.nat(50), fc.nat(2_000), fc.nat(100_000)),
              counter: fc.nat(1),
              amount: fc.integer({ min: 1, max: 5 }),
            }),
            { maxLength: 60 },
          ),
          (duration, phase, steps) => {
            const sums = new RollingSums(duration, 2, phase);
            const added: Added[] = [];
            let at = 0;
            for (const { gap, counter, amount } of steps) {
              at += gap;
              sums.add(at, counter, amount);
              added.push({ at, counter, amount });
              for (const each of [0, 1]) {
                const sum = sums.at(at, each);
                expect(sum).toBeGreaterThanOrEqual(sumOf(added, each, at - duration * 0.9 + 1e-6));
                expect(sum).toBeLessThanOrEqual(sumOf(added, each, at - duration - 1e-6));
              }
            }
          },
        ),
        runs(1_000),
      );
    },
    patience,
  );

  it('is empty after an idle time of a window, however long', () => {
    const sums = new RollingSums(1_000, 1);
    sums.add(0, 0, 7);
    expect(sums.at(899, 0)).toBe(7);
    expect(sums.at(1_000, 0)).toBe(0);
    sums.add(1_000, 0);
    expect(sums.at(1e15, 0)).toBe(0);
  });

  it('lets go a tenth at a time', () => {
    const sums = new RollingSums(1_000, 1);
    for (let time = 0; time < 1_000; time += 100) sums.add(time, 0);
    const held = [];
    for (let time = 1_000; time < 2_000; time += 100) held.push(sums.at(time, 0));
    expect(held).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('turns over at another instant with another phase', () => {
    expect(lastsWith(0)).toBe(1_000);
    expect(lastsWith(0.25)).toBe(975);
    expect(lastsWith(0.9)).toBe(910);
  });

  it('forgets everything when it is told to', () => {
    const sums = new RollingSums(1_000, 2);
    sums.add(0, 0, 3);
    sums.add(0, 1, 4);
    sums.clear();
    expect([sums.at(0, 0), sums.at(0, 1)]).toEqual([0, 0]);
    sums.add(5, 1);
    expect(sums.at(999, 1)).toBe(1);
    expect(sums.at(2_000, 1)).toBe(0);
  });

  it(
    'keeps what it holds when it is made longer or shorter, and forgets it in the new time',
    () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 100, max: 10_000 }),
          fc.integer({ min: 100, max: 10_000 }),
          fc.double({ min: 0, max: 0.999, noNaN: true }),
          fc.array(fc.nat(300), { maxLength: 30 }),
          fc.nat(20_000),
          (before, after, phase, gaps, pause) => {
            const sums = new RollingSums(before, 1, phase);
            let time = 0;
            for (const gap of gaps) {
              time += gap;
              sums.add(time, 0);
            }
            time += pause;
            const held = sums.at(time, 0);
            sums.resize(time, after);
            expect(sums.at(time, 0)).toBe(held);
            sums.add(time, 0);
            expect(sums.at(time, 0)).toBe(held + 1);
            expect(sums.at(time + after * 0.89, 0)).toBeGreaterThanOrEqual(1);
            expect(sums.at(time + after + 1e-6, 0)).toBe(0);
          },
        ),
        runs(1_000),
      );
    },
    patience,
  );

  it('keeps the order of what it holds when it is made longer, and forgets it at the new pace', () => {
    const sums = new RollingSums(1_000, 1);
    for (const [time, amount] of [
      [0, 1],
      [500, 10],
      [900, 100],
    ] as const)
      sums.add(time, 0, amount);
    sums.resize(950, 2_000);
    const held = (from: number): [number, number] => [sums.at(from - 1, 0), sums.at(from, 0)];
    expect([held(1_000), held(2_000), held(2_800)]).toEqual([
      [111, 110],
      [110, 100],
      [100, 0],
    ]);
  });

  it('lets go of the tenth that ends at the instant at which it is made longer', () => {
    const sums = new RollingSums(1_000, 1);
    sums.add(0, 0);
    expect(sums.at(999, 0)).toBe(1);
    sums.resize(1_000, 2_000);
    expect(sums.at(1_000, 0)).toBe(0);
  });
});
