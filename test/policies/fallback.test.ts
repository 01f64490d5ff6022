import { constantBackoff, type Context, fallback, retry, timeout } from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it, vi } from 'vitest';
import {
  type Deferred,
  deferred,
  jobs,
  lab,
  permanent,
  rejection,
  track,
  transient,
} from '../support/lab.ts';

const empty = (value: unknown) => Array.isArray(value) && value.length === 0;
const bad = () => Promise.reject(transient());

describe('a fallback', () => {
  it('stays out of the way of a success', async () => {
    using l = lab();
    const run = vi.fn<() => string>(() => 'none');
    const quotes = l.pipeline('quotes', fallback({ run }));
    expect(await quotes.execute(() => 'ok')).toBe('ok');
    expect(run).not.toHaveBeenCalled();
    expect(quotes.stats().policies[0]!.counters).toEqual({ used: 0, failed: 0 });
  });

  it.each([['none'], [0], [''], [null], [undefined], [false]])(
    'answers with its value by identity: %s',
    async (value) => {
      using l = lab();
      expect(await l.pipeline('quotes', fallback({ value })).execute(bad)).toBe(value);
    },
  );

  it('answers with the very object that it was given', async () => {
    using l = lab();
    const value: never[] = [];
    expect(await l.pipeline('quotes', fallback({ value })).execute(bad)).toBe(value);
  });

  it('answers with what `run` returns, plain or promised, for the error and the context of the call', async () => {
    using l = lab();
    const error = transient();
    const seen: [unknown, Context][] = [];
    const quotes = l.pipeline(
      'quotes',
      fallback({
        run: (cause, context) => {
          seen.push([cause, context]);
          return context.key === 'promised' ? Promise.resolve('later') : 'now';
        },
      }),
      retry({ maxAttempts: 2, backoff: constantBackoff(0) }),
    );
    const options = { key: 'promised', attributes: { a: 1 } };
    const calls = [
      track(quotes.execute(() => Promise.reject(error), options)),
      track(quotes.execute(() => Promise.reject(error))),
    ];
    await l.clock.advance(1);
    expect(calls.map(({ value }) => value)).toEqual(['later', 'now']);
    expect(seen[0]![0]).toBe(error);
    expect(seen[0]![1]).toMatchObject({
      attempt: 2,
      key: 'promised',
      attributes: { a: 1 },
      pipeline: 'quotes',
    });
    expect(seen[0]![1].signal.aborted).toBe(false);
  });

  it('counts as an outcome of its own', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', fallback({ value: 0 }));
    await quotes.execute(bad);
    await quotes.execute(() => 1);
    expect(quotes.stats()).toMatchObject({
      executions: { fallback: 1, success: 1, failure: 0 },
      attempts: { failure: 1, success: 1 },
    });
    expect(quotes.stats().policies[0]!.counters).toEqual({ used: 1, failed: 0 });
  });

  it('reports in this order', async () => {
    using l = lab();
    const error = transient();
    await l.pipeline('quotes', fallback({ value: 0 })).execute(() => Promise.reject(error));
    expect(l.seen.events).toMatchObject([
      { type: 'attempt.failed', error, handled: true, final: true },
      {
        type: 'fallback.used',
        error,
        source: 'value',
        severity: 'warn',
        policy: 'fallback',
        kind: 'fallback',
      },
      { type: 'execution.succeeded', attempts: 1 },
    ]);
    l.seen.clear();
    await l.pipeline('quotes', fallback({ run: () => 0 })).execute(bad);
    expect(l.seen.of('fallback.used')).toMatchObject([{ source: 'run' }]);
  });
});

describe('a `run` that fails', () => {
  it.each<[string, () => never | Promise<never>]>([
    [
      'at once',
      () => {
        throw new Error('mine');
      },
    ],
    ['later', () => Promise.reject(new Error('mine'))],
  ])(
    '%s leaves the original error to the caller, and keeps its own in the event',
    async (_name, run) => {
      using l = lab();
      const error = transient();
      const quotes = l.pipeline('quotes', fallback({ run }));
      expect(await rejection(quotes.execute(() => Promise.reject(error)))).toBe(error);
      expect(quotes.stats()).toMatchObject({ executions: { fallback: 0, failure: 1 } });
      expect(quotes.stats().policies[0]!.counters).toEqual({ used: 0, failed: 1 });
      expect(l.seen.of('fallback.used')).toEqual([]);
      expect(l.seen.of('fallback.failed')).toMatchObject([
        { error, source: 'run', fallbackError: { message: 'mine' }, severity: 'error' },
      ]);
      expect(l.seen.of('attempt.failed')).toMatchObject([{ final: true }]);
    },
  );

  it('lets a retry outside try again, and then the attempt was not final', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      retry({ backoff: constantBackoff(1) }),
      fallback({ run: () => Promise.reject(new Error('mine')) }),
    );
    const call = track(quotes.execute(scripted([{ error: transient() }, { value: 'ok' }])));
    await l.clock.advance(1);
    expect(call.value).toBe('ok');
    expect(l.seen.of('attempt.failed')).toMatchObject([{ attempt: 1, final: false }]);
    expect(quotes.stats().executions).toMatchObject({ success: 1, fallback: 0 });
  });
});

describe('handle', () => {
  it.each([
    ['a lost connection', transient()],
    ['a permanent answer', permanent()],
    ['what nobody knows', 'a text'],
    ['nothing', undefined],
  ])('answers %s by default', async (_name, error) => {
    using l = lab();
    const quotes = l.pipeline('quotes', fallback({ value: 'none' }));
    expect(await quotes.execute(() => Promise.reject(error))).toBe('none');
    expect(l.seen.of('fallback.used')).toMatchObject([{ severity: 'warn' }]);
  });

  it("answers a programmer's bug as well, and reports it as an error", async () => {
    using l = lab();
    const bug = new TypeError("Cannot read properties of undefined (reading 'x')");
    const quotes = l.pipeline('quotes', fallback({ value: 'none' }));
    expect(await quotes.execute(() => Promise.reject(bug))).toBe('none');
    expect(l.seen.of('fallback.used')).toMatchObject([
      { error: bug, severity: 'error', source: 'value', policy: 'fallback', kind: 'fallback' },
    ]);
  });

  it("never answers the caller's own cancellation", async () => {
    using l = lab();
    const run = vi.fn<() => string>(() => 'none');
    const handle = vi.fn<() => boolean>(() => true);
    const controller = new AbortController();
    const quotes = l.pipeline('quotes', fallback({ run, handle }), timeout(1_000));
    const call = track(
      quotes.execute(scripted([{ untilAborted: true }]), { signal: controller.signal }),
    );
    controller.abort('gone');
    await jobs();
    expect(call.reason).toBe('gone');
    expect(run).not.toHaveBeenCalled();
    expect(handle).not.toHaveBeenCalled();
  });

  it("answers an abort of the operation's own, which is not the caller's", async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', fallback({ value: 'none' }));
    const error = new DOMException('mine', 'AbortError');
    expect(await quotes.execute(() => Promise.reject(error))).toBe('none');
  });

  it('can be chosen: what it denies reaches the caller', async () => {
    using l = lab();
    const handle = vi.fn<(error: unknown, context: Context) => boolean>(
      (error) => (error as Error).message === 'mine',
    );
    const quotes = l.pipeline('quotes', fallback({ value: 'none', handle }));
    expect(await quotes.execute(() => Promise.reject(new Error('mine')), { key: 'k' })).toBe(
      'none',
    );
    const other = new Error('other');
    expect(await rejection(quotes.execute(() => Promise.reject(other)))).toBe(other);
    expect(handle.mock.calls[0]).toMatchObject([{ message: 'mine' }, { key: 'k', attempt: 1 }]);
    expect(l.seen.of('attempt.failed')).toMatchObject([{ handled: true }, { handled: false }]);
  });
});

describe('handleResult', () => {
  it('answers values that count as failures', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', fallback({ value: ['none'], handleResult: empty }));
    expect(await quotes.execute(() => [])).toEqual(['none']);
    expect(await quotes.execute(() => [1])).toEqual([1]);
    expect(l.seen.of('fallback.used')).toMatchObject([{ error: undefined, severity: 'warn' }]);
    expect(quotes.stats().executions).toMatchObject({ fallback: 1, success: 1 });
  });

  it('returns such a value as it is when `run` fails', async () => {
    using l = lab();
    const value: never[] = [];
    const quotes = l.pipeline(
      'quotes',
      fallback({ run: () => Promise.reject(new Error('mine')), handleResult: empty }),
    );
    expect(await quotes.execute(() => value)).toBe(value);
    expect(quotes.stats().executions).toMatchObject({ success: 1, fallback: 0 });
    expect(l.seen.of('fallback.failed')).toHaveLength(1);
  });
});

describe('several fallbacks', () => {
  it('try one after the other, from inside out', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      fallback({ value: 'outer' }),
      fallback({ run: () => Promise.reject(new Error('inner')) }),
    );
    expect(await quotes.execute(bad)).toBe('outer');
    expect(quotes.stats().policies.map(({ name, counters }) => [name, counters])).toEqual([
      ['fallback', { used: 1, failed: 0 }],
      ['fallback-2', { used: 0, failed: 1 }],
    ]);
    expect(l.seen.types()).toEqual([
      'fallback.failed',
      'attempt.failed',
      'fallback.used',
      'execution.succeeded',
    ]);
  });

  it('an answer that did not do is forgotten when a later attempt succeeds', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      retry({ backoff: constantBackoff(0), handleResult: (value) => value === 'stale' }),
      fallback({ value: 'stale' }),
    );
    const call = track(quotes.execute(scripted([{ error: transient() }, { value: 'fresh' }])));
    await l.clock.advance(0);
    expect(call.value).toBe('fresh');
    expect(quotes.stats().executions).toMatchObject({ success: 1, fallback: 0 });
  });
});

describe('a fallback that is too late', () => {
  it('leaves a value alone that comes after a timeout outside has ended the call', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      timeout({ after: 100, strategy: 'cooperative' }),
      fallback({ value: 'none', handleResult: empty }),
    );
    const call = track(quotes.execute(scripted([{ value: [], after: 150 }])));
    await l.clock.advance(150);
    expect(call.value).toEqual([]);
    expect(l.seen.of('fallback.used')).toEqual([]);
  });

  it.each<[string, (answer: Deferred) => void]>([
    ['is found', (answer) => answer.resolve('found')],
    ['cannot be found', (answer) => answer.reject(new Error('lost'))],
  ])('is no fallback: its answer %s after the caller has gone', async (_what, settle) => {
    using l = lab();
    const answer = deferred();
    const quotes = l.pipeline('quotes', fallback({ run: () => answer.promise }));
    const caller = new AbortController();
    const call = track(quotes.execute(bad, { signal: caller.signal }));
    await jobs();
    caller.abort('gone');
    await jobs();
    settle(answer);
    await jobs();
    expect(call.reason).toBe('gone');
    expect(quotes.stats().policies[0]!.counters).toEqual({ used: 0, failed: 0 });
    expect(l.seen.types().filter((type) => type.startsWith('fallback.'))).toEqual([]);
  });
});

it('a fallback goes by the name that it was given', async () => {
  using l = lab();
  const quotes = l.pipeline('quotes', fallback({ value: 'none', name: 'empty-list' }));
  expect(await quotes.execute(bad)).toBe('none');
  expect(l.seen.of('fallback.used')).toMatchObject([{ policy: 'empty-list', kind: 'fallback' }]);
});
