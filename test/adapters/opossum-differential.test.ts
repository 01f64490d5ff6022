// The same random scripts through opossum and through kedge/opossum: answers, events and statistics are the same, to the
// promise job, but for the exceptions that docs/coming-from/opossum.md lists.
import OwnBreaker from 'kedge/opossum';
import CircuitBreaker from 'opossum';
import { expect, it } from 'vitest';
import { fc, patience, runs } from '../support/property.ts';
import { type Action, play, type World } from './peers/scripts.ts';

type What = 'value' | 'error' | 'filtered' | 'hang';

interface Call {
  readonly what: What;
  /** Thrown or returned as it is, by a promise job, or after so many milliseconds. */
  readonly how: 'now' | 'promise' | 'job' | number;
  readonly key: number;
}

interface Scene {
  readonly options: Readonly<Record<string, unknown>>;
  readonly hasFallback: 'none' | 'value' | 'promise' | 'throws' | 'rejects';
  readonly calls: readonly Call[];
  readonly script: readonly Action[];
}

const call: fc.Arbitrary<Call> = fc.record({
  what: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom<What>('value', 'error') },
    fc.constantFrom<What>('filtered', 'hang'),
  ),
  how: fc.constantFrom<Call['how']>('now', 'promise', 'job', 8, 32, 132),
  key: fc.integer({ min: 0, max: 2 }),
});

const maybe = <T>(...values: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.constantFrom(undefined, ...values);

/** Calls by their index, and from 100 on what else can be done. */
const acts = ['open', 'close', 'disable', 'enable', 'clearCache', 'look'] as const;

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      index: fc.integer({ min: 0, max: 9 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('jobs' as const),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      ms: fc.constantFrom(4, 12, 52, 100, 308, 1_008),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      index: fc.integer({ min: 100, max: 99 + acts.length }),
    }),
  },
);

const scene: fc.Arbitrary<Scene> = fc
  .record({
    options: fc.record({
      timeout: fc.constantFrom<unknown>(undefined, 100, 48, false),
      resetTimeout: maybe(200, 976),
      errorThresholdPercentage: maybe(1, 50, 75, 100),
      rollingCountTimeout: maybe(1_000, 360),
      rollingCountBuckets: maybe(1, 5),
      rollingPercentilesEnabled: maybe(true, false),
      volumeThreshold: maybe(3, 1.5),
      allowWarmUp: maybe(true),
      capacity: maybe(50),
      cache: maybe(true),
      cacheTTL: maybe(0, 148),
      coalesce: maybe(true),
      coalesceTTL: maybe(88),
      coalesceResetOn: maybe(['error', 'success'], ['timeout']),
      enabled: fc.constantFrom(undefined, undefined, undefined, false),
      name: maybe('quotes'),
    }),
    hasFallback: fc.constantFrom('none', 'none', 'value', 'promise', 'throws', 'rejects'),
    calls: fc.array(call, { minLength: 10, maxLength: 10 }),
    // Slices of the window end at multiples of 4, and all else happens 3 later: the order of timers of one instant is
    // nobody's.
    script: fc
      .array(action, { minLength: 1, maxLength: 40 })
      .map((rest): readonly Action[] => [{ do: 'tick', ms: 3 }, ...rest]),
  })
  // In opossum a probe that fails during the warm-up leaves the circuit half-open for ever.
  .map((each) =>
    each.options['allowWarmUp'] === true
      ? { ...each, script: each.script.filter((one) => one.do !== 'act' || one.index !== 100) }
      : each,
  );

const events = [
  'fire',
  'reject',
  'timeout',
  'success',
  'failure',
  'open',
  'close',
  'halfOpen',
  'fallback',
  'cacheHit',
  'cacheMiss',
  'coalesceCacheHit',
  'coalesceCacheMiss',
  'semaphoreLocked',
  'shutdown',
] as const;

const shown = (value: unknown): string => {
  if (value instanceof Error) return `${value.message} ${(value as { code?: string }).code}`;
  if (Array.isArray(value)) return `[${value.map(shown).join(' ')}]`;
  if (value instanceof Promise) return 'a promise';
  return JSON.stringify(value) ?? 'nothing';
};

/** Undefined options are not given. */
const given = (options: Scene['options']): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

async function course(
  Breaker: typeof CircuitBreaker,
  { options, hasFallback, calls, script }: Scene,
): Promise<string[]> {
  const begin = (world: World) => {
    const action = (index: number, { what, how }: Call): unknown => {
      world.note(`action ${index}`);
      if (what === 'hang') return new Promise(() => {});
      const make = (): unknown => {
        if (what === 'value') return `value ${index}`;
        throw Object.assign(new Error(`${what} ${index}`), { filtered: what === 'filtered' });
      };
      if (how === 'now') return make();
      if (how === 'promise') return new Promise((resolve) => resolve(make()));
      if (how === 'job') return Promise.resolve().then(make);
      return new Promise((resolve, reject) => {
        setTimeout(() => {
          try {
            resolve(make());
          } catch (error) {
            reject(error);
          }
        }, how);
      });
    };
    const breaker = new Breaker<[number, Call], unknown>(
      action as (index: number, call: Call) => Promise<unknown>,
      {
        ...given(options),
        errorFilter: (error: { filtered?: boolean }) => error.filtered === true,
        cacheGetKey: (_index: number, { key }: Call) => `key ${key}`,
      },
    );
    if (hasFallback !== 'none')
      breaker.fallback((index: number, _call: Call, error: Error) => {
        world.note(`falls back ${index} ${error.message}`);
        if (hasFallback === 'throws') throw new Error('no fallback');
        if (hasFallback === 'rejects') return Promise.reject(new Error('no fallback'));
        return hasFallback === 'value' ? `instead of ${index}` : Promise.resolve('later');
      });
    for (const event of events)
      breaker.on(event as 'open', (...args: unknown[]) =>
        world.note(`${event} ${args.map(shown).join(', ')}`),
      );
    const look = (): void => {
      const { state, status } = breaker.toJSON();
      world.note(
        JSON.stringify({ ...state, name: breaker.name === 'quotes' || breaker.name === 'action' }),
      );
      world.note(JSON.stringify([status, breaker.status.window]));
      world.note(
        JSON.stringify([
          breaker.pendingClose,
          breaker.group === breaker.name,
          breaker.volumeThreshold,
        ]),
      );
    };
    let fired = 0;
    return (index: number) => {
      const what = acts[index - 100];
      if (what === 'look') look();
      else if (what !== undefined) breaker[what]();
      else {
        const number = fired++;
        try {
          world.watch(`call ${number}`, breaker.fire(number, calls[index]!));
        } catch (error) {
          // A disabled breaker lets what its action throws out.
          world.watch(`call ${number}`, Promise.reject(error));
        }
        look();
      }
    };
  };
  return play(script, begin, (clock) => void clock.tick(1_012));
}

/**
 * How far a course is compared: to where opossum lets a call from before the circuit opened move a half-open one.
 */
function untilStale(log: readonly string[]): number {
  const began = new Map<string, number>();
  let generation = 0;
  let isHalfOpen = false;
  for (const [line, text] of log.entries()) {
    const what = text.replace(/^[\d.]+: /, '');
    const caller = (of: string): string =>
      /(?:value|error|filtered|\[)\s?(\d+)/.exec(of.replace(/^[\d.]+: /, ''))?.[1] ?? '';
    const isOld = (of: string): boolean => began.get(caller(of)) !== generation;
    if (what.startsWith('action ')) began.set(what.slice(7), generation);
    if (isHalfOpen && what.startsWith('close') && isOld(log[line + 1] ?? '')) return line;
    if (isHalfOpen && /^(?:success|failure)/.test(what) && isOld(text)) return line;
    if (!/^(?:open|close|halfOpen)/.test(what)) continue;
    generation++;
    isHalfOpen = what.startsWith('halfOpen');
  }
  return log.length;
}

it(
  'does as opossum does, to the promise job',
  async () => {
    await fc.assert(
      fc.asyncProperty(scene, async (each) => {
        const theirs = await course(CircuitBreaker, each);
        const ours = await course(OwnBreaker as unknown as typeof CircuitBreaker, each);
        const end = untilStale(theirs);
        expect(ours.slice(0, end)).toEqual(theirs.slice(0, end));
      }),
      runs(200),
    );
  },
  patience,
);
