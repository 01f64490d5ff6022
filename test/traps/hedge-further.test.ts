// Races: the winner does not wait, the losers do no harm.
import { hedge, retry, timeout } from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, track, transient } from '../support/lab.ts';
import { countersOf, expectConservation } from '../support/laws.ts';

const free = (maxHedges = 1) => hedge({ after: 50, budget: false, maxHedges });

describe('trap 30', () => {
  it('trap 30: the winner answers at once, although no loser takes notice of its cancellation', async () => {
    using l = lab();
    const search = l.pipeline('search', free(3));
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(200);
    operation.starts[3]!.resolve('winner');
    await jobs();
    expect(call).toMatchObject({ state: 'fulfilled', value: 'winner' });
    expect(l.clock.now).toBe(200);
    expect(search.stats()).toMatchObject({ inFlight: 0, abandoned: 3, late: 0 });
    expect(operation.starts.map(({ context }) => context.signal.aborted)).toEqual([
      true,
      true,
      true,
      false,
    ]);

    await l.clock.advance(3_600_000);
    for (const { resolve } of operation.starts) resolve('too late');
    await jobs();
    expect(search.stats()).toMatchObject({ abandoned: 0, late: 3 });
    expect(countersOf(search, 'hedge')).toEqual({ launched: 3, won: 1, wasted: 3, refused: 0 });
    expectConservation({
      pipeline: search,
      clock: l.clock,
      seen: l.seen,
      executions: 1,
      attempts: 4,
    });
  });

  it('trap 30: nor does a caller who gives up wait for any of them', async () => {
    using l = lab();
    const search = l.pipeline('search', timeout(120), free(3));
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(120);
    expect(call.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
    expect(search.stats()).toMatchObject({ inFlight: 0, abandoned: 3 });
    for (const { resolve } of operation.starts) resolve('too late');
    await jobs();
    expect(search.stats()).toMatchObject({ abandoned: 0, late: 3 });
  });
});

describe('trap 29', () => {
  it.each([
    ['the first call', 0],
    ['a hedge', 1],
  ])(
    'trap 29: the signal of %s that has won ends with its caller alone, so its body can go on streaming',
    async (_name, winner) => {
      using l = lab();
      const search = l.pipeline('search', timeout(1_000), retry(), free(), timeout(500));
      const operation = controlled();
      const controller = new AbortController();
      const call = track(search.execute(operation, { signal: controller.signal }));
      await l.clock.advance(60);
      operation.starts[winner]!.resolve('body');
      await jobs();
      expect(call.value).toBe('body');
      await l.clock.advance(10_000);
      const aborted = operation.starts.map(({ context }) => context.signal.aborted);
      expect(aborted[winner]).toBe(false);
      expect(aborted[1 - winner]).toBe(true);
      controller.abort();
      expect(operation.starts[winner]!.context.signal.aborted).toBe(true);
    },
  );
});

describe('trap 19', () => {
  it('trap 19: what losers reject with, late or at once, is swallowed and counted, never unhandled', async () => {
    using l = lab();
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    try {
      const search = l.pipeline('search', free(2));
      const operation = controlled();
      const call = track(search.execute(operation));
      const obedient = track(
        search.execute(
          scripted([{ untilAborted: true }, { untilAborted: true }, { value: 'quick' }]),
        ),
      );
      await l.clock.advance(100);
      expect(obedient.value).toBe('quick');
      operation.starts[1]!.resolve('won');
      await jobs();
      operation.starts[0]!.reject(transient());
      operation.starts[2]!.reject(transient());
      await jobs();
      await jobs();
      expect(call.value).toBe('won');
      expect(search.stats()).toMatchObject({ abandoned: 0, late: 4 });
    } finally {
      process.off('unhandledRejection', listener);
    }
    expect(unhandled).toEqual([]);
  });
});

describe('trap 02', () => {
  it('trap 02: a signal that has aborted before the call starts neither it nor a hedge', async () => {
    using l = lab();
    const search = l.pipeline('search', free());
    const operation = controlled();
    const call = track(search.execute(operation, { signal: AbortSignal.abort('gone') }));
    await l.clock.advance(1_000);
    expect(call).toMatchObject({ state: 'rejected', reason: 'gone' });
    expect(operation.starts).toHaveLength(0);
    expect(l.clock.timers).toBe(0);
  });
});
