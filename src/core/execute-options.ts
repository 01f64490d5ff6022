/**
 * Checking what comes with one call, as options of policies are checked. The usual ones cost one look at their names.
 */
import { isSignal } from './abort.ts';
import { show } from './options.ts';
import type { ExecuteOptions } from './policy.ts';

/** Says what is wrong with a call, where something is. */
export function mistakeIn(
  operation: unknown,
  options: ExecuteOptions | undefined,
): string | undefined {
  if (typeof operation !== 'function')
    return `expected \`operation\` to be a function, got ${show(operation)}.`;
  if (options === undefined) return undefined;
  if (options === null || typeof options !== 'object')
    return `expected an object of options, got ${show(options)}.`;
  if (isSignal(options)) return 'expected an object of options, got a signal. Say `{ signal }`.';
  for (const name in options) {
    const mistake = mistakeAt(name, (options as Record<string, unknown>)[name]);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
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
      return value !== null && typeof value === 'object' && !Array.isArray(value)
        ? undefined
        : expected(name, 'an object', value);
    default:
      return `there is no option \`${name.slice(0, 64)}\`. It has signal, timeout, key, attributes.`;
  }
}

const known: ReadonlySet<string> = new Set(['signal', 'timeout', 'key', 'attributes']);

function expected(name: string, what: string, value: unknown): string {
  return `expected \`${name}\` to be ${what}, got ${show(value)}.`;
}
