// The real retry, with its budget and the deadlines around it, against a simulation that is worked off from a list
// of events.
import { createKedge, listedBackoff, retry, retryBudget, timeout, TimeoutError } from 'kedge';
import { recorder, scripted, type Step, virtualClock } from 'kedge/testing';
import { expect, it, vi } from 'vitest';
import { permanent, transient } from '../support/lab.ts';
import { expectConservation } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';

// All lengths are multiples of 100 and each call begins at an instant of its own below 100, so that no two calls ever
// do anything at the same instant; timeouts end between all of them.
const hundreds = (max: number) => fc.integer({ min: 0, max }).map((each) => each * 100);

interface Rules {
  readonly maxAttempts: number;
  readonly delays: readonly number[];
  readonly maxElapsed: number;
  readonly maxRetryAfter: number;
  readonly total: number;
  readonly budget:
    | {
        readonly ratio: number;
        readonly reserve: number;
        readonly window: number;
        readonly refill: number;
      }
    | undefined;
}

interface Try {
  readonly how: 'good' | 'bad' | 'transient' | 'permanent' | 'busy';
  readonly takes: number;
  readonly retryAfter: number;
}

interface Plan {
  readonly at: number;
  readonly tries: readonly Try[];
}

const rules: fc.Arbitrary<Rules> = fc.record({
  maxAttempts: fc.constantFrom(1, 2, 3, 5, Infinity),
  delays: fc.array(hundreds(8), { minLength: 1, maxLength: 4 }),
  maxElapsed: fc.constantFrom(Infinity, Infinity, 950, 2_050),
  maxRetryAfter: fc.constantFrom(60_000, 500),
  total: fc.constantFrom(Infinity, 1_050, 2_050, 4_050),
  budget: fc.option(
    fc.record({
      ratio: fc.constantFrom(0, 0.5, 1),
      reserve: fc.constantFrom(0, 1, 3),
      window: fc.constantFrom(1_000, 10_000),
      refill: fc.constantFrom(0, 0.5),
    }),
    { nil: undefined },
  ),
});

const tries: fc.Arbitrary<readonly Try[]> = fc.array(
  fc.record({
    how: fc.constantFrom('good' as const, 'bad', 'transient', 'transient', 'permanent', 'busy'),
    takes: hundreds(8),
    retryAfter: hundreds(9),
  }),
  { minLength: 1, maxLength: 8 },
);

const plans: fc.Arbitrary<readonly Plan[]> = fc
  .array(fc.record({ begin: hundreds(30), tries }), { minLength: 1, maxLength: 8 })
  .map((all) =>
    all.map(({ begin, tries: list }, each) => ({ at: begin + each * 3 + 1, tries: list })),
  );

/** What became of a call: when its tries began, and how it ended when. */
interface Outcome {
  readonly began: number[];
  end: { readonly at: number; readonly how: string } | undefined;
  scheduled: number;
}

/** A budget that looks through all that was ever paid. */
class Purse {
  private readonly rules: Exclude<Rules['budget'], undefined>;
  private readonly paidIn: number[] = [];
  private readonly paidOut: number[] = [];
  private reserve: number;
  private filledAt = 0;

  constructor(given: Exclude<Rules['budget'], undefined>) {
    this.rules = given;
    this.reserve = given.reserve;
  }

  deposit(now: number): void {
    this.paidIn.push(now);
  }

  withdraw(now: number): boolean {
    const { ratio, reserve, window, refill } = this.rules;
    this.reserve = Math.min(reserve, this.reserve + ((now - this.filledAt) / 1_000) * refill);
    this.filledAt = now;
    const bucket = (at: number): number => Math.floor(at / (window / 10));
    const recent = (list: number[]): number =>
      list.filter((at) => bucket(now) - bucket(at) < 10).length;
    if (recent(this.paidOut) + 1 <= ratio * recent(this.paidIn)) {
      this.paidOut.push(now);
      return true;
    }
    if (this.reserve < 1) return false;
    this.reserve--;
    return true;
  }
}

function simulate(given: Rules, all: readonly Plan[]): Outcome[] {
  const purse = given.budget && new Purse(given.budget);
  let calls = 0;
  let lone = -Infinity;
  /** How long an answer takes, as far as is known. */
  let answers = 0;
  /** After what delay a try may begin, if anybody pays for it: a call that is alone needs nobody, once a second. */
  const paid = (
    now: number,
    delay: number,
    latest: number,
    deadline: number,
    took: number,
  ): number | undefined => {
    if (purse === undefined || purse.withdraw(now)) return delay;
    const next = Math.max(now, lone + 1_000);
    // A wait that is only for that leaves as much time as an attempt takes, and a little for late timers.
    const needed = next - now > delay ? Math.max(answers, took) + 5 : 0;
    if (calls > 1 || next - now > 1_000 || next >= Math.min(latest, deadline - needed))
      return undefined;
    lone = next;
    return Math.max(delay, next - now);
  };
  const outcomes = all.map((): Outcome => ({ began: [], end: undefined, scheduled: 0 }));
  const events: { at: number; run: () => void }[] = [];
  const at = (instant: number, run: () => void): void => void events.push({ at: instant, run });

  all.forEach((plan, each) => {
    const outcome = outcomes[each]!;
    const deadline = plan.at + given.total;
    const finish = (now: number, how: string): void => {
      if (outcome.end === undefined) calls--;
      outcome.end ??= { at: now, how };
    };
    const attempt = (number: number, now: number): void => {
      if (outcome.end !== undefined) return;
      outcome.began.push(now);
      const { how, takes, retryAfter } = plan.tries[Math.min(number, plan.tries.length) - 1]!;
      at(now + takes, () => {
        const ended = now + takes;
        if (outcome.end !== undefined) return;
        if (how === 'good') {
          purse?.deposit(ended);
          answers += (takes - answers) * (answers === 0 ? 1 : 0.1);
          finish(ended, how);
          return;
        }
        if (how === 'permanent' || number >= given.maxAttempts) {
          finish(ended, how);
          return;
        }
        const asked = how === 'busy' ? retryAfter : 0;
        const due = Math.max(given.delays[Math.min(number, given.delays.length) - 1]!, asked);
        const latest = Math.min(deadline, plan.at + given.maxElapsed);
        const refused = asked > given.maxRetryAfter || ended + due >= latest;
        const delay = refused ? undefined : paid(ended, due, latest, deadline, takes);
        if (delay === undefined) {
          finish(ended, how);
          return;
        }
        outcome.scheduled++;
        at(ended + delay, () => attempt(number + 1, ended + delay));
      });
    };
    at(plan.at, () => {
      calls++;
      attempt(1, plan.at);
    });
    if (deadline !== Infinity) at(deadline, () => finish(deadline, 'timeout'));
  });

  for (let left = 100_000; events.length > 0 && left > 0; left--) {
    // The earliest; of several, the one that was put there first.
    let first = 0;
    for (let other = 1; other < events.length; other++) {
      if (events[other]!.at < events[first]!.at) first = other;
    }
    events.splice(first, 1)[0]!.run();
    if (outcomes.every(({ end }) => end !== undefined)) break;
  }
  return outcomes;
}

it(
  'a retry does what its model does, and loses nothing',
  async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const covered = new Set<string>();
    await fc.assert(
      fc.asyncProperty(rules, plans, async (given, all) => {
        // Tries without number need time between them, and an end of it.
        const ends = given.total !== Infinity || given.maxElapsed !== Infinity;
        fc.pre(given.maxAttempts !== Infinity || (ends && given.delays.at(-1)! > 0));
        using clock = virtualClock();
        const seen = recorder();
        const quotes = createKedge({ sinks: [seen] }).pipeline(
          'quotes',
          timeout(given.total),
          retry({
            maxAttempts: given.maxAttempts,
            backoff: listedBackoff(given.delays),
            maxElapsed: given.maxElapsed,
            maxRetryAfter: given.maxRetryAfter,
            budget:
              given.budget === undefined
                ? false
                : retryBudget({ ...given.budget, window: { duration: given.budget.window } }),
            handleResult: (value) => value === 'bad',
          }),
        );
        const expected = simulate(given, all);
        const real = all.map((): Outcome => ({ began: [], end: undefined, scheduled: 0 }));
        const errors = new Map<unknown, string>();

        const begin = (plan: Plan, each: number): void => {
          const steps = plan.tries.map(({ how, takes, retryAfter }): Step => {
            if (how === 'good' || how === 'bad') return { value: how, after: takes };
            const error = how === 'permanent' ? permanent() : transient();
            if (how === 'busy') Object.assign(error, { retryAfter });
            errors.set(error, how);
            return { error, after: takes };
          });
          const script = scripted(steps as [Step, ...Step[]]);
          const operation: typeof script = Object.assign(
            (context: Parameters<typeof script>[0]) => {
              expect(context.attempt).toBe(real[each]!.began.length + 1);
              // Nothing is ever started for a caller who has been answered.
              expect(real[each]!.end).toBeUndefined();
              real[each]!.began.push(clock.now);
              return script(context);
            },
            script,
          );
          void quotes.settle(operation).then((settled) => {
            const how =
              settled.status === 'fulfilled'
                ? String(settled.value)
                : settled.reason instanceof TimeoutError
                  ? 'timeout'
                  : errors.get(settled.reason)!;
            real[each]!.end = { at: clock.now, how };
          });
        };

        for (const [each, plan] of [...all.entries()].toSorted(([, a], [, b]) => a.at - b.at)) {
          await clock.advance(plan.at - clock.now);
          begin(plan, each);
        }
        await clock.runAll();

        expect(real.map(({ began, end }) => ({ began, end }))).toEqual(
          expected.map(({ began, end }) => ({ began, end })),
        );
        for (const { began } of real) expect(began.length).toBeLessThanOrEqual(given.maxAttempts);
        const { counters } = quotes.stats().policies[1]!;
        expect(counters['scheduled']).toBe(
          expected.reduce((sum, { scheduled }) => sum + scheduled, 0),
        );
        expectConservation({
          pipeline: quotes,
          clock,
          seen,
          executions: all.length,
          attempts: real.reduce((sum, { began }) => sum + began.length, 0),
        });
        // The last attempt before the answer is the final one, and no other.
        const finals = seen.of('attempt.failed').filter(({ final }) => final);
        expect(finals).toHaveLength(
          quotes.stats().executions.failure + quotes.stats().executions.timeout,
        );
        for (const [counter, value] of Object.entries(counters))
          if (value > 0) covered.add(counter);
        for (const { end } of real) covered.add(end!.how);
      }),
      runs(1_000),
    );
    expect([...covered].toSorted()).toEqual([
      'bad',
      'busy',
      'exhausted',
      'good',
      'permanent',
      'recovered',
      'refused_budget',
      'refused_deadline',
      'scheduled',
      'timeout',
      'transient',
    ]);
  },
  patience,
);
