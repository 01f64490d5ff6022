// The other helpers of kedge/testing.
import { createKedge, retry } from 'kedge';
import { chaos, recorder, scripted, type Step } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { jobs, lab, rejection, track, transient } from '../support/lab.ts';

describe('scripted', () => {
  it('does one step a call, and the last one again when they run out', async () => {
    using l = lab();
    const error = transient();
    const operation = scripted([{ error }, { value: 1 }, { value: 2 }]);
    const bare = l.pipeline('bare');
    expect(await rejection(bare.execute(operation))).toBe(error);
    expect(await bare.execute(operation)).toBe(1);
    expect(await bare.execute(operation)).toBe(2);
    expect(await bare.execute(operation)).toBe(2);
    expect(operation.calls).toHaveLength(4);
  });

  it.each<[string, unknown, string]>([
    ['no steps', [], 'scripted: expected a list of at least one step, got an empty one.'],
    ['nothing', undefined, 'scripted: expected a list of at least one step, got undefined.'],
    ['one that is no object', [1], 'scripted: step 1: expected an object of options, got 1.'],
    [
      'a slip',
      [{ value: 1 }, { eror: 1 }],
      'scripted: step 2: there is no option `eror`. Did you mean `error`?',
    ],
    [
      'one that says nothing',
      [{ after: 5 }],
      'scripted: step 1: expected one of `value`, `error`, `hang: true` and `untilAborted: true`, got 0.',
    ],
    [
      'one that says two things',
      [{ value: 1, error: 2 }],
      'scripted: step 1: expected one of `value`, `error`, `hang: true` and `untilAborted: true`, got 2.',
    ],
    [
      'a time that is none',
      [{ value: 1, after: NaN }],
      'scripted: step 1: expected `after` to be a number of milliseconds from 0, or Infinity, got NaN.',
    ],
  ])('refuses a script of %s, and says what is wrong', (_, steps, message) => {
    expect(() => scripted(steps as [Step])).toThrow(message);
  });

  it('takes a step whose value, or error, is nothing', async () => {
    using l = lab();
    const bare = l.pipeline('bare');
    const operation = scripted([{ value: undefined }, { error: undefined }]);
    expect(await bare.execute(operation)).toBeUndefined();
    expect(await rejection(bare.execute(operation))).toBeUndefined();
  });

  it('takes the time that a step says', async () => {
    using l = lab();
    const operation = scripted([
      { value: 'a', after: 10 },
      { error: 'b', after: 20 },
    ]);
    const bare = l.pipeline('bare');
    const [good, bad] = [track(bare.execute(operation)), track(bare.execute(operation))];
    await l.clock.advance(10);
    expect([good.value, bad.state]).toEqual(['a', 'pending']);
    await l.clock.advance(10);
    expect(bad.reason).toBe('b');
  });

  it('can hang, and can give way to its signal', async () => {
    using l = lab();
    const controller = new AbortController();
    const bare = l.pipeline('bare');
    const obeying = scripted([{ untilAborted: true }]);
    const hanging = track(bare.execute(scripted([{ hang: true }])));
    const call = track(bare.execute(obeying, { signal: controller.signal }));
    await l.clock.advance(1e9);
    expect([hanging.state, call.state]).toEqual(['pending', 'pending']);
    controller.abort('gone');
    await jobs();
    expect(call.reason).toBe('gone');
    expect(
      await rejection(obeying({ ...obeying.calls[0]!, signal: AbortSignal.abort('before') })),
    ).toBe('before');
  });

  it('remembers the context of every call as it was', async () => {
    using l = lab();
    const operation = scripted([{ error: transient() }, { error: transient() }, { value: 1 }]);
    const call = l.pipeline('quotes', retry({ backoff: () => 1 })).execute(operation, { key: 'k' });
    await l.clock.advance(2);
    await call;
    expect(operation.calls.map(({ attempt, key }) => [attempt, key])).toEqual([
      [1, 'k'],
      [2, 'k'],
      [3, 'k'],
    ]);
  });
});

describe('recorder', () => {
  it('keeps what it is told, and finds it again by type', async () => {
    const seen = recorder();
    const kedge = createKedge({ sinks: [seen] });
    await kedge.pipeline('quotes').execute(() => 1);
    await kedge.pipeline('quotes').settle(() => Promise.reject(transient()));
    expect(seen.types()).toEqual([
      'attempt.succeeded',
      'execution.succeeded',
      'attempt.failed',
      'execution.failed',
    ]);
    expect(seen.events).toHaveLength(4);
    expect(seen.of('attempt.failed').map(({ attempt }) => attempt)).toEqual([1]);
    expect(seen.of('circuit.opened')).toEqual([]);
    seen.clear();
    expect(seen.events).toEqual([]);
  });
});

/** A chance that comes out as it is told. */
const fate = (...numbers: number[]) => {
  let next = 0;
  return () => numbers[next++ % numbers.length]!;
};

describe('chaos', () => {
  it('does nothing by default', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', chaos());
    for (let each = 0; each < 50; each++) expect(await quotes.execute(() => each)).toBe(each);
    expect(l.clock.timers).toBe(0);
  });

  it('fails the share of calls that it is told to, with a lost connection, instead of making them', async () => {
    using l = lab();
    const operation = scripted([{ value: 'ok' }]);
    const random = fate(0.5, 0.29, 0.5, 0.3);
    const quotes = l.pipeline('quotes', chaos({ failureRate: 0.3, random }));
    expect(await rejection(quotes.execute(operation))).toMatchObject({ code: 'ECONNRESET' });
    expect(await quotes.execute(operation)).toBe('ok');
    expect(operation.calls).toHaveLength(1);
  });

  it('fails with what it is told to, anew each time', async () => {
    using l = lab();
    let made = 0;
    const quotes = l.pipeline('quotes', chaos({ failureRate: 1, error: () => `error ${++made}` }));
    expect(await rejection(quotes.execute(() => 1))).toBe('error 1');
    expect(await rejection(quotes.execute(() => 1))).toBe('error 2');
  });

  it('makes the share of calls late that it is told to', async () => {
    using l = lab();
    const random = fate(0.1, 0.9);
    const quotes = l.pipeline('quotes', chaos({ slowRate: 0.2, slowBy: 500, random }));
    const call = track(quotes.execute(() => 'ok'));
    await l.clock.advance(499);
    expect(call.state).toBe('pending');
    await l.clock.advance(1);
    expect(call.value).toBe('ok');
  });

  it('gives way to an abort while it is slow, and leaves no timer', async () => {
    using l = lab();
    const controller = new AbortController();
    const operation = scripted([{ value: 'ok' }]);
    const quotes = l.pipeline('quotes', chaos({ slowRate: 1 }));
    const call = track(quotes.execute(operation, { signal: controller.signal }));
    await l.clock.advance(10);
    expect(l.clock.timers).toBe(1);
    controller.abort('gone');
    await jobs();
    expect(call.reason).toBe('gone');
    expect(l.clock.timers).toBe(0);
    expect(operation.calls).toHaveLength(0);
  });

  it('is about as frequent as it is told to be', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', chaos({ failureRate: 0.3 }));
    for (let each = 0; each < 2_000; each++) await quotes.settle(() => 1);
    // 600 ± 7 standard deviations.
    expect(Math.abs(quotes.stats().executions.failure - 600)).toBeLessThan(145);
  });

  it('has a name', () => {
    expect(chaos({ name: 'monkey' })).toMatchObject({ name: 'monkey', kind: 'chaos' });
  });
});
