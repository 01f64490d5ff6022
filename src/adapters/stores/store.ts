/** The pipeline that a client's calls run under, and what may be repeated of them. */
import { classify } from '../../verdict/classify.ts';
import {
  type Attributes,
  type Context,
  type ExecuteOptions,
  type Pipeline,
  pipeline as compose,
  type Policy,
  type PresetOptions,
  presets,
  retry,
  retryBudget,
} from '../../index.ts';

/** Options of all protected clients: those of `presets.database`, or a pipeline. */
export interface StoreOptions extends Omit<PresetOptions, 'fallback'> {
  /** What calls run under, in place of one that is made of the other options. */
  pipeline?: Pipeline;
  /** The name of the pipeline that is made, in metrics and events. */
  name?: string;
}

/** What is known about one call while it runs, for those who decide whether it is repeated. */
export class StoreCall {
  /** Whether something was sent that could have an effect. */
  sent = false;

  /** Whether it may run again after `error`: when it certainly had no effect. */
  repeatable(_error: unknown, safe: boolean): boolean {
    return safe || !this.sent;
  }

  /** Whether it has been tried often enough, whatever it does. It is asked once a failure. */
  exhausted(_error: unknown): boolean {
    return false;
  }
}

/** By the attributes of the call, which are an object of its own: all that a predicate sees of it. */
const calls: WeakMap<Attributes, StoreCall> = new WeakMap();

const reading: Attributes = Object.freeze({ idempotent: true });

export class Store {
  readonly pipeline: Pipeline;

  constructor(defaultName: string, options: StoreOptions) {
    const { pipeline, name = defaultName, ...preset } = options;
    this.pipeline = pipeline ?? compose(name, ...policiesFrom(preset));
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
    return this.pipeline.execute(operation, { ...given, attributes });
  }

  /** Runs what may have an effect, unless the caller says that twice is the same as once. */
  write<T>(
    operation: (context: Context, call: StoreCall) => Promise<T>,
    given: ExecuteOptions,
    call: StoreCall = new StoreCall(),
  ): Promise<T> {
    const attributes = { idempotent: false, ...given.attributes };
    calls.set(attributes, call);
    return this.pipeline.execute((context) => operation(context, call), { ...given, attributes });
  }
}

/** The preset for databases, with a retry that knows what was sent. */
function policiesFrom(options: PresetOptions): readonly Policy[] {
  const { maxAttempts = 3, backoff } = options;
  const budget = options.budget ?? retryBudget({ ratio: 1 });
  return presets
    .database({ ...options, budget })
    .map((policy) =>
      policy.kind === 'retry'
        ? retry({ maxAttempts, budget, handle: worthRepeating, ...(backoff && { backoff }) })
        : policy,
    );
}

function worthRepeating(error: unknown, context: Context): boolean {
  const { kind, repeat: safety, maxRetries = Infinity } = classify(error);
  if (kind === 'permanent' || kind === 'bug' || kind === 'cancelled') return false;
  if (safety === 'never' || context.attempt > maxRetries) return false;
  const call = calls.get(context.attributes);
  if (call?.exhausted(error) === true) return false;
  if (context.attributes['idempotent'] !== false) return true;
  return call === undefined ? safety === 'safe' : call.repeatable(error, safety === 'safe');
}
