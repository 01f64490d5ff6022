import { retryBudget, type RetryBudget, type RetryBudgetOptions } from 'kedge';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fc, runs } from '../support/property.ts';
import { lab } from '../support/lab.ts';

/** How many withdrawals in a row are paid. */
function drain(budget: RetryBudget, time?: number): number {
  let paid = 0;
  while (paid < 10_000 && budget.withdraw(time)) paid++;
  return paid;
}

beforeEach(() => {
  // Buckets begin at a random phase; at zero a test can say when they turn.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

describe('retryBudget', () => {
  it('has a reserve of ten for a beginning', () => {
    using l = lab();
    expect(l.clock.now).toBe(0);
    expect(drain(retryBudget())).toBe(10);
  });

  it('pays half a withdrawal for each success of the last ten seconds, before it touches the reserve', () => {
    using l = lab();
    expect(l.clock.now).toBe(0);
    const budget = retryBudget();
    for (let each = 0; each < 100; each++) budget.deposit();
    expect(drain(budget)).toBe(60);
  });

  it('forgets successes that are older than its window, and what they paid for with them', async () => {
    using l = lab();
    const budget = retryBudget({ reserve: 0 });
    for (let each = 0; each < 100; each++) budget.deposit();
    expect(drain(budget)).toBe(50);
    await l.clock.advance(5_000);
    for (let each = 0; each < 10; each++) budget.deposit();
    expect(drain(budget)).toBe(5);
    await l.clock.advance(5_000);
    // The first hundred are gone, and so are the fifty that they paid for; ten and five are left.
    expect(drain(budget)).toBe(0);
    for (let each = 0; each < 2; each++) budget.deposit();
    expect(drain(budget)).toBe(1);
    await l.clock.advance(10_000);
    expect(drain(budget)).toBe(0);
  });

  it('fills its reserve by a tenth a second, up to ten', async () => {
    using l = lab();
    const budget = retryBudget();
    drain(budget);
    await l.clock.advance(9_999);
    expect(budget.withdraw()).toBe(false);
    await l.clock.advance(1);
    expect(budget.withdraw()).toBe(true);
    expect(budget.withdraw()).toBe(false);
    await l.clock.advance(86_400_000);
    expect(drain(budget)).toBe(10);
  });

  it('fills it by as much whether it is asked often or seldom', async () => {
    using l = lab();
    const options = { refill: 0.5, reserve: 100 };
    const [often, seldom] = [retryBudget(options), retryBudget(options)];
    drain(often);
    drain(seldom);
    for (let each = 0; each < 80; each++) {
      await l.clock.advance(250);
      often.available();
    }
    expect([drain(often), drain(seldom)]).toEqual([10, 10]);
  });

  it('takes its options', () => {
    using l = lab();
    expect(l.clock.now).toBe(0);
    expect(drain(retryBudget({ reserve: 3 }))).toBe(3);
    expect(drain(retryBudget({ reserve: 0 }))).toBe(0);
    expect(drain(retryBudget({ reserve: 2.5 }))).toBe(2);
    const ratio = retryBudget({ ratio: 0.2, reserve: 0 });
    for (let each = 0; each < 9; each++) ratio.deposit();
    expect(drain(ratio)).toBe(1);
    ratio.deposit();
    expect(drain(ratio)).toBe(1);
    const generous = retryBudget({ ratio: 3, reserve: 0 });
    generous.deposit();
    expect(drain(generous)).toBe(3);
  });

  it('shows the share of what it could hold that is left', async () => {
    using l = lab();
    const budget = retryBudget();
    expect(budget.available()).toBe(1);
    for (let each = 0; each < 5; each++) budget.withdraw();
    expect(budget.available()).toBeCloseTo(0.5);
    for (let each = 0; each < 20; each++) budget.deposit();
    expect(budget.available()).toBeCloseTo(0.75);
    drain(budget);
    expect(budget.available()).toBe(0);
    await l.clock.advance(1_000_000);
    expect(budget.available()).toBe(1);
    expect(retryBudget({ reserve: 0 }).available()).toBe(0);
  });

  it('can be reconfigured, and keeps what was paid in and out', async () => {
    using l = lab();
    const budget = retryBudget({ reserve: 5 });
    for (let each = 0; each < 10; each++) budget.deposit();
    for (let each = 0; each < 6; each++) budget.withdraw();
    budget.reconfigure({ ratio: 1 });
    // Ten successes now pay for ten, five of which are spent; of the reserve one is gone.
    expect(drain(budget)).toBe(9);
    budget.reconfigure({ reserve: 2 });
    expect(drain(budget)).toBe(0);
    await l.clock.advance(1_000_000);
    expect(drain(budget)).toBe(2);
  });

  it('keeps its successes when its window gets longer', async () => {
    using l = lab();
    const budget = retryBudget({ reserve: 0, ratio: 1 });
    for (let each = 0; each < 10; each++) {
      budget.deposit();
      await l.clock.advance(900);
    }
    budget.reconfigure({ window: { duration: 60_000 } });
    budget.deposit();
    expect(drain(budget)).toBe(11);
  });

  it('does not bring back what had left its window before it got longer', async () => {
    using l = lab();
    const budget = retryBudget({ reserve: 0, ratio: 1 });
    for (let each = 0; each < 10; each++) budget.deposit();
    await l.clock.advance(20_000);
    budget.reconfigure({ window: { duration: 60_000 } });
    expect(drain(budget)).toBe(0);
  });

  it('lets successes go by its new window once that is shorter or longer', async () => {
    using l = lab();
    const [shorter, longer] = [retryBudget({ reserve: 0 }), retryBudget({ reserve: 0 })];
    shorter.reconfigure({ window: { duration: 100 } });
    longer.reconfigure({ window: { duration: 60_000 } });
    for (const budget of [shorter, longer]) for (let each = 0; each < 4; each++) budget.deposit();
    await l.clock.advance(100);
    expect([shorter.available(), longer.available()]).toEqual([0, 1]);
    await l.clock.advance(50_000);
    expect(drain(longer)).toBe(2);
  });

  it('refuses what cannot be, also later, and then stays as it was', () => {
    using l = lab();
    expect(l.clock.now).toBe(0);
    const budget = retryBudget({ reserve: 1 });
    expect(() => budget.reconfigure({ ratio: -1 })).toThrow(RangeError);
    expect(() => budget.reconfigure({ rate: 1 } as never)).toThrow(TypeError);
    expect(() => budget.reconfigure({ window: 5 } as never)).toThrow('`window` to be { duration }');
    expect(() => budget.reconfigure({ window: {} } as never)).toThrow('`duration` is required');
    expect(drain(budget)).toBe(1);
  });

  it('never pays more than successes and reserve allow, whatever happens', () => {
    using l = lab();
    expect(l.clock.now).toBe(0);
    const options = fc.record({
      ratio: fc.constantFrom(0, 0.1, 0.5, 1, 2),
      window: fc.record({ duration: fc.constantFrom(100, 1_000, 10_000) }),
      reserve: fc.constantFrom(0, 1, 10),
      refill: fc.constantFrom(0, 0.1, 5),
    });
    const step = fc.oneof(
      fc.record({ do: fc.constant('deposit' as const), times: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ do: fc.constant('withdraw' as const), times: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ do: fc.constant('pass' as const), times: fc.integer({ min: 1, max: 15_000 }) }),
    );
    fc.assert(
      fc.property(
        options,
        fc.array(step, { maxLength: 40 }),
        (given: Required<RetryBudgetOptions>, steps) => {
          const budget = retryBudget(given);
          let time = 0;
          let deposits = 0;
          let paid = 0;
          for (const { do: what, times } of steps) {
            if (what === 'pass') time += times;
            else
              for (let each = 0; each < times; each++) {
                if (what === 'deposit') {
                  budget.deposit(time);
                  deposits++;
                } else if (budget.withdraw(time)) paid++;
              }
            const share = budget.available(time);
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(1);
          }
          const { ratio, reserve, refill } = given;
          expect(paid).toBeLessThanOrEqual(
            ratio * deposits + reserve + (refill * time) / 1_000 + 1e-6,
          );
        },
      ),
      runs(1_000),
    );
  });

  it('has filled up by the old rate until it gets a new one', async () => {
    using l = lab();
    const budget = retryBudget({ reserve: 10, refill: 0.1 });
    while (budget.withdraw());
    await l.clock.advance(20_000);
    budget.reconfigure({ refill: 1 });
    expect(budget.available()).toBeCloseTo(0.2, 10);
    await l.clock.advance(3_000);
    expect(budget.available()).toBeCloseTo(0.5, 10);
  });

  it('goes back to the default of an option that null takes away', () => {
    using l = lab();
    expect(l.clock.now).toBe(0);
    const budget = retryBudget({ ratio: 3, reserve: 0 });
    budget.deposit();
    budget.deposit();
    budget.reconfigure({ ratio: null });
    expect(drain(budget)).toBe(1);
  });

  it('does not look again at the window that it was given', async () => {
    using l = lab();
    const window = { duration: 1_000 };
    const budget = retryBudget({ window, reserve: 0, ratio: 1 });
    window.duration = 60_000;
    budget.reconfigure({ ratio: 2 });
    budget.deposit();
    await l.clock.advance(1_000);
    expect(drain(budget)).toBe(0);
  });

  it('loses nothing of its reserve to a clock that goes back', () => {
    using l = lab();
    expect(l.clock.now).toBe(0);
    const budget = retryBudget({ refill: 1 });
    expect(budget.available(1_000_000)).toBe(1);
    expect(budget.available(0)).toBe(1);
    expect(budget.available(-1_000_000)).toBe(1);
  });
});
