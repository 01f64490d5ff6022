/** What an application adds to the built-in rules. */
import { func, number, readOptions, type Rule, type Rules } from '../../core/options.ts';
import { type HashOptions, usableKeyRule } from '../hash.ts';
import { fold, Names } from './names.ts';

/** How much of a value comes out. Numbers have defaults that keep a record within 32 KiB. */
export interface RedactLimits {
  /** Levels of objects and arrays. @default 8 */
  readonly depth?: number | undefined;
  /** Members of one object or array. @default 100 */
  readonly width?: number | undefined;
  /** Characters of one text. @default 10_000, and 16_000 for a text that is redacted by itself */
  readonly text?: number | undefined;
  /** Bytes of JSON in all, roughly. @default 32_000 */
  readonly bytes?: number | undefined;
  /** Milliseconds in all; then the rest is cut. @default 250 */
  readonly time?: number | undefined;
  /** Names of members that are never cut. @default [] */
  readonly keep?: readonly string[] | undefined;
}

/** What is redacted besides the built-in names and shapes; the same in everything that writes. */
export interface RedactionOptions {
  /**
   * More names whose values are secrets, in objects as in text; case, `-`, `_` and spaces do not matter.
   *
   * @default []
   */
  readonly keys?: readonly string[] | undefined;
  /**
   * More shapes of secrets; what matches becomes `[redacted]`. Each has to take linear time.
   *
   * @default []
   */
  readonly patterns?: readonly RegExp[] | undefined;
  /**
   * Has the last word on every text that comes out, after all else; `name` is that of the member it stands under.
   * What throws, or returns no text, becomes `[redacted]`.
   *
   * @default none
   */
  readonly scrub?: ((text: string, name: string | undefined) => string) | undefined;
  /** How much of a value comes out. What is less telling goes first, whatever the order of members. */
  readonly limits?: RedactLimits | undefined;
}

/** Options of `redact`. */
export interface RedactOptions extends RedactionOptions, HashOptions {}

const names: Rule = {
  expected: 'a list of names with at least one letter or digit each',
  type: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  range: (value: readonly string[]) => value.every((name) => fold(name) !== ''),
};

const limitRules: Rules<RedactLimits> = {
  depth: number('a whole number from 1 to 100', (value) => isWhole(value, 1, 100)),
  width: number('a whole number from 1 to 100_000', (value) => isWhole(value, 1, 100_000)),
  text: number('a whole number of characters from 16', (value) => isWhole(value, 16, 1e8)),
  bytes: number('a whole number of bytes from 256', (value) => isWhole(value, 256, 1e8)),
  time: number('a number of milliseconds above 0', (value) => value > 0),
  keep: names,
};

function isWhole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}

/** For the options of writers, which have these among theirs. */
export const redactionRules: Rules<RedactionOptions> = {
  keys: names,
  patterns: {
    expected: 'a list of regular expressions',
    type: (value) => Array.isArray(value) && value.every((one) => one instanceof RegExp),
  },
  scrub: func,
  limits: {
    expected: 'an object with some of depth, width, text, bytes, time and keep',
    type: (value) => {
      readOptions<RedactLimits>('limits', value, {}, limitRules);
      return true;
    },
  },
};

const rules: Rules<RedactOptions> = {
  ...redactionRules,
  hash: names,
  hashKey: usableKeyRule,
};

const builtInNames = new Names();

/** The rules that hold for one caller, put together once for each object of options. */
export class Redaction {
  readonly names: Names;
  readonly patterns: readonly RegExp[];
  readonly scrub: RedactionOptions['scrub'];
  readonly limits: RedactLimits;
  readonly kept: ReadonlySet<string>;
  readonly hashed: ReadonlySet<string>;
  readonly hashKey: HashOptions['hashKey'];

  constructor({ keys = [], patterns = [], scrub, limits = {}, hash = [], hashKey }: RedactOptions) {
    this.names = keys.length === 0 ? builtInNames : new Names(keys);
    this.patterns = patterns.map(
      ({ source, flags }) => new RegExp(source, flags.replaceAll(/[gy]/g, '') + 'g'),
    );
    this.scrub = scrub;
    this.limits = limits;
    this.kept = new Set(limits.keep?.map(fold));
    this.hashed = new Set(hash.map(fold));
    this.hashKey = hashKey;
  }

  /** Whether texts that were redacted by the built-in rules have to be looked at again. */
  get isOwn(): boolean {
    return this.names !== builtInNames || this.patterns.length > 0 || this.scrub !== undefined;
  }
}

/** The built-in rules alone. */
export const builtIn: Redaction = new Redaction({});
/** Those made last, the latest first: options are mostly the same few, whatever object they come in. */
let latest: { readonly from: readonly unknown[]; readonly redaction: Redaction }[] = [];
const MOST_LATEST = 8;

/** What `options` come to; `by` is who has been given them, for what is said of those that cannot be. */
export function redactionOf(by: string, options: RedactOptions | undefined): Redaction {
  if (options === undefined) return builtIn;
  const { keys, patterns, scrub, limits, hash, hashKey } = options;
  const from = [
    keys,
    patterns,
    scrub,
    limits,
    hash,
    hashKey,
    keys?.length,
    patterns?.length,
    hash?.length,
  ];
  if (from.every((value) => value === undefined)) return builtIn;
  const known = latest.find((one) => one.from.every((value, index) => value === from[index]));
  if (known !== undefined) return known.redaction;
  const given = { keys, patterns, scrub, limits, hash, hashKey };
  const redaction = new Redaction(readOptions<RedactOptions>(by, given, {}, rules));
  latest = [{ from, redaction }, ...latest.slice(0, MOST_LATEST - 1)];
  return redaction;
}

/** Refuses what is no option: a misspelt `key` would let out what `keys` hides. */
export function checkRedactOptions(by: string, options: RedactOptions | undefined): Redaction {
  for (const name in options) {
    if (!Object.hasOwn(rules, name)) readOptions<RedactOptions>(by, options, {}, rules);
  }
  if (options === null || (options !== undefined && typeof options !== 'object')) {
    readOptions<RedactOptions>(by, options, {}, rules);
  }
  return redactionOf(by, options);
}
