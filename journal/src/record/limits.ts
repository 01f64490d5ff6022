/** How much of a failure is kept, and what is said of the rest. */

const MOST_EXCEPTIONS = 10;
const OUTERMOST = 10;
const INNERMOST = 40;

/** The thrown error, the causes next to it, and the root of all. */
export function limitExceptions<T>(values: readonly T[], cut: string[]): readonly T[] {
  if (values.length <= MOST_EXCEPTIONS) return values;
  cut.push(`exceptions: ${MOST_EXCEPTIONS} of ${values.length}`);
  return [...values.slice(0, MOST_EXCEPTIONS - 1), values.at(-1) as T];
}

/** The outermost frames tell where it began, the innermost where it failed. */
export function limitFrames<T>(frames: readonly T[], cut: string[]): readonly T[] {
  if (frames.length <= OUTERMOST + INNERMOST) return frames;
  cut.push(`frames: ${OUTERMOST} outermost and ${INNERMOST} innermost of ${frames.length}`);
  return [...frames.slice(0, OUTERMOST), ...frames.slice(-INNERMOST)];
}
