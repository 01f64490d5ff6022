import type { Context } from '../../core/policy.ts';
import type { Scope } from '../../core/scope.ts';

/** What a call asks for; nothing where it has no key. */
export type Key = (scope: Scope) => string | undefined;

const ofContext: Key = (scope) => scope.key;

/** The key that an option `key` says, or that of the context. */
export function keyOf(given: ((context: Context) => string | undefined) | undefined): Key {
  return given === undefined ? ofContext : (scope) => given(scope.context);
}
