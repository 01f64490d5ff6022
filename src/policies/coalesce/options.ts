import { func, text } from '../../core/options.ts';
import type { Context } from '../../core/policy.ts';
import type { Schema } from '../../core/stateful.ts';
import { type Key, keyOf } from '../shared/key.ts';
import { clonerOf } from '../shared/values.ts';

export interface CoalesceOptions {
  /** What a call asks for; calls of one key share one execution. @default the context's key */
  key?: (context: Context) => string | undefined;
  /** Makes a copy for each caller but one. @default a `Response` is cloned, other values are shared */
  clone?: (value: unknown) => unknown;
  /** The policy's name in metrics and events. @default 'coalesce' */
  name?: string;
}

export interface Settings {
  readonly key: Key;
  readonly clone: (value: unknown) => unknown;
}

export const schema: Schema<CoalesceOptions, Settings> = {
  kind: 'coalesce',
  rules: { key: func, clone: func, name: text },
  defaults: {},
  complete: ({ key, clone }) => ({
    key: keyOf('coalesce', key),
    clone: clonerOf('coalesce', clone),
  }),
};
