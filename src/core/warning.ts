/** Warnings for whoever runs the process, each of them once. */

interface Platform {
  process?: { emitWarning?(message: string, type: string): void };
  console?: { warn(message: string): void };
}

const mostWarnings = 1_000;
const given = new Set<string>();

/** Warns, unless it has been done before for the same `about`. */
export function warnOnce(about: string, type: string, message: string): void {
  if (given.has(about) || given.size >= mostWarnings) return;
  given.add(about);
  const { process, console } = globalThis as Platform;
  if (typeof process?.emitWarning === 'function') process.emitWarning(message, type);
  else console?.warn(`${type}: ${message}`);
}
