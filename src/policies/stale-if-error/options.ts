import { func, positiveDuration, type Rules, text, wholeNumber } from '../../core/options.ts';
import type { Context } from '../../core/policy.ts';
import type { Schema } from '../../core/stateful.ts';
import { classify } from '../../verdict/classify.ts';
import { isWithdrawal } from '../../verdict/withdrawal.ts';
import {
  errorRule,
  type Handle,
  type HandleResult,
  type Predicate,
  resultRule,
} from '../shared/handle.ts';
import { type Key, keyOf } from '../shared/key.ts';
import { clonerOf } from '../shared/values.ts';

export interface StaleIfErrorOptions {
  /** How old a value may be that is served, in milliseconds. */
  maxAge: number;
  /** What a value is the value of; calls of one key must ask for the same thing. @default the context's key */
  key?: (context: Context) => string | undefined;
  /** How many values are kept; the least recently stored or served is dropped first. @default 1_000 */
  maxEntries?: number;
  /** Makes the copy that is kept, and one for each call that it answers. @default a `Response` is cloned, other values are shared */
  clone?: (value: unknown) => unknown;
  /**
   * Which errors are answered; `undefined` leaves an error to the default.
   * @default those that say that the dependency is unhealthy, and kedge's own rejections; never a 401, 403, 404 or 410
   */
  handle?: Handle;
  /** Which values are no good: not kept, and answered by an older one. @default none */
  handleResult?: HandleResult;
  /** The policy's name in metrics and events. @default 'staleIfError' */
  name?: string;
}

export interface Settings {
  readonly maxAge: number;
  readonly maxEntries: number;
  readonly key: Key;
  readonly clone: ((value: unknown) => unknown) | undefined;
  readonly handles: Predicate;
  readonly isFailure: Predicate | undefined;
}

const rules: Rules<StaleIfErrorOptions> = {
  maxAge: positiveDuration,
  key: func,
  maxEntries: wholeNumber(1),
  clone: func,
  handle: func,
  handleResult: func,
  name: text,
};

export const schema: Schema<StaleIfErrorOptions, Settings> = {
  kind: 'staleIfError',
  rules,
  defaults: { maxEntries: 1_000 },
  required: ['maxAge'],
  complete: ({ maxAge, maxEntries, key, clone, handle, handleResult }) => ({
    maxAge,
    maxEntries: maxEntries as number,
    key: keyOf('staleIfError', key),
    clone: clone && clonerOf('staleIfError', clone),
    handles: errorRule('staleIfError', handle, isUnhealthy),
    isFailure: resultRule('staleIfError', handleResult),
  }),
};

function isUnhealthy(error: unknown): boolean {
  const { blame, kind } = classify(error);
  return (blame === 'dependency' || kind === 'rejected') && !isWithdrawal(error);
}
