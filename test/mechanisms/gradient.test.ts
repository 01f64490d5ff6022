import { virtualClock, type VirtualClock } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { now } from '../../src/core/time.ts';
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

  /** Lets `callers` at once ask for `ms` milliseconds, as far as the limit lets them. Returns how many were answered. */
  run(ms: number, callers: number, latencyOf = (latency: number): number => latency): number {
    const end = this.time + ms;
    let answered = 0;
    while (this.time < end) {
      const inUse = Math.min(callers, Math.floor(this.limit.limit));
      this.highest = Math.max(this.highest, inUse);
      const latency = this.service * Math.max(1, inUse / this.workers);
      this.time += this.service / Math.min(this.workers, inUse);
      this.limit.sample(latencyOf(latency), this.time, inUse);
      answered++;
    }
    return answered;
  }
}

describe('GradientLimit', () => {
  it('goes on learning when another clock comes that is hours behind', async () => {
    const limit = new GradientLimit(bounds);
    const learns = async (clock: VirtualClock, latency: number): Promise<boolean> => {
      const moved: boolean[] = [];
      for (let each = 0; each < 400; each++) {
        await clock.advance(10);
        for (let call = 0; call < 10; call++)
          moved.push(limit.sample(latency, now(), Math.floor(limit.limit)));
      }
      return moved.includes(true);
    };
    using ahead = virtualClock();
    await ahead.advance(36_000_000);
    expect(await learns(ahead, 10)).toBe(true);
    using behind = virtualClock();
    expect(await learns(behind, 100)).toBe(true);
  });

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
            { maxLength: 300, size: 'max' },
          ),
          // On a fast dependency and a coarse clock most calls take no time.
          fc.constantFrom(0, 1),
          (min, toInitial, toMax, samples, coarse) => {
            const options = { min, initial: min + toInitial, max: min + toInitial + toMax };
            const limit = new GradientLimit(options);
            let time = 0;
            for (const { gap, latency, inUse } of samples) {
              const before = Math.floor(limit.limit);
              time += gap;
              const moved = limit.sample(latency * coarse, time, inUse);
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

  it('calls too short for the clock to see queue nowhere: the limit stays a number, and grows while it is used', () => {
    const limit = new GradientLimit(bounds);
    for (let time = 0; time < 1_000; time++)
      for (let call = 0; call < 5; call++) limit.sample(0, time, Math.floor(limit.limit));
    expect(limit.limit).toBe(bounds.max);
  });

  it('after calls too short for the clock to see, slow ones do not end it at its least for ever', () => {
    const limit = new GradientLimit(bounds);
    const dependency = new Dependency(limit);
    dependency.run(1_000, 20, () => 0);
    dependency.run(60_000, 20);
    expect(limit.limit).toBeGreaterThanOrEqual(20);
  });

  it('grows while it is used and the calls stay fast', () => {
    const limit = new GradientLimit(bounds);
    new Dependency(limit).run(30_000, 60);
    expect(limit.limit).toBeGreaterThanOrEqual(60);
    expect(limit.idleLatency).toBeLessThan(15);
  });

  it('has room for a thousand calls a second as soon as the latency is known, within its bounds', () => {
    const at = (max: number): number => {
      const limit = new GradientLimit({ ...bounds, max });
      const dependency = new Dependency(limit);
      dependency.service = 800;
      dependency.run(2_000, 1);
      expect(limit.limit).toBe(20);
      dependency.run(30_000, 1);
      return limit.limit;
    };
    expect(at(2_000)).toBe(800);
    expect(at(200)).toBe(200);
  });

  it('behind an open circuit no throughput is lost: a flood afterwards is a queue, and lowers the limit', () => {
    const limit = new GradientLimit(bounds);
    const dependency = new Dependency(limit);
    dependency.workers = 1;
    dependency.run(5_000, 1);
    // A few of a new period, and then nobody for ten seconds.
    dependency.run(100, 1);
    dependency.time += 10_000;
    dependency.run(1_000, 20);
    expect(dependency.highest).toBe(20);
    expect(limit.limit).toBeLessThan(16);
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

  it('a dependency that is never idle does not pass its queue off as its own latency, for hours', () => {
    const limit = new GradientLimit(bounds);
    const dependency = new Dependency(limit);
    dependency.workers = 10;
    const calls = dependency.run(3_600_000, 1_000);
    expect(limit.limit).toBeLessThanOrEqual(30);
    expect(limit.idleLatency).toBeLessThan(15);
    // Of 1 000 a second: that it is looked at again and again costs next to nothing.
    expect(calls).toBeGreaterThan(3_600_000 * 0.99);
  });

  it('a few slow workers that never rest are found out as well', () => {
    const limit = new GradientLimit(bounds);
    const dependency = new Dependency(limit);
    dependency.workers = 2;
    dependency.service = 50;
    dependency.run(3_600_000, 1_000);
    expect(limit.limit).toBeLessThanOrEqual(8);
  });

  it('a long incident that begins in a queue does not become the measure', () => {
    const limit = new GradientLimit(bounds);
    const dependency = new Dependency(limit);
    dependency.workers = 30;
    dependency.run(60_000, 100);
    dependency.service = 50;
    dependency.run(300_000, 100);
    // Five times as slow, but 30 at once as ever, and 100 callers would wait for 167 ms.
    expect(limit.limit).toBeLessThanOrEqual(75);
    expect(limit.idleLatency).toBeLessThan(75);
  });

  it('where calls take longer for good, and no queue is the reason, the limit grows again', () => {
    const limit = new GradientLimit({ ...bounds, max: 1_000 });
    const dependency = new Dependency(limit);
    dependency.workers = 10_000;
    dependency.run(60_000, 100);
    dependency.service = 16;
    dependency.run(120_000, 300);
    expect(limit.limit).toBeGreaterThanOrEqual(300);
    expect(limit.idleLatency).toBeGreaterThan(15);
  });

  it('a few calls that become much slower, and do not wait for each other, are not lowered to one at a time', () => {
    const limit = new GradientLimit(bounds);
    // A hundred calls a second, whatever they take: at first 2 ms each, and hardly ever two at once.
    for (let time = 0; time < 60_000; time += 10) limit.sample(2, time, 2);
    let lowest = Infinity;
    for (let time = 60_000; time < 120_000; time += 10) {
      limit.sample(40, time, Math.min(6, Math.floor(limit.limit)));
      lowest = Math.min(lowest, limit.limit);
    }
    expect(lowest).toBeGreaterThanOrEqual(2);
    expect(limit.limit).toBeGreaterThanOrEqual(6);
    expect(limit.idleLatency).toBeGreaterThan(30);
  });

  it('looks at the dependency with fewer calls than it takes, for a period, and goes back to what it had learnt', () => {
    const limit = new GradientLimit(bounds);
    const dependency = new Dependency(limit);
    dependency.workers = 10;
    dependency.run(60_000, 1_000);
    const { learnt } = limit;
    const seen: number[] = [];
    for (let second = 0; second < 60; second++)
      for (let part = 0; part < 100; part++) {
        dependency.run(10, 1_000);
        seen.push(limit.limit);
      }
    expect(Math.min(...seen)).toBeLessThan(10);
    expect(seen.filter((each) => each < 10).length / seen.length).toBeLessThan(0.05);
    expect(limit.learnt).toBeGreaterThan(learnt * 0.7);
  });

  it('chance alone does not make the dependency seem faster and faster', () => {
    const limit = new GradientLimit(bounds);
    // Numbers in [0, 1), always the same ones.
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    let lowest = Infinity;
    for (let time = 0; time < 600_000; time += 5) {
      limit.sample(-20 * Math.log(1 - random()), time, 10);
      if (time > 60_000) lowest = Math.min(lowest, limit.idleLatency as number);
    }
    // The median of calls that take 20 ms on average is 13.9 ms.
    expect(lowest).toBeGreaterThan(10);
  });

  it('new bounds hold during such a look as well', () => {
    const limit = new GradientLimit(bounds);
    const dependency = new Dependency(limit);
    dependency.workers = 10;
    while (limit.limit === limit.learnt && dependency.time < 60_000) dependency.run(1, 1_000);
    limit.reconfigure({ initial: 40, min: 40, max: 45 });
    expect(limit.limit).toBe(40);
    expect(limit.learnt).toBe(45);
  });

  it('looks at a tenth of a second of calls at least', () => {
    const limit = new GradientLimit(bounds);
    for (let time = 1; time < 101; time++) {
      for (let call = 0; call < 5; call++) limit.sample(1, time, 20);
      // The first of them was sent at 0.
      expect(limit.limit > 20).toBe(time >= 100);
    }
  });

  it('waits until calls of twice the usual length would have been seen, too', () => {
    const limit = new GradientLimit(bounds);
    for (let call = 0; call < 50; call++) limit.sample(500, 500 + call, 20);
    limit.sample(500, 999, 20);
    expect(limit.limit).toBe(20);
    limit.sample(500, 1_000, 20);
    expect(limit.limit).toBeGreaterThan(20);
  });

  it.each([
    [20, 30],
    [100, 100],
    [1_000, 512],
  ])('with %i in use it looks at %i calls', (inUse, enough) => {
    const limit = new GradientLimit({ initial: inUse, min: 1, max: 10_000 });
    for (let call = 1; call < enough; call++) limit.sample(10, 200 + call, inUse);
    expect(limit.limit).toBe(inUse);
    limit.sample(10, 1_000, inUse);
    expect(limit.limit).toBeGreaterThan(inUse);
  });

  it('calls that were sent under another limit show nothing of this one', () => {
    const limit = new GradientLimit(bounds);
    for (let call = 0; call < 30; call++) limit.sample(10, 100 + call, 20);
    limit.sample(10, 190, 20);
    const moved = limit.limit;
    expect(moved).toBeGreaterThan(20);
    // It moved at 190; these were all sent before.
    for (let time = 200; time < 2_000; time++) limit.sample(time - 180, time, 30);
    expect(limit.limit).toBe(moved);
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
