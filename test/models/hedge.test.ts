// Races against a list of what is due next: who starts, who answers, who is aborted, who pays.
/* oxlint-disable vitest/no-conditional-expect -- what is expected depends on the outcome */
import { hedge, retryBudget } from 'kedge';
import { scripted, type Step } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { type Lab, lab, permanent, track, transient } from '../support/lab.ts';
import { countersOf, expectConservation } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';

type Ending = 'value' | 'transient' | 'permanent';

interface Script {
  /** What each attempt does, and after how many times 100 ms. */
  readonly attempts: readonly { readonly ending: Ending; readonly ticks: number }[];
  readonly idempotent: boolean | undefined;
  /** When the caller gives up, in times 100 ms. */
  readonly abort: number | undefined;
}

interface Settings {
  readonly after: number;
  readonly maxHedges: number;
}

/** Each with some milliseconds of its own, so that no two things are ever due in one instant. */
const lengthOf = ({ ticks }: { ticks: number }, attempt: number): number =>
  ticks * 100 + 4 ** attempt;
const abortAt = (ticks: number): number => ticks * 100 + 90;

interface Expected {
  readonly started: number[];
  answer: string;
  launched: number;
  won: number;
  wasted: number;
  refused: number;
}

function predict(
  script: Script,
  { after, maxHedges }: Settings,
  tokens: { left: number },
): Expected {
  const counts = { launched: 0, won: 0, wasted: 0, refused: 0 };
  const expected: Expected = { started: [], answer: '', ...counts };
  const running: { attempt: number; due: number }[] = [];
  const hedged = script.idempotent !== false;
  let launchAt = hedged ? after : Infinity;
  let failure: string | undefined;
  const end = script.abort === undefined ? Infinity : abortAt(script.abort);

  const start = (time: number): void => {
    const attempt = expected.started.length;
    expected.started.push(time);
    running.push({ attempt, due: time + lengthOf(script.attempts[attempt]!, attempt) });
  };
  const launch = (time: number): boolean => {
    launchAt = Infinity;
    if (!hedged || expected.launched >= maxHedges) return false;
    if (tokens.left < 1) {
      expected.refused++;
      return false;
    }
    tokens.left--;
    expected.launched++;
    if (expected.launched < maxHedges) launchAt = time + after;
    start(time);
    return true;
  };
  const finish = (answer: string): Expected => {
    expected.wasted += running.length;
    expected.answer = answer;
    return expected;
  };

  start(0);
  for (;;) {
    const next = running.toSorted((a, b) => a.due - b.due)[0]!;
    const time = Math.min(next.due, launchAt, end);
    if (time === end) {
      // One of them carries the abort to the caller; the others are losers.
      running.pop();
      return finish('aborted');
    }
    if (time === launchAt) {
      launch(time);
      continue;
    }
    running.splice(running.indexOf(next), 1);
    const { ending } = script.attempts[next.attempt]!;
    if (ending === 'value') {
      if (next.attempt > 0) expected.won++;
      return finish(`value ${next.attempt}`);
    }
    const error = `${ending} ${next.attempt}`;
    const firstRuns = running.some(({ attempt }) => attempt === 0);
    if (!hedged || (ending === 'permanent' && !firstRuns)) return finish(error);
    failure = next.attempt === 0 ? error : (failure ?? error);
    // The first one would answer without it.
    if (ending === 'permanent') continue;
    if (!launch(time) && running.length === 0) return finish(failure);
  }
}

function stepOf({ ending, ticks }: Script['attempts'][number], attempt: number): Step {
  const after = lengthOf({ ticks }, attempt);
  if (ending === 'value') return { value: `value ${attempt}`, after };
  const message = `${ending} ${attempt}`;
  return { error: ending === 'transient' ? transient(message) : permanent(message), after };
}

async function play(l: Lab, pipeline: ReturnType<Lab['pipeline']>, script: Script) {
  const began = l.clock.now;
  const started: number[] = [];
  const operation = scripted(script.attempts.map(stepOf) as [Step, ...Step[]]);
  const { idempotent } = script;
  const controller = new AbortController();
  const call = track(
    pipeline.execute(
      (context) => {
        started.push(l.clock.now - began);
        return operation(context);
      },
      {
        signal: controller.signal,
        ...(idempotent === undefined ? {} : { attributes: { idempotent } }),
      },
    ),
  );
  if (script.abort !== undefined) {
    await l.clock.advance(abortAt(script.abort));
    controller.abort(new Error('aborted'));
  }
  // Long enough for the losers too, who take no notice of their signals.
  await l.clock.advance(20_000);
  const answer = call.state === 'fulfilled' ? call.value : (call.reason as Error).message;
  const left: unknown = controller.signal.reason;
  return { started, answer, operation, left, signals: [controller.signal] };
}

describe('hedge: model', () => {
  it(
    'starts, answers, aborts and pays as a list of what is due next would',
    async () => {
      const script: fc.Arbitrary<Script> = fc.record({
        attempts: fc.array(
          fc.record({
            ending: fc.constantFrom<Ending>(
              'value',
              'value',
              'transient',
              'transient',
              'permanent',
            ),
            ticks: fc.nat(20),
          }),
          { minLength: 4, maxLength: 4 },
        ),
        idempotent: fc.constantFrom(undefined, undefined, true, false),
        abort: fc.option(fc.nat(25), { nil: undefined, freq: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            after: fc.integer({ min: 1, max: 10 }).map((ticks) => ticks * 100),
            maxHedges: fc.integer({ min: 1, max: 3 }),
          }),
          fc.nat(6),
          fc.array(script, { minLength: 1, maxLength: 5 }),
          async (settings, reserve, scripts) => {
            using l = lab();
            const budget = retryBudget({ reserve, refill: 0, ratio: 0 });
            const pipeline = l.pipeline('search', hedge({ ...settings, budget }));
            const tokens = { left: reserve };
            const counted = { launched: 0, won: 0, wasted: 0, refused: 0 };
            let attempts = 0;
            const signals: AbortSignal[] = [];
            for (const each of scripts) {
              const expected = predict(each, settings, tokens);
              const seen = await play(l, pipeline, each);
              expect(seen.answer).toBe(expected.answer);
              expect(seen.started).toEqual(expected.started);
              counted.launched += expected.launched;
              counted.won += expected.won;
              counted.wasted += expected.wasted;
              counted.refused += expected.refused;
              expect(countersOf(pipeline, 'hedge')).toEqual(counted);
              expect(budget.available()).toBeCloseTo(reserve === 0 ? 0 : tokens.left / reserve, 5);
              // Of a value only its caller ends the signal; who lost, failed on the way or was left is told.
              const winner = /^value (\d)$/.exec(expected.answer)?.[1];
              if (winner !== undefined)
                expect(seen.operation.calls[Number(winner)]!.signal.reason).toBe(seen.left);
              attempts += seen.started.length;
              signals.push(...seen.signals);
            }
            expect(counted.launched).toBeLessThanOrEqual(reserve);
            expect(l.seen.of('hedge.launched')).toHaveLength(counted.launched);
            expect(l.seen.of('hedge.won')).toHaveLength(counted.won);
            expect(l.seen.of('hedge.refused')).toHaveLength(counted.refused);
            expectConservation({
              pipeline,
              clock: l.clock,
              seen: l.seen,
              executions: scripts.length,
              attempts,
              signals,
            });
          },
        ),
        runs(1_000),
      );
    },
    patience,
  );

  it(
    'of any number of calls at once, none is lost and no more hedges are sent than are paid for',
    async () => {
      const call = fc.record({
        gap: fc.nat(300),
        steps: fc.array(
          fc.record({
            ending: fc.constantFrom<Ending>('value', 'transient', 'permanent'),
            ticks: fc.nat(15),
          }),
          { minLength: 3, maxLength: 3 },
        ),
        abort: fc.option(fc.nat(1_000), { nil: undefined, freq: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 600 }),
          fc.constantFrom(0, 0.1, 0.5),
          fc.nat(4),
          fc.array(call, { maxLength: 20 }),
          async (after, ratio, reserve, calls) => {
            using l = lab();
            const budget = retryBudget({ reserve, refill: 0, ratio });
            const pipeline = l.pipeline('search', hedge({ after, maxHedges: 2, budget }));
            let started = 0;
            const aborts: [number, AbortController][] = [];
            for (const { gap, steps, abort } of calls) {
              await l.clock.advance(gap);
              const controller = new AbortController();
              if (abort !== undefined) aborts.push([l.clock.now + abort, controller]);
              const operation = scripted(steps.map(stepOf) as [Step, ...Step[]]);
              void pipeline.settle(
                (context) => {
                  started++;
                  return operation(context);
                },
                { signal: controller.signal },
              );
              for (const [at, each] of aborts) if (at <= l.clock.now) each.abort('gone');
            }
            await l.clock.advance(100_000);
            const { success } = pipeline.stats().executions;
            const { launched } = countersOf(pipeline, 'hedge');
            expect(started).toBe(calls.length + launched!);
            expect(launched).toBeLessThanOrEqual(reserve + ratio * success);
            expectConservation({
              pipeline,
              clock: l.clock,
              seen: l.seen,
              executions: calls.length,
              attempts: started,
              signals: aborts.map(([, { signal }]) => signal),
            });
          },
        ),
        runs(1_000),
      );
    },
    patience,
  );
});
