/** A client with some members of its own replaced, that is still the client for everybody who looks at it. */

type Method = (...args: unknown[]) => unknown;

/**
 * Returns a proxy of `target` that shows `members` in place of, or beside, the target's own.
 *
 * All other methods, getters and setters run on the target itself, so that private fields and the client's calls of
 * its own methods work and are not protected twice; a method that returns its target returns the proxy. `make` makes
 * further members when they are first asked for, where an object is short-lived and has many.
 */
export function overlay<Target extends object, Members extends object>(
  target: Target,
  members: Members,
  make?: (name: string) => Method | undefined,
): Target & Members {
  const shown = new Map<Method, Method>();
  const proxy: Target = new Proxy(target, {
    get(client, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name) as unknown;
      const value: unknown = Reflect.get(client, name, client);
      if (typeof value !== 'function' || name === 'constructor') return value;
      const made = typeof name === 'string' ? make?.(name) : undefined;
      if (made !== undefined) {
        Reflect.set(members, name, made);
        return made;
      }
      const method = value as Method;
      let bound = shown.get(method);
      if (bound === undefined) {
        bound = onTarget(method, client);
        shown.set(method, bound);
      }
      return bound;
    },
    set: (client, name, value) => Reflect.set(client, name, value, client),
    has: (client, name) => Object.hasOwn(members, name) || Reflect.has(client, name),
  });

  function onTarget(method: Method, client: Target): Method {
    // A function that is used as a class keeps its own `prototype`.
    if (Object.getOwnPropertyDescriptor(method, 'prototype')?.writable === false) return method;
    return function (this: unknown, ...args: unknown[]): unknown {
      const result: unknown = Reflect.apply(method, this === proxy ? client : this, args);
      return result === client ? proxy : result;
    };
  }
  return proxy as Target & Members;
}
