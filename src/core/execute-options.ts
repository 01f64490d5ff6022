/**
 * Checking what comes with one call, as options of policies are checked. The usual ones cost one look at their names.
 */
import { isSignal } from './abort.ts';
import { isOfAnotherKind, show } from './options.ts';
import type { ExecuteOptions } from './policy.ts';

/** Says what is wrong with a call, where something is. */
export function mistakeIn(
  operation: unknown,
  options: ExecuteOptions | undefined,
): string | undefined {
  if (typeof operation !== 'function')
    return `expected \`operation\` to be a function, got ${show(operation)}.`;
  if (options === undefined) return undefined;
  if (options === null || typeof options !== 'object') return notOptions(options);
  try {
    return mistakeInOptions(options as Record<string, unknown>);
  } catch {
    return 'expected an object of options, got one that cannot be read.';
  }
}

const notOptions = (given: unknown): string => `expected an object of options, got ${show(given)}.`;

function mistakeInOptions(options: Record<string, unknown>): string | undefined {
  if (isSignal(options)) return 'expected an object of options, got a signal. Say `{ signal }`.';
  let isEmpty = true;
  for (const name in options) {
    isEmpty = false;
    const mistake = mistakeAt(name, options[name]);
    if (mistake !== undefined) return mistake;
  }
  // A Map, a Date, an empty list: nothing of what they hold is an option.
  return isEmpty && isOfAnotherKind(options) ? notOptions(options) : undefined;
}

function mistakeAt(name: string, value: unknown): string | undefined {
  if (value === undefined && known.has(name)) return undefined;
  switch (name) {
    case 'signal':
      return isSignal(value) ? undefined : expected(name, 'an AbortSignal', value);
    case 'timeout':
      return typeof value === 'number' && value > 0
        ? undefined
        : expected(name, 'a number of milliseconds above 0, or Infinity', value);
    case 'key':
      return typeof value === 'string' ? undefined : expected(name, 'a string', value);
    case 'attributes':
      return mistakeInAttributes(value);
    default:
      return `there is no option \`${name.slice(0, 64)}\`. It has signal, timeout, key, attributes.`;
  }
}

const facts: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'undefined']);
/** Whether a call is repeated must not hang on what somebody takes for true. */
const flags: ReadonlySet<string> = new Set(['boolean', 'undefined']);

function mistakeInAttributes(given: unknown): string | undefined {
  if (given === null || typeof given !== 'object' || isOfAnotherKind(given))
    return expected('attributes', 'an object', given);
  for (const name in given) {
    const value = (given as Record<string, unknown>)[name];
    if (name === 'idempotent' && !flags.has(typeof value))
      return expected('attributes.idempotent', 'true or false', value);
    if (!facts.has(typeof value))
      return expected(
        `attributes.${name.slice(0, 64)}`,
        'a string, a number, true or false',
        value,
      );
  }
  return undefined;
}

const known: ReadonlySet<string> = new Set(['signal', 'timeout', 'key', 'attributes']);

function expected(name: string, what: string, value: unknown): string {
  return `expected \`${name}\` to be ${what}, got ${show(value)}.`;
}
