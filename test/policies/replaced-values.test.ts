// A response that nobody will read holds its connection until its body is let go.
import { fallback, type Policy, retry, staleIfError } from 'kedge';
import { describe, expect, it } from 'vitest';
import { deferred, jobs, lab, track } from '../support/lab.ts';

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
