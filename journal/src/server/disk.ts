/** How much room there is, before there is none. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Disk {
  readonly free: number;
  readonly total: number;
}

export function diskOf(file: string): Disk {
  const { bavail, blocks, bsize } = statfsSync(dirname(file));
  return { free: bavail * bsize, total: blocks * bsize };
}

/** As a sentence, while there is still time. */
export function alarmOf({ free, total }: Disk): string | undefined {
  if (free >= LEAST_FREE * total) return undefined;
  const gigabytes = (free / 1e9).toFixed(1);
  return `The disk is nearly full: ${gigabytes} GB are free. The oldest failures are deleted, and below 5 % nothing more may be kept.`;
}

const LEAST_FREE = 0.15;

/** What the database may take: no more than it was told, and what leaves 15 % of the disk free. */
export function allowedBytes(maxSize: number, bytes: number, { free, total }: Disk): number {
  return Math.max(0, Math.min(maxSize, bytes + free - LEAST_FREE * total));
}
