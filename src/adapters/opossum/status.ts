import { EventEmitter } from 'node:events';
import { epoch, now } from '../../core/time.ts';
import { repeating } from './repeating.ts';

/** What was counted in one slice of the window. */
export interface Bucket {
  failures: number;
  fallbacks: number;
  successes: number;
  rejects: number;
  fires: number;
  timeouts: number;
  cacheHits: number;
  cacheMisses: number;
  coalesceCacheHits: number;
  coalesceCacheMisses: number;
  semaphoreRejections: number;
  percentiles: { [percentile: number]: number };
  latencyTimes: number[];
  isCircuitBreakerOpen?: boolean;
}

/** The counts of the whole window. */
export interface Stats extends Bucket {
  latencyMean: number;
}

export type Window = Bucket[];

export interface StatusOptions {
  /** Into how many slices the window is divided. @default 10 */
  rollingCountBuckets?: number | undefined;
  /** How long the window is, in milliseconds. @default 10_000 */
  rollingCountTimeout?: number | undefined;
  /** Whether means and percentiles are worked out; else they are -1. @default true */
  rollingPercentilesEnabled?: boolean | undefined;
  /** Whether `snapshot` is emitted, once a slice. @default true */
  enableSnapshots?: boolean | undefined;
  /** Moves the window on by its `rotate` events, in place of the time. */
  rotateBucketController?: EventEmitter | undefined;
  /** Counts to begin with. */
  stats?: Partial<Stats> | undefined;
}

export type Counter = Exclude<
  keyof Bucket,
  'percentiles' | 'latencyTimes' | 'isCircuitBreakerOpen'
>;

const percentiles = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 1];
const timed: ReadonlySet<Counter> = new Set(['successes', 'failures', 'timeouts']);

function emptyBucket(): Bucket {
  return {
    failures: 0,
    fallbacks: 0,
    successes: 0,
    rejects: 0,
    fires: 0,
    timeouts: 0,
    cacheHits: 0,
    cacheMisses: 0,
    coalesceCacheHits: 0,
    coalesceCacheMisses: 0,
    semaphoreRejections: 0,
    percentiles: {},
    latencyTimes: [],
  };
}

/** Calls that a full semaphore refused: they show nothing of the dependency. */
interface Refused {
  fires: number;
  failures: number;
}

/**
 * The rolling window of a breaker. It moves on when somebody looks, without a timer, and keeps sums, so that a failure
 * costs the same whatever it holds. A timer runs while somebody listens to `snapshot`.
 */
export class Status extends EventEmitter {
  readonly rollingPercentilesEnabled: boolean;
  readonly enableSnapshots: boolean;
  readonly rotateBucketController: EventEmitter | undefined;
  /** Begins a new slice. */
  readonly rotateBucket: () => void = () => this.rotate();
  private readonly buckets: Bucket[];
  private readonly refused: Refused[];
  private readonly sum: Refused = { fires: 0, failures: 0 };
  private readonly interval: number;
  /** When the present slice began, on the scale of the first clock. */
  private since: number;
  private stopSnapshots: (() => void) | undefined = undefined;
  private isShutdown = false;

  constructor(options: StatusOptions = {}) {
    super();
    const length = options.rollingCountBuckets || 10;
    this.interval = Math.max(1, Math.floor((options.rollingCountTimeout || 10_000) / length));
    this.buckets = Array.from({ length }, emptyBucket);
    this.refused = Array.from({ length }, () => ({ fires: 0, failures: 0 }));
    this.rollingPercentilesEnabled = options.rollingPercentilesEnabled !== false;
    this.enableSnapshots = options.enableSnapshots !== false;
    this.rotateBucketController = options.rotateBucketController;
    this.since = now() - epoch;
    if (options.stats !== undefined) {
      const first = { ...emptyBucket(), ...options.stats };
      this.buckets[0] = first;
      this.sum.fires = first.fires;
      this.sum.failures = first.failures;
    }
    this.startListeneningForRotateEvent();
    if (this.enableSnapshots) {
      super.on('newListener', (event) => event === 'snapshot' && this.startSnapshots());
      super.on('removeListener', () => {
        if (this.listenerCount('snapshot') === 0) this.stopSnapshots?.();
      });
    }
  }

  /** The counts of the window, with percentiles of the latencies. */
  get stats(): Stats {
    this.catchUp();
    const totals = { ...emptyBucket(), latencyMean: -1 };
    const latencies: number[][] = [];
    for (const bucket of this.buckets) {
      for (const name of counters) totals[name] += bucket[name] || 0;
      if (bucket.latencyTimes !== undefined) latencies.push(bucket.latencyTimes);
    }
    const times = this.rollingPercentilesEnabled
      ? latencies.flat().toSorted((one, other) => one - other)
      : undefined;
    if (times !== undefined) {
      totals.latencyTimes = times;
      totals.latencyMean = times.reduce((sum, each) => sum + each, 0) / times.length || 0;
    }
    for (const percentile of percentiles)
      totals.percentiles[percentile] = times === undefined ? -1 : percentileOf(times, percentile);
    return totals;
  }

  /** The slices, the latest first. */
  get window(): Window {
    this.catchUp();
    return this.buckets.slice();
  }

  /** The fires and failures of the window that say something of the dependency. */
  judged(): Readonly<Refused> {
    this.catchUp();
    return this.sum;
  }

  increment(name: Counter, latency?: number): void {
    if (this.isShutdown) return;
    this.catchUp();
    const bucket = this.buckets[0] as Bucket;
    bucket[name]++;
    if (name === 'fires' || name === 'failures') this.sum[name]++;
    if (timed.has(name)) bucket.latencyTimes.push(latency || 0);
  }

  /** Takes a fire, or the failure that it ends with, out of what is judged. */
  excuse(name: keyof Refused): void {
    if (this.isShutdown) return;
    this.catchUp();
    (this.refused[0] as Refused)[name]++;
    this.sum[name]--;
  }

  open(): void {
    this.mark(true);
  }

  close(): void {
    this.mark(false);
  }

  shutdown(): void {
    this.catchUp();
    this.isShutdown = true;
    this.removeAllListeners();
    this.stopSnapshots?.();
    this.removeRotateBucketControllerListener();
  }

  removeRotateBucketControllerListener(): void {
    this.rotateBucketController?.removeListener('rotate', this.rotateBucket);
  }

  // Spelled as in opossum.
  startListeneningForRotateEvent(): void {
    const { rotateBucketController: controller, rotateBucket } = this;
    if (controller?.listeners('rotate').includes(rotateBucket) === false)
      controller.on('rotate', rotateBucket);
  }

  private mark(isOpen: boolean): void {
    this.catchUp();
    (this.buckets[0] as Bucket).isCircuitBreakerOpen = isOpen;
  }

  private catchUp(): void {
    if (this.rotateBucketController !== undefined || this.isShutdown) return;
    const passed = Math.floor((now() - epoch - this.since) / this.interval);
    if (passed <= 0) return;
    this.since += passed * this.interval;
    for (let slice = Math.min(passed, this.buckets.length); slice > 0; slice--) this.rotate();
  }

  private rotate(): void {
    const gone = this.buckets.pop() as Bucket;
    const excused = this.refused.pop() as Refused;
    this.sum.fires -= gone.fires - excused.fires;
    this.sum.failures -= gone.failures - excused.failures;
    this.buckets.unshift(emptyBucket());
    this.refused.unshift({ fires: 0, failures: 0 });
  }

  private startSnapshots(): void {
    if (this.stopSnapshots !== undefined) return;
    this.catchUp();
    const first = this.interval - (now() - epoch - this.since);
    const stop = repeating(
      () => this.emit('snapshot', this.stats),
      this.interval,
      this.rotateBucketController === undefined ? first : this.interval,
    );
    this.stopSnapshots = () => {
      this.stopSnapshots = undefined;
      stop();
    };
  }
}

const counters = Object.entries(emptyBucket()).flatMap(([name, value]) =>
  typeof value === 'number' ? [name as Counter] : [],
);

function percentileOf(sorted: readonly number[], percentile: number): number {
  const index = percentile === 0 ? 0 : Math.ceil(percentile * sorted.length) - 1;
  return sorted[index] || 0;
}
