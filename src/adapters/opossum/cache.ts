import { epoch, now, wall } from '../../core/time.ts';

/** Where a breaker keeps answers. `ttl` is the instant until which one counts, in wall time, or 0 for no end. */
export interface CacheTransport {
  get(key: string): unknown;
  set(key: string, value: any, ttl: number): void;
  flush(): void;
}

interface Entry {
  readonly value: unknown;
  /** On the scale of the first clock there was; steps of the wall clock do not move it. */
  readonly until: number;
}

/** The cache of a breaker that is given none. */
export class MemoryCache implements CacheTransport {
  private readonly entries: Map<string, Entry> = new Map();
  private readonly maxEntries: number;

  constructor(maxEntries: number = 2 ** 24 - 1) {
    this.maxEntries = maxEntries;
  }

  get(key: string): unknown {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > now() - epoch) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  set(key: string, value: unknown, ttl: number): void {
    if (this.entries.size === this.maxEntries && this.get(key) === undefined) {
      for (const oldest of this.entries.keys()) {
        this.entries.delete(oldest);
        break;
      }
    }
    const until = ttl === 0 ? Infinity : now() - epoch + (ttl - wall());
    this.entries.set(key, { value, until });
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  flush(): void {
    this.entries.clear();
  }
}
