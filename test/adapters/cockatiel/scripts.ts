// A script of outcomes, delays, aborts and clock steps, and the way to run it through either library.
import * as peer from 'cockatiel';
import * as dropIn from 'kedge/cockatiel';
import { vi } from 'vitest';
import { fc } from '../../support/property.ts';

export const libraries: Readonly<Record<'cockatiel' | 'kedge', typeof dropIn>> = {
  cockatiel: peer as unknown as typeof dropIn,
  kedge: dropIn,
};

/** One start of the function: after so many milliseconds (none: at once) it ends so. */
interface Outcome {
  readonly after: number | undefined;
  readonly ends: 'value' | 'bad' | 'A' | 'B';
}

type Part =
  | { readonly is: 'retry'; readonly maxAttempts: number; readonly backoff: Waits; readonly on: On }
  | {
      readonly is: 'breaker';
      readonly breaker: Breaker;
      readonly after: number | Waits;
      readonly sampling: { readonly calls: number; readonly threshold: number } | undefined;
      readonly on: On;
    }
  | { readonly is: 'fallback'; readonly on: On; readonly answer: 'value' | 'async' | 'throws' }
  | { readonly is: 'bulkhead'; readonly limit: number; readonly queue: number }
  | { readonly is: 'timeout'; readonly ms: number; readonly strategy: 'aggressive' | 'optimistic' }
  | { readonly is: 'noop' };

type On = 'all' | 'A' | 'bad' | 'A or bad' | 'when';
type Waits =
  | { readonly by: 'constant'; readonly ms: number }
  | { readonly by: 'list'; readonly ms: readonly number[] }
  | { readonly by: 'exponential'; readonly jitter: 'none' | 'full' | 'half' | 'decorrelated' }
  | { readonly by: 'function'; readonly ms: number; readonly stateful: boolean };
type Breaker =
  | { readonly by: 'consecutive'; readonly threshold: number }
  | {
      readonly by: 'count';
      readonly threshold: number;
      readonly size: number;
      readonly min: number;
    }
  | { readonly by: 'sampling'; readonly threshold: number };

type Step =
  | { readonly do: 'call'; readonly outcomes: readonly Outcome[]; readonly signal: boolean }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'abort'; readonly call: number }
  | { readonly do: 'isolate' | 'release' | 'look' };

export interface Script {
  readonly parts: readonly Part[];
  readonly steps: readonly Step[];
  readonly seed: number;
}

const on = fc.constantFrom<On>('all', 'A', 'bad', 'A or bad', 'when');
const ms = fc.integer({ min: 0, max: 60 });
const waits: fc.Arbitrary<Waits> = fc.oneof(
  fc.record({ by: fc.constant('constant' as const), ms }),
  fc.record({ by: fc.constant('list' as const), ms: fc.array(ms, { minLength: 1, maxLength: 4 }) }),
  fc.record({
    by: fc.constant('exponential' as const),
    jitter: fc.constantFrom(
      'none' as const,
      'full' as const,
      'half' as const,
      'decorrelated' as const,
    ),
  }),
  fc.record({ by: fc.constant('function' as const), ms, stateful: fc.boolean() }),
);
const retry = fc.record({
  is: fc.constant('retry' as const),
  maxAttempts: fc.integer({ min: 0, max: 4 }),
  backoff: waits,
  on,
});
const breaker = fc.record({
  is: fc.constant('breaker' as const),
  breaker: fc.oneof(
    fc.record({
      by: fc.constant('consecutive' as const),
      threshold: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record({
      by: fc.constant('count' as const),
      threshold: fc.constantFrom(0.2, 0.5, 0.75),
      size: fc.integer({ min: 3, max: 6 }),
      min: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({ by: fc.constant('sampling' as const), threshold: fc.constantFrom(0.2, 0.5, 0.75) }),
  ),
  after: fc.oneof(fc.integer({ min: 1, max: 100 }), waits),
  sampling: fc.option(
    fc.record({ calls: fc.integer({ min: 1, max: 3 }), threshold: fc.constantFrom(0, 0.34, 0.5) }),
    { nil: undefined },
  ),
  on,
});
const fallback = fc.record({
  is: fc.constant('fallback' as const),
  on,
  answer: fc.constantFrom('value' as const, 'async' as const, 'throws' as const),
});
const noop = fc.constant({ is: 'noop' as const });
const bulkhead = (mostQueued: number): fc.Arbitrary<Part> =>
  fc.record({
    is: fc.constant('bulkhead' as const),
    limit: fc.integer({ min: 1, max: 2 }),
    queue: fc.integer({ min: 0, max: mostQueued }),
  });
const timeout = fc.record({
  is: fc.constant('timeout' as const),
  ms: fc.integer({ min: 1, max: 50 }),
  strategy: fc.constantFrom('aggressive' as const, 'optimistic' as const),
});

const outcome: fc.Arbitrary<Outcome> = fc.record({
  after: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
  ends: fc.constantFrom('value' as const, 'bad' as const, 'A' as const, 'B' as const),
});
const call = fc.record({
  do: fc.constant('call' as const),
  outcomes: fc.array(outcome, { minLength: 1, maxLength: 6 }),
  signal: fc.boolean(),
});
const pass = fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 120 }) });
const abort = fc.record({ do: fc.constant('abort' as const), call: fc.nat({ max: 5 }) });
const hand = fc.record({
  do: fc.constantFrom('isolate' as const, 'release' as const, 'look' as const),
});
const steps = (...more: fc.Arbitrary<Step>[]): fc.Arbitrary<Step[]> =>
  fc.array(fc.oneof(call, call, pass, pass, ...more), { minLength: 1, maxLength: 14 });

/** Policies around at most one timeout, which stands inside: what stands inside a timeout is a listed exception. */
const within = (
  parts: fc.Arbitrary<Part[]>,
  inside: fc.Arbitrary<Part | undefined>,
): fc.Arbitrary<Part[]> =>
  fc.tuple(parts, inside).map(([all, last]) => (last === undefined ? all : [...all, last]));

const optional = fc.option(timeout, { nil: undefined });
const seed = fc.nat();

export const scripts: fc.Arbitrary<Script> = fc.oneof(
  // One call after the other: the end of a call that began in another state is a listed exception.
  fc.record({
    parts: within(
      fc
        .tuple(
          fc.array(fc.oneof(retry, fallback, noop), { maxLength: 2 }),
          breaker,
          fc.array(fc.oneof(retry, fallback, noop), { maxLength: 1 }),
        )
        .map(([before, one, after]): Part[] => [...before, one, ...after]),
      optional,
    ),
    steps: steps(call, pass, hand),
    seed,
  }),
  // Many at once.
  fc.record({
    parts: within(
      fc.array(fc.oneof(retry, fallback, noop), { minLength: 1, maxLength: 3 }),
      optional,
    ),
    steps: steps(),
    seed,
  }),
  fc.record({
    // Without a queue where there are retries: a timer that a call sets which was queued comes at the same instant.
    parts: fc.oneof(
      within(fc.array(fc.oneof(retry, fallback, noop), { maxLength: 2 }), bulkhead(0)),
      within(fc.array(fc.oneof(fallback, noop), { maxLength: 2 }), bulkhead(2)),
    ),
    steps: steps(call, call),
    seed,
  }),
  // Callers who leave while their function runs, and functions that heed that.
  fc.record({
    parts: fc.array(fc.oneof(retry, fallback, noop), { minLength: 1, maxLength: 3 }),
    steps: steps(abort),
    seed,
  }),
);

class A extends Error {}
class B extends Error {}

/** Runs a script, and returns all that could be seen of it. */
export async function run(
  library: typeof dropIn,
  { parts, steps: all, seed: from }: Script,
): Promise<string[]> {
  vi.useFakeTimers({ now: 1_000_000 });
  let state = from + 1;
  vi.spyOn(Math, 'random').mockImplementation(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  });
  const seen: string[] = [];
  const start = Date.now();
  const note = (what: string, ...more: unknown[]): void => {
    seen.push(`${Date.now() - start} ${what} ${more.map(text).join(' ')}`);
  };
  try {
    const { policies, circuits } = make(library, parts, note);
    const policy = library.wrap(...(policies as [dropIn.IPolicy]));
    const isSequential = circuits.length > 0;
    const hasRetry = parts.some((part) => part.is === 'retry');
    const calls: { running: boolean; done: boolean; ctrl: AbortController }[] = [];
    const handles: dropIn.IDisposable[] = [];
    for (const step of all) {
      if (step.do === 'pass') await vi.advanceTimersByTimeAsync(step.ms);
      else if (step.do === 'call') {
        const waiting = calls.some(({ done }) => !done);
        const full = circuits.some((each) => each.state === 2 && each.trial >= each.calls);
        // A retry that comes back to a half-open circuit beside other calls is a listed exception.
        const together = circuits.some((each) => each.state === 2) && !hasRetry;
        if (full || (isSequential && waiting && !together)) continue;
        begin(policy, step, calls, note);
      } else if (step.do === 'abort') {
        const target = calls[step.call];
        if (target?.running === true) target.ctrl.abort(new Error('left'));
      } else if (step.do === 'isolate') {
        if (!calls.some(({ done }) => !done))
          handles.push(...circuits.map(({ isolate }) => isolate()));
      } else if (step.do === 'release') handles.splice(0).forEach((each) => each.dispose());
      else circuits.forEach((each) => note('circuit', each.state, text(each.json())));
      await vi.advanceTimersByTimeAsync(0);
    }
    await vi.advanceTimersByTimeAsync(5_000_000);
    note('timers', vi.getTimerCount());
    // Which of several calls hears first of what happens at one instant is nobody's promise.
    return isSequential
      ? seen
      : seen
          .map((line, index) => [line, index] as const)
          .toSorted(byTime)
          .map(([line]) => line);
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
  }
}

function byTime([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return parseInt(a, 10) - parseInt(b, 10) || (a < b ? -1 : a > b ? 1 : 0);
}

function begin(
  policy: dropIn.IPolicy,
  { outcomes, signal }: Extract<Step, { do: 'call' }>,
  calls: { running: boolean; done: boolean; ctrl: AbortController }[],
  note: (what: string, ...more: unknown[]) => void,
): void {
  const id = calls.length;
  const call = { running: false, done: false, ctrl: new AbortController() };
  calls.push(call);
  let starts = 0;
  const fn = (context: object): unknown => {
    const { after, ends } = outcomes[Math.min(starts++, outcomes.length - 1)] as Outcome;
    note(
      `call ${id}`,
      Object.keys(context).toSorted().join(),
      (context as { attempt?: number }).attempt,
    );
    const end = (): unknown => {
      call.running = false;
      if (ends === 'A') throw new A('a');
      if (ends === 'B') throw new B('b');
      return ends;
    };
    if (after === undefined) return end();
    call.running = true;
    const given = (context as { signal: AbortSignal }).signal;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        try {
          resolve(end());
        } catch (error) {
          reject(error);
        }
      }, after);
      call.ctrl.signal.addEventListener('abort', () => {
        note(`told ${id}`, given.aborted);
        call.running = false;
        clearTimeout(timer);
        reject(new B('gave way'));
      });
    });
  };
  const args = signal ? [call.ctrl.signal] : [];
  if (!signal) call.ctrl = new AbortController();
  policy.execute(fn as never, ...args).then(
    (value) => {
      call.done = true;
      note(`result ${id}`, value);
    },
    (error: unknown) => {
      call.done = true;
      note(`error ${id}`, error);
    },
  );
}

interface CircuitView {
  readonly state: number;
  readonly trial: number;
  readonly calls: number;
  isolate(): dropIn.IDisposable;
  json(): unknown;
}

function make(
  library: typeof dropIn,
  parts: readonly Part[],
  note: (what: string, ...more: unknown[]) => void,
): { policies: dropIn.IPolicy[]; circuits: CircuitView[] } {
  const circuits: CircuitView[] = [];
  const policies = parts.map((part, index): dropIn.IPolicy => {
    const listen = (policy: object, ...names: string[]): void => {
      for (const name of names)
        (policy as Record<string, (listener: (event: unknown) => void) => void>)[name]?.((event) =>
          note(`${part.is}${index} ${name}`, event),
        );
    };
    switch (part.is) {
      case 'retry': {
        const { maxAttempts } = part;
        const policy = library.retry(actsOn(library, part.on), {
          maxAttempts,
          backoff: backoff(library, part.backoff),
        });
        listen(policy, 'onSuccess', 'onFailure', 'onRetry', 'onGiveUp');
        return policy;
      }
      case 'breaker': {
        const { after, sampling } = part;
        const policy = library.circuitBreaker(actsOn(library, part.on), {
          halfOpenAfter: typeof after === 'number' ? after : backoff(library, after),
          breaker: breakerOf(library, part.breaker),
          ...(sampling !== undefined && { halfOpenSampling: sampling }),
        });
        let trial = 0;
        policy.onHalfOpen(() => {
          trial = 0;
        });
        listen(
          policy,
          'onSuccess',
          'onFailure',
          'onBreak',
          'onReset',
          'onHalfOpen',
          'onStateChange',
        );
        circuits.push({
          get state() {
            return policy.state;
          },
          get trial() {
            return ++trial;
          },
          calls: sampling?.calls ?? 1,
          isolate: () => policy.isolate(),
          json: () => policy.toJSON(),
        });
        return policy;
      }
      case 'fallback': {
        const answers = {
          value: 'instead',
          async: () => Promise.resolve('instead'),
          throws: () => {
            throw new B('no answer');
          },
        };
        const policy = library.fallback(actsOn(library, part.on), answers[part.answer]);
        listen(policy, 'onSuccess', 'onFailure');
        return policy as unknown as dropIn.IPolicy;
      }
      case 'bulkhead': {
        const policy = library.bulkhead(part.limit, part.queue);
        listen(policy, 'onReject');
        return policy;
      }
      case 'timeout': {
        const policy = library.timeout(part.ms, part.strategy);
        listen(policy, 'onSuccess', 'onFailure', 'onTimeout');
        return policy;
      }
      case 'noop': {
        const policy = new library.NoopPolicy();
        listen(policy, 'onSuccess', 'onFailure');
        return policy;
      }
    }
  });
  return { policies, circuits };
}

function actsOn(library: typeof dropIn, which: On): dropIn.Policy {
  const isBad = (value: unknown): boolean => value === 'bad';
  switch (which) {
    case 'all':
      return library.handleAll;
    case 'A':
      return library.handleType(A).orType(library.TaskCancelledError);
    case 'bad':
      return library.handleWhenResult(isBad);
    case 'A or bad':
      return library.handleType(A, ({ message }) => message === 'a').orWhenResult(isBad);
    case 'when':
      return library.handleWhen((error) => error instanceof A).orResultType(String);
  }
}

function backoff(library: typeof dropIn, by: Waits): dropIn.IBackoffFactory<unknown> {
  switch (by.by) {
    case 'constant':
      return new library.ConstantBackoff(by.ms);
    case 'list':
      return new library.IterableBackoff(by.ms);
    case 'exponential': {
      const generators = {
        none: library.noJitterGenerator,
        full: library.fullJitterGenerator,
        half: library.halfJitterGenerator,
        decorrelated: library.decorrelatedJitterGenerator,
      };
      const generator = generators[by.jitter] as dropIn.GeneratorFn<number>;
      return new library.ExponentialBackoff({ generator, initialDelay: 10 });
    }
    case 'function':
      return new library.DelegateBackoff(
        (context: { attempt: number }, state: number | undefined) =>
          by.stateful
            ? { delay: by.ms + (state ?? 0), state: (state ?? 0) + context.attempt }
            : by.ms * context.attempt,
      );
  }
}

function breakerOf(library: typeof dropIn, by: Breaker): dropIn.IBreaker {
  switch (by.by) {
    case 'consecutive':
      return new library.ConsecutiveBreaker(by.threshold);
    case 'count': {
      const { threshold, size, min: minimumNumberOfCalls } = by;
      return new library.CountBreaker({ threshold, size, minimumNumberOfCalls });
    }
    case 'sampling':
      // Longer than a script takes: how buckets end is a listed exception.
      return new library.SamplingBreaker({
        threshold: by.threshold,
        duration: 60_000,
        minimumRps: 0.05,
      });
  }
}

function text(value: unknown): string {
  if (value instanceof Error) {
    const { constructor, message } = value;
    return `${constructor.name}(${message})`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${name}:${text(member)}`)
    .toSorted()
    .join()}}`;
}
