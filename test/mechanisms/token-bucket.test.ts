import { virtualClock } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { Waiter } from '../../src/mechanisms/permits.ts';
import { TokenBucket } from '../../src/mechanisms/token-bucket.ts';
import { platform } from '../support/platform.ts';
import { fc, patience, runs } from '../support/property.ts';

class Guest extends Waiter {
  servedAt: number | undefined = undefined;
  private readonly time: () => number;

  constructor(time: () => number) {
    super();
    this.time = time;
  }

  override granted(): void {
    this.servedAt = this.time();
  }
}

describe('TokenBucket', () => {
  it(
    'gives out at most a burst and the rate, over every stretch of time',
    () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 8 }),
          fc.integer({ min: 1, max: 8 }),
          fc.integer({ min: 10, max: 1_000 }),
          fc.array(fc.nat(200), { minLength: 1, maxLength: 80 }),
          (limit, burst, interval, gaps) => {
            using clock = virtualClock();
            const bucket = new TokenBucket(limit, interval, burst);
            const taken: number[] = [];
            let time = 0;
            for (const gap of gaps) {
              time += gap;
              if (bucket.take(time)) taken.push(time);
            }
            for (let first = 0; first < taken.length; first++) {
              for (let last = first; last < taken.length; last++) {
                const stretch = taken[last]! - taken[first]!;
                expect(last - first + 1).toBeLessThanOrEqual(
                  burst + (stretch * limit) / interval + 1e-6,
                );
              }
            }
            expect(clock.timers).toBe(0);
          },
        ),
        runs(500),
      );
    },
    patience,
  );

  it('is full again after a pause, and never fuller than a burst', async () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(10, 1_000, 3);
    for (let each = 0; each < 3; each++) expect(bucket.take(clock.now)).toBe(true);
    expect(bucket.take(clock.now)).toBe(false);
    expect(bucket.waitFor(clock.now)).toBe(100);
    await clock.advance(3_600_000);
    expect(bucket.available).toBe(3);
    for (let each = 0; each < 3; each++) expect(bucket.take(clock.now)).toBe(true);
    expect(bucket.take(clock.now)).toBe(false);
  });

  it('knows every wait to the millisecond, without the noise of rounding', () => {
    using clock = virtualClock();
    for (const limit of [1, 2, 4, 5, 8, 10, 20, 50, 100]) {
      for (let time = 1; time < 1_000 / limit; time++) {
        const bucket = new TokenBucket(limit, 1_000, 1);
        bucket.take(0);
        expect(bucket.waitFor(time)).toBe(1_000 / limit - time);
      }
    }
    expect(clock.timers).toBe(0);
  });

  it('has one timer while anybody waits, however many, and none when the last has left', async () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(1, 1_000, 1);
    expect(bucket.take(0)).toBe(true);
    expect(clock.timers).toBe(0);
    const guests = Array.from({ length: 1_000 }, () => new Guest(() => clock.now));
    for (const guest of guests) bucket.enqueue(guest);
    expect(clock.timers).toBe(1);
    expect(bucket.queued).toBe(1_000);
    for (const guest of guests) expect(bucket.leave(guest)).toBe(true);
    expect(clock.timers).toBe(0);
    await clock.advance(10_000);
    expect(guests.every(({ servedAt }) => servedAt === undefined)).toBe(true);
  });

  it('serves those who wait in their order, each when its token is there', async () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(4, 1_000, 1);
    bucket.take(0);
    const guests = Array.from({ length: 3 }, () => new Guest(() => clock.now));
    for (const [index, guest] of guests.entries()) {
      expect(bucket.waitFor(0)).toBe((index + 1) * 250);
      bucket.enqueue(guest);
    }
    expect(bucket.take(0)).toBe(false);
    await clock.advance(10_000);
    expect(guests.map(({ servedAt }) => servedAt)).toEqual([250, 500, 750]);
    expect(bucket.leave(guests[0]!)).toBe(false);
    expect(clock.timers).toBe(0);
  });

  it('a newcomer waits behind those who wait, also when a token has just come', () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(1, 1_000, 1);
    bucket.take(0);
    const guest = new Guest(() => 0);
    bucket.enqueue(guest);
    expect(bucket.take(1_000)).toBe(false);
    expect(clock.timers).toBe(1);
  });

  it('a token that comes back goes to the first who waits, else into the bucket', () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(1, 1_000, 2);
    bucket.take(0);
    bucket.take(0);
    const guest = new Guest(() => 0);
    bucket.enqueue(guest);
    bucket.giveBack();
    expect(guest.servedAt).toBe(0);
    bucket.giveBack();
    expect(bucket.available).toBe(1);
    for (let each = 0; each < 5; each++) bucket.giveBack();
    expect(bucket.available).toBe(2);
    expect(clock.timers).toBe(0);
  });

  it('a new rate holds from now on, for those who wait too', async () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(1, 1_000, 1);
    bucket.take(0);
    const guests = Array.from({ length: 3 }, () => new Guest(() => clock.now));
    for (const guest of guests) bucket.enqueue(guest);
    await clock.advance(500);
    bucket.reconfigure(10, 1_000, 1);
    expect(clock.timers).toBe(1);
    await clock.advance(10_000);
    expect(guests.map(({ servedAt }) => servedAt)).toEqual([550, 650, 750]);
  });

  it('a smaller burst spills what is above it, a larger one fills up by the rate', async () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(10, 1_000, 10);
    bucket.reconfigure(10, 1_000, 4);
    expect(bucket.available).toBe(4);
    bucket.reconfigure(10, 1_000, 8);
    expect(bucket.available).toBe(4);
    await clock.advance(100);
    expect(bucket.available).toBe(5);
  });

  it('keeps the process alive while somebody waits for a token', () => {
    using machine = platform();
    const bucket = new TokenBucket(1, 1_000, 1);
    bucket.take(0);
    bucket.enqueue(new Guest(() => 0));
    expect(machine.timers.map(({ ms, keepAlive }) => [ms, keepAlive])).toEqual([[1_000, true]]);
  });
});
