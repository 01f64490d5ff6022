// Who ends a call, when, and what is left behind.
import { getEventListeners } from 'node:events';
import { constantBackoff, fallback, pipeline, retry, timeout, TimeoutError } from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, rejection, track, transient } from '../support/lab.ts';

const hung = () => new Promise(() => {});

describe('trap 01', () => {
  it('trap 01: an abort during a backoff wait rejects at once, clears the timer and calls no more', async () => {
    using l = lab();
    const controller = new AbortController();
    const reason = new Error('the user left');
    const operation = scripted([{ error: transient() }]);
    const call = track(
      l
        .pipeline('quotes', retry({ backoff: constantBackoff(10_000) }))
        .execute(operation, { signal: controller.signal }),
    );
    await l.clock.advance(10);
    expect(l.clock.timers).toBe(1);

    controller.abort(reason);
    await jobs();
    expect(call).toMatchObject({ state: 'rejected', reason });
    expect(call.reason).toBe(reason);
    expect(l.clock.timers).toBe(0);

    await l.clock.advance(100_000);
    expect(operation.calls).toHaveLength(1);
  });

  it('trap 01: the default reason of an abort reaches the caller by identity', async () => {
    using l = lab();
    const controller = new AbortController();
    const call = track(
      l
        .pipeline('quotes', retry({ backoff: constantBackoff(10_000) }))
        .execute(() => Promise.reject(transient()), { signal: controller.signal }),
    );
    await l.clock.advance(1);
    controller.abort();
    await jobs();
    expect(call.reason).toBe(controller.signal.reason);
    expect((call.reason as Error).name).toBe('AbortError');
  });
});

describe('trap 02', () => {
  it('trap 02: a signal that has aborted before the call keeps the operation from being called', async () => {
    using l = lab();
    const reason = { why: 'too late' };
    const operation = scripted([{ value: 1 }]);
    const quotes = l.pipeline('quotes', fallback({ value: 0 }), timeout(100), retry());
    const signal = AbortSignal.abort(reason);

    expect(await rejection(quotes.execute(operation, { signal }))).toBe(reason);
    expect(operation.calls).toHaveLength(0);
    expect(l.seen.types()).toEqual(['execution.cancelled']);
    expect(l.seen.of('execution.cancelled')[0]).toMatchObject({ attempts: 0, reason });
    expect(quotes.stats()).toMatchObject({
      inFlight: 0,
      executions: { cancelled: 1, fallback: 0 },
    });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(l.clock.timers).toBe(0);
  });
});

describe('trap 03', () => {
  it('trap 03: an abort while an attempt runs reaches its signal, and the caller at once', async () => {
    using l = lab();
    const controller = new AbortController();
    const reason = new Error('gone');
    const operation = controlled();
    const quotes = l.pipeline('quotes', timeout(1_000), retry());
    const call = track(quotes.execute(operation, { signal: controller.signal }));
    const { signal } = operation.starts[0]!.context;
    expect(signal.aborted).toBe(false);

    controller.abort(reason);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(reason);
    await jobs();
    expect(call.reason).toBe(reason);
    expect(quotes.stats()).toMatchObject({ inFlight: 0, abandoned: 1, late: 0 });

    operation.starts[0]!.resolve('late');
    await jobs();
    expect(quotes.stats()).toMatchObject({ inFlight: 0, abandoned: 0, late: 1 });
    expect(l.seen.types()).toEqual(['execution.cancelled']);
    expect(operation.starts).toHaveLength(1);
  });

  it('trap 03: a signal that is asked for only after the abort has aborted', async () => {
    using l = lab();
    const controller = new AbortController();
    const operation = controlled();
    const call = track(
      l.pipeline('quotes', retry()).execute(operation, { signal: controller.signal }),
    );
    controller.abort('gone');
    await jobs();
    expect(call.reason).toBe('gone');
    expect(operation.starts[0]!.context.signal).toMatchObject({ aborted: true, reason: 'gone' });
  });
});

describe('trap 04', () => {
  it('trap 04: a value that was there before the abort is kept', async () => {
    using l = lab();
    const controller = new AbortController();
    const operation = controlled();
    const quotes = l.pipeline('quotes', fallback({ value: 'none' }), timeout(100), retry());
    const call = track(quotes.execute(operation, { signal: controller.signal }));
    operation.starts[0]!.resolve('value');
    controller.abort(new Error('gone'));
    await jobs();
    expect(call).toMatchObject({ state: 'fulfilled', value: 'value' });
    expect(quotes.stats().executions).toMatchObject({ success: 1, cancelled: 0 });
  });

  it('trap 04: a plain value is kept even if the operation itself has caused the abort', async () => {
    using l = lab();
    const controller = new AbortController();
    const quotes = l.pipeline('quotes', timeout(100), retry());
    const call = quotes.execute(
      () => {
        controller.abort(new Error('gone'));
        return 'value';
      },
      { signal: controller.signal },
    );
    expect(await call).toBe('value');
  });

  it('trap 04: an abort after the answer changes nothing but the signal', async () => {
    using l = lab();
    const controller = new AbortController();
    const operation = scripted([{ value: 'value' }]);
    const quotes = l.pipeline('quotes', timeout(100));
    const answer = await quotes.execute(operation, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await jobs();
    expect(answer).toBe('value');
    expect(operation.calls[0]!.signal.reason).toMatchObject({ message: 'gone' });
    expect(quotes.stats().executions).toMatchObject({ success: 1, cancelled: 0 });
  });
});

describe('trap 05', () => {
  it('trap 05: ten thousand calls with one long-lived signal leave no listener on it', async () => {
    using l = lab();
    const { signal } = new AbortController();
    const quotes = l.pipeline(
      'quotes',
      timeout(1_000),
      retry({ backoff: constantBackoff(1) }),
      timeout(100),
    );
    let most = 0;
    for (let batch = 0; batch < 100; batch++) {
      const calls = Array.from({ length: 100 }, (_, each) =>
        quotes.settle(
          async (context) => {
            most = Math.max(most, getEventListeners(signal, 'abort').length);
            if (each % 3 === 0 && context.attempt === 1) throw transient();
            if (each % 7 === 0) throw new TypeError('a bug');
            return context.signal.aborted;
          },
          { signal },
        ),
      );
      await l.clock.advance(10);
      await Promise.all(calls);
    }
    expect(most).toBe(1);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(quotes.stats()).toMatchObject({ inFlight: 0, abandoned: 0 });
    expect(l.clock.timers).toBe(0);
  });

  it('trap 05: calls that are aborted or time out leave no listener either', async () => {
    using l = lab();
    const controller = new AbortController();
    const { signal } = controller;
    const quotes = l.pipeline('quotes', timeout(50));
    const early = Array.from({ length: 10 }, () => quotes.settle(hung, { signal }));
    await l.clock.advance(50);
    await Promise.all(early);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);

    const late = Array.from({ length: 10 }, () => quotes.settle(hung, { signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    controller.abort('gone');
    await Promise.all(late);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(quotes.stats().executions).toMatchObject({ timeout: 10, cancelled: 10 });
  });
});

describe('trap 06', () => {
  it('trap 06: a timeout rejects with its own error, an abort with its reason, and each is counted as itself', async () => {
    using l = lab();
    const controller = new AbortController();
    const reason = new Error('gone');
    const quotes = l.pipeline('quotes', timeout(100));
    const timedOut = track(quotes.execute(hung));
    const aborted = track(quotes.execute(hung, { signal: controller.signal }));
    await l.clock.advance(99);
    controller.abort(reason);
    await l.clock.advance(1);

    expect(timedOut.reason).toBeInstanceOf(TimeoutError);
    expect(timedOut.reason).toMatchObject({ code: 'KEDGE_TIMEOUT', after: 100, policy: 'timeout' });
    expect(aborted.reason).toBe(reason);
    expect(l.seen.of('timeout.exceeded')).toHaveLength(1);
    expect(l.seen.of('execution.cancelled')).toHaveLength(1);
    expect(quotes.stats()).toMatchObject({
      executions: { timeout: 1, cancelled: 1 },
      attempts: { timeout: 1, cancelled: 1 },
    });
  });

  it("trap 43: a caller's abort whose reason is another pipeline's TimeoutError is a timeout", async () => {
    using l = lab();
    const inner = l.pipeline('inner', timeout(1_000));
    const outer = l.pipeline('outer', timeout(100));
    const call = track(
      outer.execute(({ signal }) => inner.execute(() => new Promise(() => {}), { signal })),
    );
    await l.clock.advance(100);
    expect(call.reason).toMatchObject({ pipeline: 'outer', after: 100 });
    expect(outer.stats().executions).toMatchObject({ timeout: 1, cancelled: 0 });
    expect(inner.stats()).toMatchObject({
      executions: { timeout: 1, cancelled: 0 },
      attempts: { timeout: 1, cancelled: 0 },
    });
    expect(l.seen.of('timeout.exceeded').map((event) => event.pipeline)).toEqual(['outer']);
  });

  it('trap 06: of two timeouts the one that ended the call is the one that rejects', async () => {
    using l = lab();
    const inner = track(
      l.pipeline('a', timeout({ after: 200, name: 'total' }), timeout(100)).execute(hung),
    );
    const outer = track(
      l.pipeline('b', timeout({ after: 100, name: 'total' }), timeout(200)).execute(hung),
    );
    await l.clock.advance(500);
    expect(inner.reason).toMatchObject({ policy: 'timeout', after: 100 });
    expect(outer.reason).toMatchObject({ policy: 'total', after: 100 });
  });
});

describe('trap 29', () => {
  it('trap 29: the signal of a successful attempt ends with its caller alone, so its body can go on streaming', async () => {
    using l = lab();
    const controller = new AbortController();
    const operation = scripted([{ error: transient() }, { value: 'headers', after: 10 }]);
    const quotes = l.pipeline(
      'quotes',
      timeout(1_000),
      retry({ backoff: constantBackoff(10) }),
      timeout(100),
    );
    const call = quotes.execute(operation, { signal: controller.signal });
    await l.clock.advance(20);
    expect(await call).toBe('headers');

    const { signal } = operation.calls[1]!;
    expect(signal.aborted).toBe(false);
    await l.clock.advance(10_000);
    expect(signal.aborted).toBe(false);
    controller.abort(new Error('after the answer'));
    expect(signal.reason).toMatchObject({ message: 'after the answer' });
  });

  it('trap 29: nor is it when an earlier attempt of the call was ended by its timeout', async () => {
    using l = lab();
    const operation = scripted([{ hang: true }, { value: 'headers' }]);
    const call = l
      .pipeline('quotes', timeout(1_000), retry({ backoff: constantBackoff(10) }), timeout(100))
      .execute(operation);
    for (const { signal } of operation.calls) expect(signal.aborted).toBe(false);
    await l.clock.advance(110);
    expect(await call).toBe('headers');
    await l.clock.advance(10_000);
    expect(operation.calls.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it('trap 29: the shared root pipeline keeps to it as well', async () => {
    using l = lab();
    using quotes = pipeline('quotes', timeout(100));
    const operation = scripted([{ value: 'headers' }]);
    await quotes.execute(operation);
    await l.clock.advance(1_000);
    expect(operation.calls[0]!.signal.aborted).toBe(false);
  });
});
