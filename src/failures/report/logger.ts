/** Where lines go that no sink of the event stream writes. */
import type { Rule } from '../../core/options.ts';
import { wall } from '../../core/time.ts';

/** What is used of a logger; pino's fit, and whatever takes an object and a message. */
export interface Logger {
  debug(object: object, message: string): unknown;
  info(object: object, message: string): unknown;
  warn(object: object, message: string): unknown;
  error(object: object, message: string): unknown;
  /** Where it says no, no line is even built. */
  isLevelEnabled?(level: string): boolean;
}

export function isLogger(value: unknown): value is Logger {
  const logger = value as Partial<Logger> | null | undefined;
  return (['debug', 'info', 'warn', 'error'] as const).every(
    (level) => typeof logger?.[level] === 'function',
  );
}

export const loggerRule: Rule = {
  expected: 'a logger with `debug`, `info`, `warn` and `error`, or false',
  type: (value) => value === false || isLogger(value),
};

/** Lines of JSON on standard error, in the form of pino's. */
export const standardError: Logger = {
  debug: () => {},
  info: (object, message) => write(30, object, message),
  warn: (object, message) => write(40, object, message),
  error: (object, message) => write(50, object, message),
};

/** The same without what happens all the time: a 404 is no news. */
export const standardErrorOfFailures: Logger = {
  ...standardError,
  isLevelEnabled: (level) => level !== 'info' && level !== 'debug',
};

function write(level: number, object: object, message: string): void {
  const line = { level, time: wall(), ...object, msg: message };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
