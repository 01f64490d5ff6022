/**
 * Calls through all policies at once, with faults, callers that leave, hedges, and policies that are changed while they
 * work; and what must hold whenever all of them are over. `npm run soak` makes millions of calls, `npm test` a few.
 */
import { getEventListeners } from 'node:events';
import {
  circuitBreaker,
  type Context,
  createKedge,
  type ExecuteOptions,
  type Kedge,
  type Pipeline,
  retry,
  timeout,
} from 'kedge';
import { scrape } from '../observe/scraping.ts';
import { random as seeded } from '../support/random.ts';
import { Dependency } from './dependency.ts';
import { commonLaws, lawsOf } from './laws.ts';
import { Ledger } from './ledger.ts';
import { Sinks } from './sinks.ts';
import { type Kind, type Time, timeOf } from './time.ts';
import { type Target, world } from './world.ts';

export interface SoakOptions {
  readonly calls: number;
  readonly seed: number;
  readonly time: Kind;
  /** How often all calls are waited for, and the laws checked. @default 1 */
  readonly rests?: number;
  /** Called at each rest, when nothing is under way. */
  readonly atRest?: (figures: Figures) => unknown;
  /** Called after each step of a millisecond, which is one turn of the event loop or a few. */
  readonly onStep?: () => void;
}

/** What was counted, of all pipelines together. */
export interface Figures {
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly rejected: number;
  readonly cancelled: number;
  readonly operations: number;
  readonly events: number;
  /** How often a policy was changed in the middle of traffic. */
  readonly changes: number;
  /** Milliseconds of the clock that kedge went by. */
  readonly elapsed: number;
  /** Types of events that never came: of what causes them nothing has been shown. */
  readonly missing: readonly string[];
  /** The laws that did not hold, each a sentence. */
  readonly broken: readonly string[];
}

/** Calls a step, on average half of it. */
const crowd = 20;
/** How long the last calls may take, in steps. */
const patience = 60_000;
/** And the last timers after that: a log writes what it holds back in a storm when the second is over. */
const storm = 1_100;

export async function soak(options: SoakOptions): Promise<Figures> {
  const { calls, seed, time: kind, rests = 1, atRest, onStep } = options;
  const broken: string[] = [];
  const complain = (what: string) => (about: unknown) =>
    void broken.push(`${what}: ${String(about)}`);
  const unhandled = complain('a rejection that nobody handles');
  const warned = complain('Node warns');
  const { random: chance } = Math;
  process.on('unhandledRejection', unhandled).on('warning', warned);
  try {
    using time = timeOf(kind);
    Math.random = seeded(seed + 1);
    const traffic = new Traffic(time, seeded(seed), onStep);
    let figures = traffic.figures(broken);
    for (let rest = 1; rest <= rests; rest++) {
      await traffic.run(Math.round((calls * rest) / rests));
      broken.push(...(await traffic.rest()));
      figures = traffic.figures(broken);
      await atRest?.(figures);
    }
    return figures;
  } finally {
    Math.random = chance;
    process.off('unhandledRejection', unhandled).off('warning', warned);
  }
}

class Traffic {
  readonly sinks: Sinks;
  private readonly time: Time;
  private readonly random: () => number;
  private readonly onStep: () => void;
  private readonly kedge: Kedge = createKedge();
  private readonly dependency: Dependency;
  private readonly targets: readonly Target[];
  private readonly changes: readonly (() => void)[];
  private readonly ledgers: Map<string, Ledger> = new Map();
  /** A signal that callers use all the time, and that never aborts. */
  private readonly shared: AbortSignal = new AbortController().signal;
  /** Listeners on signals of callers that have been answered. */
  private listeners = 0;
  /** Calls so far, and those of them that have been answered. */
  private started = 0;
  private answered = 0;
  private changed = 0;
  /** Pipelines that are there for a few calls only; what they counted stays with their name. */
  private readonly guests: Set<Pipeline> = new Set();

  constructor(time: Time, random: () => number, onStep: () => void = () => {}) {
    this.time = time;
    this.random = random;
    this.onStep = onStep;
    this.dependency = new Dependency(time, random);
    this.sinks = new Sinks(this.kedge);
    const { targets, changes } = world(this.kedge, time, random);
    this.targets = [...targets, this.guest()];
    this.changes = changes;
  }

  /** Goes on until so many calls have been made in all. */
  async run(until: number): Promise<void> {
    const { random, targets, changes } = this;
    while (this.started < until) {
      const wanted = Math.min(until - this.started, Math.floor(random() * (crowd + 1)));
      for (let each = 0; each < wanted; each++) void this.call(oneOf(targets, random));
      if (random() < 0.05) {
        oneOf(changes, random)();
        this.changed++;
      }
      if (random() < 0.01) this.sinks.visit();
      if (random() < 0.01) this.invite();
      // Somebody reads the metrics while all of this goes on.
      if (random() < 0.0005) await this.sinks.registry.metrics();
      await this.pass();
    }
  }

  /** Waits until nothing is under way any more, and says which laws do not hold then. */
  async rest(): Promise<string[]> {
    const { ledgers, time, sinks } = this;
    const busy = (): boolean =>
      this.answered < this.started ||
      this.guests.size > 0 ||
      this.targets.some((target) => target.stats().abandoned > 0);
    // Looked at now and then: the numbers of all pipelines are much to read.
    for (let step = 0; step < patience && (step % 50 !== 0 || busy()); step++) await this.pass();
    for (let step = 0; step < storm && time.timers > 0; step++) await this.pass();

    const broken: string[] = [];
    if (time.timers > 0) broken.push(`${time.timers} timers are left when nothing is under way`);
    this.listeners += getEventListeners(this.shared, 'abort').length;
    if (this.listeners > 0)
      broken.push(`${this.listeners} listeners are left on signals of callers that were answered`);
    const metrics = await scrape(sinks.registry);
    for (const target of this.targets) {
      const { name } = target;
      const numbers = target.stats();
      broken.push(...lawsOf(name, ledgerOf(ledgers, name), numbers, sinks, metrics));
    }
    return [...broken, ...commonLaws(sinks, metrics)];
  }

  figures(broken: readonly string[]): Figures {
    const { sinks, changed: changes, time } = this;
    const all = new Ledger();
    for (const each of this.ledgers.values()) all.add(each);
    const { started, succeeded, failed, rejected, cancelled, operations } = all;
    const counted = { started, succeeded, failed, rejected, cancelled, operations };
    return {
      ...counted,
      events: sinks.events,
      missing: sinks.missing,
      changes,
      elapsed: time.now,
      broken,
    };
  }

  private async pass(): Promise<void> {
    await this.time.pass();
    this.onStep();
  }

  private invite(): void {
    const guest = this.guest();
    this.guests.add(guest);
    const calls = Array.from({ length: 5 }, () => this.call(guest));
    void Promise.allSettled(calls).then(() => {
      this.guests.delete(guest);
      // Some of its operations may still be at work, and are counted all the same.
      guest[Symbol.dispose]();
    });
  }

  private guest(): Pipeline {
    const policies = [retry({ maxAttempts: 2 }), circuitBreaker(), timeout(100)] as const;
    return this.kedge.pipeline('guest', ...policies);
  }

  /** One caller of a pipeline; `outer` is the call that this one is made on behalf of. */
  private call(target: Target, outer?: Context): Promise<unknown> {
    const { random } = this;
    const ledger = ledgerOf(this.ledgers, target.name);
    const signal = outer === undefined ? this.signal() : outer.signal;
    const options: ExecuteOptions = {
      signal,
      // Some are asked for all the time, most hardly ever.
      key:
        random() < 0.3
          ? `common ${Math.floor(random() * 20)}`
          : `rare ${Math.floor(random() * 1e5)}`,
      attributes: { idempotent: random() < 0.5, priority: Math.floor(random() * 10) },
    };
    this.started++;
    ledger.started++;
    const operation = (context?: Context): unknown => {
      ledger.operations++;
      // Some need another service in their turn.
      if (context !== undefined && outer === undefined && random() < 0.02)
        return this.call(oneOf(this.targets, random), context);
      return this.dependency.answer(context?.signal);
    };
    const end = (answer: PromiseSettledResult<unknown>): void => {
      this.answered++;
      ledger.note(answer, signal);
      if (signal !== undefined && signal !== this.shared && outer === undefined)
        this.listeners += getEventListeners(signal, 'abort').length;
    };
    const answer = target.execute(operation, options);
    answer.then(
      (value) => end({ status: 'fulfilled', value }),
      (reason: unknown) => end({ status: 'rejected', reason }),
    );
    return answer;
  }

  /** How a caller may leave: never, perhaps, soon, or before it came. */
  private signal(): AbortSignal | undefined {
    const { random, time } = this;
    const chance = random();
    if (chance < 0.3) return undefined;
    if (chance < 0.6) return this.shared;
    const controller = new AbortController();
    if (chance < 0.62) controller.abort(new Error('gone already'));
    else if (chance < 0.8)
      time.after(1 + Math.floor(random() * 300), () => controller.abort(new Error('gone')));
    return controller.signal;
  }
}

function oneOf<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)]!;
}

function ledgerOf(ledgers: Map<string, Ledger>, name: string): Ledger {
  const ledger = ledgers.get(name) ?? new Ledger();
  ledgers.set(name, ledger);
  return ledger;
}
