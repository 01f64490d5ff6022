// A response that nobody will read holds its connection until its body is let go.
import {
  coalesce,
  type ExecuteOptions,
  fallback,
  type Policy,
  retry,
  staleIfError,
  timeout,
} from 'kedge';
import { describe, expect, it } from 'vitest';
import { controlled, deferred, jobs, lab, track } from '../support/lab.ts';

/** A response with a body, and whether that was let go. */
function answer(status: number): {
  readonly response: Response;
  readonly isReleased: () => boolean;
} {
  let released = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (stream) => stream.enqueue(new Uint8Array(16)),
    cancel: () => {
      released = true;
    },
  });
  return { response: new Response(body, { status }), isReleased: () => released };
}

const isBad = (value: unknown): boolean => (value as Response).status >= 500;
const handleResult = isBad;

describe('the body of a response that is a failure', () => {
  it('is let go when a retry is scheduled, so that the next attempt may use the connection', async () => {
    using l = lab();
    const bad = answer(503);
    const good = answer(200);
    const answers = [bad.response, good.response];
    const pages = l.pipeline('pages', retry({ backoff: 100, handleResult }));
    const call = track(pages.execute(() => answers.shift()));
    await jobs();
    expect([bad.isReleased(), answers.length]).toEqual([true, 1]);
    await l.clock.advance(100);
    expect(call.value).toBe(good.response);
    expect(good.isReleased()).toBe(false);
  });

  it('is let go before the next attempt where something is prepared for that', async () => {
    using l = lab();
    const bad = answer(503);
    const good = answer(200);
    const answers = [bad.response, good.response];
    const token = deferred<void>();
    const options = { backoff: 50, beforeRetry: () => token.promise, handleResult };
    const call = track(l.pipeline('pages', retry(options)).execute(() => answers.shift()));
    await l.clock.advance(50);
    expect(bad.isReleased()).toBe(false);
    token.resolve();
    await jobs();
    expect([bad.isReleased(), call.value]).toEqual([true, good.response]);
  });

  it('stays whole where the caller gets it in the end', async () => {
    using l = lab();
    const bad = answer(503);
    const pages = l.pipeline('pages', retry({ maxAttempts: 1, handleResult }));
    expect(await pages.execute(() => bad.response)).toBe(bad.response);
    expect(bad.isReleased()).toBe(false);
  });

  it('stays whole until it is certain that there is a next attempt', async () => {
    using l = lab();
    const bad = answer(503);
    const token = deferred<void>();
    const options = {
      backoff: 50,
      maxElapsed: 100,
      beforeRetry: () => token.promise,
      handleResult,
    };
    const call = track(l.pipeline('pages', retry(options)).execute(() => bad.response));
    await l.clock.advance(200);
    token.resolve();
    await jobs();
    expect(call.value).toBe(bad.response);
    expect(bad.isReleased()).toBe(false);
  });

  it.each<[string, Policy<unknown>]>([
    ['fallback, by a value', fallback({ value: 'none', handleResult })],
    ['fallback, by a function', fallback({ run: () => 'none', handleResult })],
    ['staleIfError', staleIfError({ maxAge: 1_000, handleResult })],
  ])('is let go when %s answers in its place', async (_, policy) => {
    using l = lab();
    const pages = l.pipeline('pages', policy);
    await pages.execute(() => new Response('fresh'), { key: 'a' });
    const bad = answer(503);
    await pages.execute(() => bad.response, { key: 'a' });
    expect(bad.isReleased()).toBe(true);
  });

  it('stays whole where a fallback answers with it, or cannot answer', async () => {
    using l = lab();
    const bad = answer(503);
    const same = l.pipeline('same', fallback({ run: () => bad.response, handleResult }));
    const broken = l.pipeline(
      'broken',
      fallback({ run: () => Promise.reject(new Error('no')), handleResult }),
    );
    for (const pages of [same, broken])
      expect(await pages.execute(() => bad.response)).toBe(bad.response);
    expect(bad.isReleased()).toBe(false);
  });
});

describe('the body of a response that comes when its attempt is over', () => {
  const own: Policy = { kind: 'own', name: 'own', apply: (next) => (context) => next(context) };

  it.each<[string, Policy[], ExecuteOptions]>([
    ['a timeout', [timeout(10)], {}],
    ['a timeout of the call', [], { timeout: 10 }],
    ['a timeout of each attempt', [retry({ backoff: 1, maxAttempts: 2 }), timeout(10)], {}],
    ['the last who has left a flight', [coalesce()], { key: 'one', timeout: 10 }],
    ['a policy of one’s own around a timeout', [own, timeout(10)], {}],
  ])('is let go, after %s', async (_, policies, options) => {
    using l = lab();
    const late = answer(200);
    const operation = controlled();
    const call = track(l.pipeline('pages', ...policies).execute(operation, options));
    await l.clock.advance(100);
    expect(call.state).toBe('rejected');
    operation.starts[0]!.resolve(late.response);
    await jobs();
    expect(late.isReleased()).toBe(true);
  });

  it('is let go when its caller has gone, and when another attempt has answered meanwhile', async () => {
    using l = lab();
    const [late, other, good] = [answer(200), answer(200), answer(200)];
    const gone = new AbortController();
    const left = controlled();
    void l.pipeline('left').settle(left, { signal: gone.signal });
    gone.abort();
    await jobs();
    left.starts[0]!.resolve(late.response);

    const operation = controlled();
    const pages = l.pipeline('pages', retry({ backoff: 1 }), timeout(10));
    const call = track(pages.execute(operation));
    await l.clock.advance(11);
    operation.starts[0]!.resolve(other.response);
    await jobs();
    operation.starts[1]!.resolve(good.response);
    await jobs();
    expect(call.value).toBe(good.response);
    expect([late, other, good].map(({ isReleased }) => isReleased())).toEqual([true, true, false]);
  });

  it('stays whole where another attempt has brought the same response', async () => {
    using l = lab();
    const good = answer(200);
    const shared = deferred<Response>();
    const pages = l.pipeline('pages', retry({ backoff: 1 }), timeout(10));
    const call = track(pages.execute(() => shared.promise));
    await l.clock.advance(15);
    shared.resolve(good.response);
    await jobs();
    expect(call.value).toBe(good.response);
    expect(good.isReleased()).toBe(false);
  });
});
