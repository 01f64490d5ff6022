/**
 * One pipeline a key, made when it is asked for and dropped when it has been idle: bounded, whatever keys come.
 */
import type { GaugeReading } from './gauges.ts';
import type { LivingPart, PipelineMetrics } from './pipeline-metrics.ts';
import type { EventBus } from './event-bus.ts';
import { check, duration, func, readOptions, type Rules, text, wholeNumber } from './options.ts';
import { Chain } from './chain.ts';
import type { Absent, Pipeline, PipelineStats, Policy } from './policy.ts';
import { now } from './time.ts';

export interface KeyedOptions {
  /** How many pipelines are kept; the least recently used is dropped first. @default 1_000 */
  maxKeys?: number;
  /** A pipeline that nobody has asked for this long is dropped, in milliseconds. @default 600_000 */
  idleAfter?: number;
  /**
   * What logs, state and, if asked, metrics call a key, for keys that may be shown: a host, the name of a shard.
   * @default none; logs have a hash instead
   */
  label?: (key: string) => string;
}

/** One pipeline a key. */
export interface Keyed<Alternative = never> {
  readonly name: string;
  /** How many pipelines there are. */
  readonly size: number;
  /** The keys and pipelines that there are, the least recently used first. Looking at them is no use of them. */
  entries(): IterableIterator<[key: string, pipeline: Pipeline<Alternative>]>;
  /** The pipeline of a key; its calls carry the key in their context. */
  for(key: string): Pipeline<Alternative>;
  /** The numbers of all of them together. */
  stats(): PipelineStats;
  /** Leaves the metrics; running calls finish. */
  [Symbol.dispose](): void;
}

const rules: Rules<KeyedOptions> = { maxKeys: wholeNumber(1), idleAfter: duration, label: func };
const defaults = { maxKeys: 1_000, idleAfter: 600_000 };

/** How many of the longest unused are looked at for one whose loss would not be felt. */
const candidates = 8;
/** How many are looked at a call for having been idle too long. */
const swept = 2;
/** So many characters of keys are kept in all: keys are kept as they are, and some come from outside. */
const mostCharacters = 4_194_304;

/** A pipeline of one key, and its neighbours in the order of use. */
interface Member {
  readonly key: string;
  readonly chain: Chain;
  readonly pipeline: Pipeline;
  usedAt: number;
  older: Member | undefined;
  newer: Member | undefined;
}

export class KeyedPipelines implements Keyed, LivingPart {
  readonly name: string;
  private readonly policiesFor: (key: string) => readonly (Policy<unknown> | Absent)[];
  private readonly options: Readonly<typeof defaults & KeyedOptions>;
  private readonly wrap: (chain: Chain) => Pipeline;
  private readonly metrics: PipelineMetrics;
  private readonly members: Map<string, Member> = new Map();
  // A list of their own: a map that is put in order by taking out and putting in is slow to tell its first entry.
  private oldest: Member | undefined = undefined;
  private newest: Member | undefined = undefined;
  private characters = 0;
  private readonly leave: () => void;

  constructor(
    bus: EventBus,
    name: string,
    policiesFor: (key: string) => readonly (Policy<unknown> | Absent)[],
    options: KeyedOptions,
    wrap: (chain: Chain) => Pipeline,
  ) {
    check('keyed', 'name', name, text);
    check('keyed', 'policies', policiesFor, func);
    this.options = readOptions<typeof defaults & KeyedOptions>('keyed', options, defaults, rules);
    this.name = name;
    this.policiesFor = policiesFor;
    this.wrap = wrap;
    this.metrics = bus.names.of(name);
    this.metrics.isKeyed = true;
    this.metrics.keyLabel = this.options.label;
    this.leave = this.metrics.join(this);
  }

  get size(): number {
    return this.members.size;
  }

  *entries(): IterableIterator<[key: string, pipeline: Pipeline]> {
    // A copy: who looks at them may use them, and some may be dropped meanwhile.
    for (const { key, pipeline } of [...this.inOrder()]) yield [key, pipeline];
  }

  for(key: string): Pipeline {
    if (typeof key !== 'string')
      throw new TypeError(`keyed '${this.name}': expected a key to be a string.`);
    const time = now();
    const known = this.members.get(key);
    if (known !== undefined) {
      this.use(known, time);
      this.sweep(time);
      return known.pipeline;
    }
    this.sweep(time);
    return this.add(key, time);
  }

  stats(): PipelineStats {
    return this.metrics.stats();
  }

  *readings(): Iterable<GaugeReading> {
    for (const { chain } of this.inOrder()) yield* chain.readings();
  }

  [Symbol.dispose](): void {
    this.leave();
    while (this.oldest !== undefined) this.drop(this.oldest);
  }

  private add(key: string, time: number): Pipeline {
    const chain = new Chain(this.metrics, this.policiesOf(key), { key, family: this });
    // Making its policies may have asked for it.
    const meanwhile = this.members.get(key);
    if (meanwhile !== undefined) return meanwhile.pipeline;
    const pipeline = this.wrap(chain);
    // Before it comes in: it has nothing to be missed for yet, and must not be dropped for those who have.
    while (!this.hasRoomFor(key)) this.makeRoom();
    const member: Member = {
      key,
      chain,
      pipeline,
      usedAt: time,
      older: undefined,
      newer: undefined,
    };
    this.characters += key.length;
    this.members.set(key, member);
    this.append(member);
    return pipeline;
  }

  private policiesOf(key: string): readonly (Policy<unknown> | Absent)[] {
    const policies: unknown = this.policiesFor(key);
    if (Array.isArray(policies)) return policies as readonly (Policy<unknown> | Absent)[];
    const { kind } = (policies ?? {}) as Partial<Policy>;
    const got = typeof kind === 'string' ? `one policy (${kind})` : typeof policies;
    throw new TypeError(
      `keyed '${this.name}': expected \`policies\` to return a list of policies, like (key) => [retry()], got ${got}.`,
    );
  }

  private use(member: Member, time: number): void {
    member.usedAt = time;
    if (member === this.newest) return;
    this.detach(member);
    this.append(member);
  }

  private append(member: Member): void {
    const { newest } = this;
    member.older = newest;
    if (newest === undefined) this.oldest = member;
    else newest.newer = member;
    this.newest = member;
  }

  private detach(member: Member): void {
    const { older, newer } = member;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    member.older = member.newer = undefined;
  }

  /** The least recently used first. */
  private *inOrder(): Iterable<Member> {
    for (let each = this.oldest; each !== undefined; each = each.newer) yield each;
  }

  /** Drops what has been idle too long: a little with every call, so that no timer is needed. */
  private sweep(time: number): void {
    for (let left = swept; left > 0; left--) {
      const { oldest } = this;
      if (oldest === undefined || time - oldest.usedAt <= this.options.idleAfter) return;
      this.evict(oldest);
    }
  }

  private hasRoomFor(key: string): boolean {
    const { size } = this.members;
    if (size === 0) return true;
    return size < this.options.maxKeys && this.characters + key.length <= mostCharacters;
  }

  private makeRoom(): void {
    const member = this.leastMissed();
    const { key, chain } = member;
    this.evict(member);
    for (const { name, kind, state } of chain.lostCircuits()) {
      chain.announce({ name, kind }, 'circuit.dropped', { state, key });
    }
  }

  /** An open circuit is worth more than a closed one of about the same age, and so is a pipeline with calls under way. */
  private leastMissed(): Member {
    let each = this.oldest;
    for (let left = candidates; left > 0 && each !== undefined; left--) {
      if (!each.chain.holdsState) return each;
      each = each.newer;
    }
    return this.oldest as Member;
  }

  private evict(member: Member): void {
    this.metrics.evictions++;
    this.drop(member);
  }

  private drop(member: Member): void {
    this.members.delete(member.key);
    this.detach(member);
    this.characters -= member.key.length;
    member.chain.dispose();
  }
}
