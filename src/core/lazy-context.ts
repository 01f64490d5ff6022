/**
 * The context of an operation that names no parameter, and so hardly looks at it.
 *
 * It may all the same, by `arguments`, a rest parameter or a default. A context made for it would cost a third of a
 * successful call, most of that for the signal; this stands in until somebody looks, and cannot be told from it then.
 */
import type { Context } from './policy.ts';
import type { Scope } from './scope.ts';

const never = (): boolean => false;

const onlyWhenAsked: ProxyHandler<Scope> = {
  get: (scope, name) => Reflect.get(scope.startContext, name),
  has: (scope, name) => Reflect.has(scope.startContext, name),
  ownKeys: (scope) => Reflect.ownKeys(scope.startContext),
  getOwnPropertyDescriptor: (scope, name) =>
    Reflect.getOwnPropertyDescriptor(scope.startContext, name),
  getPrototypeOf: () => Object.prototype,
  set: never,
  defineProperty: never,
  deleteProperty: never,
  setPrototypeOf: never,
  preventExtensions: never,
};

export function lazyContext(scope: Scope): Context {
  return new Proxy(scope, onlyWhenAsked);
}
