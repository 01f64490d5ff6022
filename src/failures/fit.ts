import { fold } from './redact/names.ts';
import type { Draft, Failure, FailureCause } from './failure.ts';

export const MOST_BYTES: number = 32 * 1_024;
/** Everything with a length of its own: ids, names, tags, runtime, quotes and braces. */
const REST = 12_000;
/** What one character can take in JSON: `\u0000`. */
const WORST = 6;

/**
 * Shortens what is long until the record, as JSON, is within `bytes`. Most are without looking closely. Ids, kinds and the
 * tags that the caller has named stay.
 */
export function fit(failure: Draft, bytes: number, kept: ReadonlySet<string>): Failure {
  let characters = failure.message.length + (failure.stack?.length ?? 0);
  for (const { message, stack } of failure.causes)
    characters += message.length + (stack?.length ?? 0);
  if (characters * WORST + REST <= bytes) return failure;
  // The least telling goes first. After the last step every text is short enough in any script.
  for (const shorten of steps) {
    if (Buffer.byteLength(JSON.stringify(failure)) <= bytes) break;
    shorten(failure, kept);
  }
  return failure;
}

type Step = (failure: Draft, kept: ReadonlySet<string>) => void;

const steps: readonly Step[] = [
  (failure) => {
    failure.causes = failure.causes.map(withoutStack);
  },
  (failure) => {
    failure.causes = failure.causes
      .slice(0, 3)
      .map((cause) => ({ ...cause, message: start(cause.message, 200) }));
  },
  (failure) => {
    if (failure.stack !== undefined) failure.stack = start(failure.stack, 2_000);
    failure.message = start(failure.message, 1_000);
  },
  (failure, kept) => {
    const named = Object.entries(failure.tags ?? {}).filter(([name]) => kept.has(fold(name)));
    if (named.length === 0) delete failure.tags;
    else failure.tags = Object.fromEntries(named);
  },
  // From here on only where less was asked for than usual.
  (failure) => {
    delete failure.runtime;
  },
  (failure) => {
    if (failure.stack !== undefined) failure.stack = start(failure.stack, 300);
    failure.causes = failure.causes.slice(0, 1);
  },
  (failure) => {
    delete failure.stack;
    failure.message = start(failure.message, 100);
  },
  (failure) => {
    failure.causes = [];
    for (const field of [
      'service',
      'environment',
      'version',
      'pipeline',
      'policy',
      'route',
    ] as const) {
      if (failure[field] !== undefined) failure[field] = start(failure[field], 40);
    }
  },
];

function withoutStack({ type, message, code }: FailureCause): FailureCause {
  return code === undefined ? { type, message } : { type, message, code };
}

function start(text: string, longest: number): string {
  return text.length <= longest
    ? text
    : `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
