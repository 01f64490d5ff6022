/** The pipeline that a client's calls run under. */
import {
  type Attributes,
  type Context,
  type ExecuteOptions,
  type Operation,
  type Pipeline,
  pipeline as compose,
  type PresetOptions,
  presets,
} from '../../index.ts';
import { anything, boolean, readOptions, type Rule, type Rules, text } from '../../core/options.ts';
import { scopeBehindContext } from '../../core/lazy-context.ts';
import { classify } from '../../verdict/classify.ts';
import { StoreCall } from './call.ts';

/** Options of all protected clients: those of `presets.database`, or a pipeline in their place. */
export interface StoreOptions extends Omit<PresetOptions, 'fallback'> {
  /** What calls run under, in place of a pipeline that is made of the other options. */
  pipeline?: Pipeline;
  /** The name of the pipeline that is made, in metrics and events. */
  name?: string;
}

const pipelineRule: Rule = {
  expected: 'a pipeline',
  type: (value) => typeof (value as { execute?: unknown } | null)?.execute === 'function',
};

/** What `presets.database` checks itself is only named here. */
const rules: Rules<StoreOptions> = {
  pipeline: pipelineRule,
  name: text,
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
};

/** The options of an SQL client, which has one more: whether the server is told how long a statement may take. */
export function sqlOptions(
  client: string,
  given: StoreOptions & { statementTimeout?: boolean },
): [statementTimeout: boolean, StoreOptions] {
  const { statementTimeout = true, ...rest } = readOptions<typeof given>(
    client,
    given,
    {},
    { ...rules, statementTimeout: boolean },
  );
  return [statementTimeout, rest];
}

/** By the attributes of a call, which are an object of its own: all that a predicate sees of it. */
const calls: WeakMap<Attributes, StoreCall> = new WeakMap();

const reading: Attributes = Object.freeze({ idempotent: true });

export class Store {
  readonly pipeline: Pipeline;

  /** `client` is the function whose options they are, `name` what its pipeline is called unless they say so. */
  constructor(client: string, name: string, options: StoreOptions) {
    const { pipeline, ...rest } = readOptions<StoreOptions>(client, options, {}, rules);
    const [other] = Object.keys(rest);
    if (pipeline !== undefined && other !== undefined) {
      throw new TypeError(
        `${client}: \`pipeline\` stands in place of \`${other}\`, which would be ignored. Give one of them.`,
      );
    }
    this.pipeline = pipeline ?? made(name, rest);
  }

  /** Runs what has no effect: it may be repeated after any failure that may pass. */
  read<T>(
    operation: (context: Context) => Promise<T>,
    given: ExecuteOptions,
    call?: StoreCall,
  ): Promise<T> {
    if (given.attributes?.['idempotent'] === false) {
      return this.write((context, own) => {
        own.sent = true;
        return operation(context);
      }, given);
    }
    const attributes =
      given.attributes === undefined && call === undefined
        ? reading
        : { ...given.attributes, idempotent: true };
    if (call !== undefined) calls.set(attributes, call);
    return this.pipeline.execute(lean(operation), { ...given, attributes });
  }

  /** Runs what may have an effect: repeated if it certainly had none, or the caller says that twice is the same as once. */
  write<T>(
    operation: (context: Context, call: StoreCall) => Promise<T>,
    given: ExecuteOptions,
    call: StoreCall = new StoreCall(),
  ): Promise<T> {
    const attributes = { idempotent: false, ...given.attributes };
    calls.set(attributes, call);
    return this.pipeline.execute(
      lean((context) => operation(context, call)),
      { ...given, attributes },
    );
  }
}

/** An operation that names no parameter costs no signal, unless it asks for one: most statements are short. */
function lean<T>(operation: (context: Context) => Promise<T>): Operation<T> {
  return (...[context]: [Context]) => operation(scopeBehindContext(context));
}

function made(
  defaultName: string,
  { name = defaultName, retry, ...preset }: StoreOptions,
): Pipeline {
  const own = retry === undefined || (typeof retry === 'object' && retry !== null);
  return compose(
    name,
    ...presets.database({ ...preset, retry: own ? heedingCalls(retry) : retry }),
  );
}

const mayRepeat = (error: unknown, { attributes }: Context): boolean =>
  calls.get(attributes)?.isFinal !== true &&
  (attributes['idempotent'] !== false || classify(error).repeat === 'safe');

/** The caller's rules for retries, which never make twice of what may be done once. */
function heedingCalls(given: StoreOptions['retry'] = {}): NonNullable<StoreOptions['retry']> {
  const { handle } = given;
  // What is no function is refused by the policy itself.
  const takesHandle = handle === undefined || typeof handle === 'function';
  return {
    ...given,
    ...(takesHandle && {
      handle: (error, context) => (mayRepeat(error, context) ? handle?.(error, context) : false),
    }),
  };
}
