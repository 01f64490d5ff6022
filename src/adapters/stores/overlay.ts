/** A client with some members of its own replaced, that is still the client for everybody who looks at it. */
import { isFixed, type Method, standIn } from '../stand-in.ts';

/**
 * Returns a proxy of `target` that shows `members` in place of, or beside, the target's own.
 *
 * `make` makes further members when they are first asked for, where an object is short-lived and has many. Throws a
 * `TypeError` where the target's own member cannot be replaced.
 */
export function overlay<Target extends object, Members extends object>(
  target: Target,
  members: Members,
  make?: (name: string) => Method | undefined,
): Target & Members {
  for (const name of Reflect.ownKeys(members)) {
    if (isFixed(target, name)) refuse(name);
  }
  const of = (name: PropertyKey, value: unknown): unknown => {
    if (typeof value !== 'function' || typeof name !== 'string' || name === 'constructor')
      return undefined;
    const made = make?.(name);
    if (made !== undefined && isFixed(target, name)) refuse(name);
    if (made !== undefined) Reflect.set(members, name, made);
    return made;
  };
  return standIn(target, make === undefined ? { members } : { members, of }) as Target & Members;
}

function refuse(name: PropertyKey): never {
  throw new TypeError(
    `The client's own \`${String(name)}\` cannot be replaced, so it cannot be protected.`,
  );
}
