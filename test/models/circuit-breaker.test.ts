/* oxlint-disable vitest/no-standalone-expect -- the steps of the test are a class */
// The real circuit breaker in a pipeline against the model, through everything that can happen to it.
import {
  type CircuitBreaker,
  circuitBreaker,
  type CircuitBreakerOptions,
  CircuitOpenError,
  type CircuitSnapshot,
  createKedge,
  type Pipeline,
} from 'kedge';
import { recorder, type Recorder, type VirtualClock, virtualClock } from 'kedge/testing';
import { expect, it } from 'vitest';
import { deferred, type Deferred, jobs, permanent, transient } from '../support/lab.ts';
import { expectConservation } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';
import { CircuitModel, type ModelCall, type Rules, type Verdict } from './circuit-model.ts';

type Command =
  | { readonly do: 'call' }
  | {
      readonly do: 'end';
      readonly which: number;
      readonly how: 'good' | 'bad' | 'permanent' | 'abort';
    }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'open' | 'close' | 'isolate' | 'restart' }
  | { readonly do: 'release'; readonly which: number }
  | {
      readonly do: 'reconfigure';
      readonly failureRate: number;
      readonly minimumCalls: number;
      readonly consecutiveFailures: number;
    };

const index = fc.nat({ max: 20 });
const rate = fc.constantFrom(0.1, 0.3, 0.5, 0.7, 1);
const count = fc.integer({ min: 1, max: 5 });

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ do: 'call' as const }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: index,
      how: fc.constantFrom('good' as const, 'bad', 'bad', 'permanent', 'abort'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 3_000 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'close', 'restart') }) },
  { weight: 1, arbitrary: fc.constant({ do: 'isolate' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), which: index }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('reconfigure' as const),
      failureRate: rate,
      minimumCalls: count,
      consecutiveFailures: fc.constantFrom(1, 2, 4, Infinity),
    }),
  },
);

const rules: fc.Arbitrary<Rules> = fc.record({
  failureRate: rate,
  minimumCalls: count,
  window: fc.constantFrom({ duration: 1_000 }, { duration: 500 }, { calls: 5 }, { calls: 8 }),
  consecutiveFailures: fc.constantFrom(1, 3, 5, Infinity),
  // Between two milliseconds, so that nothing ends at the very instant at which it becomes slow.
  slowCall: fc.constantFrom(
    undefined,
    undefined,
    { after: 50.5, rate: 0.5 },
    { after: 50.5, rate: 1 },
  ),
  openFor: fc.constantFrom(
    () => 100,
    (opening: number) => 50 * opening,
  ),
  probes: fc.constantFrom(1, 2, 3),
  leaseFor: fc.constantFrom(80, 1_000),
});

interface Running {
  readonly model: ModelCall;
  readonly work: Deferred;
  readonly controller: AbortController;
  readonly answer: Promise<PromiseSettledResult<unknown>>;
}

const verdicts: Record<'good' | 'bad' | 'permanent' | 'abort', Verdict> = {
  good: 'success',
  bad: 'failure',
  permanent: 'success',
  abort: 'nothing',
};

const optionsFor = ({ probes, leaseFor, slowCall, ...same }: Rules): CircuitBreakerOptions => ({
  ...same,
  ...(slowCall === undefined ? {} : { slowCall }),
  halfOpen: { probes, leaseFor },
});

/** One process: a breaker with its pipeline, what it did, and what it was to do. */
class Life {
  readonly breaker: CircuitBreaker;
  readonly model: CircuitModel;
  private readonly clock: VirtualClock;
  private readonly pipeline: Pipeline;
  private readonly seen: Recorder = recorder();
  private readonly signals: AbortSignal[] = [];
  private readonly handles: { readonly real: Disposable; readonly model: () => void }[] = [];
  private running: Running[] = [];
  private executions = 0;
  private attempts = 0;

  constructor(clock: VirtualClock, breaker: CircuitBreaker, model: CircuitModel) {
    this.clock = clock;
    this.breaker = breaker;
    this.model = model;
    this.pipeline = createKedge({ sinks: [this.seen] }).pipeline('quotes', breaker);
  }

  get now(): number {
    return this.clock.now;
  }

  /** Another process that goes on where this one stands. */
  restarted(): Life {
    const restore = JSON.parse(JSON.stringify(this.breaker.snapshot())) as CircuitSnapshot;
    const model = this.model.restarted(this.clock.now);
    const breaker = circuitBreaker({ ...optionsFor(model.rules), restore });
    return new Life(this.clock, breaker, model);
  }

  async ask(operation: () => unknown): Promise<void> {
    await this.pipeline.settle(operation);
  }

  async call(): Promise<void> {
    const controller = new AbortController();
    const work = deferred();
    this.signals.push(controller.signal);
    this.executions++;
    const before = this.attempts;
    const answer = this.pipeline.settle(
      () => {
        this.attempts++;
        return work.promise;
      },
      { signal: controller.signal },
    );
    const model = this.model.begin(this.clock.now);
    const letIn = !('retryAfter' in model);
    expect(this.attempts - before).toBe(letIn ? 1 : 0);
    if (letIn) {
      this.running.push({ model, work, controller, answer });
      return;
    }
    const { reason } = (await answer) as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(CircuitOpenError);
    expect(reason).toMatchObject({ retryAfter: model.retryAfter });
  }

  async end(which: number, how: keyof typeof verdicts): Promise<void> {
    const ended = this.running[which % Math.max(1, this.running.length)];
    if (ended === undefined) return;
    this.running = this.running.filter((other) => other !== ended);
    this.model.end(ended.model, this.clock.now, verdicts[how]);
    if (how === 'good') ended.work.resolve('ok');
    else if (how === 'abort') ended.controller.abort('gone');
    else ended.work.reject(how === 'bad' ? transient() : permanent());
    await jobs();
    const { status } = await ended.answer;
    expect(status).toBe(how === 'good' ? 'fulfilled' : 'rejected');
    ended.work.resolve('late');
  }

  async endAll(): Promise<void> {
    while (this.running.length > 0) await this.end(0, 'good');
  }

  async pass(ms: number): Promise<void> {
    for (let at = this.clock.now + 1; at <= this.clock.now + ms; at++) this.model.tick(at);
    await this.clock.advance(ms);
  }

  isolate(): void {
    this.handles.push({ real: this.breaker.isolate(), model: this.model.isolate() });
  }

  release(which: number): void {
    const handle = this.handles[which % Math.max(1, this.handles.length)];
    handle?.real[Symbol.dispose]();
    handle?.model();
  }

  reconfigure(change: Pick<Rules, 'failureRate' | 'minimumCalls' | 'consecutiveFailures'>): void {
    this.breaker.reconfigure(change);
    this.model.rules = { ...this.model.rules, ...change };
  }

  check(): void {
    const { version: _version, at: _at, ...real } = this.breaker.snapshot();
    expect(real).toEqual(this.model.expected(this.clock.now));
    expect(this.breaker.state).toBe(this.model.state);
    const turned = this.seen.events.flatMap((event) => {
      if (event.type === 'circuit.opened') return [`${event.from} → open ${event.reason}`];
      if (!event.type.startsWith('circuit.')) return [];
      const { from } = event as { from: string } & typeof event;
      return [`${from} → ${event.type.slice(8).replace('half-opened', 'half-open')}`];
    });
    expect(turned).toEqual(this.model.transitions);
  }

  checkLaws(): void {
    const { pipeline, clock, seen, executions, attempts, signals } = this;
    expectConservation({ pipeline, clock, seen, executions, attempts, signals });
  }
}

async function obey(life: Life, command: Command): Promise<Life> {
  switch (command.do) {
    case 'call':
      await life.call();
      break;
    case 'end':
      await life.end(command.which, command.how);
      break;
    case 'pass':
      await life.pass(command.ms);
      break;
    case 'open':
      life.breaker.open();
      life.model.open(life.now, 'manual');
      break;
    case 'close':
      life.breaker.close();
      life.model.close();
      break;
    case 'isolate':
      life.isolate();
      break;
    case 'release':
      life.release(command.which);
      break;
    case 'reconfigure': {
      const { do: _do, ...change } = command;
      life.reconfigure(change);
      break;
    }
    case 'restart':
      return life.restarted();
  }
  return life;
}

/** The rarest way of all: the streak of probes is too long before their rate is too high. */
const patient: Rules = {
  failureRate: 1,
  minimumCalls: 5,
  window: { calls: 5 },
  consecutiveFailures: 1,
  slowCall: undefined,
  openFor: () => 100,
  probes: 3,
  leaseFor: 1_000,
};
const impatience: Command[] = [
  { do: 'open' },
  { do: 'pass', ms: 100 },
  { do: 'call' },
  { do: 'end', which: 0, how: 'bad' },
];

const byHand: Command[] = [
  { do: 'open' },
  { do: 'pass', ms: 100 },
  { do: 'call' },
  { do: 'open' },
  { do: 'pass', ms: 100 },
];

it(
  'a circuit breaker does what its model does, and loses nothing',
  async () => {
    const covered = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        rules,
        fc.array(command, { minLength: 5, maxLength: 60 }),
        async (given, commands) => {
          using clock = virtualClock();
          let life = new Life(clock, circuitBreaker(optionsFor(given)), new CircuitModel(given));
          const lives = new Set([life]);
          for (const each of commands) {
            life = await obey(life, each);
            lives.add(life);
            life.check();
          }
          for (const each of lives) {
            await each.endAll();
            for (const turn of each.model.transitions) covered.add(turn);
          }
          await jobs();
          for (const each of lives) each.checkLaws();
        },
      ),
      {
        ...runs(1_000),
        examples: [
          [patient, impatience],
          [patient, byHand],
        ],
      },
    );
    // Every arrow that there is has been walked along.
    expect([...covered].toSorted()).toEqual([
      'closed → isolated',
      'closed → open consecutive',
      'closed → open failure-rate',
      'closed → open manual',
      'closed → open restored',
      'closed → open slow-rate',
      'half-open → closed',
      'half-open → isolated',
      'half-open → open consecutive',
      'half-open → open manual',
      'half-open → open probe-failed',
      'isolated → closed',
      'open → closed',
      'open → half-open',
      'open → isolated',
      'open → open manual',
    ]);
  },
  patience,
);

it(
  'a half-open time always ends: in a closed circuit where the dependency is well, else in an open one',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        fc.array(command, { minLength: 5, maxLength: 40 }),
        fc.boolean(),
        async (given, commands, isWell) => {
          using clock = virtualClock();
          let life = new Life(clock, circuitBreaker(optionsFor(given)), new CircuitModel(given));
          for (const each of commands) life = await obey(life, each);
          if (life.breaker.state === 'isolated') life.breaker.close();
          // Calls that never end may still be under way, and hold places until their leases are over.
          const hasEnded = (): boolean =>
            isWell ? life.breaker.state === 'closed' : life.breaker.state !== 'half-open';
          let calls = 0;
          do {
            await clock.advance(2_000);
            await life.ask(() => (isWell ? 'ok' : Promise.reject(transient())));
          } while (!hasEnded() && calls++ < 100);
          expect(hasEnded()).toBe(true);
        },
      ),
      runs(300),
    );
  },
  patience,
);
