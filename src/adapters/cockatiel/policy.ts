/** What all policies are made of: parts, each a policy of kedge's, and a chain of them for calls of this policy alone. */
import { Chain } from '../../core/chain.ts';
import { sharedBus } from '../../core/event-bus.ts';
import type { GaugeReading } from '../../core/gauges.ts';
import { WeakList } from '../../core/living.ts';
import { check, text } from '../../core/options.ts';
import type { LivingPart } from '../../core/pipeline-metrics.ts';
import type { Policy } from '../../core/policy.ts';
import type { Event } from './events.ts';
import { Plan, type PeerFunction } from './execution.ts';
import type { Reports } from './reports.ts';
import type { IDefaultPolicyContext, IFailureEvent, IPolicy, ISuccessEvent } from './types.ts';

/** What runs on the engine: a policy of this entry, or several as one. The member does not show. */
export interface OnEngine {
  readonly '~kedge': Runner;
}

export function isOnEngine(policy: object): policy is OnEngine {
  return (policy as Partial<OnEngine>)['~kedge'] instanceof Runner;
}

/** All chains of one name: they are many, since each policy has one, and are one thing to whoever looks at the metrics. */
class Family implements LivingPart {
  readonly chains: WeakList<Chain> = new WeakList();

  *readings(): Iterable<GaugeReading> {
    for (const chain of this.chains)
      for (const reading of chain.readings()) if (reading.name !== '') yield reading;
  }
}

const usual = 'cockatiel';
const families: Map<string, WeakRef<Family>> = new Map();
let usualFamily: Family | undefined;

function familyOf(name: string): Family {
  if (name === usual && usualFamily !== undefined) return usualFamily;
  const known = families.get(name)?.deref();
  if (known !== undefined) return known;
  const family = new Family();
  if (name === usual) usualFamily = family;
  else families.set(name, new WeakRef(family));
  sharedBus.names.of(name).join(family);
  return family;
}

/** Runs calls, in a chain that is made when the first one comes. */
export class Runner {
  /** What it runs them in, the outermost first. */
  readonly parts: readonly Policy<unknown>[];
  private name = usual;
  private family: Family | undefined = undefined;
  private made: Plan | undefined = undefined;

  constructor(parts: readonly Policy<unknown>[]) {
    this.parts = parts;
  }

  /** Calls and events carry another name from now on. */
  rename(name: string): void {
    this.name = name;
    this.made = undefined;
  }

  get plan(): Plan {
    if (this.made !== undefined) return this.made;
    this.family = familyOf(this.name);
    const chain = new Chain(sharedBus.names.of(this.name), this.parts);
    this.family.chains.add(chain);
    this.made = new Plan(chain);
    return this.made;
  }

  execute(fn: PeerFunction, signal: unknown, passesSignal = false): Promise<unknown> {
    return (this.made ?? this.plan).execute(fn, signal, passesSignal);
  }
}

/** A policy that has listeners. */
export abstract class PeerPolicy<
  ContextType extends IDefaultPolicyContext = IDefaultPolicyContext,
  AltReturn = never,
> implements IPolicy<ContextType, AltReturn> {
  declare readonly _altReturn: AltReturn;
  /** @internal */
  declare readonly '~kedge': Runner;
  /** Tells of calls that ended well. */
  declare readonly onSuccess: Event<ISuccessEvent>;
  /** Tells of calls that failed. */
  declare readonly onFailure: Event<IFailureEvent>;

  /** @internal */
  protected install(reports: Reports, parts: readonly Policy<unknown>[]): void {
    const { success, failure } = reports;
    const events = { onSuccess: success.addListener, onFailure: failure.addListener };
    hide(this, { '~kedge': new Runner(parts), ...events });
  }

  /** Runs a function under the policy. */
  execute<T>(
    fn: (context: ContextType) => PromiseLike<T> | T,
    signal?: AbortSignal,
  ): Promise<T | AltReturn> {
    return this['~kedge'].execute(fn as unknown as PeerFunction, signal) as Promise<T | AltReturn>;
  }
}

/** Puts members on an object that do not show. */
export function hide(on: object, members: object): void {
  for (const [name, value] of Object.entries(members))
    Object.defineProperty(on, name, { value, writable: true, configurable: true });
}

/**
 * Gives a policy, or several that are wrapped, the name that its metrics, events and log lines carry: without one all
 * are called `cockatiel`. Returns the policy.
 *
 * @example
 * ```ts
 * import { handleAll, named, retry } from 'kedge/cockatiel';
 *
 * const payments = named('payments', retry(handleAll, { maxAttempts: 3 }));
 * console.log(await payments.execute(() => 'paid')); // paid
 * ```
 */
export function named<P extends object>(name: string, policy: P): P {
  check('named', 'name', name, text);
  if (!isOnEngine(policy)) {
    throw new TypeError('named: expected a policy of kedge/cockatiel; name any other by adopt().');
  }
  policy['~kedge'].rename(name);
  return policy;
}
