/** Keeps a log readable, and its process alive, when much of the same happens at once. */
import process from 'node:process';
import { type AsyncContext, capture, within } from '../../core/async-context.ts';
import { now, Timer } from '../../core/time.ts';

/** What is written, besides the message. */
export type Line = Record<string, unknown>;

/** A line, ready to be written. */
export interface Ready {
  readonly line: Line;
  write(line: Line): void;
}

/** A line that waits for the end of its period, and stands for those after it. */
interface Held extends Ready {
  /** The logger may look for the request that it belongs to. */
  readonly ambient: AsyncContext;
  suppressed: number;
}

/** The lines of one sort in the present period. */
interface Bucket {
  lines: number;
  held: Held | undefined;
}

const MOST_BUCKETS = 1_000;

/**
 * Writes at most `burst` lines of one sort in a period at once. The next one is held back until the period is over, and
 * then says how many more there were. So every event is a line, or counted in one.
 */
export class LogRateLimiter {
  private readonly burst: number;
  private readonly period: number;
  private buckets: Map<string, Bucket> = new Map();
  private since = -Infinity;
  private timer: Timer | undefined = undefined;

  /** `period` is in milliseconds. */
  constructor(burst: number, period: number) {
    this.burst = burst;
    this.period = period;
  }

  /**
   * Returns false when the line was held back for good: then it was not even built. `sort` stands in for `identity` when
   * there are too many of those.
   */
  pass(sort: string, identity: string, build: () => Ready): boolean {
    const time = now();
    // A clock that was exchanged for another may be behind.
    if (time - this.since >= this.period || time < this.since) {
      this.flush();
      this.since = time;
    }
    const bucket = this.bucketOf(sort, identity);
    if (bucket.lines < this.burst) {
      bucket.lines++;
      const { line, write } = build();
      write(line);
    } else if (bucket.held === undefined) {
      bucket.held = { ...build(), ambient: capture(), suppressed: 0 };
      this.watch(this.since + this.period - time);
    } else {
      bucket.held.suppressed++;
      return false;
    }
    return true;
  }

  /** Writes what is held back. */
  flush(): void {
    const { buckets } = this;
    this.buckets = new Map();
    this.since = -Infinity;
    if (this.timer === undefined) return;
    this.timer.stop();
    this.timer = undefined;
    process.off('exit', this.end);
    for (const { held } of buckets.values()) if (held !== undefined) writeHeld(held);
  }

  private readonly end = (): void => this.flush();

  private watch(ms: number): void {
    if (this.timer !== undefined) return;
    this.timer = new Timer(this.end, ms, false);
    // The timer lets the process end; the count must not be lost by that.
    process.once('exit', this.end);
  }

  private bucketOf(sort: string, identity: string): Bucket {
    let key = `${sort}\n${identity}`;
    let bucket = this.buckets.get(key);
    if (bucket !== undefined) return bucket;
    // Failures of which each is another one are a storm too.
    if (this.buckets.size >= MOST_BUCKETS) {
      key = sort;
      bucket = this.buckets.get(key);
    }
    if (bucket === undefined) this.buckets.set(key, (bucket = { lines: 0, held: undefined }));
    return bucket;
  }
}

function writeHeld({ line, write, ambient, suppressed }: Held): void {
  if (suppressed > 0) line['suppressed'] = suppressed;
  try {
    within(ambient, () => write(line));
  } catch {
    // Nobody is there to hear of it, and the lines before have thrown where it was heard of.
  }
}
