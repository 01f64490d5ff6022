/** Failures that have not been kept by the journal yet: each fingerprint once, with how many it stands for. */
import type { Failure, FailureSeverity } from '../../failures/failure.ts';
import { LARGEST_COUNT } from './totals.ts';

/** One failure, ready to be sent. */
export interface Entry {
  readonly fingerprint: string;
  severity: FailureSeverity;
  json: string;
  bytes: number;
  count: number;
}

/** So much is held, what is being sent included. */
const MOST_RECORDS = 1_000;
const MOST_BYTES = 4_000_000;
/** So much goes into one request: more would hold up the event loop. */
const BATCH_RECORDS = 250;
const BATCH_BYTES = 1_000_000;

const ranks: Readonly<Record<FailureSeverity, number>> = {
  info: 0,
  warning: 1,
  error: 2,
  critical: 3,
};

export class Pending {
  private readonly waiting: Map<string, Entry> = new Map();
  private records = 0;
  private bytes = 0;
  private waitingBytes = 0;

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** Whether there is enough for a request. */
  get isBatch(): boolean {
    return this.waiting.size >= BATCH_RECORDS || this.waitingBytes >= BATCH_BYTES;
  }

  /** Whether no other failure can be held. */
  get isFull(): boolean {
    return this.records >= MOST_RECORDS || this.bytes >= MOST_BYTES;
  }

  /** Counts one that is waiting already, if it is no worse than that or nothing more fits in. It need not be described. */
  count(fingerprint: string, severity: FailureSeverity | undefined, count: number): boolean {
    const known = this.waiting.get(fingerprint);
    if (known === undefined) return false;
    if (severity !== undefined && ranks[severity] > ranks[known.severity] && !this.isFull)
      return false;
    add(known, count);
    return true;
  }

  /** Holds one more; of those of one fingerprint the first of the worst. Returns false where there is no room. */
  add(failure: Failure, count: number): boolean {
    const { fingerprint, severity } = failure;
    if (this.count(fingerprint, severity, count)) return true;
    const known = this.waiting.get(fingerprint);
    if (known === undefined && this.records >= MOST_RECORDS) return false;
    const json = JSON.stringify(failure);
    const bytes = Buffer.byteLength(json);
    const more = bytes - (known?.bytes ?? 0);
    if (this.bytes + more > MOST_BYTES) {
      if (known === undefined) return false;
      add(known, count);
      return true;
    }
    this.bytes += more;
    this.waitingBytes += more;
    if (known === undefined) {
      this.records++;
      this.waiting.set(fingerprint, {
        fingerprint,
        severity,
        json,
        bytes,
        count: Math.max(1, count),
      });
    } else {
      Object.assign(known, { severity, json, bytes });
      add(known, count);
    }
    return true;
  }

  /** Those of one request, the oldest first. They are held until `release`. */
  take(): Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    for (const entry of this.waiting.values()) {
      if (entries.length >= BATCH_RECORDS || bytes >= BATCH_BYTES) break;
      entries.push(entry);
      bytes += entry.bytes;
      this.waiting.delete(entry.fingerprint);
    }
    this.waitingBytes -= bytes;
    return entries;
  }

  /** They were kept, or will never be. */
  release(entries: readonly Entry[]): void {
    this.records -= entries.length;
    for (const { bytes } of entries) this.bytes -= bytes;
  }
}

function add(entry: Entry, count: number): void {
  entry.count = Math.min(LARGEST_COUNT, entry.count + count);
}
