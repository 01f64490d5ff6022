import {
  type AlternativeOf,
  type CircuitBreaker,
  type Pipeline,
  pipeline as rootPipeline,
  type Policy,
  type PresetOptions,
  presets,
  retryBudget,
  TimeoutError,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { controlled, jobs, lab, permanent, rejection, track, transient } from './support/lab.ts';
import { countersOf, expectConservation } from './support/laws.ts';

const bad = () => Promise.reject(transient());
const never = () => new Promise(() => {});
/** Of a database only what the caller calls idempotent is repeated after an error that leaves open what has happened. */
const repeatable = { attributes: { idempotent: true } };
const both = [
  ['http', presets.http],
  ['database', presets.database],
] as const;

/** Where each of the names stands, from outside. */
function places(policies: readonly { kind: string; name: string }[]): Record<string, number> {
  return Object.fromEntries(policies.map(({ name }, index) => [name, index]));
}

describe.each(both)('presets.%s', (name, preset) => {
  it('puts the policies in the order limiter → total timeout → retry → breaker → attempt timeout', () => {
    const policies = preset();
    const kinds = policies.map(({ kind }) => kind);
    const at = places(policies);
    const order = [
      0,
      at['timeout-total']!,
      at['retry']!,
      at['circuitBreaker']!,
      at['timeout-attempt']!,
    ];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(new Set(order).size).toBe(order.length);
    expect(['bulkhead', 'adaptiveLimiter', 'rateLimiter']).toContain(kinds[0]);
    // Nothing between the attempt's time and the attempt.
    expect(at['timeout-attempt']).toBe(policies.length - 1);
    expect(kinds).not.toContain('fallback');
  });

  it('puts a fallback outside of everything, where one is given', async () => {
    using l = lab();
    const policies = preset({ fallback: { value: 'none' } });
    expect(policies[0].kind).toBe('fallback');
    const quotes = l.pipeline('quotes', ...policies);
    expect(await quotes.execute(() => Promise.reject(permanent()))).toBe('none');
    expect(quotes.stats().executions).toMatchObject({ fallback: 1 });
  });

  it('answers a good call with one attempt and holds no timer afterwards', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', ...preset());
    expect(await quotes.execute(() => Promise.resolve('ok'))).toBe('ok');
    expectConservation({
      pipeline: quotes,
      clock: l.clock,
      seen: l.seen,
      executions: 1,
      attempts: 1,
    });
  });

  it('tries `maxAttempts` times, each for as long as an attempt may take', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      ...preset({
        totalTimeout: 10_000,
        attemptTimeout: 1_000,
        maxAttempts: 2,
        hedge: false,
        backoff: () => 100,
      }),
    );
    const operation = controlled();
    const call = track(quotes.execute(operation, repeatable));
    await l.clock.advance(999);
    expect(operation.starts).toHaveLength(1);
    await l.clock.advance(101);
    expect(operation.starts).toHaveLength(2);
    expect(operation.starts.map(({ context }) => context.deadline)).toEqual([1_000, 2_100]);
    await l.clock.advance(1_000);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(call.reason).toMatchObject({ policy: 'timeout-attempt', after: 1_000 });
    expect(quotes.stats()).toMatchObject({ executions: { timeout: 1 }, attempts: { timeout: 2 } });
    for (const { resolve } of operation.starts) resolve('late');
    await jobs();
    expectConservation({
      pipeline: quotes,
      clock: l.clock,
      seen: l.seen,
      executions: 1,
      attempts: 2,
    });
  });

  it('ends the whole call after `total`, waits included', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      ...preset({
        totalTimeout: 3_000,
        attemptTimeout: 2_000,
        maxAttempts: 10,
        backoff: () => 500,
      }),
    );
    const call = track(quotes.execute(scripted([{ hang: true }]), repeatable));
    await l.clock.advance(3_000);
    expect(call.reason).toMatchObject({ policy: 'timeout-total', after: 3_000 });
  });

  it('never lets the time of an attempt leave the breaker’s window before a second one is in it', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      ...preset({
        totalTimeout: 120_000,
        attemptTimeout: 40_000,
        hedge: false,
        circuitBreaker: { minimumCalls: 2, consecutiveFailures: Infinity },
      }),
    );
    for (let each = 0; each < 2; each++) {
      void quotes.settle(scripted([{ hang: true }]));
      await l.clock.advance(20_000);
    }
    await l.clock.advance(19_999);
    expect(l.seen.of('circuit.opened')).toHaveLength(0);
    await l.clock.advance(1);
    expect(l.seen.of('circuit.opened')).toHaveLength(1);
  });

  it('shares one budget over retries and hedges, the one that is given', async () => {
    using l = lab();
    const budget = retryBudget({ reserve: 1, refill: 0, ratio: 0 });
    const quotes = l.pipeline(
      'quotes',
      ...preset({ budget, backoff: () => 1, hedge: { after: 5, maxHedges: 3 } }),
    );
    const operation = scripted([{ error: transient(), after: 10 }]);
    // One that is alone would get its retry all the same.
    void quotes.settle(never);
    const call = quotes.settle(operation, repeatable);
    await l.clock.advance(1_000);
    await call;
    expect(operation.calls).toHaveLength(2);
  });

  it('leaves out what is `false`', () => {
    const kinds = preset({ bulkhead: false, adaptiveLimiter: false, hedge: false }).map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(['timeout', 'retry', 'circuitBreaker', 'timeout']);
  });

  it('without a time for the attempt the rest still holds', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      ...preset({ totalTimeout: Infinity, attemptTimeout: Infinity, hedge: false }),
    );
    const operation = controlled();
    const call = track(quotes.execute(operation));
    await l.clock.advance(10_000_000);
    expect(call.state).toBe('pending');
    operation.starts[0]!.resolve('at last');
    await jobs();
    expect(call.value).toBe('at last');
  });

  it('makes policies of its own every time: two pipelines share nothing', async () => {
    using l = lab();
    const options = { circuitBreaker: { consecutiveFailures: 1 }, maxAttempts: 1 };
    const [one, two] = [preset(options), preset(options)].map((policies) =>
      l.pipeline('quotes', ...policies),
    );
    await one!.settle(bad);
    const refused = track(one!.execute(() => 1));
    await jobs();
    // The retry waits for the circuit.
    expect(refused.state).toBe('pending');
    expect(await two!.execute(() => 1)).toBe(1);
  });

  it.each<[PresetOptions, string]>([
    [
      { totalTimeout: 1_000, attemptTimeout: 2_000 },
      `presets.${name}: \`attemptTimeout\` (2000 ms) is longer than \`totalTimeout\` (1000 ms), so no attempt could use it.`,
    ],
    [
      { totalTimeout: 1_000, retry: { maxElapsed: 1_001 } },
      `presets.${name}: the retry's \`maxElapsed\` (1001 ms) is longer than \`totalTimeout\` (1000 ms), which ends the call before.`,
    ],
    [
      { attemptTimeout: 5_000, circuitBreaker: { window: { duration: 9_999 } } },
      `presets.${name}: the breaker's \`window\` (9999 ms) is shorter than twice \`attemptTimeout\` (5000 ms), so failures by timeout would leave it before they could add up.`,
    ],
    [
      { totalTimeout: 1_000, retry: { circuitWait: 1_001 } },
      `presets.${name}: the retry's \`circuitWait\` (1001 ms) is longer than \`totalTimeout\` (1000 ms), which ends the call before.`,
    ],
    [
      { totalTimeout: 1_000, backoff: 1_001 },
      `presets.${name}: \`backoff\` (1001 ms) is longer than \`totalTimeout\` (1000 ms), which ends the call before.`,
    ],
  ])('refuses what contradicts itself, and says which and why: %j', (options, message) => {
    expect(() => preset(options)).toThrow(new RangeError(message));
  });

  it.each<[PresetOptions, string]>([
    [
      { retry: { respectRetryAfter: false, maxRetryAfter: 5 } },
      "the retry's `maxRetryAfter` would be ignored: `respectRetryAfter` is false.",
    ],
    [
      { bulkhead: { maxWait: 100 } },
      "the bulkhead's `maxWait` would be ignored: nothing is queued without `maxQueued`.",
    ],
    [
      { attemptTimeout: 1_000, hedge: { after: 1_000 } },
      "the hedge's `after` would be ignored: it is not shorter than `attemptTimeout`.",
    ],
    [
      { attemptTimeout: 1_000, circuitBreaker: { slowCall: { after: 1_000, rate: 0.5 } } },
      "the breaker's `slowCall` would be ignored: its `after` is not shorter than `attemptTimeout`.",
    ],
    [
      { circuitBreaker: { slowCall: { after: 20_000, rate: 0.5 } } },
      "the breaker's `slowCall` would be ignored: its `after` is not shorter than `attemptTimeout`.",
    ],
    [
      { maxAttempts: 1, backoff: 500, hedge: {} },
      '`backoff` would be ignored: with `maxAttempts: 1` there is no further try.',
    ],
    ...(['beforeRetry', 'respectRetryAfter', 'maxRetryAfter'] as const).map(
      (option): [PresetOptions, string] => [
        {
          maxAttempts: 1,
          retry: {
            [option]: { beforeRetry: () => {}, respectRetryAfter: false, maxRetryAfter: 5 }[option],
          },
        },
        `the retry's \`${option}\` would be ignored: with \`maxAttempts: 1\` there is no further try.`,
      ],
    ),
  ])('refuses what would be ignored, and says why: %j', (options, message) => {
    expect(() => preset(options)).toThrow(new TypeError(`presets.${name}: ${message}`));
  });

  it.each<[PresetOptions]>([
    [{ totalTimeout: 1_000, attemptTimeout: 1_000 }],
    [{ bulkhead: { maxWait: 100, maxQueued: 5 } }],
    [{ attemptTimeout: 1_000, hedge: { after: 999 } }],
    [{ attemptTimeout: 1_000, circuitBreaker: { slowCall: { after: 999, rate: 0.5 } } }],
    [{ maxAttempts: 1, retry: { circuitWait: 0, handle: () => false } }],
    [{ maxAttempts: 2, backoff: 500, retry: { beforeRetry: () => {} } }],
    [{ retry: { maxRetryAfter: 5, maxElapsed: Infinity } }],
    [{ totalTimeout: 1_000 }],
    [{ totalTimeout: 1_000, retry: { maxElapsed: 1_000 } }],
    [{ attemptTimeout: 5_000, circuitBreaker: { window: { duration: 10_000 } } }],
    [{ attemptTimeout: 5_000, circuitBreaker: { window: { calls: 10 } } }],
  ])('takes what only looks like a contradiction: %j', (options) => {
    expect(preset(options).length).toBeGreaterThan(3);
  });

  it.each<[string, unknown, new (...args: never[]) => Error, string]>([
    ['a total of nothing', { totalTimeout: 0 }, RangeError, '`totalTimeout`'],
    ['no number', { attemptTimeout: '1s' }, TypeError, '`attemptTimeout`'],
    ['NaN', { maxAttempts: NaN }, RangeError, '`maxAttempts`'],
    ['a slip', { maxAttempt: 3 }, TypeError, 'Did you mean `maxAttempts`?'],
    ['an option of another policy', { circuitBreaker: { probes: 1 } }, TypeError, '`probes`'],
    ['a window that is none', { circuitBreaker: { window: null } }, TypeError, '`window`'],
    ['a window that is a number', { circuitBreaker: { window: 5 } }, TypeError, '`window`'],
    ['no budget', { budget: {} }, TypeError, 'a retryBudget() or false'],
    [
      'attempts in the wrong place',
      { retry: { maxAttempts: 1 } },
      TypeError,
      'give `maxAttempts` beside `retry`, not in it.',
    ],
    [
      'a backoff in the wrong place',
      { retry: { backoff: 5 } },
      TypeError,
      'give `backoff` beside `retry`',
    ],
    [
      'a budget in the wrong place',
      { retry: { budget: false } },
      TypeError,
      'give `budget` beside `retry`',
    ],
    ['another library’s name', { retries: 3 }, TypeError, '`retries: 3` is `maxAttempts: 4` here'],
    [
      'a count under the name of a time',
      { attempts: 3 },
      TypeError,
      '`attempts: 3` is `maxAttempts: 3`',
    ],
    ['a fallback that is none', { fallback: {} }, TypeError, 'fallback'],
    ['a hedge that is none', { hedge: true }, TypeError, '`hedge`'],
    ['null', null, TypeError, `presets.${name}`],
  ])('refuses %s', (_name, options, type, message) => {
    const make = () => preset(options as PresetOptions);
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });

  it('infers the type of the result from the fallback', () => {
    const plain = rootPipeline('plain', ...preset());
    expectTypeOf(plain).toEqualTypeOf<Pipeline>();
    expectTypeOf(plain.execute(() => 1)).resolves.toEqualTypeOf<number>();
    const answered = rootPipeline('answered', ...preset({ fallback: { value: 'none' } }));
    expectTypeOf(answered.execute(() => 1)).resolves.toEqualTypeOf<number | string>();
    const run = preset({ fallback: { run: () => Promise.resolve([1]) } });
    expectTypeOf<AlternativeOf<(typeof run)[number]>>().toEqualTypeOf<number[]>();
    plain[Symbol.dispose]();
    answered[Symbol.dispose]();
  });
});

describe('presets: defaults', () => {
  it.each([
    ['http', presets.http, 30_000, 10_000],
    ['database', presets.database, 10_000, 5_000],
  ] as const)('%s: three attempts, in times that fit', async (_name, preset, total, attempt) => {
    using l = lab();
    const quotes = l.pipeline('quotes', ...preset({ backoff: () => 0, hedge: false }));
    const operation = controlled();
    const call = track(quotes.execute(operation, repeatable));
    expect(operation.starts[0]!.context.deadline).toBe(attempt);
    await l.clock.advance(total);
    expect(call.state).toBe('rejected');
    // The third attempt begins where the total ends, if the time is just so.
    expect(operation.starts.length).toBe(Math.min(3, total / attempt));
    const quick = l.pipeline('quick', ...preset({ backoff: () => 0, hedge: false }));
    const failing = scripted([{ error: transient() }]);
    const failed = quick.settle(failing, repeatable);
    await l.clock.advance(10);
    await failed;
    expect(failing.calls).toHaveLength(3);
    expect(countersOf(quick, 'retry')).toMatchObject({ exhausted: 1 });
  });

  it('HTTP hedges what its caller calls idempotent, and nothing else; databases hedge nothing', async () => {
    using l = lab();
    const learn = async (pipeline: Pipeline, attributes: Record<string, boolean>) => {
      for (let each = 0; each < 40; each++) {
        void pipeline.settle(scripted([{ value: 1, after: 10 }]), { attributes });
        await l.clock.advance(10);
      }
      const operation = controlled();
      void pipeline.settle(operation, { attributes });
      await l.clock.advance(200);
      return operation.starts.length;
    };
    const http = l.pipeline('http', ...presets.http());
    expect(await learn(http, { idempotent: true })).toBe(2);
    expect(await learn(http, {})).toBe(1);
    expect(await learn(http, { idempotent: false })).toBe(1);
    const database = l.pipeline('database', ...presets.database());
    expect(await learn(database, { idempotent: true })).toBe(1);
  });

  it('a dead dependency is soon left alone, and called again when it is well', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', ...presets.http());
    let dead = true;
    let sent = 0;
    const operation = () => {
      sent++;
      return dead ? bad() : Promise.resolve('ok');
    };
    for (let second = 0; second < 60; second++) {
      for (let each = 0; each < 50; each++) void quotes.settle(operation);
      await l.clock.advance(1_000);
    }
    expect(sent).toBeLessThan(200);
    dead = false;
    await l.clock.advance(10_000);
    for (let each = 0; each < 20; each++) {
      await quotes.settle(operation);
      await l.clock.advance(50);
    }
    expect(await quotes.execute(operation)).toBe('ok');
    expect(await rejection(quotes.execute(() => Promise.reject(permanent())))).toMatchObject({
      status: 404,
    });
  });
});

/** How often a call is tried that fails with one and the same error. */
const attempts = async (
  error: unknown,
  attributes: Record<string, boolean>,
  options: PresetOptions = {},
): Promise<number> => {
  using l = lab();
  const orders = l.pipeline('orders', ...presets.database({ backoff: 0, ...options }));
  const operation = scripted([{ error }]);
  void orders.settle(operation, { attributes });
  await l.clock.advance(1_000);
  return operation.calls.length;
};

describe('presets.database', () => {
  const lost = transient();
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

  it('repeats only what was certainly not executed, unless the call is idempotent', async () => {
    expect(await attempts(refused, {})).toBe(3);
    expect(await attempts(lost, {})).toBe(1);
    expect(await attempts(lost, { idempotent: true })).toBe(3);
    expect(await attempts(lost, { idempotent: false })).toBe(1);
    expect(await attempts(permanent(), { idempotent: true })).toBe(1);
  });

  it('repeats no value that is a failure, since it was executed, unless the call is idempotent', async () => {
    using l = lab();
    const retrying = { retry: { handleResult: (value: unknown) => value === 0 } };
    const orders = l.pipeline('orders', ...presets.database({ backoff: 0, ...retrying }));
    const sent: number[] = [];
    for (const attributes of [{}, { idempotent: true }, { idempotent: false }]) {
      const operation = scripted([{ value: 0 }]);
      const call = orders.execute(operation, { attributes });
      await l.clock.advance(1_000);
      expect(await call).toBe(0);
      sent.push(operation.calls.length);
    }
    expect(sent).toEqual([1, 3, 1]);
  });

  it('asks a `handle` of one’s own first', async () => {
    const mine = (error: unknown): boolean | undefined => (error === lost ? true : undefined);
    expect(await attempts(lost, {}, { retry: { handle: mine } })).toBe(3);
    expect(await attempts(transient(), {}, { retry: { handle: mine } })).toBe(1);
    expect(await attempts(refused, {}, { retry: { handle: () => false } })).toBe(1);
  });

  it('opens nothing for requests that lose, or are wrong', async () => {
    using l = lab();
    const policies = presets.database({ backoff: 0 });
    const orders = l.pipeline('orders', ...policies);
    const sent: number[] = [];
    for (const code of ['23505', '40001']) {
      const error = Object.assign(new Error('refused by the server'), { code, severity: 'ERROR' });
      const operation = scripted([{ error }]);
      for (let each = 0; each < 60; each++) void orders.settle(operation);
      await l.clock.advance(1_000);
      sent.push(operation.calls.length);
    }
    // A unique violation is tried once, a lost race again while the reserve of ten pays for it, and once by the last, who is alone.
    expect(sent).toEqual([60, 71]);
    expect(breakerOf(policies).state).toBe('closed');
  });
});

const breakerOf = (policies: readonly Policy<unknown>[]): CircuitBreaker =>
  policies.find(({ kind }) => kind === 'circuitBreaker') as CircuitBreaker;

describe.each(both)('the defaults of presets.%s', (name, preset) => {
  it('are these policies', () => {
    expect(preset().map((policy) => policy.name)).toEqual([
      'bulkhead',
      'timeout-total',
      'retry',
      ...(name === 'http' ? ['hedge'] : []),
      'circuitBreaker',
      'adaptiveLimiter',
      'timeout-attempt',
    ]);
    const without = preset({ bulkhead: false, adaptiveLimiter: false, hedge: false });
    expect(without.map((policy) => policy.name)).toEqual([
      'timeout-total',
      'retry',
      'circuitBreaker',
      'timeout-attempt',
    ]);
  });

  it.each([
    [0, [90, 117, 152, 198]],
    [0.5, [100, 130, 169, 220]],
    [0.999_999, [110, 143, 186, 242]],
  ])(
    'keep a circuit open for ever longer, 10 %% around it: by a chance of %d',
    (chance, lengths) => {
      using l = lab();
      vi.spyOn(Math, 'random').mockReturnValue(chance);
      const breaker = breakerOf(preset());
      const openFor = lengths.map(() => {
        breaker.open();
        return Math.round(breaker.snapshot().openFor);
      });
      expect(openFor).toEqual(lengths);
      expect(l.clock.timers).toBe(0);
    },
  );

  it('send one probe at a time to what may be well again', async () => {
    using l = lab();
    const policies = preset({ maxAttempts: 1 });
    const quotes = l.pipeline('quotes', ...policies);
    const operation = controlled();
    breakerOf(policies).open();
    await l.clock.advance(2_000);
    const probe = track(quotes.execute(operation));
    void quotes.settle(operation);
    expect(operation.starts).toHaveLength(1);
    expect(l.seen.of('call.rejected')).toMatchObject([{ reason: 'circuit-open' }]);
    operation.starts[0]!.resolve('well');
    await jobs();
    expect(probe.value).toBe('well');
    expect(breakerOf(policies).state).toBe('closed');
  });

  it('bear that eight of ten calls fail', async () => {
    using l = lab();
    const policies = preset({ maxAttempts: 1 });
    const quotes = l.pipeline('quotes', ...policies);
    for (let each = 0; each < 100; each++)
      await quotes.settle(each % 5 === 4 ? () => Promise.resolve('ok') : bad);
    expect(breakerOf(policies).state).toBe('closed');
  });

  it('pay for one retry by each success', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      ...preset({
        backoff: () => 0,
        maxAttempts: 2,
        hedge: false,
        circuitBreaker: { minimumCalls: 1_000, consecutiveFailures: Infinity },
      }),
    );
    void quotes.settle(never);
    for (let each = 0; each < 40; each++) await quotes.execute(() => Promise.resolve('ok'));
    for (let each = 0; each < 70; each++) {
      const call = quotes.settle(bad, repeatable);
      await l.clock.advance(0);
      await call;
    }
    // And the reserve of ten.
    expect(countersOf(quotes, 'retry')).toMatchObject({ scheduled: 50, refused_budget: 20 });
  });

  it('leave room for many calls at once', () => {
    expect(() => preset({ adaptiveLimiter: { initial: 2_000 } })).not.toThrow();
    expect(() => preset({ adaptiveLimiter: { initial: 2_001 } })).toThrow('adaptiveLimiter');
  });

  it('let calls through again after a black hole, however many it has swallowed', async () => {
    using l = lab();
    const policies = preset({
      totalTimeout: 2_000,
      attemptTimeout: 1_000,
      maxAttempts: 1,
      bulkhead: { abandonAfter: 4_000 },
      circuitBreaker: { minimumCalls: 1_000, consecutiveFailures: Infinity },
    });
    const quotes = l.pipeline('quotes', ...policies);
    for (let each = 0; each < 300; each++) void quotes.settle(never);
    const turnedAway = track(quotes.execute(() => 'no place yet'));
    await l.clock.advance(4_999);
    expect(turnedAway.state).toBe('rejected');
    // Four times an attempt after it was given up.
    await l.clock.advance(1);
    expect(await quotes.execute(() => 'ok')).toBe('ok');
  });

  it.each([
    [0, [100, 200, 400]],
    [0.999_999, [200, 400, 800]],
  ])('space attempts by half of each delay at least: by a chance of %d', async (chance, delays) => {
    using l = lab();
    vi.spyOn(Math, 'random').mockReturnValue(chance);
    const quotes = l.pipeline('quotes', ...preset({ maxAttempts: 4 }));
    void quotes.settle(() =>
      Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' })),
    );
    await l.clock.runAll();
    const waited = l.seen.of('retry.scheduled').map(({ delay }) => Math.round(delay));
    expect(waited).toEqual(delays);
  });

  it('close a circuit by one success through which nine calls ran or fewer', async () => {
    using l = lab();
    const policies = preset();
    const quotes = l.pipeline('quotes', ...policies);
    for (let each = 0; each < 8; each++) void quotes.settle(never);
    breakerOf(policies).open();
    await l.clock.advance(110);
    await quotes.execute(() => 'ok');
    expect(breakerOf(policies).state).toBe('closed');
  });

  it('do not measure a window by attempts without end', () => {
    const circuitBreaker = { window: { duration: 1_000 } };
    expect(() =>
      preset({ totalTimeout: Infinity, attemptTimeout: Infinity, circuitBreaker }),
    ).not.toThrow();
  });
});
