/** By what people recognise a group. */
import { clean } from './redact.ts';
import { cutAt } from './reading.ts';
import type { FailureRecord } from './record.ts';

const LONGEST = 250;

/** `OrderError: order 8123 failed`, the first line of it. */
export function titleOf({ exceptions: [thrown], message }: FailureRecord): string {
  const said = thrown?.message || message || '';
  const type = thrown?.type ?? '';
  const title = [type, said].filter(Boolean).join(': ').split('\n', 1)[0]?.trim() || '(no message)';
  return title.length > LONGEST ? cutAt(title, LONGEST) : title;
}

/** Where it was: the innermost function of the application, else the route. */
export function culpritOf({ exceptions: [thrown], transaction, logger }: FailureRecord): string {
  const frame = thrown?.frames.findLast(({ inApp }) => inApp);
  if (frame === undefined) return transaction ?? logger ?? '';
  const file = /[^/\\]+$/.exec(frame.file)?.[0] ?? frame.module ?? '';
  return clean(frame.function === undefined ? file : `${frame.function} in ${file}`);
}
