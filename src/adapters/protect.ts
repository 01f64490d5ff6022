/** A client that stays what it is, with some of its methods under a pipeline. */
import type { Pipeline } from '../index.ts';
import {
  type Branch,
  type MethodOf,
  type NestedMethodOf,
  type ProtectedMethod,
  readMethods,
  type Rule,
} from './protect/methods.ts';
import { Once, unreadIn } from './protect/once.ts';
import { type Method, standIn } from './stand-in.ts';

export type {
  MethodOf,
  NestedMethodOf,
  ProtectedCall,
  ProtectedMethod,
} from './protect/methods.ts';

export interface ProtectOptions<Client> {
  /** What the methods run under. A fallback in it answers in a method's place, so it must answer in its type. */
  pipeline: Pipeline;
  /**
   * The methods that return promises and are to be protected: their names, or a rule for each. A method further in is
   * named by its path, `'chat.completions.create'`.
   */
  methods:
    | readonly (MethodOf<Client> | NestedMethodOf<Client>)[]
    | { readonly [Name in MethodOf<Client> | NestedMethodOf<Client>]?: true | ProtectedMethod };
}

/**
 * Returns `client` with `methods` under `pipeline`: a proxy of the same type, with the same overloads.
 *
 * Everything else is the client's own: `instanceof`, events, private fields, properties that are read and set. Methods
 * run on the client itself, so what it calls of its own is not protected a second time, and the same method is the same
 * function each time. Calls of protected methods return promises. A call whose stream or iterator has been read is not
 * repeated: it ends with the error that it has. What a method does is known to you alone: the pipeline may run a call again
 * that was executed and not answered, unless the rule of the method says `idempotent: false`, as it should for what
 * charges or writes. Throws a `TypeError` for what is no client, no pipeline or no method.
 *
 * @example
 * ```ts
 * import { pipeline, presets } from 'kedge';
 * import { protect } from 'kedge/protect';
 *
 * class Bank {
 *   #currency = 'EUR';
 *   async balance(account: string): Promise<string> {
 *     return `${account}: 5 ${this.#currency}`;
 *   }
 *   async charge(account: string, cents: number): Promise<number> {
 *     return cents;
 *   }
 * }
 * const bank = protect(new Bank(), {
 *   pipeline: pipeline('bank', ...presets.http()),
 *   methods: { balance: true, charge: () => ({ attributes: { idempotent: false } }) },
 * });
 * console.log(await bank.balance('a'), await bank.charge('a', 500), bank instanceof Bank); // a: 5 EUR 500 true
 * ```
 */
export function protect<Client extends object>(
  client: Client,
  options: ProtectOptions<Client>,
): Client {
  const { pipeline } = options;
  if (typeof pipeline?.execute !== 'function') {
    throw new TypeError('protect: expected `pipeline` to be a pipeline.');
  }
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null) {
    throw new TypeError('protect: expected a client.');
  }
  return guard(client, readMethods(client, options.methods), pipeline);
}

/** What stands for a member, as long as it is that member. */
interface Shown {
  readonly value: unknown;
  readonly shown: unknown;
}

/** The object with what is protected of it, and further in. */
function guard<Client extends object>(client: Client, branch: Branch, pipeline: Pipeline): Client {
  const known = new Map<PropertyKey, Shown>();
  const of = (name: PropertyKey, value: unknown): unknown => {
    const rule = branch.rules.get(name);
    const inside = branch.branches.get(name);
    if (rule === undefined && inside === undefined) return undefined;
    let entry = known.get(name);
    if (entry?.value !== value)
      known.set(name, (entry = { value, shown: show(value, rule, inside) }));
    return entry?.shown;
  };
  const proxy = standIn(client, { of });
  return proxy;

  function show(value: unknown, rule: Rule | undefined, inside: Branch | undefined): unknown {
    let shown = value;
    if (typeof value === 'function' && rule !== undefined) shown = under(value as Method, rule);
    const isObject = typeof shown === 'function' || (typeof shown === 'object' && shown !== null);
    return inside !== undefined && isObject ? guard(shown as object, inside, pipeline) : shown;
  }

  /** A proxy of the method: its name, its length and all else that it has stay. */
  function under(method: Method, rule: Rule): Method {
    return new Proxy(method, {
      apply(_method, self: unknown, args: unknown[]) {
        const run = (given: readonly unknown[]): unknown =>
          Reflect.apply(method, self === proxy ? client : self, given);
        const call = rule === true ? {} : rule(...args);
        if (call === false) return run(args);
        const { arguments: renewed, ...options } = call;
        if (renewed !== undefined)
          return pipeline.execute((context) => run(renewed(context)), options);
        const unread = unreadIn(args);
        if (unread.length === 0) return pipeline.execute(() => run(args), options);
        const once = new Once(unread);
        return pipeline.execute((context) => once.attempt(context, () => run(args)), options);
      },
    });
  }
}
