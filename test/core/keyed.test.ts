import {
  bulkhead,
  circuitBreaker,
  coalesce,
  fallback,
  keyed,
  type Keyed,
  type Pipeline,
  retry,
  timeout,
} from 'kedge';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { controlled, jobs, lab, transient } from '../support/lab.ts';
import { countersOf, gaugesOf } from '../support/laws.ts';
import { patience } from '../support/property.ts';

const bad = () => Promise.reject(transient());
const good = () => Promise.resolve('ok');

/** How many keys a hostile client sends: ten million in `test:long`. */
const hostile = Math.min(10_000_000, Number(process.env['KEDGE_RUNS'] ?? 2_000) * 100);

describe('keyed', () => {
  it('gives each key a pipeline of its own, and the same one every time', async () => {
    using l = lab();
    const asked: string[] = [];
    const hosts = l.kedge.keyed('outgoing', (key) => {
      asked.push(key);
      return [circuitBreaker({ consecutiveFailures: 1 })];
    });
    await hosts.for('down.example').settle(bad);
    expect(hosts.for('down.example')).toBe(hosts.for('down.example'));
    expect((await hosts.for('down.example').settle(good)).status).toBe('rejected');
    expect((await hosts.for('well.example').settle(good)).status).toBe('fulfilled');
    expect(asked).toEqual(['down.example', 'well.example']);
    expect(hosts.size).toBe(2);
  });

  it('makes the policies that the key calls for', async () => {
    using l = lab();
    const tenants = l.kedge.keyed('tenants', (key) => [
      bulkhead({ maxConcurrent: key.startsWith('large') ? 10 : 1 }),
    ]);
    const operation = controlled();
    for (const key of ['large-1', 'small-1']) {
      for (let each = 0; each < 3; each++) void tenants.for(key).settle(operation);
    }
    expect(operation.starts).toHaveLength(4);
  });

  it('shows all of them under its one name: counters and gauges are sums, the key is nowhere', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [
      circuitBreaker({ consecutiveFailures: 1 }),
      bulkhead({ maxConcurrent: 3 }),
    ]);
    for (const key of ['a', 'b', 'c']) await hosts.for(key).settle(good);
    await hosts.for('a').settle(bad);
    await hosts.for('a').settle(good);
    const operation = controlled();
    void hosts.for('b').settle(operation);
    expect(hosts.for('a').name).toBe('outgoing');
    expect(hosts.stats()).toMatchObject({
      name: 'outgoing',
      executions: { success: 3, failure: 1, rejected: 1 },
      attempts: { success: 3, failure: 1 },
      inFlight: 1,
    });
    expect(gaugesOf(hosts, 'circuitBreaker')).toMatchObject({ open: 1, closed: 2 });
    expect(gaugesOf(hosts, 'bulkhead')).toMatchObject({ in_use: 1, queued: 0, limit: 9 });
    expect(hosts.stats()).toEqual(hosts.for('c').stats());
    expect(JSON.stringify(hosts.stats())).not.toContain('"a"');
  });

  it('tells the operation, the policies and the events which key it is', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [coalesce()]);
    expect(await hosts.for('a').execute(({ key, pipeline }) => `${pipeline} ${key}`)).toBe(
      'outgoing a',
    );
    expect(l.seen.of('execution.succeeded')).toMatchObject([{ key: 'a', pipeline: 'outgoing' }]);
    const own = await hosts.for('a').execute(({ key }) => key, { key: 'more precise' });
    expect(own).toBe('more precise');
  });

  it('what was counted stays counted when a pipeline is dropped', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [retry({ backoff: () => 0 })], { maxKeys: 2 });
    for (let key = 0; key < 10; key++) await hosts.for(`${key}`).settle(good);
    expect(hosts.stats().executions.success).toBe(10);
    expect(hosts.size).toBe(2);
  });

  it('a pipeline that was dropped still serves who holds it', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [timeout(100)], { maxKeys: 1 });
    const held = hosts.for('a');
    const operation = controlled();
    const call = held.execute(operation);
    hosts.for('b');
    operation.starts[0]!.resolve('done');
    expect(await call).toBe('done');
    expect(await held.execute(good)).toBe('ok');
    expect(hosts.stats()).toMatchObject({ inFlight: 0, executions: { success: 2 } });
  });

  it('takes strange keys like any other, and refuses what is no string', () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [timeout(100)]);
    const strange = [
      '',
      ' ',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      '\u0000',
      '\uD800',
      '💥',
    ];
    const pipelines = strange.map((key) => hosts.for(key));
    expect(new Set(pipelines).size).toBe(strange.length);
    expect(strange.map((key) => hosts.for(key))).toEqual(pipelines);
    for (const key of [undefined, null, 1, {}, Symbol('key')]) {
      expect(() => hosts.for(key as never)).toThrow(
        new TypeError("keyed 'outgoing': expected a key to be a string."),
      );
    }
  });

  it('a function that throws for a key leaves nothing behind', () => {
    using l = lab();
    const error = new Error('unknown tenant');
    const tenants = l.kedge.keyed('tenants', (key) => {
      if (key === 'bad') throw error;
      return [timeout(100)];
    });
    expect(() => tenants.for('bad')).toThrow(error);
    expect(() => l.kedge.keyed('t', () => ['no policy' as never]).for('a')).toThrow(TypeError);
    for (const [policies, got] of [
      [retry(), 'one policy (retry)'],
      [undefined, 'undefined'],
      [Promise.resolve([]), 'object'],
    ]) {
      expect(() => l.kedge.keyed('t', () => policies as never).for('a')).toThrow(
        new TypeError(
          `keyed 't': expected \`policies\` to return a list of policies, like (key) => [retry()], got ${got as string}.`,
        ),
      );
    }
    expect(tenants.size).toBe(0);
    expect(tenants.for('good')).toBe(tenants.for('good'));
  });

  it('leaves the metrics when it is disposed, and its running calls finish', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [timeout(100), bulkhead({ maxConcurrent: 2 })]);
    await hosts.for('a').execute(good);
    const operation = controlled();
    const call = hosts.for('a').execute(operation);
    hosts[Symbol.dispose]();
    expect(hosts.size).toBe(0);
    expect(hosts.stats()).toMatchObject({ pipelines: 0, executions: { success: 1 } });
    expect(gaugesOf(hosts, 'bulkhead')).toEqual({});
    operation.starts[0]!.resolve('done');
    expect(await call).toBe('done');
    expect(hosts.stats().executions.success).toBe(2);
    expect(l.clock.timers).toBe(0);
  });

  it('infers the type of the result from the policies', () => {
    using l = lab();
    const plain = l.kedge.keyed('plain', () => [retry(), timeout(100)]);
    expectTypeOf(plain).toEqualTypeOf<Keyed>();
    expectTypeOf(plain.for('a').execute(() => 1)).resolves.toEqualTypeOf<number>();
    const withFallback = l.kedge.keyed('quotes', () => [fallback({ value: 'none' as const })]);
    expectTypeOf(withFallback.for('a')).toEqualTypeOf<Pipeline<'none'>>();
    expectTypeOf(withFallback.for('a').execute(() => 1)).resolves.toEqualTypeOf<number | 'none'>();
  });

  it('there is one for everybody, too', () => {
    using hosts = keyed('outgoing', () => [timeout(100)]);
    expect(hosts.for('a').name).toBe('outgoing');
  });

  it.each<[string, unknown[], string]>([
    ['no name', ['', () => []], 'keyed: expected `name` to be a text of 1 to 128 characters'],
    ['no function', ['x', []], 'keyed: expected `policies` to be a function'],
    ['no room', ['x', () => [], { maxKeys: 0 }], 'keyed: expected `maxKeys` to be'],
    ['a fraction of a key', ['x', () => [], { maxKeys: 1.5 }], 'keyed: expected `maxKeys` to be'],
    ['a time that is none', ['x', () => [], { idleAfter: NaN }], 'keyed: expected `idleAfter`'],
    ['a label that is none', ['x', () => [], { label: 'host' }], 'keyed: expected `label` to be'],
    ['a name with a line break', ['x\ny', () => []], 'without control characters'],
    ['a slip', ['x', () => [], { maxKey: 3 }], 'Did you mean `maxKeys`?'],
  ])('refuses %s', (_name, args, message) => {
    using l = lab();
    expect(() => l.kedge.keyed(...(args as Parameters<typeof keyed>))).toThrow(message);
  });
});

describe('keyed: bounds', () => {
  it('keeps `maxKeys`, and drops the least recently used first', () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [circuitBreaker()], { maxKeys: 3 });
    const [a, b, c] = ['a', 'b', 'c'].map((key) => hosts.for(key));
    hosts.for('a');
    hosts.for('d');
    expect(hosts.size).toBe(3);
    expect(hosts.for('a')).toBe(a);
    expect(hosts.for('c')).toBe(c);
    expect(hosts.for('b')).not.toBe(b);
  });

  it('drops what has been idle for `idleAfter`, without a timer', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [circuitBreaker()], { idleAfter: 1_000 });
    for (let key = 0; key < 10; key++) hosts.for(`${key}`);
    await l.clock.advance(600);
    const used = hosts.for('7');
    await l.clock.advance(600);
    expect(l.clock.timers).toBe(0);
    for (let each = 0; each < 20; each++) hosts.for('new');
    expect(hosts.size).toBe(2);
    expect(hosts.for('7')).toBe(used);
  });

  it('keeps what has been idle for just as long', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [circuitBreaker()], { idleAfter: 1_000 });
    const kept = hosts.for('a');
    await l.clock.advance(1_000);
    expect(hosts.for('a')).toBe(kept);
    await l.clock.advance(1_000);
    hosts.for('b');
    expect(hosts.size).toBe(2);
    await l.clock.advance(1);
    hosts.for('b');
    expect(hosts.size).toBe(1);
  });

  it('idleness is measured in elapsed time, not by the wall', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [circuitBreaker()], { idleAfter: 1_000 });
    const kept = hosts.for('a');
    l.clock.stepWall(86_400_000);
    for (let each = 0; each < 5; each++) hosts.for('b');
    expect(hosts.for('a')).toBe(kept);
  });

  it('an open circuit is not dropped before closed ones of about its age', async () => {
    using l = lab();
    const hosts = l.kedge.keyed(
      'outgoing',
      () => [circuitBreaker({ consecutiveFailures: 1, openFor: 60_000 })],
      { maxKeys: 5 },
    );
    await hosts.for('dead').settle(bad);
    for (let key = 0; key < 100; key++) await hosts.for(`${key}`).settle(good);
    expect(hosts.size).toBe(5);
    expect((await hosts.for('dead').settle(good)).status).toBe('rejected');
  });

  it('but no more than eight are looked at for a closed one, so that a newcomer costs little', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [circuitBreaker({ consecutiveFailures: 1 })], {
      maxKeys: 10,
    });
    const made = [];
    for (let key = 0; key < 10; key++) {
      made.push(hosts.for(`${key}`));
      await hosts.for(`${key}`).settle(key < 8 ? bad : good);
    }
    hosts.for('new');
    expect(hosts.size).toBe(10);
    expect(hosts.for('8')).toBe(made[8]);
    expect(hosts.for('0')).not.toBe(made[0]);
  });

  it('nor is a pipeline whose permits are in use', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [bulkhead({ maxConcurrent: 1 })], { maxKeys: 3 });
    const operation = controlled();
    void hosts.for('busy').settle(operation);
    for (let key = 0; key < 50; key++) await hosts.for(`${key}`).settle(good);
    expect((await hosts.for('busy').settle(good)).status).toBe('rejected');
    operation.starts[0]!.resolve('done');
    await jobs();
    expect((await hosts.for('busy').settle(good)).status).toBe('fulfilled');
  });

  it('when all are missed the oldest goes, and a newcomer stays: its state must count from the first call', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [circuitBreaker({ consecutiveFailures: 1 })], {
      maxKeys: 2,
    });
    for (const key of ['a', 'b', 'c']) await hosts.for(key).settle(bad);
    expect(hosts.size).toBe(2);
    expect(hosts.for('c')).toBe(hosts.for('c'));
    const answers = [];
    for (const key of ['c', 'b']) answers.push((await hosts.for(key).settle(good)).status);
    expect(answers).toEqual(['rejected', 'rejected']);
  });

  it(
    `stays bounded whatever keys come: ${hostile} of them`,
    async () => {
      using l = lab();
      const hosts = l.kedge.keyed('outgoing', () => [circuitBreaker()], { maxKeys: 100 });
      for (let key = 0; key < hostile; key++) void hosts.for(`host-${key}.example`);
      expect(hosts.size).toBe(100);
      expect(gaugesOf(hosts, 'circuitBreaker')['closed']).toBe(100);
      expect(l.clock.timers).toBe(0);
    },
    patience,
  );

  it('stays bounded when every one of the hostile keys is left with an open circuit', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [circuitBreaker({ consecutiveFailures: 1 })], {
      maxKeys: 50,
    });
    for (let key = 0; key < 2_000; key++) await hosts.for(`${key}`).settle(bad);
    expect(hosts.size).toBe(50);
    expect(gaugesOf(hosts, 'circuitBreaker')).toMatchObject({ open: 50, closed: 0 });
  });

  it('one circuit in the pipelines of all keys holds none of those that were dropped', async () => {
    using l = lab();
    const shared = circuitBreaker({ consecutiveFailures: 1 });
    const hosts = l.kedge.keyed('outgoing', () => [shared], { maxKeys: 3 });
    for (let key = 0; key < 100; key++) await hosts.for(`${key}`).settle(good);
    await hosts.for('a').settle(bad);
    expect(l.seen.of('circuit.opened')).toHaveLength(1);
    expect(gaugesOf(hosts, 'circuitBreaker')).toMatchObject({ open: 1, closed: 0 });
    expect(countersOf(hosts, 'circuitBreaker')).toMatchObject({ closed_to_open_consecutive: 1 });
  });

  it('tells huge keys apart by any one letter', () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [timeout(100)], { maxKeys: 1_000 });
    const huge = 'k'.repeat(300_000);
    const keys = [
      huge,
      `${huge}!`,
      `!${huge}`,
      `${huge.slice(0, -1)}!`,
      `${huge.slice(0, 150_001)}!${huge.slice(150_002)}`,
      huge.slice(0, 256),
      huge.slice(0, 257),
    ];
    const pipelines = keys.map((key) => hosts.for(key));
    expect(new Set(pipelines).size).toBe(keys.length);
    expect(keys.map((key) => hosts.for(key))).toEqual(pipelines);
  });

  it('hands a key of any length on as it is', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [timeout(100)]);
    for (const key of ['', 'a\u0000b', 'k'.repeat(1_000_000)]) {
      expect(await hosts.for(key).execute((context) => context.key)).toBe(key);
    }
  });

  it('drops the least recently used for huge keys, too, of which only so many characters are kept', () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [timeout(100)]);
    for (let each = 0; each < 40; each++) hosts.for('k'.repeat(1_000_000) + each);
    expect(hosts.size).toBe(4);
    expect([...hosts.entries()].map(([key]) => key.slice(1_000_000))).toEqual([
      '36',
      '37',
      '38',
      '39',
    ]);
    // One that is longer than all of that by itself is still kept.
    const endless = 'k'.repeat(5_000_000);
    expect(hosts.for(endless)).toBe(hosts.for(endless));
    expect(hosts.size).toBe(1);
  });

  it('counts what it has dropped, for room or for having been idle', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [timeout(100)], { maxKeys: 2, idleAfter: 1_000 });
    for (const key of ['a', 'b', 'c']) hosts.for(key);
    expect(hosts.stats().keys).toEqual({ size: 2, evictions: 1 });
    await l.clock.advance(2_000);
    hosts.for('d');
    expect(hosts.stats().keys).toEqual({ size: 1, evictions: 3 });
    hosts[Symbol.dispose]();
    expect(hosts.stats()).not.toHaveProperty('keys');
  });

  it('tells of an open circuit that it gives up for room', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [circuitBreaker({ consecutiveFailures: 1 })], {
      maxKeys: 2,
      idleAfter: 1_000,
    });
    for (const key of ['sick', 'ill', 'well']) await hosts.for(key).settle(bad);
    expect(l.seen.of('circuit.dropped')).toMatchObject([
      {
        pipeline: 'outgoing',
        policy: 'circuitBreaker',
        kind: 'circuitBreaker',
        key: 'sick',
        state: 'open',
        severity: 'warn',
      },
    ]);
    // Nobody has asked for these: they are not missed.
    await l.clock.advance(5_000);
    hosts.for('new');
    expect(hosts.size).toBe(1);
    expect(l.seen.of('circuit.dropped')).toHaveLength(1);
  });

  it('tells nothing of a circuit that stands in the pipelines of other keys, too', async () => {
    using l = lab();
    const shared = circuitBreaker({ consecutiveFailures: 1 });
    const hosts = l.kedge.keyed('outgoing', () => [shared], { maxKeys: 2 });
    for (const key of ['a', 'b', 'c']) await hosts.for(key).settle(bad);
    expect(l.seen.of('circuit.dropped')).toEqual([]);
  });
});

describe('keyed: entries', () => {
  it('are the keys and their pipelines, the least recently used first', () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [timeout(100)], { maxKeys: 3 });
    const [a, b, c] = ['a', 'b', 'c'].map((key) => hosts.for(key));
    hosts.for('a');
    expect([...hosts.entries()]).toEqual([
      ['b', b],
      ['c', c],
      ['a', a],
    ]);
    // Looking is no use.
    hosts.for('d');
    expect([...hosts.entries()].map(([key]) => key)).toEqual(['c', 'a', 'd']);
  });

  it('may be used while they are looked at', async () => {
    using l = lab();
    const hosts = l.kedge.keyed('outgoing', () => [timeout(100)]);
    for (const key of ['a', 'b', 'c']) hosts.for(key);
    const answers = [];
    for (const [key, pipeline] of hosts.entries()) answers.push(await pipeline.execute(() => key));
    expect(answers).toEqual(['a', 'b', 'c']);
  });
});
