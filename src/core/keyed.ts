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

interface Member {
  readonly chain: Chain;
  readonly pipeline: Pipeline<unknown>;
  usedAt: number;
}

export class KeyedPipelines implements Keyed<unknown>, LivingPart {
  readonly name: string;
  private readonly policiesFor: (key: string) => readonly (Policy<unknown> | Absent)[];
  private readonly options: Readonly<typeof defaults & KeyedOptions>;
  private readonly wrap: (chain: Chain) => Pipeline<unknown>;
  private readonly metrics: PipelineMetrics;
  /** The least recently used first. */
  private readonly members: Map<string, Member> = new Map();
  private latest: Member | undefined = undefined;
  private characters = 0;
  private readonly leave: () => void;

  constructor(
    bus: EventBus,
    name: string,
    policiesFor: (key: string) => readonly (Policy<unknown> | Absent)[],
    options: KeyedOptions,
    wrap: (chain: Chain) => Pipeline<unknown>,
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

  *entries(): IterableIterator<[key: string, pipeline: Pipeline<unknown>]> {
    for (const [key, { pipeline }] of this.members) yield [key, pipeline];
  }

  for(key: string): Pipeline<unknown> {
    if (typeof key !== 'string')
      throw new TypeError(`keyed '${this.name}': expected a key to be a string.`);
    const time = now();
    const known = this.members.get(key);
    if (known !== undefined) {
      this.use(key, known, time);
      this.sweep(time);
      return known.pipeline;
    }
    this.sweep(time);
    const chain = new Chain(this.metrics, this.policiesOf(key), { key, family: this });
    const member: Member = { chain, pipeline: this.wrap(chain), usedAt: time };
    // Before it comes in: it has nothing to be missed for yet, and must not be dropped for those who have.
    while (!this.hasRoomFor(key)) this.makeRoom();
    this.characters += key.length;
    this.members.set(key, member);
    this.latest = member;
    return member.pipeline;
  }

  stats(): PipelineStats {
    return this.metrics.stats();
  }

  *readings(): Iterable<GaugeReading> {
    for (const { chain } of this.members.values()) yield* chain.readings();
  }

  [Symbol.dispose](): void {
    this.leave();
    for (const key of [...this.members.keys()]) this.drop(key);
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

  private use(key: string, member: Member, time: number): void {
    member.usedAt = time;
    if (member === this.latest) return;
    this.latest = member;
    this.members.delete(key);
    this.members.set(key, member);
  }

  /** Drops what has been idle too long: a little with every call, so that no timer is needed. */
  private sweep(time: number): void {
    let left = swept;
    for (const [key, member] of this.members) {
      if (left-- === 0 || time - member.usedAt <= this.options.idleAfter) return;
      this.evict(key);
    }
  }

  private hasRoomFor(key: string): boolean {
    const { size } = this.members;
    if (size === 0) return true;
    return size < this.options.maxKeys && this.characters + key.length <= mostCharacters;
  }

  private makeRoom(): void {
    const key = this.leastMissed();
    const chain = this.evict(key);
    for (const { name, kind, state } of chain.lostCircuits()) {
      this.metrics.emit({ name, kind }, undefined, 'circuit.dropped', { state, key });
    }
  }

  /** An open circuit is worth more than a closed one of about the same age, and so is a pipeline with calls under way. */
  private leastMissed(): string {
    let left = candidates;
    let oldest: string | undefined;
    for (const [key, { chain }] of this.members) {
      oldest ??= key;
      if (left-- === 0) break;
      if (!chain.holdsState) return key;
    }
    return oldest as string;
  }

  private evict(key: string): Chain {
    this.metrics.evictions++;
    return this.drop(key);
  }

  private drop(key: string): Chain {
    const member = this.members.get(key) as Member;
    this.members.delete(key);
    this.characters -= key.length;
    member.chain.dispose();
    if (member === this.latest) this.latest = undefined;
    return member.chain;
  }
}
