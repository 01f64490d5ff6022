/** A proxy that is its target for everybody who looks at it, but for some members. */

export type Method = (...args: unknown[]) => unknown;

/** What is shown in place of members, or beside them. Members that cannot be replaced must not be among it. */
export interface Instead {
  /** Members that are asked for first. */
  readonly members?: object | undefined;
  /** What to show in place of a member, or `undefined` for the member itself. */
  of?(name: PropertyKey, value: unknown): unknown;
}

/**
 * Returns a proxy of `target` that shows `instead`.
 *
 * All other methods, getters and setters run on the target itself, so that private fields and the target's calls of
 * its own methods work and do not come back here. A method that returns its target returns the proxy; each is the same
 * function each time. Members that cannot be replaced are shown as they are, as a proxy must.
 */
export function standIn<Target extends object>(
  target: Target,
  { members = {}, of }: Instead,
): Target {
  const shown = new Map<Method, Method>();
  const proxy: Target = new Proxy(target, {
    get(object, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name) as unknown;
      const value: unknown = Reflect.get(object, name, object);
      const other = of?.(name, value);
      if (other !== undefined) return other;
      if (!isMethod(name, value)) return value;
      let known = shown.get(value);
      if (known === undefined)
        shown.set(value, (known = isFixed(object, name) ? value : onTarget(value)));
      return known;
    },
    set: (object, name, value) => Reflect.set(object, name, value, object),
    has: (object, name) => Object.hasOwn(members, name) || Reflect.has(object, name),
  });

  /** A proxy of the method: its name, its length and all else that it has stay. */
  function onTarget(method: Method): Method {
    return new Proxy(method, {
      apply(_method, self: unknown, args: unknown[]) {
        const result: unknown = Reflect.apply(method, self === proxy ? target : self, args);
        return result === target ? proxy : result;
      },
    });
  }
  return proxy;
}

/** Whether a proxy must show a property as it is. */
export function isFixed(object: object, name: PropertyKey): boolean {
  const own = Reflect.getOwnPropertyDescriptor(object, name);
  return own?.configurable === false && own.writable !== true;
}

/** A class is no method: `client.constructor` must stay the class that it is. */
function isMethod(name: PropertyKey, value: unknown): value is Method {
  return (
    typeof value === 'function' &&
    name !== 'constructor' &&
    Reflect.getOwnPropertyDescriptor(value, 'prototype')?.writable !== false
  );
}
