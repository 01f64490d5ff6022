/** Which methods of a client are protected: a tree of names, with a rule at the end of each. */
import type { Context, ExecuteOptions } from '../../index.ts';
import { isFixed } from '../stand-in.ts';

/** What is said about one call of a protected method. */
export interface ProtectedCall extends ExecuteOptions {
  /** The arguments of each attempt, for methods that take a signal, or a stream. @default the caller's own */
  arguments?: (context: Context) => readonly unknown[];
}

/** Says how one call of a method is protected, from its arguments; `false` leaves the call alone. */
export type ProtectedMethod = (...args: never[]) => ProtectedCall | false;

/** The names of an object's methods. */
export type MethodOf<Client> = {
  [Name in keyof Client]: Client[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Client];

/** A method further in, such as `chat.completions.create`. */
export type NestedMethodOf<Client> = `${keyof Client & string}.${string}`;

export type Rule = true | ((...args: unknown[]) => ProtectedCall | false);

export interface Branch {
  readonly rules: Map<PropertyKey, Rule>;
  readonly branches: Map<PropertyKey, Branch>;
}

const branch = (): Branch => ({ rules: new Map(), branches: new Map() });

/** Reads the option `methods`. Throws a `TypeError` for what the client does not have. */
export function readMethods(client: object, methods: unknown): Branch {
  if (typeof methods !== 'object' || methods === null) {
    throw new TypeError(
      'protect: expected `methods` to be a list of names, or an object of rules.',
    );
  }
  const given: [PropertyKey, unknown][] = Array.isArray(methods)
    ? methods.map((name: PropertyKey) => [name, true])
    : Reflect.ownKeys(methods).map((name) => [name, Reflect.get(methods, name)]);
  const root = branch();
  for (const [name, rule] of given) {
    if (rule !== true && typeof rule !== 'function') {
      throw new TypeError(
        `protect: expected the rule of \`${String(name)}\` to be true or a function.`,
      );
    }
    plant(root, client, name, rule as Rule);
  }
  return root;
}

function plant(root: Branch, client: object, name: PropertyKey, rule: Rule): void {
  const path = pathOf(client, name);
  const last = path.pop() as PropertyKey;
  let [owner, at]: [unknown, Branch] = [client, root];
  for (const step of path) {
    check(owner, step, name);
    owner = Reflect.get(owner, step, owner);
    let next = at.branches.get(step);
    if (next === undefined) at.branches.set(step, (next = branch()));
    at = next;
  }
  check(owner, last, name);
  if (typeof Reflect.get(owner, last, owner) !== 'function')
    throw new TypeError(`protect: the client has no method \`${String(name)}\`.`);
  at.rules.set(last, rule);
}

/** A dot is a step further in, unless the client has a member of just that name. */
function pathOf(client: object, name: PropertyKey): PropertyKey[] {
  return typeof name !== 'string' || name in client ? [name] : name.split('.');
}

function check(owner: unknown, name: PropertyKey, whole: PropertyKey): asserts owner is object {
  if ((typeof owner !== 'object' && typeof owner !== 'function') || owner === null)
    throw new TypeError(`protect: the client has no method \`${String(whole)}\`.`);
  if (isFixed(owner, name))
    throw new TypeError(`protect: the client's own \`${String(whole)}\` cannot be replaced.`);
}
