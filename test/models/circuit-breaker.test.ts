// The real circuit breaker in a pipeline against the model, through everything that can happen to it.
import { type CircuitBreaker, circuitBreaker, CircuitOpenError, createKedge, type Pipeline } from 'kedge';
import { recorder, type Recorder, virtualClock } from 'kedge/testing';
import { expect, it } from 'vitest';
import { deferred, type Deferred, jobs, permanent, transient } from '../support/lab.ts';
import { expectConservation } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';
import { CircuitModel, type ModelCall, type Rules, type Verdict } from './circuit-model.ts';

type Command =
  | { readonly do: 'call' }
  | { readonly do: 'end'; readonly which: number; readonly how: 'good' | 'bad' | 'permanent' | 'abort' }
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
  slowCall: fc.constantFrom(undefined, undefined, { after: 50.5, rate: 0.5 }, { after: 50.5, rate: 1 }),
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

/** One process: a breaker with its pipeline, what it did, and what it is to have done. */
class Life {
  readonly breaker: CircuitBreaker;
  readonly model: CircuitModel;
  readonly pipeline: Pipeline;
  readonly seen: Recorder = recorder();
  readonly signals: AbortSignal[] = [];
  running: Running[] = [];
  handles: { readonly real: Disposable; readonly model: () => void }[] = [];
  executions = 0;
  attempts = 0;

  constructor(breaker: CircuitBreaker, model: CircuitModel) {
    this.breaker = breaker;
    this.model = model;
    this.pipeline = createKedge({ sinks: [this.seen] }).pipeline('quotes', breaker);
  }
}

const verdicts: Record<'good' | 'bad' | 'permanent' | 'abort', Verdict> = {
  good: 'success',
  bad: 'failure',
  permanent: 'success',
  abort: 'nothing',
};

it(
  'a circuit breaker does what its model does, and loses nothing',
  async () => {
    const covered = new Set<string>();
    await fc.assert(
      fc.asyncProperty(rules, fc.array(command, { minLength: 5, maxLength: 60 }), async (given, commands) => {
        using clock = virtualClock();
        const options = (now: Rules) => ({
          failureRate: now.failureRate,
          minimumCalls: now.minimumCalls,
          window: now.window,
          consecutiveFailures: now.consecutiveFailures,
          ...(now.slowCall === undefined ? {} : { slowCall: now.slowCall }),
          openFor: now.openFor,
          halfOpen: { probes: now.probes, leaseFor: now.leaseFor },
        });
        let life = new Life(circuitBreaker(options(given)), new CircuitModel(given));
        const lives = [life];

        const check = (): void => {
          const { version: _version, at: _at, ...real } = life.breaker.snapshot();
          expect(real).toEqual(life.model.expected(clock.now));
          expect(life.breaker.state).toBe(life.model.state);
          const turned = life.seen.events.flatMap((event) => {
            if (event.type === 'circuit.opened') return [`${event.from} → open ${event.reason}`];
            if (!event.type.startsWith('circuit.')) return [];
            const { from } = event as { from: string } & typeof event;
            return [`${from} → ${event.type.slice(8).replace('half-opened', 'half-open')}`];
          });
          expect(turned).toEqual(life.model.transitions);
        };

        const end = async (ended: Running, how: keyof typeof verdicts): Promise<void> => {
          life.running = life.running.filter((other) => other !== ended);
          life.model.end(ended.model, clock.now, verdicts[how]);
          if (how === 'good') ended.work.resolve('ok');
          else if (how === 'abort') ended.controller.abort('gone');
          else ended.work.reject(how === 'bad' ? transient() : permanent());
          await jobs();
          const { status } = await ended.answer;
          expect(status).toBe(how === 'good' ? 'fulfilled' : 'rejected');
          ended.work.resolve('late');
        };

        for (const each of commands) {
          switch (each.do) {
            case 'call': {
              const controller = new AbortController();
              const work = deferred();
              life.signals.push(controller.signal);
              life.executions++;
              const before = life.attempts;
              const answer = life.pipeline.settle(
                () => {
                  life.attempts++;
                  return work.promise;
                },
                { signal: controller.signal },
              );
              const model = life.model.begin(clock.now);
              expect(life.attempts - before).toBe('retryAfter' in model ? 0 : 1);
              if (!('retryAfter' in model)) life.running.push({ model, work, controller, answer });
              else {
                const settled = (await answer) as PromiseRejectedResult;
                expect(settled.reason).toBeInstanceOf(CircuitOpenError);
                expect(settled.reason).toMatchObject({ retryAfter: model.retryAfter });
              }
              break;
            }
            case 'end': {
              const ended = life.running[each.which % Math.max(1, life.running.length)];
              if (ended !== undefined) await end(ended, each.how);
              break;
            }
            case 'pass':
              for (let at = clock.now + 1; at <= clock.now + each.ms; at++) life.model.tick(at);
              await clock.advance(each.ms);
              break;
            case 'open':
              life.breaker.open();
              life.model.open(clock.now, 'manual');
              break;
            case 'close':
              life.breaker.close();
              life.model.close();
              break;
            case 'isolate':
              life.handles.push({ real: life.breaker.isolate(), model: life.model.isolate() });
              break;
            case 'release': {
              const handle = life.handles[each.which % Math.max(1, life.handles.length)];
              handle?.real[Symbol.dispose]();
              handle?.model();
              break;
            }
            case 'reconfigure': {
              const { failureRate, minimumCalls, consecutiveFailures } = each;
              life.breaker.reconfigure({ failureRate, minimumCalls, consecutiveFailures });
              life.model.rules = {
                ...life.model.rules,
                failureRate,
                minimumCalls,
                consecutiveFailures,
              };
              break;
            }
            case 'restart': {
              const initial = JSON.parse(JSON.stringify(life.breaker.snapshot())) as ReturnType<
                CircuitBreaker['snapshot']
              >;
              const model = life.model.restarted(clock.now);
              life = new Life(circuitBreaker({ ...options(model.rules), initial }), model);
              lives.push(life);
              break;
            }
          }
          check();
        }

        for (const each of lives) {
          life = each;
          for (const left of each.running.slice()) await end(left, 'good');
          for (const turn of life.model.transitions) covered.add(turn);
        }
        await jobs();
        for (const each of lives) {
          const { pipeline, seen, executions, attempts, signals } = each;
          expectConservation({ pipeline, clock, seen, executions, attempts, signals });
        }
      }),
      runs(1_000),
    );
    // Every arrow that there is has been walked along.
    expect([...covered].toSorted()).toEqual([
      'closed → isolated',
      'closed → open consecutive',
      'closed → open failure-rate',
      'closed → open manual',
      'closed → open slow-rate',
      'half-open → closed',
      'half-open → isolated',
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
