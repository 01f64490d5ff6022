/** A client that stays what it is, with some of its methods under a pipeline. */
import type { Context, ExecuteOptions, Pipeline } from '../index.ts';

/** What is said about one call of a protected method. */
export interface ProtectedCall extends ExecuteOptions {
  /** The arguments of each attempt, for methods that take a signal. @default the caller's own */
  arguments?: (context: Context) => readonly unknown[];
}

/** Says how one call of a method is protected, from its arguments; `false` leaves the call alone. */
export type ProtectedMethod = (...args: never[]) => ProtectedCall | false;

/** The names of an object's methods. */
export type MethodOf<Client> = {
  [Name in keyof Client]: Client[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Client];

export interface ProtectOptions<Client> {
  /** What the methods run under. A fallback in it answers in a method's place, so it must answer in its type. */
  pipeline: Pipeline;
  /** The methods that return promises and are to be protected: their names, or a rule for each. */
  methods:
    | readonly MethodOf<Client>[]
    | { readonly [Name in MethodOf<Client>]?: true | ProtectedMethod };
}

type Method = (...args: unknown[]) => unknown;
type Rule = true | ((...args: unknown[]) => ProtectedCall | false);

/**
 * Returns `client` with `methods` under `pipeline`: a proxy of the same type, with the same overloads.
 *
 * Everything else is the client's own: `instanceof`, events, private fields, properties that are read and set. Methods
 * run on the client itself, so what it calls of its own is not protected a second time, and the same method is the same
 * function each time. Calls of protected methods return promises. Throws a `TypeError` for what is no client, no
 * pipeline or no method.
 *
 * @example
 * ```ts
 * import { pipeline, presets } from 'kedge';
 * import { protect } from 'kedge/protect';
 *
 * class Rates {
 *   #base = 'EUR';
 *   async get(currency: string): Promise<string> {
 *     return `${this.#base}/${currency}`;
 *   }
 * }
 * const rates = protect(new Rates(), {
 *   pipeline: pipeline('rates', ...presets.http()),
 *   methods: ['get'],
 * });
 * console.log(await rates.get('USD'), rates instanceof Rates); // EUR/USD true
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
  return new Proxy(client, new Protection(rulesOf(client, options.methods), pipeline));
}

function rulesOf(client: object, methods: unknown): ReadonlyMap<PropertyKey, Rule> {
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null) {
    throw new TypeError('protect: expected a client.');
  }
  if (typeof methods !== 'object' || methods === null) {
    throw new TypeError(
      'protect: expected `methods` to be a list of names, or an object of rules.',
    );
  }
  const given: [PropertyKey, unknown][] = Array.isArray(methods)
    ? methods.map((name: PropertyKey) => [name, true])
    : Reflect.ownKeys(methods).map((name) => [name, Reflect.get(methods, name)]);
  for (const [name, rule] of given) {
    if (typeof Reflect.get(client, name) !== 'function') {
      throw new TypeError(`protect: the client has no method \`${String(name)}\`.`);
    }
    if (isFixed(client, name)) {
      throw new TypeError(`protect: the client's own \`${String(name)}\` cannot be replaced.`);
    }
    if (rule !== true && typeof rule !== 'function') {
      throw new TypeError(
        `protect: expected the rule of \`${String(name)}\` to be true or a function.`,
      );
    }
  }
  return new Map(given as [PropertyKey, Rule][]);
}

/** A proxy must show such a property as it is. */
function isFixed(client: object, name: PropertyKey): boolean {
  const own = Reflect.getOwnPropertyDescriptor(client, name);
  return own?.configurable === false && own.writable !== true;
}

/** A class is no method: `client.constructor` must stay the class that it is. */
function isClass(value: Method): boolean {
  return Reflect.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
}

class Protection<Client extends object> implements ProxyHandler<Client> {
  private readonly rules: ReadonlyMap<PropertyKey, Rule>;
  private readonly pipeline: Pipeline;
  /** The function that stands for a method, as long as it is that method. */
  private readonly known: Map<PropertyKey, { readonly method: Method; readonly shown: Method }> =
    new Map();

  constructor(rules: ReadonlyMap<PropertyKey, Rule>, pipeline: Pipeline) {
    this.rules = rules;
    this.pipeline = pipeline;
  }

  // Getters and setters run on the client itself, for its private fields.
  get(client: Client, name: PropertyKey, proxy: object): unknown {
    const value: unknown = Reflect.get(client, name, client);
    if (typeof value !== 'function' || name === 'constructor') return value;
    const method = value as Method;
    const known = this.known.get(name);
    if (known?.method === method) return known.shown;
    const rule = this.rules.get(name);
    if (isFixed(client, name) || (rule === undefined && isClass(method))) return method;
    const shown = this.show(client, proxy, method, rule);
    this.known.set(name, { method, shown });
    return shown;
  }

  set(client: Client, name: PropertyKey, value: unknown): boolean {
    return Reflect.set(client, name, value, client);
  }

  /** A proxy of the method: its name, its length and what else it has stay. */
  private show(client: Client, proxy: object, method: Method, rule: Rule | undefined): Method {
    const onClient = (self: unknown): unknown => (self === proxy ? client : self);
    const run = (self: unknown, args: readonly unknown[]): unknown =>
      Reflect.apply(method, onClient(self), args);
    return new Proxy(method, {
      apply: (_method, self: unknown, args: unknown[]) => {
        if (rule === undefined) {
          const result = run(self, args);
          // Who chains goes on with what he had.
          return result === client ? proxy : result;
        }
        const call = rule === true ? {} : rule(...args);
        if (call === false) return run(self, args);
        const { arguments: renewed, ...options } = call;
        return this.pipeline.execute(
          (context) => run(self, renewed === undefined ? args : renewed(context)),
          options,
        );
      },
    });
  }
}
