import { show } from '../../core/options.ts';
import type { Context } from '../../core/policy.ts';
import type { Scope } from '../../core/scope.ts';
import { refusePromise } from '../../core/thenable.ts';

/** What a call asks for; nothing where it has no key. */
export type Key = (scope: Scope) => string | undefined;

const ofContext: Key = (scope) => scope.key;

/** The key that an option `key` says, or that of the context. What is neither text nor nothing would be shared by mistake. */
export function keyOf(
  policy: string,
  given: ((context: Context) => string | undefined) | undefined,
): Key {
  if (given === undefined) return ofContext;
  return (scope) => {
    const key: unknown = given(scope.context);
    if (key === undefined || typeof key === 'string') return key;
    const expected = `${policy}: expected \`key\` to return a string, or undefined for a call that shares nothing`;
    refusePromise(expected, key);
    throw new TypeError(`${expected}, got ${show(key)}.`);
  };
}
