/** What each built-in policy does as the inner one: the interventions of `table.ts`. */
import {
  adaptiveLimiter,
  bulkhead,
  circuitBreaker,
  coalesce,
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
import { scripted } from 'kedge/testing';
import { vi } from 'vitest';
import { type Controlled, controlled, jobs, type Lab, transient } from '../support/lab.ts';
import type { Kind } from './table.ts';

export interface Scenario {
  /** The inner policy, ready to intervene. */
  readonly policy: Policy<unknown>;
  /** The operation of one caller. */
  operation(): Operation<unknown>;
  /** How many callers come at once. */
  readonly callers: number;
  /** After how long the callers have their answers, in milliseconds. */
  readonly within: number;
  /** What the callers get, where they get a value. */
  readonly value?: unknown;
  /** Lets all work end that still goes on. */
  release(): Promise<void>;
}

/** All calls ask for the same thing. */
export const key = 'k';

/** What chance says in these scenarios: nothing is refused by chance, unless a throttle is to refuse. */
const lets = 1 - 1e-9;

const failing = (): Operation<unknown> => scripted([{ error: transient(), after: 1 }]);

function scenario(
  policy: Policy<unknown>,
  more: Partial<Omit<Scenario, 'policy'>> & { readonly busy?: Controlled } = {},
): Scenario {
  const { busy, ...own } = more;
  return {
    policy,
    operation: failing,
    callers: 1,
    within: 1,
    async release() {
      for (const { resolve } of busy?.starts ?? []) resolve('late');
      await jobs();
    },
    ...own,
  };
}

export const scenarios: Readonly<Record<Kind, (l: Lab) => Promise<Scenario>>> = {
  retry: async () =>
    scenario(retry({ maxAttempts: 2, backoff: () => 10, budget: false }), { within: 12 }),

  circuitBreaker: async () => {
    const breaker = circuitBreaker({ openFor: 1_000 });
    breaker.open();
    return scenario(breaker);
  },

  timeout: async () => {
    const deaf = controlled();
    return scenario(timeout(100), { operation: () => deaf, within: 100, busy: deaf });
  },

  fallback: async () => scenario(fallback({ value: 'fallback' }), { value: 'fallback' }),

  staleIfError: async (l) => {
    const cache = staleIfError({ maxAge: 60_000 });
    await l.pipeline('earlier', cache).execute(() => 'older', { key });
    return scenario(cache, { value: 'older' });
  },

  bulkhead: async (l) => {
    const limit = bulkhead({ maxConcurrent: 1 });
    const busy = controlled();
    void l.pipeline('others', limit).settle(busy);
    return scenario(limit, { busy });
  },

  rateLimiter: async (l) => {
    const limit = rateLimiter({ limit: 1 });
    await l.pipeline('others', limit).execute(() => 1);
    return scenario(limit);
  },

  hedge: async () => {
    const deaf = controlled();
    return scenario(hedge({ after: 10, budget: false, name: 'hedge' }), {
      operation() {
        let calls = 0;
        return (context) => (++calls === 1 ? deaf(context) : Promise.resolve('second'));
      },
      within: 10,
      value: 'second',
      busy: deaf,
    });
  },

  adaptiveLimiter: async (l) => {
    const limit = adaptiveLimiter({ initial: 1, min: 1, max: 1, maxQueued: 0 });
    const busy = controlled();
    void l.pipeline('others', limit).settle(busy);
    return scenario(limit, {
      async release() {
        for (const { resolve } of busy.starts) resolve('late');
        await jobs();
      },
    });
  },

  adaptiveThrottle: async (l) => {
    const limit = adaptiveThrottle();
    const others = l.pipeline('others', limit);
    for (let each = 0; each < 50; each++) await others.settle(() => Promise.reject(transient()));
    draw(0);
    return scenario(limit);
  },

  coalesce: async () => scenario(coalesce(), { callers: 2 }),
};

/** Sets what `Math.random` says from now on. */
export function draw(chance: number = lets): void {
  vi.spyOn(Math, 'random').mockReturnValue(chance);
}
