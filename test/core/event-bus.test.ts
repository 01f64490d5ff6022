// Sinks, recorders and the numbers of families: what leaves a set of pipelines.
import {
  bulkhead,
  circuitBreaker,
  createKedge,
  type KedgeEvent,
  type Policy,
  retry,
  retryBudget,
  type SinkObject,
  timeout,
} from 'kedge';
import { recorder, scripted } from 'kedge/testing';
import { describe, expect, it, vi } from 'vitest';
import { EventBus, type Source } from '../../src/core/event-bus.ts';
import { controlled, deferred, jobs, lab, track, transient } from '../support/lab.ts';
import { countersOf, gaugesOf } from '../support/laws.ts';

const bad = () => Promise.reject(transient());
const good = () => Promise.resolve('ok');
const hung = () => new Promise(() => {});

/** A sink that keeps what it is attached to. */
function reader(): SinkObject & { source: Source } {
  return {
    name: 'reader',
    source: undefined as never,
    attach(source) {
      this.source = source;
      return undefined;
    },
  };
}

describe('sinks', () => {
  it('are known by their names while they are attached', () => {
    const hub = new EventBus();
    const detach = hub.attach({ name: 'one' });
    hub.attach({ name: 'other' });
    expect([hub.has('one'), hub.has('other'), hub.has('third')]).toEqual([true, true, false]);
    detach();
    expect([hub.has('one'), hub.has('other')]).toEqual([false, true]);
  });

  it('that handle nothing want nothing', () => {
    const hub = new EventBus();
    hub.attach({ name: 'reader', wants: () => true });
    expect(hub.wants('execution.failed')).toBe(false);
  });

  it('want what they do not deny, and are asked again when they have changed their mind', () => {
    const hub = new EventBus();
    let answer: boolean | undefined = undefined;
    hub.attach({ name: 'moody', handle() {}, wants: () => answer as boolean });
    expect(hub.wants('retry.scheduled')).toBe(true);
    answer = false;
    expect(hub.wants('retry.scheduled')).toBe(true);
    hub.refresh();
    expect(hub.wants('retry.scheduled')).toBe(false);
  });

  it('are asked once for each type, of which so many are remembered', () => {
    const hub = new EventBus();
    const wants = vi.fn<(type: string) => boolean>(() => true);
    hub.attach({ name: 'counting', handle() {}, wants });
    const asked = (type: string): number => {
      wants.mockClear();
      hub.wants(type);
      return wants.mock.calls.length;
    };
    for (let each = 0; each < 300; each++) hub.wants(`own.type-${each}`);
    // The two that every hub asks for are among the 256.
    expect([asked('own.type-0'), asked('own.type-253')]).toEqual([0, 0]);
    expect([asked('own.type-254'), asked('own.type-299')]).toEqual([1, 1]);
  });

  it('can want the successes of attempts alone', async () => {
    const heard: string[] = [];
    const kedge = createKedge({
      sinks: [
        {
          name: 'successes',
          handle: ({ type }) => void heard.push(type),
          wants: (type) => type === 'attempt.succeeded',
        },
      ],
    });
    await kedge.pipeline('quotes').execute(good);
    expect(heard).toEqual(['attempt.succeeded']);
  });

  it('that throw are counted by their names, and those without one as sinks', async () => {
    const read = reader();
    const seen = recorder();
    const kedge = createKedge({ sinks: [read, seen] });
    const broken = new Error('broken');
    kedge.observe(
      () => {
        throw broken;
      },
      {
        name: 'undecided',
        handle: () => {
          throw new Error('never asked');
        },
        wants: () => {
          throw broken;
        },
      },
    );
    await kedge.pipeline('quotes').settle(good);
    expect(seen.of('sink.failed')).toMatchObject([
      { sink: 'sink', error: broken, kind: 'pipeline', severity: 'error', pipeline: 'quotes' },
      { sink: 'sink', error: broken },
    ]);
    // Two events, two reports of sinks that failed; and of the other every type that it was asked for.
    expect(read.source.sinkErrors().get('sink')).toBe(4);
    expect(read.source.sinkErrors().get('undecided')).toBe(3);
  });

  it.each([null, undefined, 5, {}, () => {}])('may return anything: %s', async (value) => {
    const read = reader();
    const kedge = createKedge({ sinks: [read, () => value] });
    await kedge.pipeline('quotes').settle(good);
    expect([...read.source.sinkErrors()]).toEqual([]);
  });

  it('hear of a key only where a call has one', async () => {
    const events: KedgeEvent[] = [];
    const kedge = createKedge({ sinks: [(event) => void events.push(event)] });
    await kedge.pipeline('quotes').execute(good);
    await kedge.pipeline('quotes').execute(good, { key: 'a' });
    expect(events.map((event) => 'key' in event)).toEqual([false, false, true, true]);
  });
});

describe('the numbers of a family', () => {
  it('have the counts of all keys together', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [timeout(100)]);
    for (const key of ['a', 'b']) void hosts.for(key).settle(hung);
    await l.clock.advance(100);
    expect(hosts.stats()).toMatchObject({ executions: { timeout: 2 } });
    expect(countersOf(hosts, 'timeout')).toEqual({ exceeded: 2 });
  });

  it.each(['answer', 'operation'])(
    'have every counter of a policy called %s that only some of the pipelines have',
    (name) => {
      using l = lab();
      const hosts = l.kedge.keyed('outgoing', (key) =>
        key === 'a' ? [retry()] : [timeout({ after: 100, name })],
      );
      hosts.for('a');
      hosts.for('b');
      expect(countersOf(hosts, name)).toEqual({ exceeded: 0 });
    },
  );

  it('have the worst rate, of those that are known', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [
      circuitBreaker({ minimumCalls: 4, failureRate: 1, consecutiveFailures: Infinity }),
    ]);
    const rate = (): number | undefined => gaugesOf(hosts, 'circuitBreaker')['failure_rate'];
    hosts.for('unknown');
    expect(rate()).toBeUndefined();
    const failing = async (key: string, failures: number): Promise<void> => {
      for (let each = 0; each < 4; each++)
        await hosts.for(key).settle(each < failures ? bad : good);
    };
    await failing('first', 1);
    expect(rate()).toBe(0.25);
    await failing('second', 3);
    expect(rate()).toBe(0.75);
    await failing('third', 2);
    hosts.for('unknown, too');
    expect(rate()).toBe(0.75);
  });

  it('have the budget that is nearest to its end', async () => {
    using l = lab();
    const budgets = new Map(
      ['full', 'spent', 'fuller'].map((key) => [key, retryBudget({ reserve: 4, refill: 0 })]),
    );
    const hosts = l.kedge.keyed('outgoing', (key) => [retry({ budget: budgets.get(key)! })]);
    for (const key of budgets.keys()) hosts.for(key);
    for (let each = 0; each < 3; each++) budgets.get('spent')!.withdraw();
    budgets.get('fuller')!.withdraw();
    expect(gaugesOf(hosts, 'retry')).toEqual({ budget_available_ratio: 0.25 });
  });

  it('keep an open circuit before closed ones also where other policies stand beside it', async () => {
    using l = lab();
    const hosts = l.kedge.keyed(
      'outgoing',
      () => [timeout(1_000), circuitBreaker({ consecutiveFailures: 1, openFor: 60_000 })],
      { maxKeys: 3 },
    );
    await hosts.for('dead').settle(bad);
    for (let key = 0; key < 10; key++) await hosts.for(`${key}`).settle(good);
    expect((await hosts.for('dead').settle(good)).status).toBe('rejected');
  });
});

describe('a policy of one’s own', () => {
  it('that ends after its call was ended gives nothing back twice', async () => {
    using l = lab();
    const late = deferred();
    const own: Policy = { kind: 'own', name: 'own', apply: () => () => late.promise };
    const quotes = l.pipeline('quotes', bulkhead({ maxConcurrent: 2 }), timeout(100), own);
    const call = track(quotes.execute(good));
    await l.clock.advance(100);
    expect(call.state).toBe('rejected');
    late.reject(new Error('late'));
    await jobs();
    expect(gaugesOf(quotes, 'bulkhead')).toMatchObject({ in_use: 0 });
  });

  it('that waits before it calls `next` is not counted to the attempt', async () => {
    using l = lab();
    const gate = deferred();
    const own: Policy = {
      kind: 'own',
      name: 'own',
      apply: (next) => async (execution) => {
        await gate.promise;
        return next(execution);
      },
    };
    const call = track(l.pipeline('quotes', own).execute(scripted([{ value: 'ok', after: 10 }])));
    await l.clock.advance(50);
    gate.resolve(undefined);
    await l.clock.advance(10);
    expect(call.value).toBe('ok');
    expect(l.seen.of('attempt.succeeded')).toMatchObject([{ duration: 10 }]);
    expect(l.seen.of('execution.succeeded')).toMatchObject([{ duration: 60 }]);
  });

  it('hands its own attributes on, and else those of the call', async () => {
    using l = lab();
    const operation = controlled();
    for (const change of [{ attributes: { tenant: 'b' } }, { key: 'k' }]) {
      const own: Policy = {
        kind: 'own',
        name: 'own',
        apply: (next) => (execution) => next({ ...execution, ...change }),
      };
      void l.pipeline('quotes', own).settle(operation, { attributes: { tenant: 'a' } });
    }
    expect(operation.starts.map(({ context }) => context.attributes)).toEqual([
      { tenant: 'b' },
      { tenant: 'a' },
    ]);
  });
});
