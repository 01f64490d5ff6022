// What becomes of the values that a hedge brings in vain, and what the one counts as that the caller gets.
import {
  fallback,
  hedge,
  type HedgeOptions,
  type Policy,
  retry,
  retryBudget,
  staleIfError,
  timeout,
} from 'kedge';
import { scripted, type Step } from 'kedge/testing';
import { describe, expect, it, vi } from 'vitest';
import { controlled, jobs, lab, permanent, rejection, track, transient } from '../support/lab.ts';
import { countersOf } from '../support/laws.ts';

const failing = (after: number): Step => ({ error: transient(), after });

/** Says what of it has been closed. */
function disposable(name: string, closed: string[], members: object = {}) {
  return { name, [Symbol.dispose]: () => void closed.push(name), ...members };
}

/** A call that is hedged after 10 ms; its attempts bring named values, or fail, after so long. */
async function race(options: Partial<HedgeOptions>, steps: readonly Step[], around: Policy[] = []) {
  using l = lab();
  const discarded: unknown[] = [];
  const onDiscard = (value: unknown): void => void discarded.push(value);
  const search = l.pipeline(
    'search',
    ...around,
    hedge({ after: 10, budget: false, onDiscard, ...options }),
  );
  const call = track(search.execute(scripted(steps as [Step, ...Step[]])));
  await l.clock.advance(10_000);
  return { call, discarded, counters: countersOf(search, 'hedge') };
}

describe('onDiscard', () => {
  it.each<[string, Partial<HedgeOptions>, Step[], unknown, unknown[]]>([
    [
      'a loser that ends late',
      {},
      [
        { value: 'slow', after: 100 },
        { value: 'fast', after: 20 },
      ],
      'fast',
      ['slow'],
    ],
    [
      'a hedge that ends late',
      {},
      [
        { value: 'first', after: 20 },
        { value: 'second', after: 50 },
      ],
      'first',
      ['second'],
    ],
    [
      'all losers',
      { maxHedges: 2 },
      [
        { value: 1, after: 100 },
        { value: 2, after: 90 },
        { value: 3, after: 5 },
      ],
      3,
      [1, 2],
    ],
    ['nothing where nobody was started', {}, [{ value: 'only', after: 5 }], 'only', []],
    [
      'no error',
      {},
      [
        { error: transient(), after: 100 },
        { value: 'fast', after: 20 },
      ],
      'fast',
      [],
    ],
    [
      'a bad value when another wins',
      { handleResult: (value) => value === 'bad' },
      [
        { value: 'bad', after: 15 },
        { value: 'good', after: 20 },
      ],
      'good',
      ['bad'],
    ],
    [
      'a bad value of a hedge when the first is bad as well, and answers',
      { handleResult: (value) => typeof value === 'number' },
      [
        { value: 1, after: 50 },
        { value: 2, after: 5 },
      ],
      1,
      [2],
    ],
    [
      'a bad value when the race ends by an error',
      { handleResult: (value) => value === 'bad' },
      [
        { value: 'bad', after: 15 },
        { error: permanent(), after: 20 },
      ],
      undefined,
      ['bad'],
    ],
  ])('is given %s', async (_, options, steps, answer, expected) => {
    const { call, discarded } = await race(options, steps);
    expect(call.value).toBe(answer);
    expect(discarded).toEqual(expected);
  });

  it('is not given the object that the caller has, whoever brought it', async () => {
    const shared = { name: 'shared' };
    const { call, discarded } = await race({}, [
      { value: shared, after: 100 },
      { value: shared, after: 20 },
    ]);
    expect(call.value).toBe(shared);
    expect(discarded).toEqual([]);
  });

  it('is given what comes when a timeout outside has ended the race', async () => {
    const steps = [
      { value: 'one', after: 100 },
      { value: 'two', after: 100 },
    ];
    const { call, discarded } = await race({}, steps, [timeout(50)]);
    expect(call.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
    expect(discarded).toEqual(['one', 'two']);
  });

  it('is given what comes late through other policies, kedge’s own and others', async () => {
    using l = lab();
    const discarded: unknown[] = [];
    const own: Policy = {
      kind: 'own',
      name: 'own',
      apply: (next) => async (context) => next(context),
    };
    const search = l.pipeline(
      'search',
      hedge({ after: 10, budget: false, onDiscard: (value) => discarded.push(value) }),
      own,
      retry(),
      timeout(1_000),
    );
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(10);
    operation.starts[1]!.resolve('fast');
    await jobs();
    operation.starts[0]!.resolve('slow');
    await jobs();
    expect([call.value, discarded]).toEqual(['fast', ['slow']]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('cannot be closed');
      },
    ],
    ['rejects', () => Promise.reject(new Error('cannot be closed'))],
  ])('that %s harms nobody', async (_, onDiscard) => {
    const { call } = await race({ onDiscard }, [
      { value: 'slow', after: 100 },
      { value: 'fast', after: 20 },
    ]);
    expect(call.value).toBe('fast');
  });
});

const losing = (value: unknown): Promise<{ call: { value: unknown } }> =>
  race({ onDiscard: undefined } as never, [
    { value, after: 100 },
    { value: 'fast', after: 20 },
  ]);

describe('without onDiscard', () => {
  it('a disposable value is disposed', async () => {
    const closed: string[] = [];
    await losing(disposable('connection', closed));
    expect(closed).toEqual(['connection']);
  });

  it('the asynchronous way goes before the other, as `await using` has it', async () => {
    const closed: string[] = [];
    const [asyncDispose] = [async () => void closed.push('drained')];
    await losing(disposable('connection', closed, { [Symbol.asyncDispose]: asyncDispose }));
    expect(closed).toEqual(['drained']);
  });

  it('the body of a response is cancelled, unless somebody reads it', async () => {
    const cancelled: string[] = [];
    const body = (name: string): ReadableStream =>
      new ReadableStream({ cancel: () => void cancelled.push(name) });
    await losing(new Response(body('unread')));
    const read = new Response(body('read'));
    read.body!.getReader();
    await losing(read);
    await losing(new Response(null, { status: 204 }));
    expect(cancelled).toEqual(['unread']);
  });

  it.each([[undefined], [null], [5], ['text'], [{}], [Object.create(null)]])(
    'there is nothing to close in %s',
    async (value: unknown) => {
      expect((await losing(value)).call.value).toBe('fast');
    },
  );

  it('a value that cannot be closed harms nobody', async () => {
    const hostile = new Proxy(
      {},
      {
        get: vi.fn<() => never>(() => {
          throw new Error('hostile');
        }),
      },
    );
    expect((await losing(hostile)).call.value).toBe('fast');
  });
});

describe('what a call counts as', () => {
  it.each<[string, Policy<unknown>, string]>([
    ['a fallback', fallback({ value: 'made up' }), 'fallback'],
    ['a stale value', staleIfError({ maxAge: 60_000, key: () => 'k' }), 'stale'],
  ])('is not what a loser got: %s', async (_, answering) => {
    using l = lab();
    const pausing: Policy = {
      kind: 'pausing',
      name: 'pausing',
      apply: (next) => async (context) => {
        const value = await next(context);
        if (value !== 'real') await scripted([{ value: 0, after: 40 }])({} as never);
        return value;
      },
    };
    const search = l.pipeline('search', hedge({ after: 8, budget: false }), pausing, answering);
    void search.settle(() => 'kept');
    await l.clock.advance(1_000);
    const call = track(search.execute(scripted([{ value: 'real', after: 30 }, failing(1)])));
    await l.clock.advance(1_000);
    expect(call.value).toBe('real');
    expect(search.stats().executions).toMatchObject({ success: 2, fallback: 0, stale: 0 });
  });

  it('is what the winner got', async () => {
    using l = lab();
    const search = l.pipeline(
      'search',
      hedge({ after: 8, budget: false }),
      fallback({ value: 'made up' }),
    );
    const call = track(search.execute(scripted([{ value: 'real', after: 30 }, failing(1)])));
    await l.clock.advance(1_000);
    expect(call.value).toBe('made up');
    expect(search.stats().executions).toMatchObject({ success: 0, fallback: 1 });
  });

  it('is what the first got, where all values are bad', async () => {
    using l = lab();
    const search = l.pipeline(
      'search',
      hedge({ after: 8, budget: false, handleResult: (value) => value !== 'good' }),
      fallback({ value: 'made up' }),
    );
    const call = track(search.execute(scripted([failing(30), { value: 'bad', after: 1 }])));
    await l.clock.advance(1_000);
    expect(call.value).toBe('made up');
    expect(search.stats().executions).toMatchObject({ success: 0, fallback: 1 });
  });

  it('follows a retry that did without the fallback in the end', async () => {
    using l = lab();
    const search = l.pipeline(
      'search',
      retry({ backoff: 10, handleResult: (value) => value === 'made up' }),
      fallback({ value: 'made up' }),
    );
    const call = track(search.execute(scripted([failing(1), { value: 'real', after: 1 }])));
    await l.clock.advance(1_000);
    expect(call.value).toBe('real');
    expect(search.stats().executions).toMatchObject({ success: 1, fallback: 0 });
  });

  it.each<[string, Policy, string]>([
    [
      'of the value that it returns, of two that it asked for',
      {
        kind: 'own',
        name: 'own',
        apply: (next) => async (context) => {
          const [one] = await Promise.all([next(context), next(context)]);
          return one;
        },
      },
      'success',
    ],
    [
      'of what it has made of the only value',
      { kind: 'own', name: 'own', apply: (next) => async (context) => [await next(context)] },
      'fallback',
    ],
    [
      'of the fallback that it applies by hand',
      {
        kind: 'own',
        name: 'own',
        apply: (next) =>
          fallback({ value: 'by hand' }).apply(async (context) => {
            await next(context);
            throw transient();
          }),
      },
      'fallback',
    ],
  ])('follows from a policy of one’s own: it is that %s', async (_, own, outcome) => {
    using l = lab();
    const search = l.pipeline('search', own, fallback({ value: 'made up' }));
    const steps: Step[] =
      outcome === 'success' ? [{ value: 'real', after: 1 }, failing(5)] : [failing(1)];
    void search.settle(scripted(steps as [Step, ...Step[]]));
    await l.clock.advance(1_000);
    expect(search.stats().executions).toMatchObject({ [outcome]: 1 });
  });
});

describe('a hedge', () => {
  it('that the budget refuses is told of and counted', async () => {
    using l = lab();
    const search = l.pipeline(
      'search',
      hedge({ after: 10, budget: retryBudget({ ratio: 0, reserve: 1, refill: 0 }) }),
    );
    for (let each = 0; each < 3; each++) {
      void search.settle(scripted([{ value: 1, after: 30 }]));
      await l.clock.advance(100);
    }
    expect(countersOf(search, 'hedge')).toEqual({ launched: 1, won: 0, wasted: 1, refused: 2 });
    expect(l.seen.of('hedge.refused')).toMatchObject([
      { attempt: 2, after: 10, policy: 'hedge', severity: 'debug' },
      { attempt: 2, after: 10 },
    ]);
  });

  it('that the budget of a user’s own throws at does not take the place of the first call', async () => {
    using l = lab();
    const budget = Object.assign(retryBudget(), {
      withdraw: () => {
        throw new Error('a mistake');
      },
    });
    const search = l.pipeline('search', hedge({ after: 10, budget }));
    const call = track(search.execute(scripted([{ value: 'late', after: 30 }])));
    await l.clock.advance(100);
    expect(call.value).toBe('late');
    expect(countersOf(search, 'hedge')).toMatchObject({ launched: 0, refused: 1 });
    const failing = search.execute(() => Promise.reject(transient()));
    expect(await rejection(failing)).toEqual(new Error('a mistake'));
  });

  it('does not repeat what must not be repeated, whatever handle says', async () => {
    using l = lab();
    const operation = vi.fn<() => never>(() => {
      throw permanent();
    });
    const search = l.pipeline('search', hedge({ after: 10, budget: false, handle: () => true }));
    expect(await rejection(search.execute(operation))).toEqual(permanent());
    expect(operation).toHaveBeenCalledTimes(1);
  });

  it('takes a refusal by another copy of kedge for one', async () => {
    using l = lab();
    const refused = Object.assign(new Error('is open'), { code: 'KEDGE_CIRCUIT_OPEN' });
    const operation = vi.fn<() => Promise<never>>(() => Promise.reject(refused));
    const search = l.pipeline('search', hedge({ after: 10, budget: false }));
    expect(await rejection(search.execute(operation))).toBe(refused);
    expect(operation).toHaveBeenCalledTimes(1);
    expect(search.stats().executions.rejected).toBe(1);
  });

  it('refuses a promise where it wants a decision', async () => {
    using l = lab();
    const search = l.pipeline('search', hedge({ after: 10, handle: (async () => true) as never }));
    expect(await rejection(search.execute(() => Promise.reject(transient())))).toBeInstanceOf(
      TypeError,
    );
  });

  it('can be given a default back', async () => {
    using l = lab();
    const given = hedge({ after: 10, maxHedges: 3, budget: false, handle: () => false });
    const search = l.pipeline('search', given);
    given.reconfigure({ maxHedges: null, handle: null, budget: null });
    void search.settle(scripted([{ value: 1, after: 100 }]));
    await l.clock.advance(50);
    expect(countersOf(search, 'hedge')['launched']).toBe(1);
    expect(() => given.reconfigure({ after: null } as never)).toThrow('`after` is required');
  });
});
