import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { now } from '../../src/core/time.ts';
import { Deadline, DeadlineList } from '../../src/mechanisms/deadlines.ts';
import { lab } from '../support/lab.ts';
import { platform } from '../support/platform.ts';

class Noting extends Deadline {
  private readonly note: () => void;

  constructor(instant: number, note: () => void) {
    super(instant);
    this.note = note;
  }

  override expire(): void {
    this.note();
  }
}

describe('a list of deadlines', () => {
  it('expires each at its instant, in their order, with one timer for all', async () => {
    using l = lab();
    const list = new DeadlineList();
    const expired: [string, number][] = [];
    for (const [name, instant] of [
      ['a', 10],
      ['b', 10],
      ['c', 25],
    ] as const) {
      list.add(new Noting(instant, () => expired.push([name, l.clock.now])));
    }
    expect(l.clock.timers).toBe(1);
    await l.clock.advance(9);
    expect(expired).toEqual([]);
    await l.clock.advance(100);
    expect(expired).toEqual([
      ['a', 10],
      ['b', 10],
      ['c', 25],
    ]);
    expect(l.clock.timers).toBe(0);
  });

  it('forgets one that was removed, wherever it stood', async () => {
    using l = lab();
    const list = new DeadlineList();
    const expired: number[] = [];
    const all = [1, 2, 3, 4, 5].map((each) => new Noting(each * 10, () => expired.push(each)));
    for (const deadline of all) list.add(deadline);
    for (const gone of [0, 2, 4]) list.remove(all[gone]!);
    await l.clock.advance(1_000);
    expect(expired).toEqual([2, 4]);
  });

  it('takes removing twice, after the end, or of one that was never added', async () => {
    using l = lab();
    const list = new DeadlineList();
    const expired: string[] = [];
    const one = new Noting(10, () => expired.push('one'));
    const stranger = new Noting(10, () => expired.push('stranger'));
    list.remove(stranger);
    list.add(one);
    list.add(new Noting(20, () => expired.push('two')));
    await l.clock.advance(15);
    list.remove(one);
    list.remove(one);
    await l.clock.advance(15);
    expect(expired).toEqual(['one', 'two']);
  });

  it('holds no timer while it is empty', () => {
    using l = lab();
    const list = new DeadlineList();
    const deadline = new Noting(10, () => {});
    for (let each = 0; each < 3; each++) {
      list.add(deadline);
      expect(l.clock.timers).toBe(1);
      list.remove(deadline);
      expect(l.clock.timers).toBe(0);
    }
  });

  it('can be added to and removed from while one expires', async () => {
    using l = lab();
    const list = new DeadlineList();
    const expired: string[] = [];
    const victim = new Noting(10, () => expired.push('victim'));
    list.add(
      new Noting(10, () => {
        expired.push('first');
        list.remove(victim);
        list.add(new Noting(l.clock.now, () => expired.push('at once')));
        list.add(new Noting(l.clock.now + 5, () => expired.push('later')));
      }),
    );
    list.add(victim);
    await l.clock.advance(10);
    expect(expired).toEqual(['first', 'at once']);
    await l.clock.advance(5);
    expect(expired).toEqual(['first', 'at once', 'later']);
    expect(l.clock.timers).toBe(0);
  });

  it('does not expire one before its instant when that is between two milliseconds', async () => {
    using l = lab();
    const list = new DeadlineList();
    const expired: number[] = [];
    list.add(new Noting(10.4, () => expired.push(l.clock.now)));
    await l.clock.advance(100);
    expect(expired).toHaveLength(1);
    expect(expired[0]).toBeGreaterThanOrEqual(10.4);
    expect(expired[0]).toBeLessThanOrEqual(11);
  });

  it('puts off one timer to the next turn of the event loop, for however many deadlines', () => {
    using machine = platform();
    const list = new DeadlineList();
    const deadlines = [10, 20, 30].map((instant) => new Noting(instant, () => {}));
    for (const deadline of deadlines) list.add(deadline);
    expect([machine.deferred.length, machine.timers.length]).toEqual([1, 0]);
    machine.turn();
    list.add(new Noting(40, () => {}));
    expect([machine.deferred.length, machine.timers.length]).toEqual([0, 1]);
  });

  it('needs no timer for what is over before the next turn of the event loop', () => {
    using machine = platform();
    const list = new DeadlineList();
    const deadline = new Noting(10, () => {});
    list.add(deadline);
    list.remove(deadline);
    machine.turn();
    expect(machine.timers).toEqual([]);
  });

  it('sets one timer for those that are added while another expires', () => {
    using machine = platform();
    const list = new DeadlineList();
    list.add(new Noting(10, () => list.add(new Noting(30, () => {}))));
    list.add(new Noting(20, () => {}));
    machine.turn();
    machine.time = 10;
    machine.timers[0]!.run();
    machine.turn();
    expect(machine.timers.map(({ ms }) => ms)).toEqual([10, 10]);
  });

  it('keeps the process alive, unless it is told not to', () => {
    using machine = platform();
    for (const keepAlive of [undefined, false, true])
      new DeadlineList(keepAlive).add(new Noting(10, () => {}));
    machine.turn();
    expect(machine.timers.map(({ keepAlive }) => keepAlive)).toEqual([true, false, true]);
  });

  it('waits once more for a timer that is early, and then takes its word for the time', () => {
    using machine = platform();
    const list = new DeadlineList();
    const expired: number[] = [];
    for (const instant of [10, 10, 30]) list.add(new Noting(instant, () => expired.push(instant)));
    machine.turn();
    machine.time = 9.4;
    machine.timers[0]!.run();
    expect([expired, machine.timers[1]!.ms]).toEqual([[], 1]);
    // The clock stands still; two are due all the same, and the third is not.
    machine.timers[1]!.run();
    expect(expired).toEqual([10, 10]);
    machine.turn();
    machine.time = 29;
    machine.timers[2]!.run();
    expect([expired.length, machine.timers[3]!.ms]).toEqual([2, 1]);
    machine.time = 30;
    machine.timers[3]!.run();
    expect(expired).toEqual([10, 10, 30]);
  });

  it('gives one that is due before others a timer of its own', async () => {
    using l = lab();
    const list = new DeadlineList();
    const expired: [string, number][] = [];
    for (const [name, instant] of [
      ['long', 100],
      ['short', 10],
      ['shorter', 5],
      ['long too', 100],
    ] as const) {
      list.add(new Noting(instant, () => expired.push([name, l.clock.now])));
    }
    await l.clock.advance(1_000);
    expect(expired).toEqual([
      ['shorter', 5],
      ['short', 10],
      ['long', 100],
      ['long too', 100],
    ]);
    expect(l.clock.timers).toBe(0);
  });

  it('loses nothing to clocks that come and go, and stops the timers of each', async () => {
    const list = new DeadlineList();
    const expired: string[] = [];
    const note = (name: string) => () => expired.push(name);
    const left = new Noting(10, note('left behind'));
    {
      using l = lab();
      list.add(left);
      await l.clock.advance(5);
    }
    using l = lab();
    list.add(new Noting(10, note('next')));
    list.remove(left);
    expect(l.clock.timers).toBe(1);
    await l.clock.advance(10);
    expect(expired).toEqual(['next']);
    expect(l.clock.timers).toBe(0);
  });
});

describe('a list of deadlines under fake timers', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('sets a timer for each at once, so that one step ends the first', () => {
    const list = new DeadlineList();
    const expired: number[] = [];
    for (const instant of [10, 10, 20])
      list.add(new Noting(now() + instant, () => expired.push(instant)));
    expect(vi.getTimerCount()).toBe(3);
    vi.advanceTimersToNextTimer();
    expect(expired).toEqual([10, 10]);
    vi.advanceTimersToNextTimer();
    expect([expired.length, vi.getTimerCount()]).toEqual([3, 0]);
  });

  it('stops the timer of one that is removed, before or after its end', () => {
    const list = new DeadlineList();
    const expired: number[] = [];
    const deadlines = [10, 20].map(
      (instant) => new Noting(now() + instant, () => expired.push(instant)),
    );
    for (const deadline of deadlines) list.add(deadline);
    list.remove(deadlines[0]!);
    list.remove(deadlines[0]!);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(20);
    list.remove(deadlines[1]!);
    expect(expired).toEqual([20]);
  });
});
