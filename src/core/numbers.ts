/**
 * The plain numbers that are counted under one name: what `stats()` and the metrics show. They only grow.
 */
import { Histogram } from './durations.ts';
import type { AttemptOutcome, CountedFailure, ExecutionOutcome } from './policy.ts';

/** Counts of one policy; all of them are there from the start. */
export type Counters = Record<string, number>;

/** The counts of the policies of one name and kind. */
export interface PolicyNumbers {
  readonly name: string;
  readonly kind: string;
  readonly counters: Counters;
}

/** Stands for all names beyond the first so many. */
export const OTHER = '_other';

/** Policies may be named by whoever makes pipelines at run time, so their number is bounded. */
const mostPolicies = 100;
const mostEvents = 50;
const longestType = 128;

export class Numbers {
  readonly executions: Record<ExecutionOutcome, number> = {
    success: 0,
    failure: 0,
    rejected: 0,
    timeout: 0,
    fallback: 0,
    stale: 0,
    cancelled: 0,
  };
  readonly attempts: Record<AttemptOutcome, number> = {
    success: 0,
    failure: 0,
    timeout: 0,
    cancelled: 0,
  };
  /** Failed attempts and rejected calls, by what sort of failure it was. */
  readonly failures: Record<CountedFailure, number> = {
    transient: 0,
    permanent: 0,
    timeout: 0,
    rejected: 0,
    bug: 0,
    unknown: 0,
  };
  late = 0;
  isKeyed = false;
  /** Pipelines of keys that were dropped, for room or for having been idle. */
  evictions = 0;
  /** Log lines that were held back. */
  suppressed = 0;
  /** How long executions took that were answered with a value, those that were not, and attempts. */
  readonly succeeded: Histogram;
  readonly failed: Histogram;
  readonly attempted: Histogram;
  readonly policies: Map<string, PolicyNumbers> = new Map();
  /** Events of custom policies, by type. */
  readonly customEvents: Map<string, number> = new Map();
  private readonly policyNames: Set<string> = new Set();

  constructor(bounds: readonly number[]) {
    this.succeeded = new Histogram(bounds);
    this.failed = new Histogram(bounds);
    this.attempted = new Histogram(bounds);
  }

  /** The numbers of a policy; every policy of this name and kind shares them. `initial` has what it counts, with 0. */
  policy(name: string, kind: string, initial: Readonly<Counters>): PolicyNumbers {
    const label = this.labelOf(name);
    // Pipelines of one name may have different policies of one name.
    const key = `${kind}\n${label}`;
    let known = this.policies.get(key);
    if (known === undefined) {
      known = { name: label, kind, counters: { ...initial } };
      this.policies.set(key, known);
    } else {
      // Another copy of the package may count more.
      for (const counter in initial) {
        if (!(counter in known.counters))
          Object.assign(known.counters, { ...initial, ...known.counters });
      }
    }
    return known;
  }

  /** Whether policies of different kinds have one name. */
  get hasNamesakes(): boolean {
    return this.policyNames.size < this.policies.size;
  }

  /** The name that a policy's numbers stand under. */
  labelOf(policy: string): string {
    if (this.policyNames.has(policy)) return policy;
    if (this.policyNames.size >= mostPolicies) return OTHER;
    this.policyNames.add(policy);
    return policy;
  }

  /** Counts an event of a custom policy. */
  countEvent(type: string, more = 1): void {
    const text = type.slice(0, longestType).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
    const known = this.customEvents.has(text) || this.customEvents.size < mostEvents;
    const label = known ? text : OTHER;
    this.customEvents.set(label, (this.customEvents.get(label) ?? 0) + more);
  }

  /** Counts durations by more bounds from now on. */
  refine(bounds: readonly number[]): void {
    for (const each of [this.succeeded, this.failed, this.attempted]) each.refine(bounds);
  }

  /** Adds all numbers of another one, or takes them away with a `factor` of -1. */
  add(other: Numbers, factor: 1 | -1 = 1): void {
    sum(this.executions, other.executions, factor);
    sum(this.attempts, other.attempts, factor);
    sum(this.failures, other.failures, factor);
    this.late += factor * other.late;
    this.isKeyed ||= other.isKeyed;
    this.evictions += factor * other.evictions;
    this.suppressed += factor * other.suppressed;
    this.succeeded.add(other.succeeded, factor);
    this.failed.add(other.failed, factor);
    this.attempted.add(other.attempted, factor);
    for (const { name, kind, counters } of other.policies.values()) {
      sum(this.policy(name, kind, {}).counters, counters, factor);
    }
    for (const [type, count] of other.customEvents) this.countEvent(type, factor * count);
  }

  copy(): Numbers {
    const copy = new Numbers(this.attempted.bounds);
    copy.add(this);
    return copy;
  }
}

function sum(into: Counters, counts: Readonly<Counters>, factor: number): void {
  for (const name of Object.keys(counts)) {
    into[name] = (into[name] ?? 0) + factor * (counts[name] as number);
  }
}
