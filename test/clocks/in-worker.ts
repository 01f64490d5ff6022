// A worker whose requests share pipelines, as those of one isolate of Cloudflare's do.
import { hedge, pipeline, rateLimiter, retry, timeout } from 'kedge';

const limited = pipeline('limited', timeout(300));
const again = pipeline('again', retry({ backoff: () => 300 }));
const raced = pipeline('raced', hedge({ after: 300, budget: false }));
const paced = pipeline('paced', rateLimiter({ limit: 5, burst: 1, maxWait: 5_000 }));
const own = pipeline('own', {
  kind: 'own',
  name: 'own',
  apply: (next) => (context) => next(context),
});

const sleep = (ms: number): Promise<string> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms, `done after ${ms} ms`);
  });

/** One that fails or hangs first, as long as it is told, and answers the second time. */
function second(first: () => Promise<unknown>): () => Promise<unknown> {
  let attempts = 0;
  return () => (++attempts === 1 ? first() : Promise.resolve(`attempt ${attempts}`));
}

const down = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));

const calls: Readonly<Record<string, (ms: number) => Promise<unknown>>> = {
  limited: (ms) => limited.execute(() => sleep(ms)),
  again: () => again.execute(second(down)),
  raced: (ms) => raced.execute(second(() => sleep(ms))),
  paced: (ms) => paced.execute(() => sleep(ms)),
  async aborted(ms) {
    const caller = new AbortController();
    const answer = own.execute(() => sleep(ms), { signal: caller.signal });
    await sleep(10);
    caller.abort(new Error('left'));
    return answer;
  },
};

export default {
  async fetch({ url }: { readonly url: string }): Promise<unknown> {
    const { pathname, searchParams } = new URL(url);
    const call = calls[pathname.slice(1)] ?? (() => Promise.resolve('ready'));
    const answer = await call(Number(searchParams.get('ms'))).catch((error: Error) =>
      error.name === 'Error' ? error.message : error.name,
    );
    return new Response(String(answer));
  },
};
