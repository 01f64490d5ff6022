/**
 * A limit on the extra load that retries, hedges and waits for an open circuit may be.
 */
import { finiteDuration, nonNegative, readOptions } from '../core/options.ts';
import { now } from '../core/time.ts';

export interface RetryBudgetOptions {
  /** How many extra calls each success of the window pays for. @default 0.5 */
  ratio?: number;
  /** How long a success counts, in milliseconds. @default 10_000 */
  window?: number;
  /** How many extra calls can be made beyond what successes pay for. @default 10 */
  reserve?: number;
  /** How many calls a second the reserve fills up by. @default 0.1 */
  refill?: number;
}

/** What may be spent on extra calls; several policies can share one. */
export interface RetryBudget {
  /** Pays in for a success. */
  deposit(time?: number): void;
  /** Takes the price of one extra call. Returns false when there is not enough. */
  withdraw(time?: number): boolean;
  /** The share of what the budget could hold at this moment that is left, 0–1. */
  available(time?: number): number;
  /** Changes options; what was paid in and out stays. */
  reconfigure(options: RetryBudgetOptions): void;
}

const buckets = 10;
const defaults = { ratio: 0.5, window: 10_000, reserve: 10, refill: 0.1 };
const rules = { ratio: nonNegative, window: finiteDuration, reserve: nonNegative, refill: nonNegative };

/**
 * A budget in two tiers: at most `ratio` extra calls for each success of the last `window`, and beyond that a
 * small reserve that refills slowly.
 *
 * So a brownout is bridged, a dead or overloaded dependency is left alone, and a lone caller still gets its
 * attempts. The first tier is that of Finagle's `RetryBudget` and of gRFC A6.
 *
 * @example
 * const budget = retryBudget({ ratio: 0.2 });
 * pipeline('quotes', retry({ budget }), circuitBreaker());
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  return new TwoTierBudget(options);
}

class TwoTierBudget implements RetryBudget {
  private options: Readonly<Required<RetryBudgetOptions>>;
  private readonly paidIn: number[] = new Array<number>(buckets).fill(0);
  private readonly paidOut: number[] = new Array<number>(buckets).fill(0);
  private successes = 0;
  private spent = 0;
  private current = 0;
  private end = -Infinity;
  private reserve: number;
  private filledAt: number = now();
  /** Where this budget's buckets begin: those of a fleet that started together must not turn over together. */
  private readonly phase: number = Math.random();

  constructor(options: RetryBudgetOptions) {
    this.options = readOptions<Required<RetryBudgetOptions>>('retryBudget', options, defaults, rules);
    this.reserve = this.options.reserve;
  }

  deposit(time: number = now()): void {
    if (time >= this.end) this.advance(time);
    const bucket = this.current % buckets;
    this.paidIn[bucket] = (this.paidIn[bucket] as number) + 1;
    this.successes++;
  }

  withdraw(time: number = now()): boolean {
    this.refill(time);
    if (this.spent + 1 <= this.options.ratio * this.successes) {
      const bucket = this.current % buckets;
      this.paidOut[bucket] = (this.paidOut[bucket] as number) + 1;
      this.spent++;
      return true;
    }
    if (this.reserve < 1) return false;
    this.reserve--;
    return true;
  }

  available(time: number = now()): number {
    this.refill(time);
    const earned = this.options.ratio * this.successes;
    const most = earned + this.options.reserve;
    return most === 0 ? 0 : Math.min(1, (Math.max(0, earned - this.spent) + this.reserve) / most);
  }

  reconfigure(options: RetryBudgetOptions): void {
    this.refill(now());
    this.options = readOptions<Required<RetryBudgetOptions>>('retryBudget', options, this.options, rules);
    this.reserve = Math.min(this.reserve, this.options.reserve);
    // The buckets keep their counts and get the new width from the present one on.
    const width = this.options.window / buckets;
    const moved = Math.floor(now() / width + this.phase);
    const turn = (counts: number[]): void => {
      const ordered = counts.map((_, age) => counts[(this.current - age + buckets * 2) % buckets] as number);
      ordered.forEach((count, age) => {
        counts[(((moved - age) % buckets) + buckets) % buckets] = count;
      });
    };
    turn(this.paidIn);
    turn(this.paidOut);
    this.current = moved;
    this.end = (moved + 1 - this.phase) * width;
  }

  private refill(time: number): void {
    const { reserve, refill } = this.options;
    this.reserve = Math.min(reserve, this.reserve + ((time - this.filledAt) / 1_000) * refill);
    this.filledAt = time;
    if (time >= this.end) this.advance(time);
  }

  private advance(time: number): void {
    const width = this.options.window / buckets;
    const target = Math.floor(time / width + this.phase);
    const passed = Math.min(buckets, target - this.current);
    for (let step = 1; step <= passed; step++) {
      const bucket = (target - passed + step) % buckets;
      this.successes -= this.paidIn[bucket] as number;
      this.spent -= this.paidOut[bucket] as number;
      this.paidIn[bucket] = this.paidOut[bucket] = 0;
    }
    this.current = target;
    this.end = (target + 1 - this.phase) * width;
  }
}
