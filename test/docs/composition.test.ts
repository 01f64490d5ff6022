// Each cell of the table in docs/composition.md, and of that in docs/failures.md.
import {
  bulkhead,
  circuitBreaker,
  type CircuitBreaker,
  fallback,
  hedge,
  type Operation,
  type Policy,
  rateLimiter,
  retry,
  staleIfError,
  adaptiveThrottle,
  timeout,
} from 'kedge';
import { describe, expect, it, vi } from 'vitest';
import { lab, type Lab, permanent, track, transient } from '../support/lab.ts';
import { read } from './blocks.ts';
import { rowsOf, section } from './tables.ts';

/** What stands inside, what it is asked to do, and whether the caller aborts. */
interface Inside {
  readonly policies: readonly Policy<unknown>[];
  readonly operation: Operation<unknown>;
  readonly abort?: boolean;
}

const hang = (): Promise<never> => new Promise(() => {});
const fail = (): never => {
  throw transient();
};
const failing = (error: unknown): Inside => ({
  policies: [],
  operation: async () => {
    throw error;
  },
});
const answering =
  (value: unknown): Operation<unknown> =>
  () =>
    Promise.resolve(value);

const cases: Readonly<Record<string, (world: Lab) => Inside>> = {
  'a value': () => ({ policies: [], operation: answering('good') }),
  'a failure that may pass': () => failing(transient()),
  'a failure of an unknown sort': () => failing(new Error('no idea')),
  'a permanent failure': () => failing(permanent()),
  "a programmer's bug": () => failing(new TypeError('x is not a function')),
  'a `TimeoutError` of a timeout inside': () => ({ policies: [timeout(10)], operation: hang }),
  'a `CircuitOpenError` of a breaker inside': () => {
    const breaker = circuitBreaker({ openFor: 100 });
    breaker.open();
    return { policies: [breaker], operation: answering('good') };
  },
  'a `BulkheadFullError`': ({ pipeline }) => {
    const full = bulkhead({ maxConcurrent: 1 });
    track(pipeline('other', full).execute(hang));
    return { policies: [full], operation: answering('good') };
  },
  'a `RateLimitedError`': ({ pipeline }) => {
    const used = rateLimiter({ limit: 1 });
    track(pipeline('other', used).execute(hang));
    return { policies: [used], operation: answering('good') };
  },
  'a `ThrottledError`': ({ pipeline }) => {
    const shedding = adaptiveThrottle();
    const other = pipeline('other', shedding);
    track(other.execute(fail));
    vi.spyOn(Math, 'random').mockReturnValue(0);
    return { policies: [shedding], operation: answering('good') };
  },
  'the answer of a fallback inside': () => ({
    policies: [fallback({ value: 'instead' })],
    operation: () => Promise.reject(transient()),
  }),
  "the caller's abort": () => ({ policies: [], operation: hang, abort: true }),
};

/** Runs what is inside under `outer`, and returns what can be seen of it. */
async function run(
  world: Lab,
  outer: Policy<unknown>,
  inside: Inside,
): Promise<{ types: string[]; outcome: string; gauges: Readonly<Record<string, number>> }> {
  const { pipeline, seen, clock } = world;
  const observed = pipeline('observed', outer, ...inside.policies);
  seen.clear();
  const caller = new AbortController();
  const call = track(observed.execute(inside.operation, { key: 'k', signal: caller.signal }));
  if (inside.abort === true) caller.abort();
  // What is asked here is what follows first: a retry's wait begins, and has not ended.
  await clock.advance(10);
  const stats = observed.stats();
  const [outcome = call.state] =
    Object.entries(stats.executions).find(([, count]) => count > 0) ?? [];
  const types = seen.events
    .filter((event) => event.pipeline === 'observed')
    .map(({ type }) => type);
  return { types, outcome, gauges: stats.policies[0]?.gauges ?? {} };
}

const columns: Readonly<Record<string, (world: Lab, inside: Inside) => Promise<string>>> = {
  async retry(world, inside) {
    const { types } = await run(world, retry(), inside);
    const scheduled = world.seen.of('retry.scheduled');
    if (scheduled.length === 0) return 'passes on';
    const { error } = scheduled[0] as { error: { code?: string } };
    expect(types).toContain('retry.scheduled');
    return error.code === 'KEDGE_CIRCUIT_OPEN' ? 'waits for it' : 'tries again';
  },
  async circuitBreaker(world, inside) {
    const breaker: CircuitBreaker = circuitBreaker();
    await run(world, breaker, inside);
    const { calls, failures } = breaker.snapshot();
    return calls === 0 ? 'nothing' : failures > 0 ? 'failure' : 'success';
  },
  async hedge(world, inside) {
    const { types } = await run(world, hedge({ after: 60_000 }), inside);
    return types.includes('hedge.launched') ? 'starts another' : 'passes on';
  },
  async throttle(world, inside) {
    const policy = adaptiveThrottle({ ratio: 1.5 });
    await run(world, policy, inside);
    // One more that is not accepted tells what the first has counted as: (requests − k × accepts) / (requests + 1).
    const observed = world.pipeline('observed later', policy);
    track(observed.execute(fail));
    const chance = observed.stats().policies[0]?.gauges['refusal_ratio'] ?? NaN;
    const thirds = Math.round(chance * 6) / 2;
    return thirds === 0.5 ? 'accepted' : thirds === 1 ? 'nothing' : 'not accepted';
  },
  async fallback(world, inside) {
    const { types, outcome } = await run(
      world,
      fallback({ value: 'outer', name: 'outer' }),
      inside,
    );
    const answered = world.seen.of('fallback.used').some(({ policy }) => policy === 'outer');
    expect(types.length + outcome.length).toBeGreaterThan(0);
    return answered ? 'answers' : 'passes on';
  },
  async staleIfError(world, inside) {
    const cache = staleIfError({ maxAge: 60_000 });
    const { pipeline } = world;
    const before = pipeline('before', cache);
    await before.execute(answering('kept'), { key: 'k' });
    const { types } = await run(world, cache, inside);
    if (types.includes('stale.served')) return 'serves';
    const later = await before.settle(() => Promise.reject(transient()), { key: 'k' });
    return later.status === 'fulfilled' && later.value !== 'kept' ? 'keeps it' : 'passes on';
  },
};

describe('docs/composition.md', () => {
  const text = section(read('docs/composition.md'), 'What counts against what');
  const [, ...names] = /^\| from inside comes (.*)\|$/m.exec(text)?.[1]?.split('|') ?? [];
  const rows = rowsOf(text);

  it('has all cases and all policies that look at outcomes', () => {
    expect(names.map((name) => name.trim())).toEqual(Object.keys(columns));
    expect(rows.map(([from = '']) => from.replace(/ \(.*\)$/, ''))).toEqual(Object.keys(cases));
  });

  it.each(
    rows.flatMap(([from = '', ...cells]) =>
      cells.map((cell, index) => ({ from, outer: Object.keys(columns)[index] ?? '', cell })),
    ),
  )('$outer: $from → $cell', async ({ from, outer, cell }) => {
    using world = lab();
    const make = cases[from.replace(/ \(.*\)$/, '')];
    expect(await columns[outer]?.(world, make?.(world) as Inside)).toBe(cell);
  });
});

describe('docs/failures.md', () => {
  const text = read('docs/failures.md');
  const [, table = ''] = text.split('| kind | retry, hedge |');
  const rows = rowsOf(table.split('\n\n')[0] ?? '').slice(1);
  const errors: Readonly<Record<string, unknown>> = {
    transient: transient(),
    timeout: new DOMException('', 'TimeoutError'),
    unknown: new Error('no idea'),
    permanent: permanent(),
    bug: new TypeError('x is not a function'),
    cancelled: new DOMException('', 'AbortError'),
    rejected: undefined,
  };
  const words: Readonly<Record<string, string>> = {
    'passes on': 'give up',
    'tries again': 'try again',
    'starts another': 'try again',
    failure: 'a failure',
    success: 'a success',
  };

  it.each(rows.filter(([kind = '']) => kind !== '`rejected`'))(
    '%s',
    async (kind = '', retried = '', counted = '', accepted = '') => {
      const said: string[] = [];
      for (const column of ['retry', 'hedge', 'circuitBreaker', 'throttle']) {
        using world = lab();
        const word = await columns[column]?.(world, failing(errors[kind.replaceAll('`', '')]));
        said.push(words[word ?? ''] ?? word ?? '');
      }
      expect(said).toEqual([retried, retried, counted, accepted]);
    },
  );
});
