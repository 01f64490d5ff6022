// AsyncLocalStorage: whose call is it that runs now? A timer that serves many calls runs in the context of whoever
// set it, and an abort in that of whoever aborts; what then runs for a call must run in the call's own.
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  circuitBreaker,
  constantBackoff,
  fallback,
  type KedgeEvent,
  type Pipeline,
  type Policy,
  retry,
  timeout,
} from 'kedge';
import { describe, expect, it } from 'vitest';
import { jobs, lab, transient } from '../support/lab.ts';

const storage = new AsyncLocalStorage<string>();
const where = (): string => storage.getStore() ?? 'nowhere';
const hung = (): Promise<never> => new Promise(() => {});

describe('the context of a call', () => {
  it('is there in the operation, every later attempt, the fallback and the sinks after a timeout that nobody heeds', async () => {
    using l = lab();
    const places: [string, string][] = [];
    const note = (place: string): void => void places.push([place, where()]);
    l.kedge.observe((event) => note(event.type));
    const quotes = l.pipeline(
      'quotes',
      fallback({
        run: () => {
          note('fallback');
          return 'none';
        },
      }),
      retry({
        maxAttempts: 2,
        backoff: () => {
          note('backoff');
          return 50;
        },
        handle: () => {
          note('handle');
          return true;
        },
      }),
      timeout(100),
    );
    const call = storage.run('caller', () =>
      quotes.execute(({ attempt }) => {
        note(`attempt ${attempt}`);
        return hung();
      }),
    );
    await l.clock.advance(250);
    expect(await call).toBe('none');
    expect(places.map(([place]) => place)).toEqual([
      'attempt 1',
      'timeout.exceeded',
      'handle',
      'backoff',
      'attempt.failed',
      'retry.scheduled',
      'attempt 2',
      'timeout.exceeded',
      'handle',
      'retry.exhausted',
      'fallback',
      'attempt.failed',
      'fallback.used',
      'execution.succeeded',
    ]);
    expect(new Set(places.map(([, context]) => context))).toEqual(new Set(['caller']));
  });

  it("is each call's own when a hundred calls share the timer of one timeout", async () => {
    using l = lab();
    const seen: string[] = [];
    const at = timeout(100);
    const run = ({ attributes }: { attributes: Readonly<Record<string, unknown>> }): string => {
      seen.push(`fallback of ${String(attributes['call'])} in ${where()}`);
      return where();
    };
    const pipelines = ['a', 'b'].map((name) =>
      l.pipeline(
        name,
        fallback({ run: (_error, context) => run(context) }),
        retry({ maxAttempts: 2, backoff: constantBackoff(10) }),
        at,
      ),
    );
    l.kedge.observe((event) => {
      if (event.key !== undefined) seen.push(`${event.type} of ${event.key} in ${where()}`);
    });
    const calls = Array.from({ length: 100 }, (_, each) => {
      const call = `call ${each}`;
      return storage.run(call, () =>
        (pipelines[each % 2] as Pipeline<string>).execute(
          ({ attempt }) => {
            seen.push(`attempt ${attempt} of ${call} in ${where()}`);
            return hung();
          },
          { key: call, attributes: { call } },
        ),
      );
    });
    expect(l.clock.timers).toBe(1);
    await l.clock.advance(1_000);
    const answers = await Promise.all(calls);
    expect(answers).toEqual(calls.map((_, each) => `call ${each}`));
    const strangers = seen.filter((line) => {
      const [, of, inside] = / of (call \d+) in (.*)$/.exec(line)!;
      return of !== inside;
    });
    expect(strangers).toEqual([]);
    expect(seen.length).toBeGreaterThan(700);
  });

  it("is the caller's after an abort by somebody else", async () => {
    using l = lab();
    const seen: string[] = [];
    l.kedge.observe((event) => seen.push(`${event.type} in ${where()}`));
    const controller = new AbortController();
    const quotes = l.pipeline('quotes', timeout(100), retry());
    const call = storage.run('caller', () =>
      quotes.settle(() => hung(), { signal: controller.signal }),
    );
    storage.run('stranger', () => controller.abort('gone'));
    await call;
    expect(seen).toEqual(['execution.cancelled in caller']);
  });

  it("is each caller's own when one abort ends the calls of many", async () => {
    using l = lab();
    const seen: string[] = [];
    l.kedge.observe((event) => seen.push(`${event.key} in ${where()}`));
    const controller = new AbortController();
    const quotes = l.pipeline('quotes', timeout(100));
    const calls = ['x', 'y', 'z'].map((key) =>
      storage.run(key, () => quotes.settle(() => hung(), { signal: controller.signal, key })),
    );
    storage.run('stranger', () => controller.abort('gone'));
    await Promise.all(calls);
    expect(seen).toEqual(['x in x', 'y in y', 'z in z']);
  });

  it('is there in what a slow call causes while it still runs', async () => {
    using l = lab();
    const seen: string[] = [];
    l.kedge.observe((event) => seen.push(`${event.type} in ${where()}`));
    const breaker = circuitBreaker({ minimumCalls: 1, slowCall: { after: 50, rate: 0.5 } });
    const quotes = l.pipeline('quotes', breaker);
    storage.run('caller', () => void quotes.settle(() => hung()));
    await l.clock.advance(50);
    expect(seen).toEqual(['circuit.opened in caller']);
  });

  it('is there in a custom policy after its attempt was ended by a timeout', async () => {
    using l = lab();
    const seen: string[] = [];
    const watching: Policy = {
      kind: 'watching',
      name: 'watching',
      apply: (next) => async (execution) => {
        seen.push(`before in ${where()}`);
        try {
          return await next(execution);
        } catch {
          seen.push(`after in ${where()}`);
          return next(execution);
        }
      },
    };
    const quotes = l.pipeline('quotes', watching, timeout(100));
    const call = storage.run('caller', () =>
      quotes.settle(({ attempt }) => {
        seen.push(`attempt ${attempt} in ${where()}`);
        return hung();
      }),
    );
    await l.clock.advance(300);
    await call;
    expect(seen).toEqual([
      'before in caller',
      'attempt 1 in caller',
      'after in caller',
      'attempt 2 in caller',
    ]);
  });

  it('is not leaked into a call that is made after it', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100));
    const first = storage.run('first', () => quotes.settle(() => hung()));
    const second = quotes.execute(() => where());
    expect(await second).toBe('nowhere');
    await l.clock.advance(100);
    await first;
    expect(where()).toBe('nowhere');
  });

  it('is that of the awaiting code after the answer, as with any promise', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100), retry({ backoff: constantBackoff(10) }));
    let after: string | undefined;
    storage.run('caller', () => {
      void (async () => {
        await quotes.settle(() => Promise.reject(transient()));
        after = where();
      })();
    });
    await l.clock.advance(100);
    await jobs();
    expect(after).toBe('caller');
  });

  it('is there in real time as well: through the timers of the machine', async () => {
    // The only test here that waits for the machine, two milliseconds of it, and asserts nothing about them.
    const { createKedge } = await import('kedge');
    const seen: string[] = [];
    const kedge = createKedge({
      sinks: [(event: KedgeEvent) => void seen.push(`${event.type} in ${where()}`)],
    });
    const quotes = kedge.pipeline(
      'quotes',
      fallback({ run: () => where() }),
      retry({ maxAttempts: 2, backoff: constantBackoff(1) }),
      timeout(1),
    );
    const calls = ['x', 'y'].map((name) =>
      storage.run(name, () => quotes.execute(() => hung(), { key: name })),
    );
    expect(await Promise.all(calls)).toEqual(['x', 'y']);
    const types = ['timeout.exceeded', 'retry.scheduled', 'fallback.used', 'execution.succeeded'];
    for (const type of types) {
      for (const name of ['x', 'y']) expect(seen).toContain(`${type} in ${name}`);
    }
    expect(seen.filter((line) => line.endsWith('nowhere'))).toEqual([]);
  });
});
