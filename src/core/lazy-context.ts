/**
 * The context of an operation that names no parameter, and so hardly looks at it.
 *
 * It may all the same, by `arguments`, a rest parameter or a default. A context made for it would cost a third of a
 * successful call, most of that for the signal; this stands in until somebody looks, and cannot be told from it then.
 */
import type { Context } from './policy.ts';
import { Scope } from './scope.ts';

const never = (): boolean => false;

const behind: unique symbol = Symbol('kedge.scope');

const onlyWhenAsked: ProxyHandler<Scope> = {
  get: (scope, name) => (name === behind ? scope : Reflect.get(scope.startContext, name)),
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

/**
 * The scope itself, for clients of our own that seldom need a signal; any other context as it is. What a user's function
 * is given must be the context.
 */
export function scopeBehindContext(context: Context): Context {
  return (context as { [behind]?: Scope })[behind] ?? context;
}

/** Node's `console.log` looks behind a proxy, and asks what is there with the proxy for `this`: it shows the context. */
Object.defineProperty(Scope.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: object) {
    return { ...this };
  },
});
