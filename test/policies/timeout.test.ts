import { getEventListeners } from 'node:events';
import {
  bulkhead,
  constantBackoff,
  fallback,
  pipeline,
  type Policy,
  retry,
  timeout,
  TimeoutError,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, track, transient } from '../support/lab.ts';
import { platform } from '../support/platform.ts';

const hung = () => new Promise(() => {});

describe('after', () => {
  it('ends a call that takes as long, and leaves one alone that is a millisecond faster', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100));
    const fast = track(quotes.execute(scripted([{ value: 'ok', after: 99 }])));
    const slow = track(quotes.execute(hung));
    await l.clock.advance(99);
    expect([fast.state, slow.state]).toEqual(['fulfilled', 'pending']);
    await l.clock.advance(1);
    expect(slow.reason).toBeInstanceOf(TimeoutError);
    expect(slow.reason).toMatchObject({
      name: 'TimeoutError',
      code: 'KEDGE_TIMEOUT',
      pipeline: 'quotes',
      policy: 'timeout',
      after: 100,
      message: 'quotes: timeout ended the call after 100 ms',
    });
  });

  it('can be given as a number or in options, and may be a fraction', async () => {
    using l = lab();
    const calls = [timeout(0.5), timeout({ after: 0.5 })].map((policy) =>
      track(l.pipeline('quotes', policy).execute(hung)),
    );
    await l.clock.advance(1);
    expect(calls.map(({ state }) => state)).toEqual(['rejected', 'rejected']);
  });

  it('counts for each call from its own beginning', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100));
    const ends: number[] = [];
    for (let each = 0; each < 5; each++) {
      void quotes.settle(hung).then(() => ends.push(l.clock.now));
      await l.clock.advance(30);
    }
    await l.clock.advance(1_000);
    expect(ends).toEqual([100, 130, 160, 190, 220]);
  });

  it('of Infinity never ends a call', async () => {
    using l = lab();
    const call = track(l.pipeline('quotes', timeout(Infinity)).execute(hung));
    await l.clock.advance(1e15);
    expect(call.state).toBe('pending');
  });

  it('does not count the time of a call that fails or returns at once', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100));
    await quotes.execute(() => 1);
    await quotes.settle(() => Promise.reject(transient()));
    await l.clock.advance(1_000);
    expect(quotes.stats().policies[0]!.counters).toEqual({ exceeded: 0 });
    expect(l.clock.timers).toBe(0);
  });
});

describe('an aggressive timeout', () => {
  it('is the default: aborts the signal and rejects at once, whatever the operation does', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100));
    const operation = controlled();
    const call = track(quotes.execute(operation));
    const { signal } = operation.starts[0]!.context;
    await l.clock.advance(100);
    expect(call.state).toBe('rejected');
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(call.reason);
    expect(quotes.stats()).toMatchObject({
      executions: { timeout: 1 },
      attempts: { timeout: 1 },
      abandoned: 1,
    });
    operation.starts[0]!.resolve('late');
    await jobs();
    expect(quotes.stats()).toMatchObject({ attempts: { success: 0 }, abandoned: 0, late: 1 });
  });

  it('reports in this order, once', async () => {
    using l = lab();
    const operation = controlled();
    const call = l.pipeline('quotes', timeout(100)).settle(operation, { key: 'k' });
    await l.clock.advance(100);
    await call;
    operation.starts[0]!.reject(transient());
    await jobs();
    expect(l.seen.events).toMatchObject([
      {
        type: 'timeout.exceeded',
        after: 100,
        attempt: 1,
        severity: 'debug',
        policy: 'timeout',
        kind: 'timeout',
        key: 'k',
      },
      { type: 'attempt.failed', attempt: 1, duration: 100, final: true, handled: false },
      { type: 'execution.failed', attempts: 1, duration: 100, outcome: 'timeout' },
    ]);
    expect(new Set(l.seen.events.map(({ executionId }) => executionId)).size).toBe(1);
  });

  it('ends a wait of a retry inside it', async () => {
    using l = lab();
    // The rule does not know of the deadline, so that the wait is really begun.
    const quotes = l.pipeline('quotes', timeout(100), retry({ backoff: constantBackoff(99) }));
    const operation = scripted([{ error: transient(), after: 0 }]);
    const call = track(quotes.execute(operation));
    await l.clock.advance(99);
    expect(operation.calls).toHaveLength(2);
    await l.clock.advance(1);
    expect(call.state).toBe('rejected');
    expect(l.clock.timers).toBe(0);
  });

  it('ends a fallback inside it that takes too long', async () => {
    using l = lab();
    const signals: AbortSignal[] = [];
    const quotes = l.pipeline(
      'quotes',
      timeout(100),
      fallback({
        run: (_error, { signal }) => {
          signals.push(signal);
          return new Promise(() => {});
        },
      }),
    );
    const call = track(quotes.execute(() => Promise.reject(transient())));
    await l.clock.advance(100);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(signals[0]!.aborted).toBe(true);
  });

  it('gives the next attempt a signal of its own', async () => {
    using l = lab();
    const operation = scripted([{ hang: true }, { hang: true }, { value: 'ok' }]);
    const call = track(
      l
        .pipeline('quotes', retry({ backoff: constantBackoff(10) }), timeout(100))
        .execute(operation),
    );
    await l.clock.advance(1_000);
    expect(call.value).toBe('ok');
    expect(operation.calls.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
    const reasons = operation.calls.map(({ signal }) => signal.reason as unknown);
    expect(reasons[0]).not.toBe(reasons[1]);
  });
});

describe('a cooperative timeout', () => {
  const cooperative = timeout({ after: 100, strategy: 'cooperative' });

  it('aborts the signal and waits for the operation', async () => {
    using l = lab();
    const operation = controlled();
    const quotes = l.pipeline('quotes', timeout({ after: 100, strategy: 'cooperative' }));
    const call = track(quotes.execute(operation));
    const { signal } = operation.starts[0]!.context;
    await l.clock.advance(1_000);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBeInstanceOf(TimeoutError);
    expect(call.state).toBe('pending');
    expect(quotes.stats()).toMatchObject({ inFlight: 1, abandoned: 0 });
    operation.starts[0]!.reject(signal.reason);
    await jobs();
    expect(call.reason).toBe(signal.reason);
    expect(quotes.stats()).toMatchObject({
      inFlight: 0,
      executions: { timeout: 1 },
      attempts: { timeout: 1 },
      abandoned: 0,
      late: 0,
    });
  });

  it('keeps a value that the operation still returns', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout({ after: 100, strategy: 'cooperative' }));
    const call = track(quotes.execute(scripted([{ value: 'late', after: 300 }])));
    await l.clock.advance(300);
    expect(call).toMatchObject({ state: 'fulfilled', value: 'late' });
    expect(quotes.stats()).toMatchObject({ executions: { success: 1 }, attempts: { success: 1 } });
    expect(l.seen.of('timeout.exceeded')).toHaveLength(1);
  });

  it('rejects with its own error when the operation fails with another, which is kept as the cause', async () => {
    using l = lab();
    const own = new Error('aborted by me');
    const quotes = l.pipeline('quotes', timeout({ after: 100, strategy: 'cooperative' }));
    const call = track(quotes.execute(scripted([{ error: own, after: 300 }])));
    await l.clock.advance(300);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect((call.reason as Error).cause).toBe(own);
  });

  it('rejects with its own error whatever a policy inside makes of the end', async () => {
    using l = lab();
    const rude: Policy = {
      kind: 'rude',
      name: 'rude',
      apply: (next) => (execution) =>
        next(execution).then(undefined, () => {
          throw new Error('by a policy');
        }),
    };
    const quotes = l.pipeline('quotes', timeout({ after: 100, strategy: 'cooperative' }), rude);
    const call = track(quotes.execute(scripted([{ error: transient(), after: 150 }])));
    await l.clock.advance(150);
    expect(call.reason).toBeInstanceOf(TimeoutError);
  });

  it('has no cause when the operation fails with the reason of its signal', async () => {
    using l = lab();
    const call = track(
      l
        .pipeline('quotes', timeout({ after: 100, strategy: 'cooperative' }))
        .execute(scripted([{ untilAborted: true }])),
    );
    await l.clock.advance(100);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect((call.reason as Error).cause).toBeUndefined();
  });

  it('ends at once what is no operation: a wait of a retry', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      timeout({ after: 100, strategy: 'cooperative' }),
      retry({ backoff: constantBackoff(60), maxAttempts: 9 }),
    );
    // Attempts at 0, 60; the next wait would cross the deadline and is refused, so the error arrives before.
    const refused = track(quotes.execute(() => Promise.reject(transient())));
    await l.clock.advance(60);
    expect(refused.reason).not.toBeInstanceOf(TimeoutError);
    expect(l.clock.timers).toBe(0);
  });

  it('ends at once a wait for a permit, whose turn then never comes', async () => {
    using l = lab();
    const operation = controlled();
    const quotes = l.pipeline(
      'quotes',
      timeout({ after: 100, strategy: 'cooperative' }),
      bulkhead({ maxConcurrent: 1, maxQueued: 1 }),
    );
    const first = track(quotes.execute(operation));
    const second = track(quotes.execute(operation));
    await l.clock.advance(100);
    expect(first.state).toBe('pending');
    expect(second.reason).toBeInstanceOf(TimeoutError);
    operation.starts[0]!.resolve('late');
    await jobs();
    expect(first.value).toBe('late');
    expect(operation.starts).toHaveLength(1);
    expect(quotes.stats()).toMatchObject({ inFlight: 0, executions: { success: 1, timeout: 1 } });
  });

  it('is ended by the caller at once, operation or not', async () => {
    using l = lab();
    const controller = new AbortController();
    const quotes = l.pipeline('quotes', timeout({ after: 100, strategy: 'cooperative' }));
    const call = track(quotes.execute(hung, { signal: controller.signal }));
    await l.clock.advance(500);
    expect(call.state).toBe('pending');
    controller.abort('gone');
    await jobs();
    expect(call.reason).toBe('gone');
    expect(quotes.stats()).toMatchObject({
      executions: { cancelled: 1 },
      attempts: { cancelled: 1 },
    });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('is ended by an aggressive one outside it', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(300), cooperative);
    const call = track(quotes.execute(hung));
    await l.clock.advance(299);
    expect(call.state).toBe('pending');
    await l.clock.advance(1);
    expect(call.reason).toMatchObject({ policy: 'timeout', after: 300 });
    expect(quotes.stats().policies.map(({ counters }) => counters['exceeded'])).toEqual([1, 1]);
  });

  it('gives way to an aggressive one inside it', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      timeout({ after: 100, strategy: 'cooperative' }),
      timeout(50),
    );
    const call = track(quotes.execute(hung));
    await l.clock.advance(50);
    expect(call.reason).toMatchObject({ after: 50 });
    await l.clock.advance(500);
    expect(l.seen.of('timeout.exceeded')).toHaveLength(1);
  });

  it('outside a retry lets a try that still runs end, and none begin', async () => {
    using l = lab();
    const operation = scripted([{ error: transient(), after: 150 }]);
    const quotes = l.pipeline(
      'quotes',
      timeout({ after: 100, strategy: 'cooperative' }),
      retry({ backoff: constantBackoff(0) }),
    );
    const call = track(quotes.execute(operation));
    await l.clock.advance(1_000);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(operation.calls).toHaveLength(1);
  });
});

describe('timeouts of one length', () => {
  it('in two pipelines keeps every call apart', async () => {
    using l = lab();
    const shared = timeout(100);
    const a = l.pipeline('a', shared, retry({ backoff: constantBackoff(50) }), timeout(100));
    const b = l.pipeline('b', shared);
    const ends: [string, number][] = [];
    const note = (name: string) => () => ends.push([name, l.clock.now]);
    void a.settle(hung).then(note('a'));
    await l.clock.advance(50);
    void b.settle(hung).then(note('b'));
    await l.clock.advance(1_000);
    expect(ends).toEqual([
      ['a', 100],
      ['b', 150],
    ]);
    expect(l.clock.timers).toBe(0);
  });

  it('in two places that end at one instant ends the call once, by the outer one', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100), timeout(100));
    const call = track(quotes.execute(hung));
    await l.clock.advance(100);
    expect(call.reason).toMatchObject({ policy: 'timeout' });
    expect(l.seen.of('timeout.exceeded')).toMatchObject([{ policy: 'timeout' }]);
    expect(quotes.stats().policies.map(({ counters }) => counters['exceeded'])).toEqual([1, 0]);
  });

  it('in two places that both wait for the operation runs out in both', async () => {
    using l = lab();
    const waiting = (): Policy => timeout({ after: 100, strategy: 'cooperative' });
    const quotes = l.pipeline('quotes', waiting(), waiting());
    const call = track(quotes.execute(scripted([{ error: transient(), after: 150 }])));
    await l.clock.advance(150);
    expect(call.reason).toMatchObject({ policy: 'timeout' });
    expect(l.seen.of('timeout.exceeded').map(({ policy }) => policy)).toEqual([
      'timeout',
      'timeout-2',
    ]);
  });

  it('of Infinity asks nothing of the platform', async () => {
    using machine = platform();
    void pipeline('quotes', timeout(Infinity)).settle(hung);
    expect([machine.deferred, machine.timers]).toEqual([[], []]);
  });

  it('carries the name that it was given, in its error and its events', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout({ after: 10, name: 'total' }), timeout(100));
    const call = track(quotes.execute(hung));
    await l.clock.advance(10);
    expect(call.reason).toMatchObject({ policy: 'total' });
    expect(l.seen.of('timeout.exceeded')).toMatchObject([{ policy: 'total', kind: 'timeout' }]);
    expect(quotes.stats().policies.map(({ name }) => name)).toEqual(['total', 'timeout']);
  });
});

describe('what a timeout is made of', () => {
  it.each([
    ['a text', () => timeout('5s' as never), "got '5s'"],
    ['nothing', () => timeout(undefined as never), 'got undefined'],
    ['null', () => timeout(null as never), 'got null'],
  ])('is a number of milliseconds or options, and not %s', (_what, make, got) => {
    expect(make).toThrow(
      new TypeError(`timeout: expected a number of milliseconds, or an object of options, ${got}.`),
    );
  });

  it('is one argument: a strategy behind the number is refused, and not half taken', () => {
    const make = timeout as (after: number, strategy: string) => unknown;
    expect(() => make(20, 'cooperative')).toThrow(
      new TypeError(
        'timeout: expected one argument, got 2: write timeout({ after: 20, strategy: … }).',
      ),
    );
  });

  it('keeps the process alive while a caller waits, unless `unref` says otherwise', () => {
    using machine = platform();
    for (const unref of [undefined, false, true]) {
      const options = unref === undefined ? { after: 100 } : { after: 100, unref };
      void pipeline('quotes', timeout(options)).settle(hung);
    }
    machine.turn();
    expect(machine.timers.map(({ keepAlive }) => keepAlive)).toEqual([true, true, false]);
  });
});

describe('timeout: reconfigure', () => {
  it('holds for calls that begin from then on, and those that run keep what they began with', async () => {
    using l = lab();
    const limit = timeout(100);
    const quotes = l.pipeline('quotes', limit);
    const ends: [string, number][] = [];
    const call = (name: string): void =>
      void quotes.execute(hung).catch(({ after }: TimeoutError) => {
        ends.push([`${name}, ${after}`, l.clock.now]);
      });
    call('first');
    limit.reconfigure({ after: 30 });
    call('shorter');
    limit.reconfigure({ after: 200 });
    call('longer');
    await l.clock.advance(1_000);
    expect(ends).toEqual([
      ['shorter, 30', 30],
      ['first, 100', 100],
      ['longer, 200', 200],
    ]);
    expect(l.clock.timers).toBe(0);
  });

  it('changes the strategy, and `null` takes it away again', async () => {
    using l = lab();
    const limit = timeout({ after: 100, strategy: 'cooperative' });
    const quotes = l.pipeline('quotes', limit);
    const patient = track(quotes.execute(scripted([{ value: 'late', after: 150 }])));
    limit.reconfigure({ strategy: null });
    const hurried = track(quotes.execute(scripted([{ value: 'late', after: 150 }])));
    await l.clock.advance(100);
    expect([patient.state, hurried.state]).toEqual(['pending', 'rejected']);
    await l.clock.advance(50);
    expect(patient.value).toBe('late');
  });

  it('can switch it off, and on again, under calls that run', async () => {
    using l = lab();
    const limit = timeout(100);
    const quotes = l.pipeline('quotes', limit);
    const bounded = track(quotes.execute(hung));
    limit.reconfigure({ after: Infinity });
    const free = track(quotes.execute(scripted([{ value: 'free', after: 500 }])));
    expect(l.clock.timers).toBe(2);
    limit.reconfigure({ after: 100 });
    await l.clock.advance(500);
    expect(bounded.reason).toBeInstanceOf(TimeoutError);
    expect(free.value).toBe('free');
    expect(l.clock.timers).toBe(0);
  });

  it('refuses what cannot be, and changes nothing then', async () => {
    using l = lab();
    const limit = timeout(100);
    for (const wrong of [{ after: 0 }, { after: null }, { name: 'other' }, { afer: 5 }])
      expect(() => limit.reconfigure(wrong as never)).toThrow(/^timeout: /);
    const call = track(l.pipeline('quotes', limit).execute(hung));
    await l.clock.advance(100);
    expect(call.reason).toMatchObject({ after: 100 });
  });
});
