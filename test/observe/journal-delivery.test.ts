// How failures get to a journal that is slow, refuses, or is not there.
import { describeFailure } from 'kedge/failures';
import { createKedge, type Kedge, observe } from 'kedge';
import { journal, type JournalSink } from 'kedge/journal';
import { prometheus } from 'kedge/prometheus';
import { virtualClock, type VirtualClock } from 'kedge/testing';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Entry, Pending } from '../../src/observe/journal/pending.ts';
import { heard, JournalServer, kept, saying } from './journal-server.ts';
import { scrape } from './scraping.ts';

let clock: VirtualClock;
let server: JournalServer;
let kedge: Kedge;
let ends: Disposable[];
let sinks: JournalSink[];

beforeEach(async () => {
  clock = virtualClock({ wall: Date.UTC(2026, 10, 27, 21) });
  server = await new JournalServer().start();
  kedge = createKedge();
  ends = [];
  sinks = [];
});
afterEach(async () => {
  // Nothing may be under way when the clock is given back.
  server.release();
  for (const end of ends) end[Symbol.dispose]();
  await Promise.all(sinks.map(({ flush }) => flush()));
  await server.stop();
  clock[Symbol.dispose]();
});

function watch(url: string = server.url): JournalSink {
  const sink = journal({ url, key: 'key-of-a-project' });
  ends.push(kedge.observe(sink));
  sinks.push(sink);
  return sink;
}

/** Failures that are all different, by their codes. */
async function fail(count: number, of = ''): Promise<void> {
  const maps = kedge.pipeline('maps');
  for (let each = 0; each < count; each++) {
    const error = { name: 'Broken', code: `E_${of}_${each}`, message: 'broken' };
    await maps.settle(() => Promise.reject(error));
  }
}

/** Lets time pass until something has happened to the delivery. */
async function after(ms: number, type: Parameters<typeof heard>[0]): Promise<void> {
  const happened = heard(type);
  await clock.advance(ms);
  await happened;
}

async function dropped(reason: string): Promise<number> {
  const registry = new Registry();
  using _ = observe(prometheus(registry));
  return (await scrape(registry)).value('kedge_journal_dropped_total', { reason }) ?? 0;
}

describe('failures', () => {
  it('wait half a second for others, and leave together', async () => {
    watch();
    await fail(2);
    await clock.advance(499);
    await fail(1, 'last');
    expect(server.sent).toEqual([]);
    await after(1, 'execution.succeeded');
    const [batch] = await server.received(1);
    expect(batch?.failures).toHaveLength(3);
    await clock.advance(59_000);
    expect(server.sent).toHaveLength(1);
  });

  it('leave at once when there are 250, with no more in one request', async () => {
    watch();
    const sent = heard('execution.succeeded');
    await fail(250);
    await sent;
    const [batch] = await server.received(1);
    expect(batch?.failures).toHaveLength(250);
    await fail(1, 'further');
    await after(500, 'execution.succeeded');
    expect((await server.received(2))[1]?.failures).toHaveLength(1);
  });

  it('that come while others are sent follow in a batch of their own', async () => {
    let finish = (): void => {};
    server.answers = [
      (response, sent) => {
        finish = () => kept(response, sent);
      },
      kept,
    ];
    watch();
    await fail(1, 'first');
    await clock.advance(500);
    await server.received(1);
    await fail(1, 'second');
    await clock.advance(5_000);
    expect(server.sent).toHaveLength(1);
    const done = heard('execution.succeeded');
    finish();
    await done;
    await after(500, 'execution.succeeded');
    const bodies = await server.received(2);
    expect(bodies[1]?.failures).toMatchObject([{ failure: { code: 'E_second_0' } }]);
    expect(bodies[1]?.id).not.toBe(bodies[0]?.id);
  });
});

describe('what could not be delivered', () => {
  it.each([
    ['a full journal', saying(429, { 'retry-after': '0' })],
    ['a database that is not there', saying(503)],
    ['a connection that breaks', (response) => void response.destroy()],
  ] satisfies [string, JournalServer['answers'][number]][])(
    'is sent again with the same ids, after %s',
    async (_, answer) => {
      server.answers = [answer, kept];
      watch();
      await fail(2);
      await after(500, 'retry.scheduled');
      await after(1_000, 'execution.succeeded');
      const [first, second] = await server.received(2);
      expect(second?.id).toBe(first?.id);
      expect(second?.failures).toEqual(first?.failures);
      // By the client's clock at that moment, or the journal would take it for a clock that is wrong.
      expect(Date.parse(second!.sentAt)).toBeGreaterThanOrEqual(Date.parse(first!.sentAt));
      expect(await dropped('refused')).toBe(0);
    },
  );

  it('is kept as long as it takes, and goes before what has come since', async () => {
    const { url } = server;
    await server.stop();
    watch(url);
    await fail(1, 'early');
    await after(500, 'attempt.failed');
    await after(1_000, 'attempt.failed');
    await after(1_000, 'execution.failed');
    await fail(1, 'late');
    await clock.advance(400);
    server = await new JournalServer().start(Number(new URL(url).port));
    await after(1_000, 'execution.succeeded');
    await after(500, 'execution.succeeded');
    const bodies = await server.received(2);
    expect(bodies.map(({ failures }) => failures[0]?.failure['code'])).toEqual([
      'E_early_0',
      'E_late_0',
    ]);
  });

  it('is not sent before the time that the journal asks for', async () => {
    server.answers = [saying(503, { 'retry-after': '120' }), kept];
    watch();
    await fail(1);
    await after(500, 'execution.failed');
    await clock.advance(119_999);
    expect(server.sent).toHaveLength(1);
    await after(1, 'execution.succeeded');
    const [first, second] = await server.received(2);
    expect(second?.id).toBe(first?.id);
  });

  it('because nobody answered is sent again ten seconds later', async () => {
    server.answers = [() => {}, kept];
    watch();
    await fail(1);
    await clock.advance(500);
    await server.received(1);
    await after(10_000, 'retry.scheduled');
    await after(1_000, 'execution.succeeded');
    const [first, second] = await server.received(2);
    expect(second?.id).toBe(first?.id);
  });
});

describe('what a journal refuses', () => {
  it.each([400, 401, 403, 413])(
    'with %i is dropped and counted, and the rest goes on',
    async (status) => {
      const before = await dropped('refused');
      server.answers = [saying(status, {}, '{"detail":"The key is unknown, or has ended."}'), kept];
      const errors: unknown[] = [];
      ends.push(
        observe((event) => {
          if (event.type === 'execution.failed') errors.push(event.error);
        }),
      );
      watch();
      await fail(3);
      await after(500, 'execution.failed');
      expect(await dropped('refused')).toBe(before + 3);
      expect(errors).toMatchObject([
        { message: `the journal answered ${status}: The key is unknown, or has ended.`, status },
      ]);
      await fail(1, 'next');
      await after(1_000, 'execution.succeeded');
      expect((await server.received(2))[1]?.failures).toMatchObject([
        { failure: { code: 'E_next_0' } },
      ]);
    },
  );

  it.each([
    ['a page', saying(200, {}, '<html>sign in</html>')],
    ['a redirection', saying(302, { location: 'http://127.0.0.1:1/' })],
    ['the receipt of another batch', saying(200, {}, '{"id":"another"}')],
  ])('or answers with %s is dropped: it was no journal', async (_, answer) => {
    const before = await dropped('refused');
    server.answers = [answer];
    watch();
    await fail(1);
    await after(500, 'execution.failed');
    expect(server.sent).toHaveLength(1);
    expect(await dropped('refused')).toBe(before + 1);
  });
});

describe('whatever comes', () => {
  it('at most 1,000 failures are held, and those beyond are counted', async () => {
    const before = await dropped('full');
    server.answers = [() => {}];
    watch();
    await fail(1_100);
    expect(await dropped('full')).toBe(before + 100);
    // Those that are held already are counted on.
    await fail(1_000);
    expect(await dropped('full')).toBe(before + 100 + 250);
  });

  it('at most 4 MB are held, as many requests as it takes to send them', () => {
    const pending = new Pending();
    const described = describeFailure(new Error('large'));
    const add = (each: number) =>
      pending.add({ ...described, fingerprint: `v2:${each}`, message: 'x'.repeat(30_000) }, 1);
    const held = Array.from({ length: 200 }, (_, each) => add(each)).filter(Boolean).length;
    expect(held).toBeGreaterThan(120);
    expect(held).toBeLessThan(134);
    const batches: Entry[][] = [];
    while (!pending.isEmpty) batches.push(pending.take());
    expect(batches.map(({ length }) => length)).toEqual([33, 33, 33, held - 99]);
    // Room is made when they have arrived, and not before.
    expect(add(200)).toBe(false);
    pending.release(batches[0]!);
    expect(add(200)).toBe(true);
  });

  it('failures of sending to a journal are not sent to it', async () => {
    server.answers = [saying(500)];
    const sink = watch();
    ends.push(observe(sink));
    await fail(1);
    await after(500, 'attempt.failed');
    for (let each = 0; each < 2; each++) await after(1_000, 'attempt.failed');
    server.answers = [kept];
    await after(1_000, 'execution.succeeded');
    await sink.flush();
    await sink.flush();
    const told = server.sent.flatMap(({ body }) =>
      body.failures.map(({ failure }) => failure['message']),
    );
    expect(new Set(told)).toEqual(new Set(['broken']));
    const pipelines = server.sent.flatMap(({ body }) =>
      body.totals.map(({ pipeline }) => pipeline),
    );
    expect(pipelines).not.toContain('kedge-journal');
  });

  it('calls neither fail nor wait for it', async () => {
    server.answers = [() => {}];
    watch();
    const [answer] = await Promise.allSettled([
      kedge.pipeline('maps').execute(() => Promise.reject(new Error('theirs'))),
    ]);
    expect(answer).toMatchObject({ reason: { message: 'theirs' } });
    expect(clock.now).toBe(0);
  });
});

describe('flush', () => {
  it('sends what is waiting, totals too, without waiting for time to pass', async () => {
    const { flush } = watch();
    await fail(300);
    await kedge.pipeline('maps').execute(() => 1);
    await flush();
    expect(server.sent.flatMap(({ body }) => body.failures)).toHaveLength(300);
    expect(server.sent.flatMap(({ body }) => body.totals)).toMatchObject([
      { outcome: 'success', count: 1 },
      { outcome: 'failure', count: 300 },
    ]);
    expect(clock.now).toBe(0);
    await flush();
    await Promise.all([flush(), flush()]);
    expect(server.sent.length).toBeLessThanOrEqual(3);
  });

  it('takes two seconds at most, and nothing is lost if the process goes on', async () => {
    server.answers = [() => {}, kept];
    const { flush } = watch();
    await fail(1);
    const flushing = flush();
    await server.received(1);
    await clock.advance(1_999);
    let isOver = false;
    void flushing.then(() => (isOver = true));
    await clock.advance(0);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await flushing;
    await after(1_000, 'execution.succeeded');
    const [first, second] = await server.received(2);
    expect(second?.id).toBe(first?.id);
  });

  it('does not wait for the next try of what could not be delivered', async () => {
    server.answers = [saying(503, { 'retry-after': '60' }), kept];
    const { flush } = watch();
    await fail(1);
    await after(500, 'execution.failed');
    await flush();
    expect(clock.now).toBe(500);
    const [first, second] = await server.received(2);
    expect(second?.id).toBe(first?.id);
  });

  it('never rejects, and ends early where the journal refuses connections', async () => {
    const { url } = server;
    await server.stop();
    const { flush } = watch(url);
    await fail(1);
    const tried = heard('attempt.failed');
    const flushing = flush();
    await tried;
    for (let each = 0; each < 2; each++) await after(600, 'attempt.failed');
    await expect(flushing).resolves.toBeUndefined();
    expect(clock.now).toBeLessThan(2_000);
    server = await new JournalServer().start(Number(new URL(url).port));
  });

  it('happens by itself when it is no longer observed, and no timer is left', async () => {
    watch();
    await fail(1);
    const sent = heard('execution.succeeded');
    ends.pop()?.[Symbol.dispose]();
    await sent;
    expect(await server.received(1)).toHaveLength(1);
    await clock.advance(0);
    expect(clock.timers).toBe(0);
  });
});
