import type { Draft, Failure, FailureCause } from './failure.ts';

const MOST_BYTES = 32 * 1_024;
/** Everything with a length of its own: ids, names, tags, runtime, quotes and braces. */
const REST = 12_000;
/** What one character can take in JSON: `\u0000`. */
const WORST = 6;

/** Shortens what is long until the record, as JSON, is within 32 KiB. Most are without looking closely. */
export function fit(failure: Draft): Failure {
  let characters = failure.message.length + (failure.stack?.length ?? 0);
  for (const { message, stack } of failure.causes)
    characters += message.length + (stack?.length ?? 0);
  if (characters * WORST + REST <= MOST_BYTES) return failure;
  // The least telling goes first. After the last step every text is short enough in any script.
  for (const shorten of steps) {
    if (Buffer.byteLength(JSON.stringify(failure)) <= MOST_BYTES) break;
    shorten(failure);
  }
  return failure;
}

const steps: readonly ((failure: Draft) => void)[] = [
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
  (failure) => {
    delete failure.tags;
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
