/**
 * Whether the log tells of every failure that the metrics count, and of no other.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Scrape } from './scrape.ts';

export interface Ledger {
  /** Failed attempts by the counters. */
  readonly counted: number;
  /** Failed attempts by the log: lines, and what those of a storm say how many more there were. */
  readonly lines: number;
  readonly suppressed: number;
  readonly agree: boolean;
}

export async function compareFailures(metrics: Scrape, logFile: string): Promise<Ledger> {
  const counted =
    metrics.sum('kedge_attempts_total', { outcome: 'failure' }) +
    metrics.sum('kedge_attempts_total', { outcome: 'timeout' });
  let lines = 0;
  let suppressed = 0;
  for await (const line of createInterface({ input: createReadStream(logFile) })) {
    const record = JSON.parse(line) as { event?: string; suppressed?: number };
    if (record.event !== 'attempt.failed') continue;
    lines++;
    suppressed += record.suppressed ?? 0;
  }
  return { counted, lines, suppressed, agree: counted === lines + suppressed };
}
