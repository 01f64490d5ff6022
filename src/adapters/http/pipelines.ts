/** What `kedge/http`, `kedge/undici` and `kedge/axios` share: one pipeline a host, and its rules for retries. */
import { ofFetch, ofOthers } from './members.ts';
import {
  type Context,
  type Kedge,
  type Keyed,
  keyed,
  type KeyedOptions,
  type Operation,
  type Pipeline,
  type PipelineStats,
  type Policy,
  type PresetOptions,
  type RetryBudget,
} from '../../index.ts';
import { httpLimits, httpOfAnyLimits, presetBudget } from '../../presets.ts';
import {
  anything,
  check,
  countOrInfinity,
  func,
  positiveDuration,
  readOptions,
  type Rule,
  type Rules,
  meant,
} from '../../core/options.ts';
import { classify } from '../../verdict/classify.ts';
import { Exchange } from './exchange.ts';
import type { StatusCodes } from './status.ts';

/** The options of `presets.http`, for each host, and those of `keyed`. */
export interface HostOptions
  extends Omit<PresetOptions, 'fallback' | 'retry'>, Omit<KeyedOptions, 'label'> {
  /** The name of the pipelines in metrics and events; log lines have the host besides. @default 'http' */
  name?: string;
  /**
   * Further changes to the retry. A `handle` or `handleResult` can only choose among the requests that may be repeated:
   * one that may have been executed is not sent again unless it is idempotent, whatever they say. `beforeRetry` is the
   * place to renew a token.
   */
  retry?: PresetOptions['retry'];
  /** Changes to hedging, which is for idempotent requests only. @default false */
  hedge?: Exclude<PresetOptions['hedge'], undefined>;
  /**
   * Statuses that are failures besides 408, 425, 429 and those from 500: such as 409 or 423. They are tried again under
   * the same rules. 403 and 413 are without being listed, when the answer has a `Retry-After`. @default []
   */
  statusCodes?: readonly number[];
  /** The set of pipelines that these belong to. @default the process's own */
  kedge?: Pick<Kedge, 'keyed'>;
}

/** What can be said about one call. */
export interface CallOptions {
  /** Whether it does no harm to execute the request twice. @default by method, or true with an `Idempotency-Key` */
  idempotent?: boolean | undefined;
  /** How often this request is tried at most, the first time included. @default that of the client */
  maxAttempts?: number | undefined;
  /** How long each attempt may take, in milliseconds. @default that of the client */
  attemptTimeout?: number | undefined;
  /** How long the whole call may take, waits included, in milliseconds. @default `totalTimeout` of the client */
  timeout?: number | undefined;
}

const statuses: Rule = {
  expected: 'a list of statuses from 300 to 599',
  type: (value) => Array.isArray(value) && value.every((status) => typeof status === 'number'),
  range: (value: readonly number[]) =>
    value.every((status) => Number.isInteger(status) && status >= 300 && status <= 599),
};
const aKedge: Rule = {
  expected: 'what createKedge() returns',
  type: (value) => typeof (value as Partial<Kedge> | null)?.keyed === 'function',
};

/** presets.http and keyed check their own. */
const rules: Rules<HostOptions> = {
  name: anything,
  totalTimeout: anything,
  attemptTimeout: anything,
  maxAttempts: anything,
  backoff: anything,
  budget: anything,
  retry: anything,
  bulkhead: anything,
  adaptiveLimiter: anything,
  circuitBreaker: anything,
  hedge: anything,
  maxKeys: anything,
  idleAfter: anything,
  statusCodes: statuses,
  kedge: aKedge,
};
const callRules = {
  maxAttempts: countOrInfinity,
  attemptTimeout: positiveDuration,
  timeout: positiveDuration,
  idempotent: { expected: 'true or false', type: (value: unknown) => typeof value === 'boolean' },
} as const satisfies Rules<CallOptions>;
const callOptions = Object.keys(callRules) as (keyof CallOptions)[];

const members: ReadonlySet<string> = new Set([...ofFetch, ...ofOthers]);

/** What is between the host and what a call has asked for, in the key of the pipeline for such calls. */
const separator = ' asked for ';

/** Those of a preset without a fallback: nobody answers in the host's place. */
type Policies = readonly Policy[];

/** One pipeline a host. */
export class Hosts {
  readonly statusCodes: StatusCodes;
  private readonly client: string;
  private readonly settings: PresetOptions;
  private readonly make: (policies: () => Policies) => Keyed;
  private readonly usual: Keyed;
  private readonly budgets: WeakMap<Policy<unknown>, RetryBudget | false> = new WeakMap();
  private special: Keyed | undefined = undefined;
  private making: { readonly usual: Pipeline; readonly changes: PresetOptions } | undefined =
    undefined;
  private readonly ids: WeakMap<Pipeline, number> = new WeakMap();
  private lastId = 0;

  /** `more` are the options that `client` has besides. */
  constructor(client: string, options: HostOptions, more: Readonly<Record<string, Rule>>) {
    const read = readOptions<HostOptions>(client, options, {}, { ...rules, ...more });
    const { name = 'http', retry, kedge, maxKeys, idleAfter, statusCodes, ...rest } = read;
    const preset = Object.entries(rest).filter(([option]) => !Object.hasOwn(more, option));
    this.client = client;
    this.statusCodes = new Set(statusCodes);
    this.settings = { hedge: false, ...Object.fromEntries(preset), retry: retryRules(retry) };
    const bounds = {
      ...(maxKeys === undefined ? {} : { maxKeys }),
      ...(idleAfter === undefined ? {} : { idleAfter }),
      // Keys of the caller's own choice may be personal, and are hashed.
      ...((options as { key?: unknown } | null)?.key === undefined && { label: labelOf }),
    };
    // Now, and not with the first request: a mistake in the options is one of the start.
    httpOfAnyLimits(this.settings);
    this.make = (policies) => (kedge?.keyed ?? keyed)(name, policies, bounds);
    this.usual = this.make(() => this.policies());
  }

  /** Checks what a call asks for; a mistake in it is the caller's. */
  check(asked: CallOptions): void {
    for (const name of callOptions)
      if (asked[name] !== undefined) check(this.client, name, asked[name], callRules[name]);
  }

  /** Refuses what looks like one of a call's options, and is none: nothing that is asked for is passed over. */
  checkFurther(init: object): void {
    for (const name in init) {
      const said = members.has(name)
        ? undefined
        : meant(name, Reflect.get(init, name) as unknown, callRules);
      if (said !== undefined)
        throw new TypeError(`${this.client}: a call has no option \`${name}\`. ${said}`);
    }
  }

  /** Runs the attempts of a request to `host`. */
  execute<T>(
    host: string,
    operation: Operation<T>,
    { attributes }: Exchange,
    { timeout, ...asked }: CallOptions,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return this.for(host, asked, timeout).execute(operation, { attributes, signal, timeout });
  }

  stats(): PipelineStats {
    return this.usual.stats();
  }

  [Symbol.dispose](): void {
    this.usual[Symbol.dispose]();
    this.special?.[Symbol.dispose]();
  }

  /** The pipeline of a host, for a call that may have asked for limits of its own. */
  private for(host: string, asked: CallOptions, timeout: number | undefined): Pipeline {
    const usual = this.usual.for(host);
    const { maxAttempts, attemptTimeout } = asked;
    const total = this.settings.totalTimeout ?? httpLimits.totalTimeout;
    const longer = timeout !== undefined && timeout > total;
    if (maxAttempts === undefined && attemptTimeout === undefined && !longer) return usual;
    let id = this.ids.get(usual);
    if (id === undefined) this.ids.set(usual, (id = ++this.lastId));
    const changes = {
      ...(maxAttempts !== undefined && { maxAttempts }),
      ...(attemptTimeout !== undefined && { attemptTimeout }),
      // The call's own limit stands in its place.
      ...(longer && { totalTimeout: Infinity }),
    };
    this.special ??= this.make(() => this.changed());
    this.making = { usual, changes };
    const limits = [maxAttempts, attemptTimeout, longer ? Infinity : '', id].join(' ');
    return this.special.for(host + separator + limits);
  }

  private policies(): Policies {
    const budget = this.settings.budget ?? presetBudget();
    const policies = httpOfAnyLimits({ ...this.settings, budget }) as Policies;
    for (const policy of policies) this.budgets.set(policy, budget);
    return policies;
  }

  /** The policies of a host, its circuit and its limits among them, with another retry and other timeouts. */
  private changed(): Policies {
    const { usual, changes } = this.making as Exclude<typeof this.making, undefined>;
    const { backoff, retry, totalTimeout, attemptTimeout, maxAttempts } = this.settings;
    const budget = usual.policies
      .map((policy) => this.budgets.get(policy))
      .find((each) => each !== undefined);
    const given = { backoff, retry, totalTimeout, attemptTimeout, maxAttempts, budget, ...changes };
    const own = httpOfAnyLimits(given as PresetOptions);
    return usual.policies.map((policy) => {
      const isStateless = policy.kind === 'retry' || policy.kind === 'timeout';
      return own.find(({ name }) => isStateless && name === policy.name) ?? policy;
    }) as never;
  }
}

/** What logs call a pipeline: its host. Keys of another client of the same name may be of the caller's own choice. */
function labelOf(key: string): string {
  const [host = key] = key.split(separator, 1);
  return /^(?:https?:\/\/|unix:)/.test(host) ? host : 'other';
}

/** The user's rules choose among the requests that may be repeated. */
function retryRules(
  given: PresetOptions['retry'] = {},
): Exclude<PresetOptions['retry'], undefined> {
  if (typeof given !== 'object' || given === null) return given;
  const { handle, handleResult } = given;
  if (handle !== undefined) check('retry', 'handle', handle, func);
  if (handleResult !== undefined) check('retry', 'handleResult', handleResult, func);
  return {
    ...given,
    handle(error, context) {
      const exchange = Exchange.of(context);
      if (exchange?.allows(error, context) !== true) return false;
      const said = handle?.(error, context) ?? isWorthIt(error);
      if (said) exchange.giveUp();
      return said;
    },
    ...(handleResult !== undefined && {
      handleResult(value: unknown, context: Context) {
        const exchange = Exchange.of(context);
        if (exchange?.isRepeatable !== true) return false;
        const said = handleResult(value, context);
        if (said) exchange.giveUp(value);
        return said;
      },
    }),
  };
}

function isWorthIt(error: unknown): boolean {
  const { kind } = classify(error);
  return kind !== 'permanent' && kind !== 'bug' && kind !== 'cancelled';
}
