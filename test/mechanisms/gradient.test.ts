import { describe, expect, it } from 'vitest';
import { GradientLimit, type GradientOptions } from '../../src/mechanisms/gradient.ts';
import { fc, patience, runs } from '../support/property.ts';

const bounds: GradientOptions = { initial: 20, min: 1, max: 200 };

/** A dependency that works on so many calls at once; the others wait there, and take longer. */
class Dependency {
  workers = 50;
  /** How long it works on a call, in milliseconds. */
  service = 10;
  time = 0;
  /** The highest that the limit was. */
  highest = 0;
  private readonly limit: GradientLimit;

  constructor(limit: GradientLimit) {
    this.limit = limit;
  }

  /** Lets `callers` at once ask for `ms` milliseconds, as far as the limit lets them. */
  run(ms: number, callers: number, latencyOf = (latency: number): number => latency): void {
    const end = this.time + ms;
    while (this.time < end) {
      const inUse = Math.min(callers, Math.floor(this.limit.limit));
      this.highest = Math.max(this.highest, inUse);
      const latency = this.service * Math.max(1, inUse / this.workers);
      this.time += this.service / Math.min(this.workers, inUse);
      this.limit.sample(latencyOf(latency), this.time, inUse);
    }
  }
}

describe('GradientLimit', () => {
  it(
    'stays within its bounds, whatever it is told',
    () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 50 }),
          fc.nat(50),
          fc.nat(50),
          fc.array(
            fc.record({
              gap: fc.oneof(fc.nat(50), fc.nat(5_000)),
              latency: fc.oneof(fc.constant(0), fc.nat(100), fc.nat(100_000)),
              inUse: fc.integer({ min: 1, max: 200 }),
            }),
            { maxLength: 200 },
          ),
          (min, toInitial, toMax, samples) => {
            const options = { min, initial: min + toInitial, max: min + toInitial + toMax };
            const limit = new GradientLimit(options);
            let time = 0;
            for (const { gap, latency, inUse } of samples) {
              const before = Math.floor(limit.limit);
              time += gap;
              const moved = limit.sample(latency, time, inUse);
              expect(limit.limit).toBeGreaterThanOrEqual(options.min);
              expect(limit.limit).toBeLessThanOrEqual(options.max);
              expect(moved).toBe(Math.floor(limit.limit) !== before);
            }
          },
        ),
        runs(500),
      );
    },
    patience,
  );

  it('grows while it is used and the calls stay fast', () => {
    const limit = new GradientLimit(bounds);
    new Dependency(limit).run(30_000, 60);
    expect(limit.limit).toBeGreaterThanOrEqual(60);
    expect(limit.idleLatency).toBeLessThan(15);
  });

  it('does not grow while it is not used, for however long', () => {
    const limit = new GradientLimit(bounds);
    new Dependency(limit).run(3_600_000, 5);
    expect(limit.limit).toBe(20);
  });

  it('a slow tail is no queue: one call of a hundred that takes fifty times as long changes nothing', () => {
    const limit = new GradientLimit(bounds);
    const dependency = new Dependency(limit);
    let call = 0;
    dependency.run(30_000, 40, (latency) => (++call % 100 === 0 ? latency * 50 : latency));
    expect(limit.limit).toBeGreaterThanOrEqual(40);
  });

  it('a dependency that is slow for another reason is not left alone for ever: the limit comes back', () => {
    const limit = new GradientLimit(bounds);
    const dependency = new Dependency(limit);
    dependency.run(10_000, 20);
    dependency.service = 200;
    dependency.run(60_000, 20);
    expect(limit.limit).toBeGreaterThanOrEqual(16);
    expect(limit.idleLatency).toBeGreaterThan(100);
  });

  it('recovers when the incident is over: at once in its limit, soon in what it takes for fast', () => {
    const limit = new GradientLimit(bounds);
    const dependency = new Dependency(limit);
    dependency.run(10_000, 30);
    const before = limit.limit;
    dependency.service = 1_000;
    dependency.run(120_000, 30);
    dependency.service = 10;
    dependency.run(10_000, 30);
    expect(limit.limit).toBeGreaterThanOrEqual(Math.min(before, 30));
    expect(limit.idleLatency).toBeLessThan(20);
  });

  it('does not move on a handful of calls', () => {
    const limit = new GradientLimit(bounds);
    for (let call = 0; call < 5; call++) limit.sample(10, call * 1_000, 20);
    expect(limit.limit).toBe(20);
  });

  it('new bounds hold at once, and what was learnt stays as far as it fits', () => {
    const limit = new GradientLimit(bounds);
    new Dependency(limit).run(30_000, 60);
    const { idleLatency } = limit;
    limit.reconfigure({ ...bounds, max: 30 });
    expect(limit.limit).toBe(30);
    limit.reconfigure({ ...bounds, min: 40 });
    expect(limit.limit).toBe(40);
    expect(limit.idleLatency).toBe(idleLatency);
  });
});
