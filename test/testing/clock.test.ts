import { AsyncLocalStorage } from 'node:async_hooks';
import { createKedge, retry, timeout } from 'kedge';
import { virtualClock } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { now, Timer, wall } from '../../src/core/time.ts';
import { track, transient } from '../support/lab.ts';

describe('virtualClock', () => {
  it('begins at 0 and passes only when told', async () => {
    using clock = virtualClock();
    expect([clock.now, now()]).toEqual([0, 0]);
    await clock.advance(0);
    expect(clock.now).toBe(0);
    await clock.advance(12.5);
    expect([clock.now, now()]).toEqual([12.5, 12.5]);
  });

  it.each([NaN, Infinity, -1, '5', undefined])(
    'refuses to advance by %s, and goes on',
    async (ms) => {
      using clock = virtualClock();
      await expect(clock.advance(ms as number)).rejects.toThrow(
        /^virtualClock: expected `ms` to be a finite number of milliseconds from 0 \(`runAll` lets/,
      );
      const fired = new Promise<void>((resolve) => new Timer(resolve, 10, true));
      await clock.advance(10);
      await fired;
      expect(clock.now).toBe(10);
    },
  );

  it('refuses a limit, a step and a wall time that are none', async () => {
    using clock = virtualClock();
    await expect(clock.runAll(NaN)).rejects.toThrow('`limit`');
    expect(() => clock.stepWall(NaN)).toThrow('`ms`');
    expect(() => virtualClock({ wall: NaN })).toThrow('`wall`');
    expect(() => virtualClock({ wal: 1 } as object)).toThrow('Did you mean `wall`?');
  });

  it('fires timers in the order of their instants, and of their setting where those are the same', async () => {
    using clock = virtualClock();
    const fired: [string, number][] = [];
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['b', 10],
      ['d', 31],
    ] as const) {
      new Timer(() => fired.push([name, clock.now]), ms, true);
    }
    expect(clock.timers).toBe(4);
    await clock.advance(30);
    expect(fired).toEqual([
      ['a', 10],
      ['b', 10],
      ['c', 30],
    ]);
    expect(clock.timers).toBe(1);
  });

  it('lets everything happen that one timer causes before the next one fires', async () => {
    using clock = virtualClock();
    const seen: string[] = [];
    new Timer(
      () => {
        void (async () => {
          for (let each = 0; each < 20; each++) await Promise.resolve();
          seen.push(`caused at ${clock.now}`);
          new Timer(() => seen.push(`set then, at ${clock.now}`), 3, true);
        })();
      },
      5,
      true,
    );
    new Timer(() => seen.push(`next at ${clock.now}`), 10, true);
    await clock.advance(100);
    expect(seen).toEqual(['caused at 5', 'set then, at 8', 'next at 10']);
  });

  it('takes a negative delay as none', async () => {
    using clock = virtualClock();
    let fired = 0;
    new Timer(() => fired++, -5, true);
    await clock.advance(0);
    expect(fired).toBe(1);
  });

  it('runs on until no timer is left, or to a limit', async () => {
    using clock = virtualClock();
    let ticks = 0;
    const tick = (): void => {
      ticks++;
      if (ticks < 10) new Timer(tick, 100, true);
    };
    new Timer(tick, 100, true);
    await clock.runAll(350);
    expect([ticks, clock.now, clock.timers]).toEqual([3, 300, 1]);
    await clock.runAll();
    expect([ticks, clock.now, clock.timers]).toEqual([10, 1_000, 0]);
    await clock.runAll();
    expect(clock.now).toBe(1_000);
  });

  it('has a wall clock that goes along, and can be stepped alone', async () => {
    using clock = virtualClock({ wall: 5_000 });
    expect(wall()).toBe(5_000);
    await clock.advance(10);
    expect(wall()).toBe(5_010);
    clock.stepWall(-1_000);
    expect([wall(), clock.now]).toEqual([4_010, 10]);
  });

  it("leaves the machine's own clock and timers as they are", () => {
    const before = [Date.now, performance.now, setTimeout, clearTimeout, setImmediate] as unknown[];
    using clock = virtualClock();
    expect(clock.now).toBe(0);
    expect([Date.now, performance.now, setTimeout, clearTimeout, setImmediate]).toEqual(before);
    expect(performance.now()).toBeGreaterThan(0);
  });

  it("gives the machine's clock back to kedge when disposed", () => {
    {
      using clock = virtualClock();
      expect(clock.now).toBe(0);
    }
    expect(now()).toBeGreaterThan(0);
  });

  it('drives a whole pipeline', async () => {
    using clock = virtualClock();
    const starts: number[] = [];
    const quotes = createKedge().pipeline(
      'quotes',
      timeout(3_600_000),
      retry({ maxAttempts: 5, backoff: (attempt) => 60_000 * attempt }),
    );
    const call = track(
      quotes.execute(() => {
        starts.push(clock.now);
        throw transient();
      }),
    );
    await clock.runAll();
    expect(call.state).toBe('rejected');
    expect(starts).toEqual([0, 60_000, 180_000, 360_000, 600_000]);
    expect(clock.timers).toBe(0);
  });

  it('fires a timer in the asynchronous context in which it was set', async () => {
    using clock = virtualClock();
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    storage.run('setter', () => new Timer(() => seen.push(storage.getStore()), 5, true));
    new Timer(() => seen.push(storage.getStore()), 6, true);
    await storage.run('advancer', () => clock.advance(10));
    expect(seen).toEqual(['setter', undefined]);
  });
});
