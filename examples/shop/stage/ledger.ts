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

interface Line {
  readonly event?: string;
  readonly pipeline?: string;
  readonly suppressed?: number;
}

/** The pipelines of the wrapped route. All their calls have ended when its users have left. */
const pipelines: readonly string[] = ['quotes-api', 'orders-db'];

export async function compareFailures(metrics: Scrape, logFile: string): Promise<Ledger> {
  let counted = 0;
  for (const pipeline of pipelines)
    for (const outcome of ['failure', 'timeout'])
      counted += metrics.sum('kedge_attempts_total', { pipeline, outcome });
  let lines = 0;
  let suppressed = 0;
  for await (const line of createInterface({ input: createReadStream(logFile) })) {
    const { event, pipeline = '', suppressed: more = 0 } = JSON.parse(line) as Line;
    if (event !== 'attempt.failed' || !pipelines.includes(pipeline)) continue;
    lines++;
    suppressed += more;
  }
  return { counted, lines, suppressed, agree: counted === lines + suppressed };
}
