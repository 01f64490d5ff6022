/**
 * Limits that follow latency: kedge's own, and those of the libraries that have one, as their sources compute them with
 * their defaults. Only the arithmetic: permits and queues are the same for all.
 */
import { GradientLimit } from '../../src/mechanisms/gradient.ts';

export interface Limit {
  readonly limit: number;
  /** A call that took `latency` has ended at `time`, in milliseconds, when `inUse` were under way. */
  sample(latency: number, time: number, inUse: number): unknown;
}

const bounds = { initial: 20, min: 1, max: 200 };

export const algorithms: Readonly<Record<string, () => Limit>> = {
  kedge: () => new GradientLimit(bounds),
  'concurrency-limits, VegasLimit': () => new Vegas(),
  'concurrency-limits, Gradient2Limit': () => new Gradient2(),
  'failsafe-go, AdaptiveLimiter': () => new FailsafeGo(),
};

const bounded = (limit: number): number => Math.min(bounds.max, Math.max(bounds.min, limit));
const atLeastOne = (value: number): number => Math.max(1, value);

/** Collects the calls of a second at least, and then lets the limit follow. */
abstract class Windowed implements Limit {
  limit = bounds.initial;
  private begun: number | undefined = undefined;
  private latencies: number[] = [];
  private inflight = 0;
  private readonly enough: number;

  constructor(enough: number) {
    this.enough = enough;
  }

  sample(latency: number, time: number, inUse: number): void {
    this.begun ??= time;
    this.latencies.push(latency);
    this.inflight = Math.max(this.inflight, inUse);
    if (time - this.begun < this.length || this.latencies.length < this.enough) return;
    this.limit = bounded(this.next(this.latencies, this.inflight, inUse >= Math.floor(this.limit)));
    this.begun = time;
    this.latencies = [];
    this.inflight = 0;
  }

  protected get length(): number {
    return 1_000;
  }

  protected abstract next(latencies: number[], inflight: number, full: boolean): number;
}

/** The limit that Netflix's library recommends for clients; forgets its minimum now and then. */
class Vegas extends Windowed {
  private idle = Infinity;
  private windows = 0;
  private jitter = 0.75;

  constructor() {
    super(10);
  }

  protected override next(latencies: number[], inflight: number): number {
    const { limit } = this;
    const latency = mean(latencies);
    if (++this.windows >= this.jitter * 30 * limit || latency < this.idle) {
      this.windows = 0;
      this.idle = latency;
      return limit;
    }
    if (inflight * 2 < limit) return limit;
    const log = atLeastOne(Math.log10(limit));
    const queue = Math.ceil(limit * (1 - this.idle / latency));
    if (queue <= log) return limit + 6 * log;
    if (queue < 3 * log) return limit + log;
    return queue > 6 * log ? limit - log : limit;
  }
}

/** Compares with an average of the last ten minutes. */
class Gradient2 extends Windowed {
  private readonly average = new Average(600);

  constructor() {
    super(10);
  }

  protected override next(latencies: number[], inflight: number): number {
    const { limit } = this;
    const latency = mean(latencies);
    const long = this.average.add(latency);
    if (long / latency > 2) this.average.value *= 0.95;
    if (inflight < limit / 2) return limit;
    const gradient = Math.max(0.5, Math.min(1, (1.5 * long) / latency));
    return limit * 0.8 + (limit * gradient + 4) * 0.2;
  }
}

/** Watches besides whether more calls at once bring more throughput, or only more latency. */
class FailsafeGo extends Windowed {
  private readonly medians: number[] = [];
  private readonly smoothed = new Average(5);
  private readonly baseline = new Average(10);
  private readonly throughput = new Correlation();
  private readonly latency = new Correlation();
  private least = 0;

  constructor() {
    super(50);
  }

  protected override get length(): number {
    return Math.min(30_000, Math.max(1_000, 2 * this.least));
  }

  protected override next(latencies: number[], inflight: number, full: boolean): number {
    const { limit } = this;
    const sorted = latencies.toSorted((one, other) => one - other);
    this.least = sorted[0]!;
    this.medians.push(sorted[Math.floor(sorted.length * 0.9)]!);
    if (this.medians.length > 5) this.medians.shift();
    const latency = this.smoothed.add(median(this.medians));
    const log = atLeastOne(Math.floor(Math.log10(limit)));
    const queue = Math.ceil(limit * (1 - this.baseline.add(latency) / latency));
    const throughput = this.throughput.add(inflight, inflight / latency);
    const rises = this.latency.add(inflight, latency).correlation > 0.5;
    const useless =
      throughput.correlation < 0 ||
      (rises && (throughput.correlation < 0.3 || throughput.variation < 0.2));
    const change = queue > 6 * log || (full && useless) ? -log : queue < 3 * log ? log : 0;
    return limit + change > inflight * 5 ? limit - log : limit + change;
  }
}

/** An exponential average that begins as the mean of its first ten values. */
class Average {
  value = 0;
  private count = 0;
  private readonly age: number;

  constructor(age: number) {
    this.age = age;
  }

  add(value: number): number {
    const weight = ++this.count <= 10 ? 1 / this.count : 2 / (this.age + 1);
    this.value += (value - this.value) * weight;
    return this.value;
  }
}

/** How one value of the last fifty windows goes with another, and how much it varies. */
class Correlation {
  private readonly pairs: (readonly [number, number])[] = [];

  add(one: number, other: number): { readonly correlation: number; readonly variation: number } {
    this.pairs.push([one, other]);
    if (this.pairs.length > 50) this.pairs.shift();
    if (this.pairs.length < 10) return { correlation: 0, variation: NaN };
    const means = [mean(this.pairs.map(([x]) => x)), mean(this.pairs.map(([, y]) => y))] as const;
    const away = this.pairs.map(([x, y]) => [x - means[0], y - means[1]] as const);
    const deviations = [
      Math.sqrt(mean(away.map(([x]) => x * x))),
      Math.sqrt(mean(away.map(([, y]) => y * y))),
    ] as const;
    const variation = deviations[1] / means[1];
    const flat = deviations[0] / means[0] < 0.01 || variation < 0.01;
    const together = mean(away.map(([x, y]) => x * y));
    return { correlation: flat ? 0 : together / (deviations[0] * deviations[1]), variation };
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!;
}
