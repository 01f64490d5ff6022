// Operations that settle, callers that leave and time that passes, in every order that fast-check can think of.
import {
  circuitBreaker,
  constantBackoff,
  createKedge,
  fallback,
  type Policy,
  retry,
  timeout,
  TimeoutError,
} from 'kedge';
import { recorder, virtualClock } from 'kedge/testing';
import { expect, it } from 'vitest';
import { deferred, type Deferred, jobs, transient } from '../support/lab.ts';
import { expectConservation } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';

const through: Policy = {
  kind: 'through',
  name: 'through',
  apply: (next) => async (execution) => {
    const value = await next(execution);
    return value;
  },
};

const error = transient();

/** The place of what happened in the order of events, Infinity where it never did. */
function place(order: readonly string[], what: string): number {
  const at = order.indexOf(what);
  return at < 0 ? Infinity : at;
}

/** One caller: whether the operation is to end well, and whether the caller leaves. */
const plan = fc.record({ good: fc.boolean(), leaves: fc.boolean() });

it(
  'what happens to a call first decides what it is answered with',
  async () => {
    const covered = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(plan, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        async (s, plans, wrapped, timePasses, pauses) => {
          using clock = virtualClock();
          const seen = recorder();
          const policies = wrapped ? [through, timeout(100), { ...through }] : [timeout(100)];
          const quotes = createKedge({ sinks: [seen] }).pipeline('quotes', ...policies);
          const order: string[] = [];
          const controllers: AbortController[] = [];
          const answers = plans.map(({ good, leaves }, each) => {
            const work = deferred();
            const controller = new AbortController();
            controllers.push(controller);
            void s.schedule(Promise.resolve(), `settle ${each}`).then(() => {
              order.push(`settle ${each}`);
              if (good) work.resolve('value');
              else work.reject(error);
            });
            if (leaves) {
              void s.schedule(Promise.resolve(), `leave ${each}`).then(() => {
                order.push(`leave ${each}`);
                controller.abort(`reason ${each}`);
              });
            }
            return quotes.settle(() => work.promise, { signal: controller.signal });
          });
          if (timePasses) {
            void s.schedule(Promise.resolve(), 'time').then(async () => {
              order.push('time begins');
              await clock.advance(100);
              order.push('time ends');
            });
          }
          // With a pause after each step other things can happen than without one.
          await s.waitIdle(async (act) => {
            await act();
            if (pauses) await jobs();
          });
          await jobs();
          await jobs();
          const settled = await Promise.all(answers);

          settled.forEach((answer, each) => {
            const [ended, left] = [place(order, `settle ${each}`), place(order, `leave ${each}`)];
            const [begins, ends] = [place(order, 'time begins'), place(order, 'time ends')];
            const how =
              answer.status === 'fulfilled'
                ? String(answer.value)
                : answer.reason === error
                  ? 'error'
                  : answer.reason instanceof TimeoutError
                    ? 'timeout'
                    : String(answer.reason);
            covered.add(how.replace(/\d+/, ''));
            const could = new Set<string>();
            // While time passes, what happens in the same moment may come before or after.
            if (ended < left && ended < ends) could.add(plans[each]!.good ? 'value' : 'error');
            if (left < ended && left < ends) could.add(`reason ${each}`);
            if (begins < ended && begins < left) could.add('timeout');
            // Where outcomes go through promises, the caller's end waits for those that are due.
            if (wrapped && left < ended) could.add(plans[each]!.good ? 'value' : 'error');
            // An error on its way out gives way to a caller who leaves; a value does not.
            if (ended < left && !plans[each]!.good) could.add(`reason ${each}`);
            expect([...could]).toContain(how);
          });
          expectConservation({
            pipeline: quotes,
            clock,
            seen,
            executions: plans.length,
            attempts: plans.length,
            signals: controllers.map(({ signal }) => signal),
          });
        },
      ),
      runs(1_000),
    );
    expect([...covered].toSorted()).toEqual(['error', 'reason ', 'timeout', 'value']);
  },
  patience,
);

it(
  'retries, circuits and fallbacks stay exact in any order of events',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(
          fc.record({
            ends: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
            leaves: fc.boolean(),
          }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        fc.shuffledSubarray([
          'fallback',
          'timeout',
          'retry',
          'breaker',
          'attempt',
          'through',
        ] as const),
        fc.array(fc.constantFrom(0, 10, 50, 100), { maxLength: 6 }),
        async (s, plans, names, steps) => {
          using clock = virtualClock();
          const seen = recorder();
          const made: Record<(typeof names)[number], () => Policy<unknown>> = {
            fallback: () => fallback({ value: 'fallback' }),
            timeout: () => timeout({ after: 200, name: 'total' }),
            retry: () => retry({ maxAttempts: 3, backoff: constantBackoff(10), budget: false }),
            breaker: () =>
              circuitBreaker({ minimumCalls: 3, openFor: 50, halfOpen: { probes: 1 } }),
            attempt: () => timeout(60),
            through: () => through,
          };
          const quotes = createKedge({ sinks: [seen] }).pipeline(
            'quotes',
            ...names.map((name) => made[name]()),
          );
          const controllers: AbortController[] = [];
          const open = new Set<Deferred>();
          const answered = new Set<number>();
          const wrong: string[] = [];
          let attempts = 0;
          for (const [each, { ends, leaves }] of plans.entries()) {
            const controller = new AbortController();
            controllers.push(controller);
            let starts = 0;
            if (leaves) {
              void s
                .schedule(Promise.resolve(), `leave ${each}`)
                .then(() => controller.abort(`reason ${each}`));
            }
            const answer = quotes.settle(
              () => {
                const good = ends[starts++];
                attempts++;
                if (starts > 3) wrong.push(`start ${starts}`);
                if (answered.has(each)) wrong.push('a start after the answer');
                const work = deferred();
                open.add(work);
                void s.schedule(Promise.resolve(), `settle ${each}.${starts}`).then(() => {
                  open.delete(work);
                  if (good === true) work.resolve('value');
                  else work.reject(error);
                });
                return work.promise;
              },
              { signal: controller.signal },
            );
            void answer.then(() => answered.add(each));
          }
          for (const ms of steps) {
            void s.schedule(Promise.resolve(), `pass ${ms}`).then(() => clock.advance(ms));
          }
          await s.waitIdle();
          // Then the rest. Not all time at once: those who wait for a circuit wait for operations that end here.
          for (let round = 0; round < 1_000 && answered.size < plans.length; round++) {
            await clock.advance(20);
            await s.waitIdle();
            await jobs();
          }
          expect(answered.size).toBe(plans.length);
          // And what was left behind.
          await clock.runAll();
          await s.waitIdle();
          await jobs();
          expect(wrong).toEqual([]);
          expect(open.size).toBe(0);
          expectConservation({
            pipeline: quotes,
            clock,
            seen,
            executions: plans.length,
            attempts,
            signals: controllers.map(({ signal }) => signal),
          });
        },
      ),
      runs(1_000),
    );
  },
  patience,
);
