// Built-in policies that a policy of one's own applies by hand: what they owe to the pipeline around, and it to them.
import {
  bulkhead,
  coalesce,
  constantBackoff,
  type Next,
  type Policy,
  type PolicyContext,
  retry,
  timeout,
} from 'kedge';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, track, transient } from '../support/lab.ts';
import { gaugesOf } from '../support/laws.ts';

const byHand = (...inner: Policy<unknown>[]): Policy => ({
  kind: 'own',
  name: 'own',
  apply: (next) => inner.toReversed().reduce<Next>((rest, each) => each.apply(rest), next),
});

/** Notes the contexts that come by. */
const noting = (seen: PolicyContext[]): Policy => ({
  kind: 'noting',
  name: 'noting',
  apply: (next) => async (context) => {
    seen.push({ ...context });
    return next({ ...context });
  },
});

describe('a built-in policy that is applied by hand', () => {
  it('shares a flight, which outlives the caller who began it', async () => {
    using l = lab();
    const operation = controlled();
    const seen: PolicyContext[] = [];
    const quotes = l.pipeline('quotes', timeout(1_000), byHand(coalesce(), noting(seen)));
    const leaving = new AbortController();
    const attributes = { region: 'eu' };
    const first = track(
      quotes.execute(operation, { key: 'a', attributes, signal: leaving.signal }),
    );
    const second = track(quotes.execute(operation, { key: 'a', attributes }));
    await jobs();
    leaving.abort('gone');
    await jobs();
    expect(first.reason).toBe('gone');
    expect(operation.starts).toHaveLength(1);
    expect(operation.starts[0]!.context.signal.aborted).toBe(false);
    operation.starts[0]!.resolve('value');
    await jobs();
    expect(second.value).toBe('value');
    // It goes on under the name of who is still there.
    const [ended] = l.seen.of('execution.succeeded');
    expect(l.seen.of('attempt.succeeded')).toMatchObject([{ executionId: ended?.executionId }]);
    // It is no caller's: it has the key, what goes with it, and the time of those who wait.
    expect(seen).toMatchObject([{ key: 'a', attributes, deadline: 1_000 }]);
    expect(quotes.stats()).toMatchObject({
      inFlight: 0,
      abandoned: 0,
      attempts: { success: 1 },
      executions: { success: 1, cancelled: 1 },
    });
  });

  it('ends a flight that nobody waits for any more, and tells of one that failed once', async () => {
    using l = lab();
    const operation = controlled();
    const quotes = l.pipeline('quotes', byHand(coalesce()));
    const leaving = new AbortController();
    const alone = track(quotes.execute(operation, { key: 'a', signal: leaving.signal }));
    await jobs();
    leaving.abort('gone');
    await jobs();
    expect(alone.reason).toBe('gone');
    expect(operation.starts[0]!.context.signal.aborted).toBe(true);
    const both = [1, 2].map(() => track(quotes.execute(operation, { key: 'b' })));
    await jobs();
    const error = transient();
    operation.starts[1]!.reject(error);
    await jobs();
    expect(both).toMatchObject([{ reason: error }, { reason: error }]);
    expect(l.seen.of('attempt.failed')).toMatchObject([{ pipeline: 'quotes', final: true }]);
    expect(quotes.stats()).toMatchObject({ inFlight: 0, executions: { failure: 2, cancelled: 1 } });
  });

  it('lets a bulkhead around keep its permit while what it gave up is still at work', async () => {
    using l = lab();
    const operation = controlled();
    const quotes = l.pipeline('quotes', bulkhead({ maxConcurrent: 1 }), byHand(timeout(100)));
    const call = track(quotes.execute(operation));
    await l.clock.advance(100);
    expect(call.state).toBe('rejected');
    expect(gaugesOf(quotes, 'bulkhead')).toMatchObject({ in_use: 1 });
    operation.starts[0]!.resolve('late');
    await jobs();
    expect(gaugesOf(quotes, 'bulkhead')).toMatchObject({ in_use: 0 });
  });

  it('hands on a context that shows its signal, its deadline and its key', async () => {
    using l = lab();
    const seen: PolicyContext[] = [];
    const quotes = l.pipeline('quotes', byHand(timeout(100), noting(seen)));
    await quotes.execute(({ signal }) => signal.aborted, { key: 'a', attributes: { to: 'eu' } });
    expect(Object.keys(seen[0]!)).toEqual(expect.arrayContaining(['signal', 'deadline']));
    expect(seen).toMatchObject([{ deadline: 100, key: 'a', attributes: { to: 'eu' } }]);
  });

  it('waits for no attempt that the time around it has no room for', async () => {
    using l = lab();
    const operation = controlled();
    const own = byHand(retry({ backoff: constantBackoff(500) }));
    const quotes = l.pipeline('quotes', timeout(300), own);
    const call = track(quotes.execute(operation));
    await jobs();
    const error = transient();
    operation.starts[0]!.reject(error);
    await jobs();
    expect(call.reason).toBe(error);
    expect(l.seen.of('retry.scheduled')).toEqual([]);
    // Without a limit around it waits.
    const patient = l.pipeline('patient', own);
    const waiting = track(patient.execute(operation));
    await jobs();
    operation.starts[1]!.reject(transient());
    await l.clock.advance(500);
    operation.starts[2]!.resolve('ok');
    await jobs();
    expect(waiting.value).toBe('ok');
    expect(l.seen.of('retry.scheduled')).toMatchObject([{ pipeline: 'patient', delay: 500 }]);
  });
});
