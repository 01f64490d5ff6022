/**
 * What limits that follow latency make of a dependency that is never idle, becomes slower, or loses workers.
 * Time is virtual, and chance is seeded.
 */
import { answer } from '../child.ts';
import { type Due, Heap } from '../outages/heap.ts';
import { draw, type Random, seeded } from '../outages/random.ts';
import { algorithms, type Limit } from './algorithms.ts';

/** How the dependency and its callers are for a while. */
interface Phase {
  readonly minutes: number;
  readonly workers: number;
  /** How long a worker takes for a call, in milliseconds. */
  readonly service: number;
  /** So many callers ask again as soon as they are answered. */
  readonly callers: number;
  /** Whether this phase is shown. */
  readonly shown?: true;
}

const many = 1_000;
const busy = { workers: 10, service: 10, callers: many };

const scenarios: Readonly<Record<string, readonly Phase[]>> = {
  'ten workers, for an hour': [{ ...busy, minutes: 60, shown: true }],
  'two slow workers, for an hour': [
    { minutes: 60, workers: 2, service: 50, callers: many, shown: true },
  ],
  'no queue, but 1.6 times as slow for good': [
    { minutes: 5, workers: many, service: 50, callers: 100 },
    { minutes: 5, workers: many, service: 80, callers: 190, shown: true },
  ],
  'fifty workers, five minutes with ten of them, and fifty again': [
    { ...busy, minutes: 5, workers: 50 },
    { ...busy, minutes: 5, shown: true },
    { ...busy, minutes: 2, workers: 50, shown: true },
  ],
};

/** How a phase went. */
export interface Passed {
  /** The limit at its end. */
  readonly limit: number;
  /** Calls answered in the whole phase, as a share of those that its workers could do for its callers. */
  readonly throughput: number;
  /** The mean latency in its last minute, in units of that of an idle worker. */
  readonly latency: number;
}

export interface LimitResult {
  readonly scenario: string;
  readonly algorithm: string;
  readonly phases: readonly Passed[];
}

interface Ended extends Due {
  readonly began: number;
}

/** A dependency with one queue, in front of it a limit. */
class Dependency {
  private time = 0;
  private order = 0;
  private inUse = 0;
  private working = 0;
  private readonly waiting: number[] = [];
  private readonly ends = new Heap<Ended>();
  private readonly limit: Limit;
  private readonly random: Random;
  private phase!: Phase;

  constructor(limit: Limit, random: Random) {
    this.limit = limit;
    this.random = random;
  }

  run(phase: Phase): Passed {
    this.phase = phase;
    this.send();
    const end = this.time + phase.minutes * 60_000;
    let answered = 0;
    let latest = 0;
    let latencies = 0;
    for (;;) {
      const next = this.ends.first;
      if (next === undefined || next.at > end) break;
      this.ends.pop();
      this.time = next.at;
      const latency = this.time - next.began;
      answered++;
      if (this.time > end - 60_000) {
        latest++;
        latencies += latency;
      }
      this.working--;
      if (this.waiting.length > 0 && this.working < phase.workers) this.work(this.waiting.shift()!);
      this.limit.sample(latency, this.time, this.inUse--);
      this.send();
    }
    this.time = end;
    const possible =
      (Math.min(phase.workers, phase.callers) * phase.minutes * 60_000) / phase.service;
    return {
      limit: this.limit.limit,
      throughput: answered / possible,
      latency: latencies / latest / phase.service,
    };
  }

  private send(): void {
    const most = Math.min(this.phase.callers, Math.floor(this.limit.limit));
    for (; this.inUse < most; this.inUse++)
      if (this.working < this.phase.workers) this.work(this.time);
      else this.waiting.push(this.time);
  }

  private work(began: number): void {
    this.working++;
    const takes = draw('lognormal', this.phase.service, 0.3, this.random);
    this.ends.push({ at: this.time + takes, order: this.order++, began });
  }
}

function simulate(): LimitResult[] {
  return Object.entries(scenarios).flatMap(([scenario, phases]) =>
    Object.entries(algorithms).map(([algorithm, make]) => {
      const dependency = new Dependency(make(), seeded(1, scenario));
      const passed = phases.flatMap((phase) => {
        const one = dependency.run(phase);
        return phase.shown === undefined ? [] : [one];
      });
      return { scenario, algorithm, phases: passed };
    }),
  );
}

answer(simulate());
