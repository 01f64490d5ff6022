/**
 * Reading options: every option is checked when a policy is made, so that a typing error fails at start-up
 * and not in the first outage.
 */

import { translate } from './peer-options.ts';

/** What one option may be. `type` failing is a TypeError, `range` failing a RangeError. */
export interface Rule {
  /** Ends the sentence "Expected `option` to be …". */
  readonly expected: string;
  type(value: unknown): boolean;
  range?(value: never): boolean;
  /** What else is expected of a value like this one, where `expected` alone would not say what is wrong. */
  more?(value: never): string;
  /** The value is not shown where it is refused. */
  readonly isSecret?: boolean;
}

export type Rules<Options> = { readonly [Name in keyof Options]-?: Rule };

const isNumber = (value: unknown): boolean => typeof value === 'number';

/** A number for which `range` holds; NaN never does. */
export const number = (expected: string, range: (value: number) => boolean): Rule => ({
  expected,
  type: isNumber,
  range: (value: number) => !Number.isNaN(value) && range(value),
});

/** A length of time in milliseconds, `Infinity` for no end. */
export const duration: Rule = number(
  'a number of milliseconds from 0, or Infinity',
  (ms) => ms >= 0,
);
/** A length of time that is not nothing. */
export const positiveDuration: Rule = number(
  'a number of milliseconds above 0, or Infinity',
  (ms) => ms > 0,
);
/** A length of time that a window or an interval can have. */
export const finiteDuration: Rule = number(
  'a finite number of milliseconds above 0',
  (ms) => ms > 0 && ms < Infinity,
);
/** A share, 0 excluded: a threshold of 0 would trip on no failure at all. */
export const share: Rule = number('a number above 0 and up to 1', (rate) => rate > 0 && rate <= 1);
/** A count that may be without end. */
export const countOrInfinity: Rule = number(
  'a whole number from 1, or Infinity',
  (count) => count >= 1 && (Number.isInteger(count) || count === Infinity),
);
export const wholeNumber = (from: number, to: number = Number.MAX_SAFE_INTEGER): Rule =>
  number(
    to === Number.MAX_SAFE_INTEGER
      ? `a whole number from ${from}`
      : `a whole number from ${from} to ${to}`,
    (value) => Number.isInteger(value) && value >= from && value <= to,
  );
export const nonNegative: Rule = number(
  'a finite number from 0',
  (value) => value >= 0 && value < Infinity,
);
export const boolean: Rule = {
  expected: 'true or false',
  type: (value) => typeof value === 'boolean',
};
export const func: Rule = { expected: 'a function', type: (value) => typeof value === 'function' };
/** Line breaks and the like: what is a name is shown in lines of logs and of metrics. */
const hasControl = (value: string): boolean => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value);
export const text: Rule = {
  expected: 'a text of 1 to 128 characters',
  type: (value) => typeof value === 'string',
  range: (value: string) => value.length >= 1 && value.length <= 128 && !hasControl(value),
  more: (value: string) => (hasControl(value) ? ' without control characters' : ''),
};

export const anything: Rule = { expected: 'anything', type: () => true };
/** An object whose members are options themselves. */
export const object = (expected: string): Rule => ({
  expected,
  type: (value) => typeof value === 'object' && value !== null && !isOfAnotherKind(value),
});
export const oneOf = (...allowed: readonly (string | boolean)[]): Rule => ({
  expected: allowed
    .map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
    .join(' or '),
  type: (value) => typeof value === 'string' || typeof value === 'boolean',
  range: (value: string | boolean) => allowed.includes(value),
});
/** What passes one of two rules. */
export const either = (one: Rule, other: Rule): Rule => ({
  expected: `${one.expected}, or ${other.expected}`,
  type: (value) => one.type(value) || other.type(value),
  range: (value: never) => passes(one, value) || passes(other, value),
});

function passes(rule: Rule, value: unknown): boolean {
  return rule.type(value) && (rule.range === undefined || rule.range(value as never));
}

/** Whether it is a list, or a Map, a Date or the like without a name: what it holds are no options. */
export function isOfAnotherKind(given: object): boolean {
  if (Array.isArray(given)) return true;
  return (
    Object.keys(given).length === 0 && Object.prototype.toString.call(given) !== '[object Object]'
  );
}

/**
 * Returns a frozen copy of `given` over `defaults`, every option checked.
 *
 * `undefined` counts as not given. Throws a `TypeError` for what is no option or of the wrong type, and a
 * `RangeError` for a value out of range; the message names policy, option, value and what is allowed.
 */
export function readOptions<Options extends object>(
  policy: string,
  given: unknown,
  defaults: Partial<Options>,
  rules: Rules<Options>,
): Readonly<Options> {
  if (given === null || typeof given !== 'object' || isOfAnotherKind(given)) {
    throw new TypeError(`${policy}: expected an object of options, got ${show(given)}.`);
  }
  const options: Record<string, unknown> = { ...defaults };
  for (const name of Object.keys(given)) {
    const value = (given as Record<string, unknown>)[name];
    if (!Object.hasOwn(rules, name)) {
      throw new TypeError(
        `${policy}: there is no option \`${clip(name)}\`. ${hint(name, value, rules)}`,
      );
    }
    if (value !== undefined) options[name] = value;
  }
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) check(policy, name, value, rules[name as keyof Options]);
  }
  return Object.freeze(options) as Readonly<Options>;
}

/**
 * Reads changes of options over those that were `given` so far: what is not named stays, `null` takes an option away.
 *
 * Throws like `readOptions`, for `null` in place of what is no option too.
 */
export function readChanges<Options extends object>(
  policy: string,
  changes: unknown,
  given: Partial<Options>,
  rules: Rules<Options>,
): Readonly<Partial<Options>> {
  if (!object('').type(changes)) return readOptions<Options>(policy, changes, given, rules);
  const kept: Record<string, unknown> = { ...given };
  const named: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(changes as object)) {
    if (value === null && Object.hasOwn(rules, name)) delete kept[name];
    else named[name] = value;
  }
  return readOptions<Options>(policy, named, kept as Partial<Options>, rules);
}

/** A stretch of the recent past. */
export interface TimeWindow {
  /** How long it is, in milliseconds. */
  duration: number;
}

export const timeWindow: Rule = object('{ duration }');

/** Returns a copy of a `window: { duration }`, checked. */
export function readWindow(policy: string, given: TimeWindow): Readonly<TimeWindow> {
  const of = `${policy} \`window\``;
  const window = readOptions<TimeWindow>(of, given, {}, { duration: finiteDuration });
  return window.duration === undefined ? missing(of, 'duration', finiteDuration) : window;
}

/** Throws unless `value` may stand for the option `name`. */
export function check(policy: string, name: string, value: unknown, rule: Rule): void {
  if (passes(rule, value)) return;
  const fits = rule.type(value);
  const expected = rule.expected + ((fits && rule.more?.(value as never)) || '');
  // Of what is no text or number, a message shows the sort alone.
  const isHidden = rule.isSecret === true && /^(?:string|number|bigint)$/.test(typeof value);
  const got = isHidden ? 'another' : show(value);
  const message = `${policy}: expected \`${name}\` to be ${expected}, got ${got}.`;
  throw fits ? new RangeError(message) : new TypeError(message);
}

/** Throws a TypeError for options of which one must be given. */
export function missing(policy: string, name: string, rule: Rule): never {
  throw new TypeError(`${policy}: \`${name}\` is required: ${rule.expected}.`);
}

const clip = (name: string): string => (name.length > 64 ? `${name.slice(0, 64)}…` : name);

/** Shows a value in a message, bounded, and whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return `'${clip(value).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, escaped)}'`;
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'symbol' ? 'a symbol' : `${value as number}`;
}

/** As in JSON, so that a message stays on its line. */
const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** What was meant in place of an option that there is not. */
function hint(name: string, value: unknown, rules: Readonly<Record<string, Rule>>): string {
  return meant(name, value, rules) ?? `It has ${Object.keys(rules).join(', ')}.`;
}

/** What somebody may have meant by a name that is none of these: a translation, or the name that is spelled most alike. */
export function meant(
  name: string,
  value: unknown,
  rules: Readonly<Record<string, Rule>>,
): string | undefined {
  const names = Object.keys(rules);
  const known = translate(name, value, names);
  if (known !== undefined) return known;
  const nearest = nearestName(name, (candidate) => passes(rules[candidate] as Rule, value), names);
  return nearest === undefined ? undefined : `Did you mean \`${nearest}\`?`;
}

/** The name that is spelled most alike. Beyond one letter the value has to fit too: a count is no slip for a function. */
function nearestName(
  name: string,
  fits: (candidate: string) => boolean,
  names: readonly string[],
): string | undefined {
  let best: string | undefined;
  // A third of the letters may be off, so that a wholly different word is not called a slip.
  let bound = Math.max(2, Math.floor(name.length / 3)) + 1;
  if (name.length > 64) return undefined;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bound && (distance < 2 || fits(candidate))) {
      bound = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substituted = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
