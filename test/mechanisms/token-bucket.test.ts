import { virtualClock } from 'kedge/testing';
import { describe, expect, it, vi } from 'vitest';
import { TokenBucket, TokenWaiter } from '../../src/mechanisms/token-bucket.ts';
import { platform } from '../support/platform.ts';
import { fc, patience, runs } from '../support/property.ts';

class Guest extends TokenWaiter {
  servedAt: number | undefined = undefined;
  refusedFor: number | undefined = undefined;
  readonly latest: number;
  private readonly time: () => number;

  constructor(time: () => number, latest = Infinity) {
    super();
    this.time = time;
    this.latest = latest;
  }

  override refused(retryAfter: number): void {
    this.refusedFor = retryAfter;
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

  it('gives out all tokens that have come since the last timer, so that its grain costs none', () => {
    using machine = platform();
    const bucket = new TokenBucket(10_000, 1_000, 1);
    expect(bucket.take(0)).toBe(true);
    const guests = Array.from({ length: 100 }, () => new Guest(() => machine.time));
    for (const guest of guests) bucket.enqueue(guest);
    // A timer of a millisecond, each a little late.
    for (let ring = 0; machine.timers[ring] !== undefined; ring++) {
      machine.time += 1.3;
      machine.timers[ring]!.run();
    }
    expect(machine.timers).toHaveLength(8);
    expect(guests.map(({ servedAt }) => servedAt)).toEqual(
      guests.map((_, each) => expect.closeTo(1.3 * Math.ceil((each + 1) / 13), 6)),
    );
    // What came while somebody waited is spent, or lost above the burst.
    expect(bucket.available).toBeLessThanOrEqual(1);
  });

  it('tells everybody who is turned away an instant of his own, and begins anew after ten intervals', async () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(4, 1_000, 1);
    bucket.take(0);
    const told = Array.from({ length: 42 }, () => bucket.turnAway(0));
    expect(told.slice(0, 41)).toEqual(Array.from({ length: 41 }, (_, each) => 250 * (each + 1)));
    expect(told[41]).toBe(250);
    // What was told is past, and counts no more.
    await clock.advance(60_000);
    bucket.take(clock.now);
    expect(bucket.turnAway(clock.now)).toBe(250);
  });

  it('tells no instant that is much more than a minute away for being one of many', () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(60, 60_000, 1);
    bucket.take(clock.now);
    const told = Array.from({ length: 100 }, () => bucket.turnAway(0));
    expect(Math.max(...told)).toBe(61_000);
    expect(told[61]).toBe(1_000);
  });

  it('tells who is turned away of those who wait', () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(4, 1_000, 1);
    bucket.take(clock.now);
    bucket.enqueue(new Guest(() => 0));
    bucket.enqueue(new Guest(() => 0));
    expect([bucket.turnAway(0), bucket.turnAway(0)]).toEqual([750, 1_000]);
  });

  it('a slower rate turns those away who would be served too late, and the others move up', async () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(10, 1_000, 1);
    bucket.take(0);
    const guests = [Infinity, 150, 500, 450].map((latest) => new Guest(() => clock.now, latest));
    for (const guest of guests) bucket.enqueue(guest);
    bucket.reconfigure(5, 1_000, 1);
    expect(guests.map(({ refusedFor }) => refusedFor)).toEqual([undefined, 400, undefined, 600]);
    await clock.advance(1_000);
    expect(guests.map(({ servedAt }) => servedAt)).toEqual([200, undefined, 400, undefined]);
    expect(clock.timers).toBe(0);
  });

  it('takes no token back for an instant of a moment ago', async () => {
    using clock = virtualClock();
    const bucket = new TokenBucket(10, 1_000, 10);
    for (let each = 0; each < 10; each++) bucket.take(0);
    await clock.advance(500);
    expect(bucket.available).toBe(5);
    expect(bucket.take(200)).toBe(true);
    expect(bucket.available).toBe(4);
  });

  it('goes on where it was when another clock comes, and serves who was left behind on the last one', async () => {
    const first = virtualClock();
    await first.advance(1e9);
    const bucket = new TokenBucket(10, 1_000, 5);
    for (let each = 0; each < 5; each++) bucket.take(first.now);
    const left = new Guest(() => 0);
    bucket.enqueue(left);
    using clock = virtualClock();
    const next = new Guest(() => clock.now);
    expect(bucket.take(clock.now)).toBe(false);
    bucket.enqueue(next);
    expect(clock.timers).toBe(1);
    await clock.advance(1_000);
    expect(left.servedAt).toBe(0);
    expect(next.servedAt).toBe(200);
    expect(bucket.available).toBe(5);
  });

  it('has a timer for each who waits where timers end with a request', async () => {
    vi.stubGlobal('WebSocketPair', class {});
    vi.resetModules();
    const { TokenBucket: Bucket, TokenWaiter: Waiter } =
      await import('../../src/mechanisms/token-bucket.ts');
    vi.useFakeTimers();
    const bucket = new Bucket(10, 1_000, 1);
    const served: number[] = [];
    class Caller extends Waiter {
      readonly latest = Infinity;
      private readonly id: number;
      constructor(id: number) {
        super();
        this.id = id;
      }
      override granted(): void {
        served.push(this.id);
      }
      override refused(): void {}
    }
    bucket.take(performance.now());
    const callers = [1, 2, 3].map((id) => new Caller(id));
    for (const caller of callers) bucket.enqueue(caller);
    expect(vi.getTimerCount()).toBe(3);
    // One whose request is over, with its timer: those behind are served all the same.
    callers[0]!.timer!.stop();
    vi.advanceTimersByTime(200);
    expect(served).toEqual([1, 2]);
    bucket.leave(callers[2]!);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    vi.resetModules();
  });

  it('keeps the process alive while somebody waits for a token', () => {
    using machine = platform();
    const bucket = new TokenBucket(1, 1_000, 1);
    bucket.take(0);
    bucket.enqueue(new Guest(() => 0));
    expect(machine.timers.map(({ ms, keepAlive }) => [ms, keepAlive])).toEqual([[1_000, true]]);
  });
});
