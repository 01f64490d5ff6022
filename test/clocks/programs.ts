/**
 * What must hold whatever stands in the place of the platform's clock and timers. Each is a program that can be run
 * under any maker of fake timers, in any process: it is given kedge and the fakes, and throws when it does not hold.
 */
import type * as Kedge from 'kedge';

/** Fake timers, by whoever makes them. */
export interface Fakes {
  install(): void;
  uninstall(): void;
  /** Lets fake time pass, and what it causes happen. */
  advance(ms: number): Promise<void>;
  /** One step to the next timer. */
  next(): Promise<void>;
  /** How many timers are pending. */
  count?(): number;
  /** Sets the clock back by an hour. */
  setBack?(): void;
  /** Whether a clock is faked as well, so that time passes also where no timer fires. */
  readonly tellTime: boolean;
}

type Name = 'advance' | 'next' | 'count' | 'setBack' | 'tellTime';

export interface Program {
  readonly name: string;
  /** What the fakes must be able to do. */
  readonly needs: readonly Name[];
  run(kedge: typeof Kedge, fakes: Fakes): Promise<void>;
}

/** Runs one with no fakes in place before and after it. */
export async function run(program: Program, kedge: typeof Kedge, fakes: Fakes): Promise<void> {
  fakes.uninstall();
  try {
    await program.run(kedge, fakes);
  } finally {
    fakes.uninstall();
  }
}

export const programsFor = (
  fakes: Pick<Fakes, 'tellTime' | 'count' | 'setBack'>,
): readonly Program[] =>
  programs.filter(({ needs }) =>
    needs.every((need) => need === 'advance' || need === 'next' || Boolean(fakes[need])),
  );

const hang = (): Promise<never> => new Promise(() => {});
const down = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));

/** What has become of a promise so far: its value, or the name of its error. */
function track(promise: Promise<unknown>): { now: unknown } {
  const tracked: { now: unknown } = { now: 'pending' };
  promise.then(
    (value) => (tracked.now = value),
    (error: Error) => (tracked.now = error.name),
  );
  return tracked;
}

function equal(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what}: ${is}, expected ${should}`);
}

/** The next turns of the event loop, by what nobody fakes. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      const onmessage = (): void => {
        port1.close();
        resolve();
      };
      Object.assign(port1, { onmessage });
      port2.postMessage(undefined);
    });
  }
}

/** Waits on the platform's own timers until something holds; to be made before fakes are installed. */
function patience(): (holds: () => boolean) => Promise<void> {
  const { setTimeout } = globalThis;
  return async (holds) => {
    for (let step = 0; step < 400 && !holds(); step++) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
  };
}

const programs: readonly Program[] = [
  {
    name: 'a timeout that was made before them ends a call when it is due, and not sooner',
    needs: [],
    async run({ createKedge, timeout }, fakes) {
      const quotes = createKedge().pipeline('quotes', timeout(5_000));
      await quotes.execute(() => 1);
      fakes.install();
      const call = track(quotes.execute(hang));
      await fakes.advance(4_900);
      equal(call.now, 'pending', 'before its time');
      await fakes.advance(200);
      equal(call.now, 'TimeoutError', 'after it');
    },
  },
  {
    name: 'a timeout that was made under them ends calls there, and others when they are gone',
    needs: [],
    async run({ createKedge, timeout }, fakes) {
      const until = patience();
      fakes.install();
      const quotes = createKedge().pipeline('quotes', timeout(20));
      const call = track(quotes.execute(hang));
      await fakes.advance(20);
      equal(call.now, 'TimeoutError', 'under them');
      await quotes.execute(() => 1);
      fakes.uninstall();
      const later = track(quotes.execute(hang));
      await until(() => later.now !== 'pending');
      equal(later.now, 'TimeoutError', 'without them');
    },
  },
  {
    name: 'one step to the next timer ends a timeout',
    needs: ['next'],
    async run({ createKedge, timeout }, fakes) {
      fakes.install();
      const call = track(createKedge().pipeline('quotes', timeout(5_000)).execute(hang));
      await fakes.next();
      equal(call.now, 'TimeoutError', 'after one step');
    },
  },
  {
    name: 'the limit of one call ends it',
    needs: [],
    async run({ createKedge }, fakes) {
      fakes.install();
      const call = track(createKedge().pipeline('quotes').execute(hang, { timeout: 5_000 }));
      await fakes.next();
      equal(call.now, 'TimeoutError', 'after one step');
    },
  },
  {
    name: 'no timer is pending when no call runs',
    needs: ['count'],
    async run(
      { createKedge, bulkhead, circuitBreaker, hedge, rateLimiter, retry, timeout },
      fakes,
    ) {
      fakes.install();
      const quotes = createKedge().pipeline(
        'quotes',
        timeout(5_000),
        retry(),
        hedge({ after: 1_000 }),
        circuitBreaker({ slowCall: { after: 500, rate: 0.5 } }),
        rateLimiter({ limit: 1_000 }),
        bulkhead({ maxConcurrent: 1, maxQueued: 10, maxWait: 1_000 }),
        timeout(1_000),
      );
      await Promise.all(Array.from({ length: 5 }, () => quotes.execute(async () => 1)));
      equal(fakes.count?.(), 0, 'timers');
    },
  },
  {
    name: 'a retry waits as long as its backoff says',
    needs: [],
    async run({ createKedge, retry }, fakes) {
      fakes.install();
      let attempts = 0;
      const quotes = createKedge().pipeline('quotes', retry({ backoff: () => 1_000 }));
      const call = track(
        quotes.execute(() => {
          attempts++;
          return attempts === 1 ? down() : 'ok';
        }),
      );
      await fakes.advance(900);
      equal(attempts, 1, 'attempts before the wait is over');
      await fakes.advance(200);
      equal([attempts, call.now], [2, 'ok'], 'attempts and answer after it');
    },
  },
  {
    name: 'a retry gets as far as its deadline, and its deadline ends it',
    needs: [],
    async run({ createKedge, retry, timeout }, fakes) {
      fakes.install();
      let attempts = 0;
      const quotes = createKedge().pipeline(
        'quotes',
        timeout(3_000),
        retry({ maxAttempts: 10, backoff: () => 100 }),
        timeout(1_000),
      );
      const call = track(
        quotes.execute(() => {
          attempts++;
          return hang();
        }),
      );
      for (let step = 0; step < 60; step++) await fakes.advance(50);
      equal([attempts, call.now], [3, 'TimeoutError'], 'attempts and answer');
    },
  },
  {
    name: 'a hedge is launched when it is due',
    needs: ['next'],
    async run({ createKedge, hedge }, fakes) {
      fakes.install();
      let attempts = 0;
      const quotes = createKedge().pipeline('quotes', hedge({ after: 400, budget: false }));
      const call = track(
        quotes.execute(() => {
          attempts++;
          return attempts === 1 ? hang() : 'second';
        }),
      );
      await fakes.next();
      equal([attempts, call.now], [2, 'second'], 'attempts and answer');
    },
  },
  {
    name: 'a slow call opens its circuit while it runs',
    needs: [],
    async run({ createKedge, circuitBreaker }, fakes) {
      const breaker = circuitBreaker({ minimumCalls: 1, slowCall: { after: 500, rate: 0.5 } });
      const quotes = createKedge().pipeline('quotes', breaker);
      fakes.install();
      void quotes.settle(hang);
      await fakes.advance(400);
      equal(breaker.state, 'closed', 'before it is slow');
      await fakes.advance(200);
      equal(breaker.state, 'open', 'when it is');
    },
  },
  {
    name: 'a circuit that opened before them lets a probe in when its time has passed',
    needs: ['tellTime'],
    async run({ createKedge, circuitBreaker }, fakes) {
      const breaker = circuitBreaker({ openFor: () => 60_000 });
      const quotes = createKedge().pipeline('quotes', breaker);
      breaker.open();
      fakes.install();
      equal(track(quotes.execute(() => 1)).now, 'pending', 'at first');
      await fakes.advance(30_000);
      const early = track(quotes.execute(() => 1));
      await turns();
      equal(early.now, 'CircuitOpenError', 'before its time');
      await fakes.advance(31_000);
      const late = track(quotes.execute(() => 1));
      await turns();
      equal(late.now, 1, 'after it');
    },
  },
  {
    name: 'a circuit that opened before them knows of the time that passes before the first call under them',
    needs: ['tellTime'],
    async run({ createKedge, circuitBreaker }, fakes) {
      const breaker = circuitBreaker({ openFor: () => 60_000 });
      const quotes = createKedge().pipeline('quotes', breaker);
      breaker.open();
      fakes.install();
      await fakes.advance(60_100);
      const late = track(quotes.execute(() => 1));
      await turns();
      equal(late.now, 1, 'after its time');
    },
  },
  {
    name: 'a circuit that opened under them, hours ahead, is not open for hours when they are gone',
    needs: ['tellTime'],
    async run({ createKedge, circuitBreaker }, fakes) {
      const until = patience();
      fakes.install();
      await fakes.advance(36_000_000);
      const breaker = circuitBreaker({ openFor: () => 30 });
      const quotes = createKedge().pipeline('quotes', breaker);
      breaker.open();
      equal((await quotes.settle(() => 1)).status, 'rejected', 'while it is open');
      fakes.uninstall();
      await quotes.settle(() => 1);
      let answer: unknown;
      const ask = (): void =>
        void quotes
          .execute(() => 1)
          .then(
            (value) => (answer = value),
            () => {},
          );
      await until(() => {
        ask();
        return answer !== undefined;
      });
      equal(answer, 1, 'after its time');
    },
  },
  {
    name: 'failures leave a window as time passes, whatever clocks come meanwhile',
    needs: ['tellTime'],
    async run({ createKedge, circuitBreaker }, fakes) {
      const breaker = circuitBreaker({ minimumCalls: 3, window: { duration: 10_000 } });
      const quotes = createKedge().pipeline('quotes', breaker);
      await quotes.settle(down);
      fakes.install();
      await quotes.settle(down);
      await fakes.advance(20_000);
      await quotes.settle(down);
      equal(breaker.state, 'closed', 'with one failure in the window');
      await quotes.settle(down);
      await quotes.settle(down);
      equal(breaker.state, 'open', 'with three');
    },
  },
  {
    name: 'failures before them count together with failures under them',
    needs: [],
    async run({ createKedge, circuitBreaker }, fakes) {
      const breaker = circuitBreaker({ minimumCalls: 3, window: { duration: 60_000 } });
      const quotes = createKedge().pipeline('quotes', breaker);
      await quotes.settle(down);
      fakes.install();
      await quotes.settle(down);
      await quotes.settle(down);
      equal(breaker.state, 'open', 'with three failures in a moment');
    },
  },
  {
    name: 'a limiter lets calls through before them, under them and after them',
    needs: [],
    async run({ createKedge, rateLimiter }, fakes) {
      const quotes = createKedge().pipeline('quotes', rateLimiter({ limit: 10 }));
      await quotes.execute(() => 1);
      fakes.install();
      await quotes.execute(() => 1);
      await fakes.advance(3_600_000);
      await quotes.execute(() => 1);
      fakes.uninstall();
      await quotes.execute(() => 1);
      fakes.install();
      await quotes.execute(() => 1);
      const [limiter] = quotes.stats().policies;
      equal((limiter?.gauges['available'] ?? -1) >= 5, true, 'at least five tokens');
    },
  },
  {
    name: 'a limiter serves its queue at its rate',
    needs: [],
    async run({ createKedge, rateLimiter }, fakes) {
      const limiter = rateLimiter({ limit: 10, burst: 1, maxWait: 1_000 });
      const quotes = createKedge().pipeline('quotes', limiter);
      fakes.install();
      let served = 0;
      for (let call = 0; call < 5; call++) void quotes.settle(() => served++);
      await turns();
      equal(served, 1, 'at once');
      for (let step = 0; step < 5; step++) await fakes.advance(50);
      equal(served, 3, 'after a quarter of a second');
      for (let step = 0; step < 5; step++) await fakes.advance(50);
      equal(served, 5, 'after half a second');
    },
  },
  {
    name: 'a queue that was left behind is served again when they are gone',
    needs: [],
    async run({ createKedge, rateLimiter }, fakes) {
      const until = patience();
      const limiter = rateLimiter({ limit: 100, burst: 1, maxWait: 1_000 });
      const quotes = createKedge().pipeline('quotes', limiter);
      fakes.install();
      const calls = [1, 2, 3].map((each) => track(quotes.execute(() => each)));
      await turns();
      fakes.uninstall();
      calls.push(track(quotes.execute(() => 4)));
      await until(() => calls.every((call) => call.now !== 'pending'));
      equal(
        calls.map((call) => call.now),
        [1, 2, 3, 4],
        'answers',
      );
    },
  },
  {
    name: 'a queue from before them is served by the timer that it has',
    needs: [],
    async run({ createKedge, rateLimiter }, fakes) {
      const until = patience();
      const limiter = rateLimiter({ limit: 20, burst: 1, maxWait: 1_000 });
      const quotes = createKedge().pipeline('quotes', limiter);
      await quotes.execute(() => 0);
      const waiting = track(quotes.execute(() => 1));
      fakes.install();
      const behind = track(quotes.execute(() => 2));
      await until(() => waiting.now !== 'pending');
      equal(waiting.now, 1, 'the one that waited');
      await fakes.advance(200);
      equal(behind.now, 2, 'the one behind it');
    },
  },
  {
    name: 'a wait for a permit ends in time',
    needs: [],
    async run({ createKedge, bulkhead }, fakes) {
      const quotes = createKedge().pipeline(
        'quotes',
        bulkhead({ maxConcurrent: 1, maxQueued: 1, maxWait: 2_000 }),
      );
      fakes.install();
      void quotes.settle(hang);
      const queued = track(quotes.execute(() => 1));
      await fakes.advance(1_900);
      equal(queued.now, 'pending', 'before it is over');
      await fakes.advance(200);
      equal(queued.now, 'BulkheadFullError', 'after it');
    },
  },
  {
    name: 'a budget fills up as time passes, whatever clocks come meanwhile',
    needs: ['tellTime'],
    async run({ retryBudget }, fakes) {
      const until = patience();
      const budget = retryBudget({ ratio: 0, reserve: 1, refill: 4 });
      equal([budget.withdraw(), budget.withdraw()], [true, false], 'before them');
      fakes.install();
      await fakes.advance(3_600_000);
      equal([budget.withdraw(), budget.withdraw()], [true, false], 'under them');
      fakes.uninstall();
      budget.withdraw();
      let refilled = false;
      await until(() => (refilled ||= budget.withdraw()));
      equal(refilled, true, 'after them');
    },
  },
  {
    name: 'calls that are left behind take no timeout, retry or hedge away from those after them',
    needs: [],
    async run({ createKedge, hedge, retry, timeout }, fakes) {
      const until = patience();
      const { pipeline } = createKedge();
      const limited = pipeline('limited', timeout(20));
      const again = pipeline('again', retry({ backoff: () => 20, budget: false }));
      const raced = pipeline('raced', hedge({ after: 20, budget: false }));
      const flaky = (): (() => unknown) => {
        let attempts = 0;
        return () => (++attempts === 1 ? down() : 'again');
      };
      const slow = (): (() => unknown) => {
        let attempts = 0;
        return () => (++attempts === 1 ? hang() : 'second');
      };
      const all = (): { now: unknown }[] => [
        track(limited.execute(hang)),
        track(again.execute(flaky())),
        track(raced.execute(slow())),
      ];
      const ended = ['TimeoutError', 'again', 'second'];
      fakes.install();
      all();
      await fakes.advance(5);
      fakes.uninstall();
      const without = all();
      await until(() => without.every((call) => call.now !== 'pending'));
      equal(
        without.map((call) => call.now),
        ended,
        'without them',
      );
      fakes.install();
      all();
      await fakes.advance(5);
      fakes.uninstall();
      fakes.install();
      const under = all();
      for (let step = 0; step < 10; step++) await fakes.advance(10);
      equal(
        under.map((call) => call.now),
        ended,
        'under others of them',
      );
    },
  },
  {
    name: 'a call from before them keeps its own timer',
    needs: [],
    async run({ createKedge, timeout }, fakes) {
      const until = patience();
      const quotes = createKedge().pipeline('quotes', timeout(30));
      const early = track(quotes.execute(hang));
      fakes.install();
      const late = track(quotes.execute(hang));
      await until(() => early.now !== 'pending');
      equal([early.now, late.now], ['TimeoutError', 'pending'], 'after real time');
      await fakes.advance(30);
      equal(late.now, 'TimeoutError', 'after fake time');
    },
  },
  {
    name: 'the abort of a caller is heeded without any time passing',
    needs: [],
    async run({ createKedge, retry, timeout }, fakes) {
      fakes.install();
      const own: Kedge.Policy = { kind: 'own', name: 'own', apply: (next) => (it) => next(it) };
      for (const policies of [[], [retry()], [own], [own, timeout(1_000)]]) {
        const caller = new AbortController();
        const quotes = createKedge().pipeline('quotes', ...policies);
        const call = track(quotes.execute(hang, { signal: caller.signal }));
        await turns();
        caller.abort();
        await turns();
        equal(call.now, 'AbortError', `with ${policies.length} policies`);
      }
    },
  },
  {
    name: 'a clock that is set back stops nothing',
    needs: ['setBack'],
    async run({ createKedge, circuitBreaker, rateLimiter, timeout }, fakes) {
      fakes.install();
      await fakes.advance(1_000);
      const breaker = circuitBreaker({ openFor: () => 1_000 });
      const { pipeline } = createKedge();
      const quotes = pipeline('quotes', breaker);
      const mails = pipeline('mails', rateLimiter({ limit: 1 }));
      const limited = track(pipeline('limited', timeout(1_000)).execute(hang));
      breaker.open();
      await quotes.settle(() => 1);
      await mails.execute(() => 1);
      fakes.setBack?.();
      equal((await mails.settle(() => 1)).status, 'rejected', 'the limiter at once');
      await fakes.advance(1_100);
      equal(limited.now, 'TimeoutError', 'the timeout');
      equal(await mails.execute(() => 'mailed'), 'mailed', 'the limiter later');
      equal(await quotes.execute(() => 'quoted'), 'quoted', 'the circuit later');
    },
  },
];
