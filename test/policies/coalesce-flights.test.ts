// What those who share a flight have of it: its deadline, its events, its outcome, and each a value of one's own.
import {
  bulkhead,
  circuitBreaker,
  coalesce,
  type Context,
  fallback,
  hedge,
  type Policy,
  retry,
  staleIfError,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, type Lab, lab, rejection, track, transient } from '../support/lab.ts';
import { countersOf, expectConservation, gaugesOf } from '../support/laws.ts';

const key = 'k';
const down = () => Promise.reject(transient());
const cooperative = (after: number): Policy => timeout({ after, strategy: 'cooperative' });
const marked = (value: unknown): unknown => ({ ...(value as object), copied: true });
const pausing = (ms: number): Policy => ({
  kind: 'pausing',
  name: 'pausing',
  apply: (next) => async (context) => {
    await scripted([{ value: 0, after: ms }])({} as never);
    return next(context);
  },
});

/** A pipeline whose operation never ends unless its signal says so, and what it has seen. */
function listening(l: Lab, ...policies: Policy<unknown>[]) {
  const users = l.pipeline('users', ...policies);
  const contexts: Context[] = [];
  const operation = (context: Context): Promise<never> => {
    contexts.push(context);
    return new Promise((_, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason));
    });
  };
  return { users, contexts, operation };
}

describe('the deadline of a flight', () => {
  it('is that of its only caller: a retry inside does not wait beyond it', async () => {
    using l = lab();
    const users = l.pipeline('users', timeout(100), coalesce(), retry({ backoff: 500 }));
    const error = transient();
    const deadlines: number[] = [];
    const call = users.execute(
      ({ deadline }) => {
        deadlines.push(deadline);
        throw error;
      },
      { key },
    );
    expect(await rejection(call)).toBe(error);
    expect(deadlines).toEqual([100]);
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'deadline' }]);
    expect(l.clock.now).toBe(0);
  });

  it('is the latest of those aboard: who boards with a later one extends it', async () => {
    using l = lab();
    const shared = coalesce();
    const again = retry({ backoff: 150, maxAttempts: 2 });
    const [short, long] = [
      l.pipeline('short', timeout(100), shared, again),
      l.pipeline('long', timeout(1_000), shared),
    ];
    const deadlines: number[] = [];
    const load = async ({ attempt, deadline, signal }: Context) => {
      deadlines.push(deadline);
      await scripted([{ value: 0, after: 20 }])({ signal } as never);
      if (attempt === 1) throw transient();
      return 'loaded';
    };
    const first = track(short.execute(load, { key }));
    await l.clock.advance(10);
    const second = track(long.execute(load, { key }));
    await l.clock.advance(300);
    expect([first.reason, second.value]).toMatchObject([{ code: 'KEDGE_TIMEOUT' }, 'loaded']);
    // What an attempt was told when it began does not change.
    expect(deadlines).toEqual([100, 1_010]);
  });

  it('is none while somebody without one is aboard, and is a deadline again when he has left', async () => {
    using l = lab();
    const shared = coalesce();
    const [bounded, unbounded] = [
      l.pipeline('bounded', timeout(100), shared, retry({ backoff: 45, maxAttempts: 9 })),
      l.pipeline('unbounded', shared),
    ];
    const deadlines: number[] = [];
    const load = ({ deadline }: Context): never => {
      deadlines.push(deadline);
      throw transient();
    };
    const leaving = new AbortController();
    const staying = track(bounded.execute(load, { key }));
    void unbounded.settle(load, { key, signal: leaving.signal });
    await l.clock.advance(60);
    leaving.abort();
    await l.clock.advance(1_000);
    expect(deadlines).toEqual([100, Infinity, 100]);
    expect(staying.reason).toEqual(transient());
  });

  it('is not looser than a timeout inside, whoever boards', async () => {
    using l = lab();
    const shared = coalesce();
    const inside = [shared, timeout(200), retry({ backoff: 150 })];
    const short = l.pipeline('short', timeout(100), ...inside);
    const load = controlled();
    const first = track(short.execute(load, { key }));
    void l.pipeline('long', timeout(5_000), shared).settle(load, { key });
    await l.clock.advance(90);
    load.starts[0]!.reject(transient());
    await jobs();
    // 90 + 150 would be beyond the 200 of the flight’s own timeout.
    expect(first.reason).toEqual(transient());
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'deadline' }]);
  });

  it('is that of the caller’s own limit, too', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce(), retry({ backoff: 500 }));
    expect(await rejection(users.execute(down, { key, timeout: 100 }))).toEqual(transient());
  });
});

describe('a cooperative timeout outside', () => {
  it('aborts the signal of the operation when nobody else is aboard, and then answers', async () => {
    using l = lab();
    const { users, contexts, operation } = listening(l, cooperative(60), coalesce());
    const call = track(users.execute(operation, { key }));
    await l.clock.advance(59);
    expect(contexts[0]!.signal.aborted).toBe(false);
    await l.clock.advance(1);
    expect(contexts[0]!.signal.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
    expect(call.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
    expect(users.stats()).toMatchObject({ executions: { timeout: 1 }, attempts: { timeout: 1 } });
    expect(gaugesOf(users, 'coalesce')).toEqual({ under_way: 0 });
  });

  it('is not boarded any more when it has given way', async () => {
    using l = lab();
    const users = l.pipeline('users', cooperative(60), coalesce());
    const load = controlled();
    const late = track(users.execute(load, { key }));
    await l.clock.advance(60);
    const next = track(users.execute(load, { key }));
    load.starts[0]!.resolve('late');
    load.starts[1]!.resolve('fresh');
    await jobs();
    expect([late.value, next.value]).toEqual(['late', 'fresh']);
  });

  it('answers at once, and disturbs nobody, where others are aboard', async () => {
    using l = lab();
    const shared = coalesce();
    const { users, contexts, operation } = listening(l, cooperative(60), shared);
    const first = track(users.execute(operation, { key }));
    const other = track(l.pipeline('other', shared).execute(operation, { key }));
    await l.clock.advance(60);
    expect(first.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
    expect([other.state, contexts[0]!.signal.aborted]).toEqual(['pending', false]);
  });

  it('ends a wait inside the flight', async () => {
    using l = lab();
    const users = l.pipeline('users', cooperative(60), coalesce(), pausing(1_000), retry());
    const call = track(users.execute(() => 1, { key }));
    await l.clock.advance(60);
    expect(call.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
    await l.clock.advance(10_000);
    expect(users.stats()).toMatchObject({ inFlight: 0, abandoned: 0 });
  });

  it('waits for work that does not listen, and holds a permit outside as long', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1 });
    const users = l.pipeline('users', limit, cooperative(60), coalesce());
    const load = controlled();
    const caller = new AbortController();
    const call = track(users.execute(load, { key, signal: caller.signal }));
    await l.clock.advance(100);
    expect([call.state, gaugesOf(users, 'bulkhead')['in_use']]).toEqual(['pending', 1]);
    caller.abort('enough');
    await jobs();
    expect([call.reason, gaugesOf(users, 'bulkhead')['in_use']]).toEqual(['enough', 1]);
    load.starts[0]!.resolve('late');
    await jobs();
    expect(gaugesOf(users, 'bulkhead')['in_use']).toBe(0);
  });
});

describe('the outcome of a flight', () => {
  it.each<[string, Policy<unknown>, string]>([
    ['a fallback', fallback({ value: [] }), 'fallback'],
    ['a stale value', staleIfError({ maxAge: 60_000 }), 'stale'],
  ])('counts for all aboard: %s', async (_, answering, outcome) => {
    using l = lab();
    const users = l.pipeline('users', coalesce(), answering);
    await users.execute(() => 'good', { key });
    await Promise.all([1, 2, 3].map(() => users.execute(down, { key })));
    expect(users.stats().executions).toMatchObject({ success: 1, [outcome]: 3 });
  });

  it('is that of an attempt of an execution that there is', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce(), retry({ backoff: 10 }));
    const calls = [1, 2].map(() => track(users.execute(down, { key })));
    await l.clock.advance(100);
    expect(calls.map(({ state }) => state)).toEqual(['rejected', 'rejected']);
    const attempts = l.seen.of('attempt.failed');
    const [first, second] = l.seen.of('execution.failed');
    expect(new Set(attempts.map(({ executionId }) => executionId))).toEqual(
      new Set([first!.executionId]),
    );
    expect([first!.attempts, second!.attempts]).toEqual([3, 0]);
    expect(second!.executionId).not.toBe(first!.executionId);
  });

  it('goes on under the name of somebody who is aboard, when the first has left', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce(), retry({ backoff: 10, maxAttempts: 2 }));
    const leaving = new AbortController();
    void users.settle(down, { key, signal: leaving.signal });
    void users.settle(down, { key });
    await l.clock.advance(5);
    leaving.abort();
    await l.clock.advance(100);
    const [cancelled] = l.seen.of('execution.cancelled');
    const [failed] = l.seen.of('execution.failed');
    expect(l.seen.of('attempt.failed')).toMatchObject([
      { attempt: 1, executionId: cancelled!.executionId, final: false },
      { attempt: 2, executionId: failed!.executionId, final: true },
    ]);
    expect([cancelled!.attempts, failed!.attempts]).toEqual([1, 2]);
    expectConservation({
      pipeline: users,
      clock: l.clock,
      seen: l.seen,
      executions: 2,
      attempts: 2,
    });
  });

  it('can be repaired by a retry outside: its failures are not final, and its attempts count on', async () => {
    using l = lab();
    const users = l.pipeline('users', retry({ backoff: 10 }), coalesce());
    const load = scripted([{ error: transient() }, { value: 'ok' }]);
    const call = track(users.execute(load, { key }));
    await l.clock.advance(100);
    expect(call.value).toBe('ok');
    expect(l.seen.of('attempt.failed')).toMatchObject([
      { attempt: 1, final: false, handled: true },
    ]);
    expect(l.seen.of('execution.succeeded')).toMatchObject([{ attempts: 2 }]);
  });

  it('says to each caller why there was no further attempt', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce(), retry({ backoff: 10, maxElapsed: 5 }));
    await Promise.all([1, 2].map(() => users.settle(down, { key })));
    expect(l.seen.of('execution.failed')).toMatchObject([
      { retryRefused: 'deadline' },
      { retryRefused: 'deadline' },
    ]);
  });
});

describe('a value of one’s own', () => {
  it('is a response that each can read', async () => {
    using l = lab();
    const prices = l.pipeline('prices', coalesce());
    const load = controlled();
    const calls = [1, 2, 3].map(async () => {
      const response = (await prices.execute(load, { key })) as Response;
      return response.json();
    });
    load.starts[0]!.resolve(new Response('{"a":1}'));
    expect(await Promise.all(calls)).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }]);
  });

  it('is the original where there is one caller, and is copied as `clone` says where there are more', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce({ clone: marked }));
    const user = { id: 7 };
    expect(await users.execute(() => user, { key })).toBe(user);
    const load = controlled();
    const calls = [1, 2, 3].map(() => track(users.execute(load, { key })));
    load.starts[0]!.resolve(user);
    await jobs();
    const answers = calls.map(({ value }) => value);
    expect(new Set(answers).size).toBe(3);
    expect(answers.filter((answer) => answer === user)).toHaveLength(1);
    expect(answers.filter((answer) => (answer as { copied?: true }).copied)).toHaveLength(2);
  });

  it('cannot be had where `clone` throws: those callers get its error', async () => {
    using l = lab();
    const error = new Error('cannot be copied');
    const clone = (): never => {
      throw error;
    };
    const users = l.pipeline('users', coalesce({ clone }));
    const load = controlled();
    const calls = [1, 2].map(() => track(users.execute(load, { key })));
    load.starts[0]!.resolve('original');
    await jobs();
    expect(calls.map(({ value, reason }) => value ?? reason)).toEqual([error, 'original']);
    expect(gaugesOf(users, 'coalesce')).toEqual({ under_way: 0 });
  });
});

describe('flights that would wait for each other', () => {
  it('answer every caller: who would close the circle runs by himself', async () => {
    using l = lab();
    const [first, second] = [coalesce(), coalesce({ name: 'second' })];
    const operation = scripted([{ value: 'done', after: 5 }]);
    const calls = [
      l.pipeline('one', first, pausing(10), second),
      l.pipeline('other', second, pausing(10), first),
    ].map((pipeline) => track(pipeline.execute(operation, { key })));
    await l.clock.advance(100);
    expect(calls.map(({ value }) => value)).toEqual(['done', 'done']);
    expect(operation.calls).toHaveLength(1);
    expect(l.clock.timers).toBe(0);
  });

  it('are found through several others', async () => {
    using l = lab();
    const all = ['a', 'b', 'c'].map((name) => coalesce({ name }));
    const operation = scripted([{ value: 'done', after: 5 }]);
    const calls = all.map((from, index) => {
      const to = all[(index + 1) % all.length]!;
      return track(l.pipeline(`from ${index}`, from, pausing(10), to).execute(operation, { key }));
    });
    await l.clock.advance(100);
    expect(calls.map(({ value }) => value)).toEqual(['done', 'done', 'done']);
  });

  it('are found where one and the same call asks again, with its own signal', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const call = track(
      users.execute(({ signal }) => users.execute(() => 'inner', { key, signal }), { key }),
    );
    await l.clock.advance(0);
    expect(call.value).toBe('inner');
    expect(countersOf(users, 'coalesce')).toEqual({ led: 2, joined: 0 });
  });

  it('do not keep others from joining', async () => {
    using l = lab();
    const [outer, inner] = [coalesce(), coalesce({ name: 'inner' })];
    const users = l.pipeline('users', outer, inner);
    const load = controlled();
    const calls = ['1', '2'].map((id) =>
      track(users.execute(load, { key: id, attributes: { id } })),
    );
    const joined = track(l.pipeline('others', inner).execute(load, { key: '1' }));
    expect(load.starts).toHaveLength(2);
    for (const { resolve } of load.starts) resolve('done');
    await jobs();
    expect([...calls, joined].map(({ value }) => value)).toEqual(['done', 'done', 'done']);
  });
});

describe('a flight', () => {
  it('that nobody waits for any more leaves nothing behind, with a policy of one’s own around', async () => {
    using l = lab();
    const heeding: Policy = {
      kind: 'heeding',
      name: 'heeding',
      apply: (next) => (context) =>
        new Promise((resolve, reject) => {
          context.signal.addEventListener('abort', () => reject(context.signal.reason), {
            once: true,
          });
          next(context).then(resolve, reject);
        }),
    };
    const { users, contexts, operation } = listening(l, heeding, coalesce());
    const controller = new AbortController();
    void users.settle(operation, { key, signal: controller.signal });
    await l.clock.advance(10);
    controller.abort('left');
    await l.clock.advance(10);
    expect(contexts[0]!.signal.aborted).toBe(true);
    expect(await users.execute(() => 'fresh', { key })).toBe('fresh');
  });

  it('brings its late value to a hedge outside, to be closed', async () => {
    using l = lab();
    const discarded: unknown[] = [];
    const given = hedge({ after: 10, budget: false, onDiscard: (value) => discarded.push(value) });
    let asked = 0;
    const each = coalesce({ key: () => `${++asked}` });
    const users = l.pipeline('users', given, each);
    const load = controlled();
    const call = track(users.execute(load));
    await l.clock.advance(10);
    load.starts[1]!.resolve('fast');
    await jobs();
    load.starts[0]!.resolve('slow');
    await jobs();
    expect([call.value, discarded]).toEqual(['fast', ['slow']]);
  });

  it('carries the key and the attributes that a policy outside has put in place', async () => {
    using l = lab();
    const renaming: Policy = {
      kind: 'renaming',
      name: 'renaming',
      apply: (next) => (context) => next({ ...context, key: 'other', attributes: { own: true } }),
    };
    const users = l.pipeline('users', renaming, coalesce());
    const seen: unknown[] = [];
    await users.execute((context) => seen.push([context.key, context.attributes]), { key });
    expect(seen).toEqual([['other', { own: true }]]);
  });

  it('says that the dependency hangs, when the last caller’s time was up', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const { users, operation } = listening(
      l,
      timeout({ after: 50, strategy: 'cooperative' }),
      coalesce(),
      breaker,
    );
    void users.settle(operation, { key });
    await l.clock.advance(50);
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 1 });
  });

  it('takes another rule for keys, and the default again', async () => {
    using l = lab();
    const shared = coalesce({ key: () => undefined });
    const users = l.pipeline('users', shared);
    const load = controlled();
    const ask = (): void => void users.settle(load, { key });
    ask();
    shared.reconfigure({ key: () => 'one for all' });
    ask();
    ask();
    shared.reconfigure({ key: null });
    ask();
    ask();
    expect(load.starts).toHaveLength(3);
  });
});

describe('a cooperative timeout around a policy of a user’s own and a flight', () => {
  const own: Policy = {
    kind: 'own',
    name: 'own',
    apply: (next) => async (context) => await next(context),
  };

  it('waits for the operation, and keeps the value that it still returns', async () => {
    using l = lab();
    const operation = controlled();
    const quotes = l.pipeline('quotes', cooperative(100), own, coalesce());
    const call = track(quotes.execute(operation, { key: 'k' }));
    await l.clock.advance(150);
    expect(call.state).toBe('pending');
    operation.starts[0]!.resolve('done');
    await l.clock.advance(0);
    expect(call).toMatchObject({ state: 'fulfilled', value: 'done' });
    expect(quotes.stats().attempts.success).toBe(1);
  });

  it('counts the attempt of one that fails in the end', async () => {
    using l = lab();
    const operation = controlled();
    const quotes = l.pipeline('quotes', cooperative(100), own, coalesce());
    const call = track(quotes.execute(operation, { key: 'k' }));
    await l.clock.advance(150);
    operation.starts[0]!.reject(new Error('gave way'));
    await l.clock.advance(0);
    expect(call.state).toBe('rejected');
    expect(quotes.stats().attempts).toMatchObject({ timeout: 1 });
  });
});
