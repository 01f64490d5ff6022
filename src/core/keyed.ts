/**
 * One pipeline a key, made when it is asked for and dropped when it has been idle: bounded, whatever keys come.
 */
import { PipelineMetrics } from './pipeline-metrics.ts';
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
}

/** One pipeline a key. */
export interface Keyed<Alternative = never> {
  readonly name: string;
  /** How many pipelines there are. */
  readonly size: number;
  /** The pipeline of a key; its calls carry the key in their context. */
  for(key: string): Pipeline<Alternative>;
  /** The numbers of all of them together. */
  stats(): PipelineStats;
  /** Leaves the metrics; running calls finish. */
  [Symbol.dispose](): void;
}

const rules: Rules<KeyedOptions> = { maxKeys: wholeNumber(1), idleAfter: duration };
const defaults = { maxKeys: 1_000, idleAfter: 600_000 };

/** How many of the longest unused are looked at for one whose loss would not be felt. */
const candidates = 8;
/** How many are looked at a call for having been idle too long. */
const swept = 2;

interface Member {
  readonly chain: Chain;
  readonly pipeline: Pipeline<unknown>;
  usedAt: number;
}

export class KeyedPipelines implements Keyed<unknown> {
  readonly name: string;
  private readonly policiesFor: (key: string) => readonly (Policy<unknown> | Absent)[];
  private readonly options: Readonly<Required<KeyedOptions>>;
  private readonly wrap: (chain: Chain) => Pipeline<unknown>;
  private readonly bus: EventBus;
  private readonly metrics: PipelineMetrics;
  /** The least recently used first. */
  private readonly members: Map<string, Member> = new Map();
  private latest: Member | undefined = undefined;

  constructor(
    bus: EventBus,
    name: string,
    policiesFor: (key: string) => readonly (Policy<unknown> | Absent)[],
    options: KeyedOptions,
    wrap: (chain: Chain) => Pipeline<unknown>,
  ) {
    check('keyed', 'name', name, text);
    check('keyed', 'policies', policiesFor, func);
    this.options = readOptions<Required<KeyedOptions>>('keyed', options, defaults, rules);
    this.name = name;
    this.policiesFor = policiesFor;
    this.wrap = wrap;
    this.bus = bus;
    this.metrics = new PipelineMetrics(name, bus);
    bus.add(this.metrics);
  }

  get size(): number {
    return this.members.size;
  }

  for(key: string): Pipeline<unknown> {
    if (typeof key !== 'string')
      throw new TypeError(`keyed '${this.name}': expected a key to be a string.`);
    const id = bounded(key);
    const time = now();
    const known = this.members.get(id);
    if (known !== undefined) {
      this.use(id, known, time);
      this.sweep(time);
      return known.pipeline;
    }
    this.sweep(time);
    const chain = new Chain(this.metrics, this.policiesFor(key), id);
    const member: Member = { chain, pipeline: this.wrap(chain), usedAt: time };
    // Before it comes in: it has nothing to be missed for yet, and must not be dropped for those who have.
    if (this.members.size >= this.options.maxKeys) this.drop(this.leastMissed());
    this.members.set(id, member);
    this.latest = member;
    return member.pipeline;
  }

  stats(): PipelineStats {
    return this.metrics.stats();
  }

  [Symbol.dispose](): void {
    // Before its members go, so that their last numbers are handed on.
    this.bus.remove(this.metrics);
    for (const id of [...this.members.keys()]) this.drop(id);
  }

  private use(id: string, member: Member, time: number): void {
    member.usedAt = time;
    if (member === this.latest) return;
    this.latest = member;
    this.members.delete(id);
    this.members.set(id, member);
  }

  /** Drops what has been idle too long: a little with every call, so that no timer is needed. */
  private sweep(time: number): void {
    let left = swept;
    for (const [id, member] of this.members) {
      if (left-- === 0 || time - member.usedAt <= this.options.idleAfter) return;
      this.drop(id);
    }
  }

  /** An open circuit is worth more than a closed one of about the same age, and so is a pipeline with calls under way. */
  private leastMissed(): string {
    let left = candidates;
    let oldest: string | undefined;
    for (const [id, { chain }] of this.members) {
      oldest ??= id;
      if (left-- === 0) break;
      if (!chain.holdsState) return id;
    }
    return oldest as string;
  }

  private drop(id: string): void {
    const member = this.members.get(id);
    this.members.delete(id);
    member?.chain.dispose();
    if (member === this.latest) this.latest = undefined;
  }
}

const longestKey = 256;

/** A key of any length in bounded memory: a long one is known by its beginning, its length and two hashes. */
function bounded(key: string): string {
  if (key.length <= longestKey) return key;
  let one = 0xdeadbeef;
  let other = 0x41c6ce57;
  // All of it: keys that are told apart only by their last letter are two.
  for (let index = 0; index < key.length; index++) {
    const code = key.charCodeAt(index);
    one = Math.imul(one ^ code, 2_654_435_761);
    other = Math.imul(other ^ code, 1_597_334_677);
  }
  return `${key.slice(0, longestKey)}#${key.length}#${(one >>> 0).toString(36)}${(other >>> 0).toString(36)}`;
}
