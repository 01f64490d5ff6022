// Any policies in any order around operations that do whatever they like, with callers that leave: what must hold.
import {
  circuitBreaker,
  CircuitOpenError,
  constantBackoff,
  createKedge,
  fallback,
  type Policy,
  retry,
  timeout,
  TimeoutError,
} from 'kedge';
import { recorder, scripted, type Step, virtualClock } from 'kedge/testing';
import { expect, it } from 'vitest';
import { jobs } from '../support/lab.ts';
import { expectConservation } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';

/** A kind of policy with what it is made of, so that a counterexample can be read. */
type Layer =
  | { readonly kind: 'retry'; readonly maxAttempts: number; readonly delay: number }
  | {
      readonly kind: 'circuitBreaker';
      readonly failures: number;
      readonly openFor: number;
      readonly slow: boolean;
    }
  | {
      readonly kind: 'timeout';
      readonly after: number;
      readonly strategy: 'aggressive' | 'cooperative';
    }
  | { readonly kind: 'fallback'; readonly how: 'value' | 'run' | 'fail' | 'slow' }
  | {
      readonly kind: 'own';
      readonly how: 'through' | 'again' | 'race' | 'swallow' | 'pause' | 'leave';
    }
  | {
      readonly kind: 'by hand';
      readonly inner: 'retry' | 'timeout' | 'circuitBreaker' | 'fallback';
    };

const layer: fc.Arbitrary<Layer> = fc.oneof(
  fc.record({
    kind: fc.constant('retry' as const),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    delay: fc.constantFrom(0, 7, 40),
  }),
  fc.record({
    kind: fc.constant('circuitBreaker' as const),
    failures: fc.integer({ min: 1, max: 4 }),
    openFor: fc.constantFrom(10, 100),
    slow: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('timeout' as const),
    after: fc.constantFrom(5, 20, 60, 300),
    strategy: fc.constantFrom('aggressive' as const, 'aggressive', 'cooperative'),
  }),
  fc.record({
    kind: fc.constant('fallback' as const),
    how: fc.constantFrom('value' as const, 'run', 'fail', 'slow'),
  }),
  fc.record({
    kind: fc.constant('own' as const),
    how: fc.constantFrom('through' as const, 'again', 'race', 'swallow', 'pause', 'leave'),
  }),
  fc.record({
    kind: fc.constant('by hand' as const),
    inner: fc.constantFrom('retry' as const, 'timeout', 'circuitBreaker', 'fallback'),
  }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ value: fc.constant('value'), after: fc.constantFrom(0, 5, 20, 61) }),
  },
  { weight: 2, arbitrary: fc.constant({ value: 'value' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      error: fc.constantFrom('transient', 'permanent', 'bug', undefined),
      after: fc.constantFrom(0, 5, 20, 61),
    }),
  },
  { weight: 2, arbitrary: fc.record({ error: fc.constantFrom('transient', 'permanent') }) },
  { weight: 2, arbitrary: fc.constant({ untilAborted: true as const }) },
);

const caller = fc.record({
  at: fc.integer({ min: 0, max: 200 }),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }) as fc.Arbitrary<[Step, ...Step[]]>,
  sync: fc.boolean(),
  leaves: fc.option(fc.integer({ min: 0, max: 150 }), { nil: undefined }),
});

const errors = {
  transient: Object.assign(new Error('transient'), { code: 'ECONNRESET' }),
  permanent: Object.assign(new Error('permanent'), { status: 404 }),
  bug: new TypeError('bug'),
};

/** How often the operation can be started at most under this layer for one start of what is outside. */
function multiplies(each: Layer, inside: readonly Layer[]): number {
  // Waiting for a circuit is no attempt.
  const circuits = inside.some(
    (other) =>
      other.kind === 'circuitBreaker' ||
      (other.kind === 'by hand' && other.inner === 'circuitBreaker'),
  );
  if (each.kind === 'retry') return each.maxAttempts + (circuits ? 1 : 0);
  if (each.kind === 'by hand') return each.inner === 'retry' ? 2 + (circuits ? 1 : 0) : 1;
  return each.kind === 'own' && (each.how === 'again' || each.how === 'race') ? 2 : 1;
}

const mine = new Error('mine');
const goneAtLast = { gone: 'at last' };

const pause = (ms: number) => scripted([{ value: 'paused', after: ms }])({} as never);

const byHand = (inner: Policy<unknown>): Policy => ({
  kind: 'hand',
  name: 'hand',
  apply: (next) => inner.apply(next),
});
it(
  'whatever the pipeline, every call is answered once, with something that somebody gave, and nothing is left',
  async () => {
    const covered = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(layer, { maxLength: 6 }),
        fc.array(caller, { minLength: 1, maxLength: 6 }),
        async (layers, callers) => {
          using clock = virtualClock();
          const seen = recorder();
          const policies = layers.map((each): Policy<unknown> => {
            switch (each.kind) {
              case 'retry':
                return retry({
                  maxAttempts: each.maxAttempts,
                  backoff: constantBackoff(each.delay),
                });
              case 'circuitBreaker':
                return circuitBreaker({
                  minimumCalls: each.failures,
                  openFor: each.openFor,
                  halfOpen: { probes: 1, leaseFor: 50 },
                  ...(each.slow ? { slowCall: { after: 10, rate: 0.5 } } : {}),
                });
              case 'timeout':
                return timeout({ after: each.after, strategy: each.strategy });
              case 'fallback':
                if (each.how === 'value') return fallback({ value: 'fallback' });
                if (each.how === 'run') return fallback({ run: () => 'fallback' });
                if (each.how === 'fail') return fallback({ run: () => Promise.reject(mine) });
                return fallback({ run: () => pause(30).then(() => 'fallback') });
              case 'by hand':
                if (each.inner === 'retry')
                  return byHand(retry({ maxAttempts: 2, backoff: constantBackoff(3) }));
                if (each.inner === 'timeout') return byHand(timeout(25));
                if (each.inner === 'fallback') return byHand(fallback({ value: 'fallback' }));
                return byHand(circuitBreaker({ minimumCalls: 2, openFor: 20 }));
              case 'own':
                return {
                  kind: 'own',
                  name: 'own',
                  apply: (next) => async (execution) => {
                    if (each.how === 'leave') {
                      const controller = new AbortController();
                      void pause(15).then(() => controller.abort(mine));
                      return next({ ...execution, signal: controller.signal });
                    }
                    if (each.how === 'race')
                      return Promise.race([next(execution), next(execution)]);
                    if (each.how === 'pause') await pause(9);
                    try {
                      return await next(execution);
                    } catch (error) {
                      if (each.how === 'again') return next(execution);
                      if (each.how === 'swallow') return 'swallowed';
                      throw error;
                    }
                  },
                };
            }
          });
          const quotes = createKedge({ sinks: [seen] }).pipeline('quotes', ...policies);
          const most = layers.reduce(
            (product, each, index) => product * multiplies(each, layers.slice(index + 1)),
            1,
          );
          // A loser of a race may be started before the answer and go on after it, on purpose.
          const races = layers.some((each) => each.kind === 'own' && each.how === 'race');

          let attempts = 0;
          let running = 0;
          // Noted and not thrown: an operation that throws is only an operation that fails.
          const wrong: string[] = [];
          const must = (holds: boolean, what: string): void => {
            if (!holds) wrong.push(what);
          };
          const controllers: AbortController[] = [];
          const answers: { count: number; outcome: string }[] = [];

          const begin = ({ steps, sync, leaves }: (typeof callers)[number]): void => {
            const controller = new AbortController();
            const reason = { gone: controllers.length };
            controllers.push(controller);
            const named = steps.map((each): Step => {
              if (!('error' in each)) return each;
              const error = each.error as keyof typeof errors | undefined;
              return { ...each, error: error === undefined ? undefined : errors[error] };
            });
            const script = scripted(named as [Step, ...Step[]]);
            const answer = { count: 0, outcome: '' };
            answers.push(answer);
            let own = 0;
            const call = quotes.settle(
              (context) => {
                attempts++;
                own++;
                must(own <= most, `start ${own} of at most ${most}`);
                must(context.attempt === own, `attempt ${context.attempt} of start ${own}`);
                must(races || answer.count === 0, 'a start after the answer');
                const next = named[Math.min(own, named.length) - 1]!;
                if (sync && 'error' in next && next.after === undefined) {
                  void script(context).catch(() => {});
                  throw next.error;
                }
                running++;
                return script(context).finally(() => running--);
              },
              { signal: controller.signal },
            );
            if (leaves !== undefined) void pause(leaves).then(() => controller.abort(reason));
            void call.then((settled) => {
              answer.count++;
              if (settled.status === 'fulfilled') {
                answer.outcome = String(settled.value);
                must(['value', 'fallback', 'swallowed'].includes(answer.outcome), answer.outcome);
                return;
              }
              const given: unknown = settled.reason;
              if (given === reason || given === goneAtLast) answer.outcome = 'cancelled';
              else if (given instanceof TimeoutError) answer.outcome = 'timeout';
              else if (given instanceof CircuitOpenError) answer.outcome = 'rejected';
              else if (given === mine) answer.outcome = 'mine';
              else {
                const known: unknown[] = [...Object.values(errors), undefined];
                must(known.includes(given), `rejected with ${String(given)}`);
                answer.outcome = 'error';
              }
            });
          };

          const queue = callers.toSorted((a, b) => a.at - b.at);
          for (const each of queue) {
            await clock.advance(each.at - clock.now);
            begin(each);
          }
          await clock.runAll(100_000);
          // Whoever is still there leaves: operations that wait for that have been waiting for long enough.
          for (const controller of controllers) controller.abort(goneAtLast);
          await jobs();
          await clock.runAll(100_000);
          await jobs();
          expect(wrong).toEqual([]);
          expect(answers.map(({ count }) => count)).toEqual(answers.map(() => 1));
          for (const { outcome } of answers) covered.add(outcome);
          // The loser of a race is nobody's: it may wait for its signal for ever.
          must(running === 0 || races, 'an operation that nobody ended');
          expect(wrong).toEqual([]);
          if (running > 0) return;
          // What is composed by hand has events, but no numbers in the pipeline's own.
          const uncounted = layers.some((each) => each.kind === 'by hand');
          expectConservation({
            pipeline: quotes,
            clock,
            seen: uncounted ? undefined : seen,
            executions: callers.length,
            attempts,
            signals: controllers.map(({ signal }) => signal),
          });
          const { executions } = quotes.stats();
          expect(executions.cancelled).toBe(
            answers.filter(({ outcome }) => outcome === 'cancelled').length,
          );
          for (const name of ['attempt.failed', 'attempt.succeeded'] as const) {
            const ids = seen
              .of(name)
              .map(({ executionId, attempt }) => `${executionId} ${attempt}`);
            expect(new Set(ids).size).toBe(ids.length);
          }
        },
      ),
      runs(3_000),
    );
    expect([...covered].toSorted()).toEqual([
      'cancelled',
      'error',
      'fallback',
      'mine',
      'rejected',
      'swallowed',
      'timeout',
      'value',
    ]);
  },
  patience,
);
