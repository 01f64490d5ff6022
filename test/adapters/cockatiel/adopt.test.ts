// Policies of cockatiel's own in a pipeline, and a pipeline among policies of cockatiel's.
import * as four from 'cockatiel';
import * as three from 'cockatiel-3';
import { createKedge, fallback, type Policy, retry, timeout } from 'kedge';
import { adopt, toCockatiel } from 'kedge/cockatiel';
import { recorder, type Recorder } from 'kedge/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const down = (): Promise<never> => Promise.reject(new Error('down'));
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );

describe.each([
  ['4', four],
  ['3', three as unknown as typeof four],
])('cockatiel %s', (_version, cockatiel) => {
  const { circuitBreaker, ConsecutiveBreaker, handleAll } = cockatiel;
  const breaker = () =>
    circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(2) });

  function lab(...policies: Policy<unknown>[]) {
    const seen: Recorder = recorder();
    const kedge = createKedge({ sinks: [seen] });
    const pipeline = kedge.pipeline('payments', ...policies);
    const types = (): string[] =>
      seen.events.filter(({ policy }) => policy !== undefined).map(({ type }) => type);
    return { kedge, pipeline, seen, types };
  }

  it('a circuit tells of its changes, counts them and shows its state', async () => {
    const { pipeline, types } = lab(adopt(breaker(), { name: 'circuit' }));
    const circuit = () => pipeline.stats().policies.find(({ kind }) => kind === 'circuitBreaker');
    await caught(pipeline.execute(down));
    await caught(pipeline.execute(down));
    expect(circuit()?.gauges).toMatchObject({ open: 1, closed: 0, not_closed: 1 });
    const refused = await caught(pipeline.execute(down));
    expect(refused).toBeInstanceOf(cockatiel.BrokenCircuitError);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await pipeline.execute(() => 'paid')).toBe('paid');
    expect(types().filter((type) => type.startsWith('circuit.'))).toEqual([
      'circuit.opened',
      'circuit.half-opened',
      'circuit.closed',
    ]);
    expect(circuit()).toMatchObject({
      name: 'circuit',
      counters: {
        closed_to_open_failure_rate: 1,
        open_to_half_open_elapsed: 1,
        half_open_to_closed_recovered: 1,
        not_closed_ms: 1_000,
      },
      gauges: { open: 0, closed: 1 },
    });
  });

  it('all policies of a wrap are told of, each as what it is', async () => {
    const policy = cockatiel.wrap(
      cockatiel.retry(handleAll, { maxAttempts: 1 }),
      breaker(),
      cockatiel.timeout(10, cockatiel.TimeoutStrategy.Aggressive),
    );
    const { pipeline, types } = lab(adopt(policy, { name: 'stack' }));
    const ended = caught(pipeline.execute(() => new Promise(() => {})));
    await vi.advanceTimersByTimeAsync(100);
    expect(await ended).toBeInstanceOf(cockatiel.TaskCancelledError);
    expect(types().filter((type) => !type.startsWith('cockatiel.'))).toEqual([
      'timeout.exceeded',
      'retry.scheduled',
      'timeout.exceeded',
      'circuit.opened',
      'retry.exhausted',
    ]);
    const counters = Object.fromEntries(
      pipeline.stats().policies.map(({ kind, counters: counts }) => [kind, counts]),
    );
    expect(counters['retry']).toEqual({ scheduled: 1, exhausted: 1 });
    expect(counters['timeout']).toEqual({ exceeded: 2 });
    expect(pipeline.stats().attempts).toMatchObject({ success: 0 });
  });

  it('a bulkhead shows its slots, and counts whom it turns away', async () => {
    const { pipeline } = lab(adopt(cockatiel.bulkhead(1, 1), { name: 'slots' }));
    for (let call = 0; call < 3; call++) void caught(pipeline.execute(() => new Promise(() => {})));
    await vi.advanceTimersByTimeAsync(0);
    expect(pipeline.stats().policies[0]).toMatchObject({
      kind: 'bulkhead',
      counters: { rejected_bulkhead_full: 1 },
      gauges: { in_use: 1, queued: 1, limit: 1, queue_limit: 1 },
    });
  });

  it('policies of kedge around it know its refusals, and its signal ends what is inside', async () => {
    const adopted = adopt(breaker(), { name: 'circuit' });
    const { pipeline } = lab(fallback({ value: 'later' }), retry({ maxAttempts: 2 }), adopted);
    const first = pipeline.execute(down);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await first).toBe('later');
    const limit = cockatiel.timeout(10, cockatiel.TimeoutStrategy.Aggressive);
    let given: AbortSignal | undefined;
    const timed = lab(adopt(limit, { name: 'limit' })).pipeline.execute(({ signal }) => {
      given = signal;
      return new Promise(() => {});
    });
    const ended = caught(timed);
    await vi.advanceTimersByTimeAsync(10);
    await ended;
    expect(given?.aborted).toBe(true);
  });

  it('one that stands in two pipelines tells of each change once', async () => {
    const adopted = adopt(breaker(), { name: 'circuit' });
    const { kedge, pipeline, types } = lab(adopted);
    const other = kedge.pipeline('refunds', adopted);
    await caught(pipeline.execute(down));
    await caught(other.execute(down));
    expect(types().filter((type) => type === 'circuit.opened')).toHaveLength(1);
  });

  it('a pipeline stands in a wrap, and has events', async () => {
    const { kedge } = lab();
    const quotes = toCockatiel(kedge.pipeline('quotes', timeout(10)));
    const [succeeded, failed] = [
      vi.fn<(event: unknown) => void>(),
      vi.fn<(event: unknown) => void>(),
    ];
    quotes.onSuccess(succeeded);
    quotes.onFailure(failed);
    const policy = cockatiel.wrap(
      cockatiel.retry(handleAll, { maxAttempts: 1 }),
      quotes as unknown as four.IPolicy,
    );
    const attempts: unknown[] = [];
    const ended = policy.execute((context) => {
      attempts.push((context as { attempt?: number }).attempt);
      return attempts.length === 1 ? new Promise<string>(() => {}) : 'a quote';
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(await ended).toBe('a quote');
    expect(attempts).toEqual([0, 1]);
    expect(succeeded).toHaveBeenCalledTimes(1);
    expect(failed.mock.calls[0]?.[0]).toMatchObject({ handled: false, duration: 10 });
  });
});

it('what is no policy and no pipeline is refused', () => {
  expect(() => adopt({} as never, { name: 'x' })).toThrow('adopt: expected a policy of cockatiel');
  expect(() => adopt(four.noop, {} as never)).toThrow('name');
  expect(() => toCockatiel({} as never)).toThrow('toCockatiel: expected a pipeline');
});
