import { describe, expect, it } from 'vitest';
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

  it('does not keep the process alive', () => {
    using machine = platform();
    const list = new DeadlineList();
    list.add(new Noting(10, () => {}));
    machine.turn();
    expect(machine.timers.map(({ keepAlive }) => keepAlive)).toEqual([false]);
  });
});
