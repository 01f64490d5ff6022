/** What time it was by the journal's clock, when clients say what it was by theirs. */

/** A client whose clock is this much off is only slow to send. */
const TOLERATED = 5_000;
/** No client keeps a failure for longer before it sends it. */
const OLDEST = 90 * 24 * 3_600_000;
const FIRST_DIGITS = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*(Z|[+-]\d\d:?\d\d)?$/;

/** Milliseconds since 1970 of seconds, or of ISO 8601 with any number of digits, with or without a zone. */
export function readTime(value: unknown): number | undefined {
  if (typeof value === 'number') return isTime(value * 1_000) ? value * 1_000 : undefined;
  if (typeof value !== 'string') return undefined;
  const [, digits, zone = 'Z'] = FIRST_DIGITS.exec(value.trim()) ?? [];
  if (digits === undefined) return undefined;
  const time = Date.parse(digits.replace(' ', 'T') + zone);
  return isTime(time) ? time : undefined;
}

const isTime = (ms: number): boolean => ms > 0 && ms < 8.64e15;

/**
 * The time of a failure, corrected by how far the client's clock was off when it sent it. A time that cannot be, in the
 * future or longer ago than any client waits, is that of the arrival.
 */
export function corrected(
  time: number | undefined,
  sentAt: number | undefined,
  received: number,
): number {
  if (time === undefined) return received;
  const offset = sentAt === undefined ? 0 : received - sentAt;
  const moved = Math.abs(offset) > TOLERATED ? time + offset : time;
  return moved > received || moved < received - OLDEST ? received : Math.round(moved);
}
