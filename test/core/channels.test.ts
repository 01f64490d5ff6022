// What is published on Node's diagnostics channels, for those who watch a process from outside.
import { AsyncLocalStorage } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import {
  coalesce,
  constantBackoff,
  createKedge,
  fallback,
  type KedgeEvent,
  retry,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { child } from '../support/child.ts';
import { jobs, lab, transient } from '../support/lab.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function listen(name: string, heard: (message: unknown, name: string) => void): void {
  const listener = (message: unknown, channel: string | symbol): void =>
    heard(message, String(channel));
  diagnostics.subscribe(name, listener);
  ends.push(() => void diagnostics.unsubscribe(name, listener));
}

const ways = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

/** What is published on all channels of a tracing channel. */
function trace(name: string) {
  const heard: { way: string; context: Record<string, unknown> }[] = [];
  for (const way of ways) {
    listen(`tracing:${name}:${way}`, (context) =>
      heard.push({ way, context: context as Record<string, unknown> }),
    );
  }
  return { heard, ways: () => heard.map(({ way }) => way) };
}

const bad = () => Promise.reject(transient());

describe('kedge:execute', () => {
  it('has one object from the start of a call to its end', async () => {
    using l = lab();
    const { heard, ways: told } = trace('kedge:execute');
    const quotes = l.pipeline('quotes', retry({ backoff: constantBackoff(1) }), timeout(100));
    const call = quotes.execute(scripted([{ error: transient(), after: 5 }, { value: 'ok' }]), {
      key: 'a',
    });
    expect(told()).toEqual(['start', 'end']);
    expect(heard[0]!.context).toMatchObject({ pipeline: 'quotes', key: 'a' });
    expect(heard[0]!.context).not.toHaveProperty('outcome');
    await l.clock.runAll();
    await call;
    expect(told()).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(new Set(heard.map(({ context }) => context)).size).toBe(1);
    const [succeeded] = l.seen.of('execution.succeeded');
    expect(heard[0]!.context).toEqual({
      pipeline: 'quotes',
      key: 'a',
      executionId: succeeded!.executionId,
      attempts: 2,
      outcome: 'success',
      result: 'ok',
    });
  });

  it('has the error of a call that failed, and of one that settles', async () => {
    const kedge = createKedge();
    const { heard, ways: told } = trace('kedge:execute');
    const error = transient();
    await kedge.pipeline('quotes').settle(() => Promise.reject(error));
    expect(told()).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(heard[0]!.context).toMatchObject({ outcome: 'failure', error });
    expect(heard[0]!.context).not.toHaveProperty('result');
  });

  it('has what was answered in place of a failure as result', async () => {
    const kedge = createKedge();
    const { heard } = trace('kedge:execute');
    await kedge.pipeline('quotes', fallback({ value: 0 })).execute(bad);
    expect(heard[0]!.context).toMatchObject({ outcome: 'fallback', result: 0 });
  });

  it('has calls that are cancelled before they begin', async () => {
    const kedge = createKedge();
    const { heard, ways: told } = trace('kedge:execute');
    await kedge.pipeline('quotes').settle(() => 1, { signal: AbortSignal.abort('gone') });
    expect(told()).toEqual(['start', 'error', 'asyncStart', 'asyncEnd', 'end']);
    expect(heard[0]!.context).toMatchObject({ outcome: 'cancelled', error: 'gone', attempts: 0 });
  });

  it('has a call of each caller that shares a flight, and its attempts once', async () => {
    using l = lab();
    const { heard } = trace('kedge:execute');
    const attempts = trace('kedge:attempt');
    const search = l.pipeline('search', coalesce({ key: () => 'all' }));
    const calls = [1, 2, 3].map(() => search.execute(scripted([{ value: 1, after: 5 }])));
    await l.clock.runAll();
    await Promise.all(calls);
    expect(heard.filter(({ way }) => way === 'asyncEnd')).toHaveLength(3);
    expect(attempts.ways()).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
  });
});

describe('kedge:attempt', () => {
  it('has one object for each start of the operation', async () => {
    using l = lab();
    const { heard } = trace('kedge:attempt');
    const quotes = l.pipeline(
      'quotes',
      retry({ backoff: constantBackoff(1), maxAttempts: 3 }),
      timeout(100),
    );
    const error = transient();
    const call = quotes.execute(
      scripted([{ error, after: 5 }, { hang: true }, { value: 'ok', after: 7 }]),
    );
    await l.clock.runAll();
    await call;
    const ended = heard.filter(({ way }) => way === 'asyncEnd').map(({ context }) => context);
    expect(ended).toMatchObject([
      { pipeline: 'quotes', attempt: 1, outcome: 'failure', error },
      { attempt: 2, outcome: 'timeout', error: { code: 'KEDGE_TIMEOUT' } },
      { attempt: 3, outcome: 'success', result: 'ok' },
    ]);
    expect(new Set(ended.map(({ executionId }) => executionId)).size).toBe(1);
  });

  it('ends once when an operation throws or returns at once', async () => {
    const kedge = createKedge();
    const { ways: told } = trace('kedge:attempt');
    const quotes = kedge.pipeline('quotes');
    await quotes.execute(() => 1);
    expect(told()).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    await quotes.settle(() => {
      throw new Error('no');
    });
    expect(told().slice(4)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
  });
});

describe('stores that are bound to a start', () => {
  it('hold for all that the operation does, so that a span becomes its parent', async () => {
    using l = lab();
    const spans = new AsyncLocalStorage<string>();
    let count = 0;
    for (const name of ['kedge:execute', 'kedge:attempt']) {
      const { start } = diagnostics.tracingChannel(name);
      start.bindStore(spans, () => `${spans.getStore() ?? 'root'} > ${name.slice(6)} ${++count}`);
      ends.push(() => void start.unbindStore(spans));
    }
    const seen: (string | undefined)[] = [];
    const quotes = l.pipeline('quotes', retry({ backoff: constantBackoff(10) }), timeout(100));
    const call = quotes.execute(async ({ attempt }) => {
      await Promise.resolve();
      seen.push(spans.getStore());
      if (attempt === 1) throw transient();
      return spans.getStore();
    });
    await l.clock.runAll();
    expect(await call).toBe('root > execute 1 > attempt 3');
    expect(seen).toEqual(['root > execute 1 > attempt 2', 'root > execute 1 > attempt 3']);
    expect(spans.getStore()).toBeUndefined();
  });
});

describe('kedge:event', () => {
  it('has every event, also of pipelines that were made before and of sets without a sink', async () => {
    const kedge = createKedge();
    const quotes = kedge.pipeline('quotes', retry({ maxAttempts: 1 }));
    await quotes.execute(() => 1);
    const types: string[] = [];
    listen('kedge:event', (event) => types.push((event as KedgeEvent).type));
    await quotes.execute(() => 1);
    await quotes.settle(bad);
    expect(types).toEqual([
      'attempt.succeeded',
      'execution.succeeded',
      'retry.exhausted',
      'attempt.failed',
      'execution.failed',
    ]);
    ends.pop()?.();
    await quotes.execute(() => 1);
    await jobs();
    expect(types).toHaveLength(5);
  });
});

it(
  'whoever listens by the name of one channel alone hears of calls of all pipelines',
  { timeout: 60_000 },
  async () => {
    const { output, complaints } = await child(`
    import diagnostics from 'node:diagnostics_channel';
    kedge(pipeline);
    const quotes = pipeline('quotes');
    await quotes.execute(() => 1);
    const heard = [];
    diagnostics.subscribe('tracing:kedge:attempt:error', (_, name) => heard.push(name));
    await quotes.settle(() => { throw new Error('no'); });
    print(heard.join(' '));
  `);
    expect(complaints).toBe('');
    expect(output).toEqual(['tracing:kedge:attempt:error']);
  },
);
