import { AsyncLocalStorage } from 'node:async_hooks';
import {
  bulkhead,
  circuitBreaker,
  coalesce,
  type Policy,
  retry,
  timeout,
  TimeoutError,
  staleIfError,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, rejection, track, transient } from '../support/lab.ts';
import { countersOf, expectConservation, gaugesOf } from '../support/laws.ts';

describe('coalesce', () => {
  it('concurrent calls of one key share one execution of the operation', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const load = controlled();
    const calls = [1, 2, 3].map(() => track(users.execute(load, { key: '7' })));
    expect(load.starts).toHaveLength(1);
    expect(gaugesOf(users, 'coalesce')).toEqual({ under_way: 1 });
    const user = { id: 7 };
    load.starts[0]!.resolve(user);
    await jobs();
    for (const { value } of calls) expect(value).toBe(user);
    expect(countersOf(users, 'coalesce')).toEqual({ led: 1, joined: 2 });
    expect(users.stats()).toMatchObject({ executions: { success: 3 }, attempts: { success: 1 } });
    expectConservation({
      pipeline: users,
      clock: l.clock,
      seen: l.seen,
      executions: 3,
      attempts: 1,
    });
  });

  it('all of them get the one error', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const load = controlled();
    const calls = [1, 2, 3].map(() => track(users.execute(load, { key: '7' })));
    const error = transient();
    load.starts[0]!.reject(error);
    await jobs();
    for (const { reason } of calls) expect(reason).toBe(error);
    expect(l.seen.of('attempt.failed')).toMatchObject([{ error, final: true }]);
    expect(l.seen.of('execution.failed')).toHaveLength(3);
    expectConservation({
      pipeline: users,
      clock: l.clock,
      seen: l.seen,
      executions: 3,
      attempts: 1,
    });
  });

  it('calls of other keys, and those without one, run by themselves', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const load = controlled();
    for (const key of ['7', '8', undefined, undefined]) {
      void users.settle(load, key === undefined ? undefined : { key });
    }
    expect(load.starts).toHaveLength(4);
    for (const { resolve } of load.starts) resolve('done');
    await jobs();
    expect(users.stats()).toMatchObject({ executions: { success: 4 }, attempts: { success: 4 } });
  });

  it('keeps nothing: who comes after the end starts anew', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const load = scripted([{ value: 1 }, { value: 2 }, { error: transient() }, { value: 4 }]);
    const answers = [];
    for (let each = 0; each < 4; each++) {
      const { status } = await users.settle(load, { key: '7' });
      answers.push(status);
    }
    expect(answers).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(load.calls).toHaveLength(4);
    expect(gaugesOf(users, 'coalesce')).toEqual({ under_way: 0 });
  });

  it('takes the key from where it is told to', async () => {
    using l = lab();
    const users = l.pipeline(
      'users',
      coalesce({ key: ({ attributes }) => attributes['id'] as string | undefined }),
    );
    const load = controlled();
    for (const id of ['7', '7', '8']) void users.settle(load, { attributes: { id } });
    expect(load.starts).toHaveLength(2);
  });

  it('an operation that throws at once or answers with a plain value is shared all the same', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const error = transient();
    const thrower = (): never => {
      throw error;
    };
    expect(await rejection(users.execute(thrower, { key: '7' }))).toBe(error);
    expect(await users.execute(() => undefined, { key: '7' })).toBeUndefined();
    expect(gaugesOf(users, 'coalesce')).toEqual({ under_way: 0 });
  });

  it('what is inside it sees one call: one try, one permit, one success for the circuit', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const users = l.pipeline(
      'users',
      coalesce(),
      retry({ backoff: () => 10 }),
      breaker,
      bulkhead({ maxConcurrent: 1 }),
    );
    const load = scripted([{ error: transient() }, { value: 'ok', after: 5 }]);
    const calls = Array.from({ length: 50 }, () => track(users.execute(load, { key: '7' })));
    await l.clock.advance(20);
    expect(new Set(calls.map(({ value }) => value))).toEqual(new Set(['ok']));
    expect(load.calls).toHaveLength(2);
    expect(breaker.snapshot()).toMatchObject({ calls: 2, failures: 1 });
    expect(countersOf(users, 'retry')).toMatchObject({ scheduled: 1, recovered: 1 });
    expectConservation({
      pipeline: users,
      clock: l.clock,
      seen: l.seen,
      executions: 50,
      attempts: 2,
    });
  });

  it('stands in two pipelines as one: a flight of one serves the other', async () => {
    using l = lab();
    const shared = coalesce();
    const [one, two] = [l.pipeline('one', shared), l.pipeline('two', timeout(100), shared)];
    const load = controlled();
    const first = track(one.execute(load, { key: '7' }));
    const second = track(two.execute(load, { key: '7' }));
    const late = track(two.execute(load, { key: '7' }));
    await l.clock.advance(100);
    expect(second.reason).toMatchObject({ code: 'KEDGE_TIMEOUT', pipeline: 'two' });
    expect(late.state).toBe('rejected');
    expect(load.starts).toHaveLength(1);
    load.starts[0]!.resolve('loaded');
    await jobs();
    expect(first.value).toBe('loaded');
    expect(one.stats()).toMatchObject({ inFlight: 0, abandoned: 0, attempts: { success: 1 } });
    expect(two.stats()).toMatchObject({ inFlight: 0, abandoned: 0, executions: { timeout: 2 } });
  });
});

describe('a key that is neither text nor undefined', () => {
  it.each([
    ['null', null],
    ['false', false],
    ['a number', 7],
    ['a promise', Promise.resolve('k')],
  ])('is refused, since callers would share by mistake: %s', async (_, key) => {
    using l = lab();
    const carts = l.pipeline('carts', coalesce({ key: () => key as unknown as string }));
    const rates = l.pipeline(
      'rates',
      staleIfError({ maxAge: 1_000, key: () => key as unknown as string }),
    );
    const said = 'expected `key` to return a string, or undefined for a call that shares nothing';
    await expect(carts.execute(() => 'cart')).rejects.toThrow(`coalesce: ${said}`);
    await expect(rates.execute(() => 'rate')).rejects.toThrow(`staleIfError: ${said}`);
  });
});

describe('coalesce: callers who leave', () => {
  it('one caller’s abort ends that caller’s wait alone, the first one’s too', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const load = controlled();
    const controllers = [1, 2, 3].map(() => new AbortController());
    const calls = controllers.map(({ signal }) => track(users.execute(load, { key: '7', signal })));
    for (const leaving of [0, 2]) {
      controllers[leaving]!.abort(`caller ${leaving}`);
      await jobs();
      expect(calls[leaving]).toMatchObject({ state: 'rejected', reason: `caller ${leaving}` });
      expect(load.starts[0]!.context.signal.aborted).toBe(false);
    }
    load.starts[0]!.resolve('loaded');
    await jobs();
    expect(calls[1]!.value).toBe('loaded');
    expectConservation({
      pipeline: users,
      clock: l.clock,
      seen: l.seen,
      executions: 3,
      attempts: 1,
      signals: controllers.map(({ signal }) => signal),
    });
    expect(users.stats().executions).toMatchObject({ success: 1, cancelled: 2 });
  });

  it('when the last has left the work is cancelled, and the next caller starts anew', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const load = controlled();
    const controllers = [1, 2].map(() => new AbortController());
    for (const { signal } of controllers) void users.settle(load, { key: '7', signal });
    controllers[0]!.abort('first');
    controllers[1]!.abort('second');
    await jobs();
    const { signal } = load.starts[0]!.context;
    expect(signal).toMatchObject({ aborted: true, reason: 'second' });
    expect(users.stats()).toMatchObject({ abandoned: 1, attempts: { cancelled: 1 } });

    const next = track(users.execute(load, { key: '7' }));
    expect(load.starts).toHaveLength(2);
    load.starts[0]!.resolve('too late');
    load.starts[1]!.resolve('anew');
    await jobs();
    expect(next.value).toBe('anew');
    expectConservation({
      pipeline: users,
      clock: l.clock,
      seen: l.seen,
      executions: 3,
      attempts: 2,
    });
  });

  it('a timeout outside ends the wait of its own caller, and who came later waits on', async () => {
    using l = lab();
    const users = l.pipeline('users', timeout(100), coalesce());
    const load = controlled();
    const early = track(users.execute(load, { key: '7' }));
    await l.clock.advance(60);
    const later = track(users.execute(load, { key: '7' }));
    await l.clock.advance(40);
    expect(early.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
    expect(later.state).toBe('pending');
    load.starts[0]!.resolve('loaded');
    await jobs();
    expect(later.value).toBe('loaded');
    expect(users.stats().executions).toMatchObject({ timeout: 1, success: 1 });
  });

  it('a flight whose last caller timed out counts as too slow, for a circuit inside and in the attempts', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const users = l.pipeline('users', timeout(100), coalesce(), breaker);
    for (let each = 0; each < 3; each++) {
      const call = track(users.execute(controlled(), { key: `${each}` }));
      await l.clock.advance(100);
      expect(call.state).toBe('rejected');
    }
    expect(breaker.snapshot()).toMatchObject({ calls: 3, failures: 3 });
    expect(users.stats().attempts).toMatchObject({ timeout: 3, cancelled: 0 });
  });

  it('a flight whose last caller cancelled says nothing to a circuit inside', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const users = l.pipeline('users', coalesce(), breaker);
    const controller = new AbortController();
    const call = track(users.execute(controlled(), { key: '7', signal: controller.signal }));
    controller.abort(new Error('left'));
    await jobs();
    expect(call.state).toBe('rejected');
    expect(breaker.snapshot()).toMatchObject({ calls: 0, failures: 0 });
    expect(users.stats().attempts).toMatchObject({ timeout: 0, cancelled: 1 });
  });

  it('a flight whose last caller ran out of the time of a pipeline around it counts as too slow', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const users = l.pipeline('users', coalesce(), breaker);
    const controller = new AbortController();
    const call = track(users.execute(controlled(), { key: '7', signal: controller.signal }));
    controller.abort(new TimeoutError({ pipeline: 'another', policy: 'timeout' }, 5));
    await jobs();
    expect(call.state).toBe('rejected');
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 1 });
    expect(users.stats().attempts).toMatchObject({ timeout: 1, cancelled: 0 });
  });

  it('a value that was there before the abort is kept', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const load = controlled();
    const controller = new AbortController();
    const call = track(users.execute(load, { key: '7', signal: controller.signal }));
    load.starts[0]!.resolve('loaded');
    controller.abort('too late');
    await jobs();
    expect(call).toMatchObject({ state: 'fulfilled', value: 'loaded' });
    expect(users.stats().executions).toMatchObject({ success: 1, cancelled: 0 });
    // A body that is still being read must not be cut.
    expect(load.starts[0]!.context.signal.aborted).toBe(false);
  });

  it('who aborted before the call starts nothing and joins nothing', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const load = controlled();
    const signal = AbortSignal.abort('gone');
    expect(await rejection(users.execute(load, { key: '7', signal }))).toBe('gone');
    expect(load.starts).toHaveLength(0);
    expect(countersOf(users, 'coalesce')).toEqual({ led: 0, joined: 0 });
  });

  it('work that nobody waits for ends without an unhandled rejection', async () => {
    using l = lab();
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    try {
      const users = l.pipeline('users', coalesce());
      const load = controlled();
      const controller = new AbortController();
      void users.settle(load, { key: '7', signal: controller.signal });
      controller.abort('gone');
      await jobs();
      load.starts[0]!.reject(transient());
      await jobs();
      await jobs();
    } finally {
      process.off('unhandledRejection', listener);
    }
    expect(unhandled).toEqual([]);
  });
});

describe('coalesce: asynchronous context', () => {
  it('the operation runs in the context of the call that started it, each answer in its caller’s own', async () => {
    using l = lab();
    const request = new AsyncLocalStorage<string>();
    const ended: (string | undefined)[] = [];
    l.kedge.observe((event) => {
      if (event.type === 'execution.succeeded') ended.push(request.getStore());
    });
    const users = l.pipeline('users', coalesce());
    const load = controlled();
    let ranIn: string | undefined;
    const operation = (context: Parameters<typeof load>[0]) => {
      ranIn = request.getStore();
      return load(context);
    };
    const stores = ['A', 'B', 'C'].map((id) =>
      request.run(id, async () => {
        await users.execute(operation, { key: '7' });
        return request.getStore();
      }),
    );
    request.run('dependency', () => load.starts[0]!.resolve('loaded'));
    expect(await Promise.all(stores)).toEqual(['A', 'B', 'C']);
    expect(ranIn).toBe('A');
    expect(ended).toEqual(['A', 'B', 'C']);
  });
});

describe('coalesce: who leaves and who comes', () => {
  it('a cooperative timeout waits for work that is shared as for its own', async () => {
    using l = lab();
    const users = l.pipeline('users', timeout({ after: 100, strategy: 'cooperative' }), coalesce());
    const call = track(users.execute(scripted([{ value: 'late', after: 150 }]), { key: '7' }));
    await l.clock.advance(149);
    expect(call.state).toBe('pending');
    await l.clock.advance(1);
    expect(call.value).toBe('late');
  });

  it('who comes at the moment at which the last one leaves does not board what is being ended', async () => {
    using l = lab();
    const users = l.pipeline('users', coalesce());
    const operation = controlled();
    const caller = new AbortController();
    const gone = track(users.execute(operation, { key: '7', signal: caller.signal }));
    const later: ReturnType<typeof track>[] = [];
    operation.starts[0]!.context.signal.addEventListener('abort', () => {
      later.push(track(users.execute(operation, { key: '7' })));
    });
    caller.abort('gone');
    await jobs();
    later.push(track(users.execute(operation, { key: '7' })));
    expect(operation.starts).toHaveLength(2);
    operation.starts[1]!.resolve('fresh');
    await jobs();
    expect([gone.reason, ...later.map(({ value }) => value)]).toEqual(['gone', 'fresh', 'fresh']);
    expect(countersOf(users, 'coalesce')).toEqual({ led: 2, joined: 1 });
  });

  it('who has left is not answered again when the work ends', async () => {
    using l = lab();
    const users = l.pipeline('users', bulkhead({ maxConcurrent: 5 }), coalesce());
    const operation = controlled();
    const caller = new AbortController();
    const gone = track(users.execute(operation, { key: '7', signal: caller.signal }));
    const stays = track(users.execute(operation, { key: '7' }));
    caller.abort('gone');
    await jobs();
    operation.starts[0]!.resolve('done');
    await jobs();
    expect([gone.reason, stays.value]).toEqual(['gone', 'done']);
    expect(gaugesOf(users, 'bulkhead')).toMatchObject({ in_use: 0 });
  });

  it('a failure in whose place a policy of one’s own answers was the final one', async () => {
    using l = lab();
    const gentle: Policy = {
      kind: 'gentle',
      name: 'gentle',
      apply: (next) => (execution) => next(execution).then(undefined, () => 'none'),
    };
    const users = l.pipeline('users', coalesce(), gentle);
    expect(await users.execute(() => Promise.reject(transient()), { key: '7' })).toBe('none');
    expect(l.seen.of('attempt.failed')).toMatchObject([{ attempt: 1, final: true }]);
  });
});
