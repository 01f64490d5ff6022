// What only a whole process can show. Each test starts one, with the sources and the machine's own clock.
import { describe, expect, it } from 'vitest';
import { child } from '../support/child.ts';

const patience = 60_000;
const clean = { code: 0, complaints: '' };

describe.concurrent('trap 32', () => {
  it(
    'trap 32: idle pipelines of every policy let the process end',
    async () => {
      const ended = await child(`
        kedge(pipeline, fallback, timeout, retry, circuitBreaker);
        const breaker = circuitBreaker({ slowCall: { after: 50_000, rate: 0.5 }, openFor: 120_000 });
        const quotes = pipeline('quotes', fallback({ value: 0 }), timeout(60_000), retry(), breaker, timeout(50_000));
        print(await quotes.execute(async () => 'ok'));
        breaker.open();
        print(await quotes.execute(async () => 'ok'));
      `);
      // The retry waits for the circuit only if that fits into the deadline, which it does not.
      expect(ended).toEqual({ ...clean, output: ['ok', '0'] });
    },
    patience,
  );

  it(
    'trap 32: a timeout keeps the process alive for the caller who waits, and no longer',
    async () => {
      const ended = await child(`
        kedge(pipeline, timeout, bulkhead, hedge);
        const hung = () => new Promise(() => {});
        const failed = ({ reason }) => print(reason.name);
        await pipeline('limited', timeout(30)).settle(hung).then(failed);
        await pipeline('call').settle(hung, { timeout: 30 }).then(failed);
        const full = pipeline('full', timeout({ after: 600_000, unref: true }), bulkhead({ maxConcurrent: 1, maxQueued: 1, maxWait: 30 }));
        void full.settle(hung);
        await full.settle(hung).then(failed);
        const raced = pipeline('raced', hedge({ after: 30, budget: false }));
        print(await raced.execute(({ attempt }) => attempt === 1 ? hung() : 'second'));
        await pipeline('quick', timeout(600_000)).execute(() => 1);
      `);
      const output = ['TimeoutError', 'TimeoutError', 'BulkheadFullError', 'second'];
      expect(ended).toEqual({ ...clean, output });
    },
    patience,
  );

  it(
    'trap 32: a timeout with `unref`, and a call that is only watched for being slow, let the process end',
    async () => {
      const ended = await child(`
        kedge(pipeline, timeout, circuitBreaker);
        const breaker = circuitBreaker({ slowCall: { after: 60_000, rate: 0.5 } });
        const limit = timeout({ after: 600_000, unref: true });
        void pipeline('quotes', limit, breaker).settle(() => new Promise(() => {}));
        setTimeout(() => print('alive for its own reasons'), 5);
      `);
      expect(ended).toEqual({ ...clean, output: ['alive for its own reasons'] });
    },
    patience,
  );

  it(
    'trap 32: a backoff keeps the process alive until its retry',
    async () => {
      const ended = await child(`
        kedge(pipeline, retry, constantBackoff);
        const again = pipeline('again', retry({ backoff: constantBackoff(30) }));
        void again.execute(async ({ attempt }) => {
          print('attempt', attempt);
          if (attempt === 1) throw new Error('once');
        }).then(() => print('done'));
      `);
      expect(ended).toEqual({ ...clean, output: ['attempt 1', 'attempt 2', 'done'] });
    },
    patience,
  );

  it(
    'trap 32: a backoff with `unref` lets the process end',
    async () => {
      const ended = await child(`
        kedge(pipeline, retry, constantBackoff);
        const again = pipeline('again', retry({ backoff: constantBackoff(60_000), unref: true }));
        void again.execute(async ({ attempt }) => {
          print('attempt', attempt);
          throw new Error('always');
        });
        process.on('exit', () => print('ended'));
      `);
      expect(ended).toEqual({ ...clean, output: ['attempt 1', 'ended'] });
    },
    patience,
  );

  it(
    'trap 32: an aborted backoff no longer keeps the process alive',
    async () => {
      const ended = await child(`
        kedge(pipeline, retry, constantBackoff);
        const controller = new AbortController();
        const again = pipeline('again', retry({ backoff: constantBackoff(600_000) }));
        const call = again.settle(async () => { throw new Error('always'); }, { signal: controller.signal });
        setTimeout(() => controller.abort('gone'), 5);
        print((await call).reason);
      `);
      expect(ended).toEqual({ ...clean, output: ['gone'] });
    },
    patience,
  );
});

describe.concurrent('trap 16', () => {
  it(
    'trap 16: a timeout or backoff above 2³¹−1 ms does not fire at once, and Node has nothing to warn of',
    async () => {
      const ended = await child(`
        kedge(pipeline, timeout, retry, constantBackoff);
        const long = 2 ** 31 + 1_000;
        let attempts = 0;
        let settled = 0;
        const hung = () => new Promise(() => {});
        void pipeline('slow', timeout({ after: long, unref: true })).settle(hung).then(() => settled++);
        void pipeline('endless', timeout(Infinity)).settle(hung).then(() => settled++);
        void pipeline('again', retry({ backoff: constantBackoff(long), unref: true }))
          .settle(async () => { attempts++; throw new Error('always'); }).then(() => settled++);
        setTimeout(() => print(settled, attempts), 50);
      `);
      expect(ended).toEqual({ ...clean, output: ['0 1'] });
    },
    patience,
  );
});

describe.concurrent('trap 15', () => {
  it(
    'trap 15: Date jumping by a year ends no wait early and none late',
    async () => {
      const ended = await child(`
        kedge(pipeline, timeout, retry, circuitBreaker, constantBackoff);
        const real = Date.now;
        const year = 365 * 86_400_000;
        for (const jump of [year, -year]) {
          Date.now = real;
          const breaker = circuitBreaker({ openFor: 3_600_000 });
          const guarded = pipeline('guarded', breaker);
          breaker.open();
          const late = pipeline('late', timeout({ after: 3_600_000, unref: true })).settle(() => new Promise(() => {}));
          const soon = pipeline('soon', timeout(20)).settle(() => new Promise(() => {}));
          const again = pipeline('again', retry({ backoff: constantBackoff(20) }))
            .execute(async ({ attempt }) => { if (attempt === 1) throw new Error('once'); return 'again'; });
          await new Promise((resolve) => setTimeout(resolve, 5));
          Date.now = () => real() + jump;
          print((await soon).reason.code, await again, breaker.state);
          print((await guarded.settle(() => 1)).reason.code);
          print(await Promise.race([late, 'still running']));
        }
      `);
      const lines = ['KEDGE_TIMEOUT again open', 'KEDGE_CIRCUIT_OPEN', 'still running'];
      expect(ended).toEqual({ ...clean, output: [...lines, ...lines] });
    },
    patience,
  );
});

describe.concurrent('trap 19', () => {
  it(
    'trap 19: late rejections of abandoned operations end no process',
    async () => {
      const ended = await child(`
        kedge(pipeline, timeout, retry, fallback, constantBackoff);
        const late = async () => {
          await new Promise((resolve) => setTimeout(resolve, 150));
          throw new Error('late');
        };
        const quotes = pipeline('quotes', fallback({ value: 'none' }), retry({ maxAttempts: 2, backoff: constantBackoff(1), budget: false }), timeout(5));
        const calls = await Promise.all(Array.from({ length: 20 }, () => quotes.execute(late)));
        print(new Set(calls).size, calls[0], quotes.stats().abandoned > 0);
        const controller = new AbortController();
        const aborted = quotes.settle(late, { signal: controller.signal });
        controller.abort('gone');
        print((await aborted).reason);
        while (quotes.stats().abandoned > 0) await new Promise((resolve) => setTimeout(resolve, 5));
        const { abandoned, late: ended } = quotes.stats();
        print(abandoned, ended > 0);
      `);
      expect(ended).toEqual({ ...clean, output: ['1 none true', 'gone', '0 true'] });
    },
    patience,
  );

  it(
    'trap 19: an unhandled call is an unhandledRejection, as any rejected promise that nobody reads',
    async () => {
      const ended = await child(`
        kedge(pipeline, timeout);
        void pipeline('quotes').execute(async () => { throw new Error('nobody reads this'); });
      `);
      expect(ended.code).toBe(1);
      expect(ended.complaints).toContain('nobody reads this');
    },
    patience,
  );
});
