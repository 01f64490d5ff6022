// Policies of a user's own.
import { getEventListeners } from 'node:events';
import {
  bulkhead,
  circuitBreaker,
  coalesce,
  constantBackoff,
  type PolicyContext,
  fallback,
  hedge,
  type Next,
  type Policy,
  retry,
  timeout,
  TimeoutError,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, permanent, rejection, track, transient } from '../support/lab.ts';
import { gaugesOf } from '../support/laws.ts';

/** A policy around one function. */
const policy = (
  around: (next: Next, execution: PolicyContext) => PromiseLike<unknown>,
): Policy => ({
  kind: 'own',
  name: 'own',
  apply: (next) => (execution) => around(next, execution),
});

/** Built-in policies composed by hand inside one of a user's own. */
const byHand = (...inner: Policy<unknown>[]): Policy => ({
  kind: 'own',
  name: 'own',
  apply: (next) => inner.toReversed().reduce<Next>((rest, each) => each.apply(rest), next),
});

const hung = (): Promise<never> => new Promise(() => {});

function cache(): Policy {
  const known = new Map<string, unknown>();
  return {
    kind: 'cache',
    name: 'cache',
    apply: (next) => async (execution) => {
      const { key } = execution;
      if (key === undefined) return next(execution);
      if (known.has(key)) {
        execution.emit({ type: 'cache.hit', key, size: known.size });
        return known.get(key);
      }
      const value = await next(execution);
      known.set(key, value);
      return value;
    },
  };
}

describe('a custom policy', () => {
  it('of twenty lines does its work in a pipeline', async () => {
    using l = lab();
    const operation = scripted([{ value: 1 }, { value: 2 }]);
    const quotes = l.pipeline('quotes', timeout(100), cache(), retry());
    expect(await quotes.execute(operation, { key: 'a' })).toBe(1);
    expect(await quotes.execute(operation, { key: 'a' })).toBe(1);
    expect(await quotes.execute(operation, { key: 'b' })).toBe(2);
    expect(await quotes.execute(operation)).toBe(2);
    expect(operation.calls).toHaveLength(3);
    expect(l.seen.events.filter(({ kind }) => kind === 'cache')).toMatchObject([
      { type: 'cache.hit', pipeline: 'quotes', policy: 'cache', kind: 'cache', key: 'a', size: 1 },
    ]);
    expect(quotes.stats()).toMatchObject({
      executions: { success: 4 },
      attempts: { success: 3 },
      inFlight: 0,
    });
  });

  it('sees the execution: pipeline, key, attributes, attempt, deadline and signal', async () => {
    using l = lab();
    const seen: unknown[] = [];
    const spy = policy((next, execution) => {
      const { pipeline, key, attempt, deadline, attributes, signal } = execution;
      seen.push({ pipeline, key, attempt, deadline, attributes, aborted: signal.aborted });
      return next(execution);
    });
    const quotes = l.pipeline('quotes', timeout(100), spy);
    await quotes.execute(() => 1, { key: 'k', attributes: { a: 1 } });
    expect(seen).toEqual([
      {
        pipeline: 'quotes',
        key: 'k',
        attempt: 1,
        deadline: 100,
        attributes: { a: 1 },
        aborted: false,
      },
    ]);
  });

  it('gets an event of its own filled in, and cannot speak for another pipeline', async () => {
    using l = lab();
    const forger = policy((next, execution) => {
      execution.emit({ type: 'own.said', pipeline: 'other', policy: 'other', kind: 'x', at: 0 });
      execution.emit({ type: 'own.shouted', severity: 'error', volume: 11 });
      execution.emit({ type: 'own.whispered', severity: 'debug' });
      execution.emit({ type: 'own.mumbled', severity: 'loud' });
      return next(execution);
    });
    await l.pipeline('quotes', forger).execute(() => 1, { key: 'k' });
    const about = { pipeline: 'quotes', policy: 'own', kind: 'own', key: 'k' };
    expect(l.seen.events.slice(0, 4)).toMatchObject([
      { ...about, type: 'own.said', at: 1_700_000_000_000, severity: 'info' },
      { ...about, type: 'own.shouted', severity: 'error', volume: 11 },
      { ...about, type: 'own.whispered', severity: 'debug' },
      { ...about, type: 'own.mumbled', severity: 'info' },
    ]);
    const ids = new Set(l.seen.events.map(({ executionId }) => executionId));
    expect(ids.size).toBe(1);
  });

  it('may answer without calling next', async () => {
    using l = lab();
    const operation = scripted([{ value: 1 }]);
    const quotes = l.pipeline(
      'quotes',
      retry(),
      policy(() => Promise.resolve('mine')),
    );
    expect(await quotes.execute(operation)).toBe('mine');
    expect(operation.calls).toHaveLength(0);
    expect(quotes.stats()).toMatchObject({ executions: { success: 1 }, attempts: { success: 0 } });
  });

  it('may reject without calling next, throw at once, or return a plain value or a thenable', async () => {
    using l = lab();
    const error = new Error('no');
    const thrown = policy(() => {
      throw error;
    });
    const rejected = policy(() => Promise.reject(error));
    const plain = policy(() => 'plain' as never);
    const thenable = policy(
      // oxlint-disable-next-line unicorn/no-thenable -- what is tested
      () => ({ then: (fulfil: (value: string) => void) => fulfil('then') }) as never,
    );
    expect(await rejection(l.pipeline('a', thrown).execute(() => 1))).toBe(error);
    expect(await rejection(l.pipeline('b', rejected).execute(() => 1))).toBe(error);
    expect(await l.pipeline('c', plain).execute(() => 1)).toBe('plain');
    expect(await l.pipeline('d', thenable).execute(() => 1)).toBe('then');
  });

  it('may call next twice, one after the other: attempts are counted and forks have signals of their own', async () => {
    using l = lab();
    const again = policy(async (next, execution) => {
      try {
        return await next(execution);
      } catch {
        return next(execution);
      }
    });
    const operation = scripted([{ error: transient() }, { value: 'ok' }]);
    const quotes = l.pipeline('quotes', again, timeout(100));
    expect(await quotes.execute(operation)).toBe('ok');
    expect(operation.calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(operation.calls[0]!.signal).not.toBe(operation.calls[1]!.signal);
    expect(l.seen.of('attempt.failed')).toMatchObject([{ attempt: 1, final: false }]);
    expect(l.seen.of('execution.succeeded')).toMatchObject([{ attempts: 2 }]);
    expect(l.clock.timers).toBe(0);
  });

  it('may call next twice at once, and take what comes first', async () => {
    using l = lab();
    const race = policy((next, execution) => Promise.any([next(execution), next(execution)]));
    const operation = controlled();
    const quotes = l.pipeline('quotes', race, timeout(100));
    const call = track(quotes.execute(operation));
    await jobs();
    expect(operation.starts.map(({ context }) => context.attempt)).toEqual([1, 2]);
    operation.starts[1]!.resolve('second');
    await jobs();
    expect(call.value).toBe('second');
    operation.starts[0]!.resolve('first');
    await jobs();
    expect(quotes.stats()).toMatchObject({
      attempts: { success: 2 },
      executions: { success: 1 },
      inFlight: 0,
      abandoned: 0,
    });
    expect(l.clock.timers).toBe(0);
  });

  it('reports the failure of a loser once, also after the answer', async () => {
    using l = lab();
    const race = policy((next, execution) => Promise.any([next(execution), next(execution)]));
    const operation = controlled();
    const quotes = l.pipeline('quotes', race);
    const call = track(quotes.execute(operation));
    await jobs();
    operation.starts[0]!.resolve('first');
    await jobs();
    expect(call.value).toBe('first');
    operation.starts[1]!.reject(transient());
    await jobs();
    expect(quotes.stats().attempts).toMatchObject({ success: 1, failure: 1 });
    expect(l.seen.of('attempt.failed')).toMatchObject([{ attempt: 2, final: false }]);
  });

  it('whose two uses of next both fail leaves the later failure the final one', async () => {
    using l = lab();
    const race = policy((next, execution) => Promise.any([next(execution), next(execution)]));
    const operation = controlled();
    const call = track(l.pipeline('quotes', race).execute(operation));
    await jobs();
    operation.starts[1]!.reject(transient());
    operation.starts[0]!.reject(transient());
    await jobs();
    expect(call.reason).toBeInstanceOf(AggregateError);
    expect(l.seen.of('attempt.failed')).toMatchObject([
      { attempt: 2, final: false },
      { attempt: 1, final: true },
    ]);
  });

  it('that is ended by a timeout outside leaves its attempt the final one, reported before the call', async () => {
    using l = lab();
    const through = policy((next, execution) => next(execution));
    const call = track(l.pipeline('quotes', timeout(100), through).execute(hung));
    await l.clock.advance(100);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(l.seen.types()).toEqual(['timeout.exceeded', 'attempt.failed', 'execution.failed']);
    expect(l.seen.of('attempt.failed')).toMatchObject([{ final: true }]);
  });

  it('that answers in place of a failure leaves that attempt the final one', async () => {
    using l = lab();
    const gentle = policy((next, execution) =>
      Promise.resolve(next(execution)).catch(() => 'none'),
    );
    expect(await l.pipeline('quotes', gentle).execute(() => Promise.reject(transient()))).toBe(
      'none',
    );
    expect(l.seen.of('attempt.failed')).toMatchObject([{ attempt: 1, final: true }]);
  });

  it('may replace key and attributes for what is inside, and only there', async () => {
    using l = lab();
    const change = policy((next, execution) =>
      next({ ...execution, key: 'inner', attributes: { tenant: 'b' } }),
    );
    const derive = policy((next, execution) =>
      next(
        Object.create(execution, { key: { value: 'derived', enumerable: true } }) as PolicyContext,
      ),
    );
    for (const [each, key] of [
      [change, 'inner'],
      [derive, 'derived'],
    ] as const) {
      const operation = scripted([{ error: permanent() }]);
      const outside: unknown[] = [];
      const quotes = l.pipeline(
        'quotes',
        fallback({
          run: (_error, context) => {
            outside.push(context.key);
            return 0;
          },
        }),
        each,
        retry(),
      );
      await quotes.execute(operation, { key: 'outer' });
      expect(operation.calls[0]!.key).toBe(key);
      expect(outside).toEqual(['outer']);
    }
  });

  it('may bring the deadline forward for what is inside, and cannot put it off', async () => {
    using l = lab();
    const seen: number[] = [];
    const within = (around: (execution: PolicyContext) => PolicyContext) =>
      l.pipeline(
        'quotes',
        timeout(100),
        policy((next, execution) => next(around(execution))),
      );
    for (const around of [
      (execution: PolicyContext) => ({ ...execution, key: 'k' }),
      (execution: PolicyContext) => ({ ...execution, deadline: 50 }),
      (execution: PolicyContext) => ({ ...execution, deadline: 500 }),
    ]) {
      await within(around).execute(({ deadline }) => seen.push(deadline));
    }
    expect(seen).toEqual([100, 50, 100]);
  });

  it('that replaces no signal leaves the operation to a cooperative timeout outside', async () => {
    using l = lab();
    for (const change of [
      (execution: PolicyContext): PolicyContext => ({ ...execution, key: 'k' }),
      (execution: PolicyContext): PolicyContext =>
        Object.create(execution, { key: { value: 'k' } }),
    ]) {
      const operation = controlled();
      const own = policy((next, execution) => next(change(execution)));
      const quotes = l.pipeline('quotes', timeout({ after: 100, strategy: 'cooperative' }), own);
      const call = track(quotes.execute(operation));
      await l.clock.advance(150);
      expect(operation.starts[0]!.context).toMatchObject({ key: 'k', signal: { aborted: true } });
      expect(call.state).toBe('pending');
      operation.starts[0]!.resolve('late');
      await jobs();
      expect(call.value).toBe('late');
    }
  });

  it('may replace the signal, and so end what is inside', async () => {
    using l = lab();
    const reason = new Error('mine');
    for (const how of ['spread', 'derived']) {
      const controller = new AbortController();
      const { signal } = controller;
      const own = policy((next, execution) =>
        next(
          how === 'spread'
            ? { ...execution, signal }
            : (Object.create(execution, {
                signal: { value: signal, enumerable: true },
              }) as PolicyContext),
        ),
      );
      const operation = controlled();
      const quotes = l.pipeline(how, own, timeout(1_000));
      const call = track(quotes.execute(operation));
      await jobs();
      expect(operation.starts).toHaveLength(1);
      expect(operation.starts[0]!.context.signal.aborted).toBe(false);
      controller.abort(reason);
      expect(operation.starts[0]!.context.signal.reason).toBe(reason);
      await jobs();
      expect(call.reason).toBe(reason);
      expect(quotes.stats()).toMatchObject({
        executions: { failure: 1, cancelled: 0 },
        attempts: { cancelled: 1 },
        abandoned: 1,
      });
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    }
  });

  it('ends what is inside also in a later attempt, and during a wait', async () => {
    using l = lab();
    for (const when of [5, 15, 30]) {
      const controller = new AbortController();
      const own = policy((next, execution) => next({ ...execution, signal: controller.signal }));
      const operation = scripted([{ hang: true }]);
      const quotes = l.pipeline(
        'quotes',
        own,
        retry({ backoff: constantBackoff(10) }),
        timeout(10),
      );
      const call = track(quotes.execute(operation));
      await l.clock.advance(when);
      controller.abort('mine');
      await jobs();
      expect(call.reason).toBe('mine');
      const starts = operation.calls.length;
      await l.clock.advance(1_000);
      expect(operation.calls).toHaveLength(starts);
      expect(l.clock.timers).toBe(0);
    }
  });

  it('that still has work to do after a success keeps the signal of that success on that of its caller, who has left', async () => {
    using l = lab();
    const controller = new AbortController();
    const operation = scripted([{ value: 'headers' }]);
    const lingering = policy(async (next, execution) => {
      await next(execution);
      return hung();
    });
    const quotes = l.pipeline('quotes', lingering);
    const call = track(quotes.execute(operation, { signal: controller.signal }));
    await jobs();
    controller.abort('gone');
    await jobs();
    expect(call.reason).toBe('gone');
    expect(operation.calls[0]!.signal.reason).toBe('gone');
  });

  it('leaves no listener on a signal of its own when the call ends well', async () => {
    using l = lab();
    const { signal } = new AbortController();
    const own = policy((next, execution) => next({ ...execution, signal }));
    const quotes = l.pipeline('quotes', own);
    await quotes.execute(() => 1);
    await quotes.settle(() => Promise.reject(transient()));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('whose own signal has aborted already keeps the operation from being called', async () => {
    using l = lab();
    const signal = AbortSignal.abort('mine');
    const operation = scripted([{ value: 1 }]);
    const quotes = l.pipeline(
      'quotes',
      policy((next, execution) => next({ ...execution, signal })),
    );
    expect(await rejection(quotes.execute(operation))).toBe('mine');
    expect(operation.calls).toHaveLength(0);
  });

  it.each(['waits for next', 'sleeps', 'swallows every error', 'calls next for ever'])(
    'is ended by a timeout outside even if it %s',
    async (how) => {
      using l = lab();
      const operation = scripted([{ hang: true }]);
      const own = policy(async (next, execution) => {
        if (how === 'sleeps') return hung();
        if (how === 'waits for next') return next(execution);
        for (let tries = 0; tries < 1_000; tries++) {
          try {
            return await next(execution);
          } catch {
            if (how === 'swallows every error') return 'swallowed';
          }
        }
        return 'given up';
      });
      const quotes = l.pipeline('quotes', timeout(100), own);
      const call = track(quotes.execute(operation));
      await l.clock.advance(100);
      expect(call.reason).toBeInstanceOf(TimeoutError);
      await jobs();
      expect(operation.calls.length).toBeLessThanOrEqual(1);
      expect(quotes.stats()).toMatchObject({ inFlight: 0, executions: { timeout: 1 } });
      expect(l.clock.timers).toBe(0);
    },
  );

  it.each(['waits for next', 'sleeps', 'swallows every error'])(
    'is ended by an abort of the caller even if it %s',
    async (how) => {
      using l = lab();
      const controller = new AbortController();
      const own = policy(async (next, execution) => {
        if (how === 'sleeps') return hung();
        if (how === 'waits for next') return next(execution);
        try {
          return await next(execution);
        } catch {
          return 'swallowed';
        }
      });
      const quotes = l.pipeline('quotes', retry(), own, timeout(100));
      const call = track(quotes.execute(hung, { signal: controller.signal }));
      await jobs();
      controller.abort('gone');
      await jobs();
      expect(call).toMatchObject({ state: 'rejected', reason: 'gone' });
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      expect(l.clock.timers).toBe(0);
    },
  );

  it('is waited for by a cooperative timeout while its operation runs, and not while it sleeps', async () => {
    using l = lab();
    const operation = controlled();
    const quotes = l.pipeline(
      'quotes',
      timeout({ after: 100, strategy: 'cooperative' }),
      policy(async (next, execution) => {
        await next(execution);
        return hung();
      }),
    );
    const call = track(quotes.execute(operation));
    await l.clock.advance(150);
    expect(operation.starts[0]!.context.signal.aborted).toBe(true);
    expect(call.state).toBe('pending');

    const asleep = track(quotes.execute(operation));
    await jobs();
    operation.starts[1]!.resolve('value');
    await l.clock.advance(99);
    expect(asleep.state).toBe('pending');
    await l.clock.advance(1);
    expect(asleep.reason).toBeInstanceOf(TimeoutError);
  });

  it('that has been ended can no longer start the operation', async () => {
    using l = lab();
    let late: Promise<unknown> | undefined;
    const operation = scripted([{ hang: true }]);
    const own = policy(async (next, execution) => {
      try {
        return await next(execution);
      } catch (error) {
        late = Promise.resolve(next(execution));
        late.catch(() => {});
        throw error;
      }
    });
    const quotes = l.pipeline('quotes', timeout(100), own, retry());
    const call = track(quotes.execute(operation));
    await l.clock.advance(1_000);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(await rejection(late!)).toBeInstanceOf(TimeoutError);
    expect(operation.calls).toHaveLength(1);
  });

  it('that has been ended does not wait in what is inside either', async () => {
    using l = lab();
    let late: Promise<unknown> | undefined;
    const own = policy(async (next, execution) => {
      try {
        return await next(execution);
      } catch (error) {
        late = Promise.resolve(next(execution));
        late.catch(() => {});
        throw error;
      }
    });
    const asleep: Policy = { kind: 'asleep', name: 'asleep', apply: () => hung };
    const call = track(l.pipeline('quotes', timeout(100), own, asleep).execute(() => 1));
    await l.clock.advance(100);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(await rejection(late!)).toBe(call.reason);
  });

  it('that throws at once in a call that has been ended gives nothing back twice', async () => {
    using l = lab();
    let late: Promise<unknown> | undefined;
    const again = policy(async (next, execution) => {
      try {
        return await next(execution);
      } catch (error) {
        late = Promise.resolve(next(execution));
        late.catch(() => {});
        throw error;
      }
    });
    let uses = 0;
    const throwing = policy((next, execution) => {
      if (++uses > 1) throw new Error('no more');
      return next(execution);
    });
    const quotes = l.pipeline(
      'quotes',
      timeout(100),
      again,
      bulkhead({ maxConcurrent: 5 }),
      throwing,
    );
    const call = track(quotes.execute(scripted([{ untilAborted: true }])));
    await l.clock.advance(100);
    expect(await rejection(late!)).toBe(call.reason);
    expect(gaugesOf(quotes, 'bulkhead')).toMatchObject({ in_use: 0 });
  });

  it('that fails while a try of its own still runs leaves that one to a hedge outside, which ends it', async () => {
    using l = lab();
    const race = policy((next, execution) => Promise.race([next(execution), next(execution)]));
    const operation = controlled();
    const quotes = l.pipeline('quotes', hedge({ after: 1_000 }), race);
    const call = track(quotes.execute(operation, { attributes: { idempotent: true } }));
    await jobs();
    operation.starts[0]!.reject(transient());
    await jobs();
    expect(operation.starts).toHaveLength(4);
    expect(operation.starts[1]!.context.signal.aborted).toBe(false);
    operation.starts[2]!.resolve('hedge');
    await jobs();
    expect(call.value).toBe('hedge');
    expect(operation.starts[1]!.context.signal.aborted).toBe(true);
  });

  it('that takes part in two shared calls holds a permit outside until both have ended', async () => {
    using l = lab();
    const both = policy((next, execution) =>
      Promise.all(['a', 'b'].map((key) => next({ ...execution, key }))),
    );
    const operation = controlled();
    const quotes = l.pipeline(
      'quotes',
      bulkhead({ maxConcurrent: 1 }),
      timeout(100),
      both,
      coalesce(),
    );
    const call = track(quotes.execute(operation));
    await l.clock.advance(100);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(operation.starts).toHaveLength(2);
    for (const inUse of [1, 0]) {
      operation.starts[inUse]!.resolve('late');
      await jobs();
      expect(gaugesOf(quotes, 'bulkhead')).toMatchObject({ in_use: inUse });
    }
  });

  it('keeps a value that was there before the caller aborted', async () => {
    using l = lab();
    const controller = new AbortController();
    const operation = controlled();
    const through = policy(async (next, execution) => {
      const value = await next(execution);
      return value;
    });
    const call = track(
      l.pipeline('quotes', through).execute(operation, { signal: controller.signal }),
    );
    await jobs();
    operation.starts[0]!.resolve('value');
    controller.abort('gone');
    await jobs();
    expect(call).toMatchObject({ state: 'fulfilled', value: 'value' });
  });

  it('of a class with private fields may stand in a pipeline with others of its name', async () => {
    using l = lab();
    class Counting implements Policy {
      readonly kind = 'counting';
      readonly name = 'counting';
      #calls = 0;
      get calls(): number {
        return this.#calls;
      }
      apply(next: Next): Next {
        return (execution) => {
          this.#calls++;
          return next(execution);
        };
      }
    }
    const [one, other, third] = [new Counting(), new Counting(), new Counting()] as const;
    const quotes = l.pipeline('quotes', one, other, third);
    expect(quotes.policies.map(({ name }) => name)).toEqual([
      'counting',
      'counting-2',
      'counting-3',
    ]);
    expect(await quotes.execute(() => 'ok')).toBe('ok');
    expect([one.calls, other.calls, third.calls]).toEqual([1, 1, 1]);
  });

  it('is refused when its apply returns no function, and told when next is given no execution', async () => {
    using l = lab();
    expect(() =>
      l.pipeline('quotes', { kind: 'own', name: 'own', apply: () => undefined as never }),
    ).toThrow(new TypeError("quotes: expected `apply` of the policy 'own' to return a function."));
    for (const given of [{}, undefined]) {
      const wrong = policy((next) => next(given as PolicyContext));
      const error = await rejection(l.pipeline('quotes', wrong).execute(() => 1));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toBe(
        `quotes: \`next\` of '${wrong.name}' wants the context that the policy was given.`,
      );
    }
  });
});

describe('a built-in policy composed by hand inside a custom one', () => {
  it('retries, and its events leave by the pipeline once', async () => {
    using l = lab();
    const operation = scripted([{ error: transient() }, { value: 'ok' }]);
    const quotes = l.pipeline('quotes', byHand(retry({ backoff: constantBackoff(10) })));
    const call = track(quotes.execute(operation));
    await l.clock.advance(10);
    expect(call.value).toBe('ok');
    expect(operation.calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(l.seen.types()).toEqual([
      'attempt.failed',
      'retry.scheduled',
      'attempt.succeeded',
      'retry.recovered',
      'execution.succeeded',
    ]);
    expect(new Set(l.seen.events.map((event) => event.pipeline))).toEqual(new Set(['quotes']));
    expect(new Set(l.seen.events.map((event) => event.executionId)).size).toBe(1);
  });

  it('reports the failure of the execution once', async () => {
    using l = lab();
    const error = transient();
    const quotes = l.pipeline('quotes', byHand(retry({ maxAttempts: 1 }), timeout(100)));
    expect(await rejection(quotes.execute(() => Promise.reject(error)))).toBe(error);
    expect(l.seen.of('execution.failed')).toMatchObject([{ kind: 'pipeline', error }]);
    expect(l.seen.of('attempt.failed')).toMatchObject([{ handled: false, final: true }]);
    expect(quotes.stats()).toMatchObject({ executions: { failure: 1 }, attempts: { failure: 1 } });
  });

  it('leaves a failure that is tried again outside, or answered inside, to those who deal with it', async () => {
    using l = lab();
    const operation = scripted([{ error: transient() }, { value: 'ok' }]);
    const again = l.pipeline('again', retry({ backoff: constantBackoff(0) }), byHand(timeout(100)));
    const call = track(again.execute(operation));
    await l.clock.advance(1);
    expect(call.value).toBe('ok');
    const gentle = policy((next, execution) =>
      Promise.resolve(next(execution)).catch(() => 'none'),
    );
    const answered = l.pipeline('answered', byHand(timeout(100)), gentle);
    expect(await answered.execute(() => Promise.reject(transient()))).toBe('none');
    expect(l.seen.of('attempt.failed')).toMatchObject([
      { pipeline: 'again', handled: true, final: false },
      { pipeline: 'answered', handled: false, final: true },
    ]);
  });

  it('keeps a value that was there before the caller aborted', async () => {
    using l = lab();
    const controller = new AbortController();
    const operation = controlled();
    const quotes = l.pipeline('quotes', byHand(timeout(100)));
    const call = track(quotes.execute(operation, { signal: controller.signal }));
    await jobs();
    operation.starts[0]!.resolve('value');
    controller.abort('gone');
    await jobs();
    expect(call).toMatchObject({ state: 'fulfilled', value: 'value' });
  });

  it('times out: the signal of the operation aborts, and the error names the pipeline', async () => {
    using l = lab();
    const operation = controlled();
    const quotes = l.pipeline('quotes', byHand(timeout(100)));
    const call = track(quotes.execute(operation));
    await jobs();
    const { context } = operation.starts[0]!;
    expect(context.deadline).toBe(100);
    expect(context.signal.aborted).toBe(false);
    await l.clock.advance(100);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(call.reason).toMatchObject({ pipeline: 'quotes', policy: 'timeout', after: 100 });
    expect(context.signal.aborted).toBe(true);
    expect(l.seen.of('timeout.exceeded')).toMatchObject([{ pipeline: 'quotes', after: 100 }]);
    expect(quotes.stats()).toMatchObject({ inFlight: 0, abandoned: 1, executions: { timeout: 1 } });
  });

  it('opens its circuit, and rejects', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 2, openFor: 1_000 });
    const operation = scripted([{ error: transient() }]);
    const quotes = l.pipeline('quotes', byHand(breaker));
    for (let each = 0; each < 5; each++) await quotes.settle(operation);
    expect(breaker.state).toBe('open');
    expect(operation.calls).toHaveLength(2);
    expect(l.seen.of('call.rejected')).toHaveLength(3);
    expect(await rejection(quotes.execute(operation))).toMatchObject({
      code: 'KEDGE_CIRCUIT_OPEN',
      pipeline: 'quotes',
    });
    expect(quotes.stats().executions).toMatchObject({ failure: 2, rejected: 4 });
  });

  it('falls back', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', byHand(fallback({ value: 'none' }), timeout(100)));
    const call = track(quotes.execute(hung));
    await l.clock.advance(100);
    expect(call.value).toBe('none');
    expect(l.seen.of('fallback.used')).toHaveLength(1);
    expect(quotes.stats().executions).toMatchObject({ fallback: 1, success: 0 });
    await quotes.execute(() => Promise.reject(transient()));
    expect(l.seen.of('attempt.failed').at(-1)).toMatchObject({ handled: true, final: true });
  });

  it('keeps a value that was on its way out before the caller aborted', async () => {
    using l = lab();
    const controller = new AbortController();
    const own: Policy = {
      kind: 'own',
      name: 'own',
      apply: (next) =>
        timeout(100).apply(async (execution) => {
          const value = await next(execution);
          controller.abort('gone');
          return value;
        }),
    };
    const quotes = l.pipeline('quotes', own);
    expect(await quotes.execute(async () => 'value', { signal: controller.signal })).toBe('value');
    expect(quotes.stats().executions).toMatchObject({ success: 1, cancelled: 0 });
  });

  it('counts against the dependency what a timeout outside has ended, and not what the caller has', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    const quotes = l.pipeline('quotes', timeout(100), byHand(breaker));
    const controller = new AbortController();
    const aborted = track(quotes.execute(hung, { signal: controller.signal }));
    await l.clock.advance(50);
    controller.abort('gone');
    await jobs();
    expect(aborted.reason).toBe('gone');
    expect(breaker.state).toBe('closed');
    const slow = track(quotes.execute(hung));
    await l.clock.advance(100);
    expect(slow.reason).toBeInstanceOf(TimeoutError);
    expect(breaker.state).toBe('open');
  });

  it('sees the pipeline, the key and the attributes in its predicates', async () => {
    using l = lab();
    const seen: unknown[] = [];
    const inner = retry({
      maxAttempts: 1,
      handle: (_error, { pipeline, key, attributes }) =>
        seen.push({ pipeline, key, attributes }) > 0,
    });
    const quotes = l.pipeline('quotes', byHand(inner));
    await quotes.settle(() => Promise.reject(transient()), { key: 'k', attributes: { a: 1 } });
    expect(seen).toEqual([{ pipeline: 'quotes', key: 'k', attributes: { a: 1 } }]);
  });

  it('keeps to a deadline outside the custom policy', async () => {
    using l = lab();
    const error = transient();
    const quotes = l.pipeline(
      'quotes',
      timeout(100),
      byHand(retry({ backoff: constantBackoff(200) })),
    );
    expect(await rejection(quotes.execute(() => Promise.reject(error)))).toBe(error);
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'deadline' }]);
    expect(l.clock.now).toBe(0);
  });

  it('ends with the caller and with a timeout outside, its waits included', async () => {
    using l = lab();
    const controller = new AbortController();
    const quotes = l.pipeline('quotes', byHand(retry({ backoff: constantBackoff(10_000) })));
    const aborted = track(
      quotes.execute(() => Promise.reject(transient()), { signal: controller.signal }),
    );
    await l.clock.advance(1);
    controller.abort('gone');
    await jobs();
    expect(aborted.reason).toBe('gone');
    expect(l.seen.of('execution.cancelled')).toHaveLength(1);
    expect(l.clock.timers).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);

    const bounded = l.pipeline('bounded', timeout(100), byHand(retry(), timeout(50)));
    const operation = scripted([{ hang: true }]);
    const timedOut = track(bounded.execute(operation));
    await l.clock.advance(1_000);
    expect(timedOut.state).toBe('rejected');
    expect(l.clock.timers).toBe(0);
    expect(bounded.stats().inFlight).toBe(0);
  });
});
