// One circuit around a call and around a call inside it.
import { circuitBreaker, type CircuitBreakerOptions, CircuitOpenError } from 'kedge';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, rejection, track, transient } from '../support/lab.ts';

const bad = () => Promise.reject(transient());
const good = () => Promise.resolve('ok');

/** A circuit in an outer and an inner pipeline, half-open with the next call. */
const nested = async (options: CircuitBreakerOptions = {}) => {
  const l = lab();
  const breaker = circuitBreaker({ openFor: 1_000, halfOpen: { probes: 1 }, ...options });
  const outer = l.pipeline('outer', breaker);
  const inner = l.pipeline('inner', breaker);
  breaker.open();
  await l.clock.advance(1_000);
  return { l, breaker, outer, inner, [Symbol.dispose]: () => l[Symbol.dispose]() };
};

describe('a circuit that stands around a call and around a call inside it', () => {
  it('closes again: the call inside takes the place of the one around it', async () => {
    using o = await nested();
    expect(await o.outer.execute(() => o.inner.execute(good))).toBe('ok');
    expect(o.breaker.state).toBe('closed');
  });

  it('does so through promises, and with a call inside the call inside', async () => {
    using o = await nested();
    const innermost = o.l.pipeline('innermost', o.breaker);
    const call = o.outer.execute(async () => {
      await jobs();
      return o.inner.execute(async () => {
        await jobs();
        return innermost.execute(good);
      });
    });
    expect(await call).toBe('ok');
    expect(o.breaker.state).toBe('closed');
  });

  it('counts what is one failure once, and opens again', async () => {
    using o = await nested({ halfOpen: { probes: 3 }, consecutiveFailures: 2 });
    await o.outer.settle(() => o.inner.execute(bad));
    expect(o.breaker.state).toBe('half-open');
    await o.outer.settle(() => o.inner.execute(bad));
    expect(o.breaker.state).toBe('open');
    expect(o.l.seen.of('circuit.opened').at(-1)).toMatchObject({ calls: 2 });
  });

  it('counts every call inside that comes after another, and the failure of the call around them', async () => {
    using o = await nested({ halfOpen: { probes: 5 }, failureRate: 1 });
    await o.outer.settle(async () => {
      await o.inner.execute(good);
      await o.inner.execute(good);
      throw transient();
    });
    o.breaker.open();
    expect(o.l.seen.of('circuit.opened').at(-1)).toMatchObject({ calls: 3, failureRate: 1 / 5 });
  });

  it('lends one place to one call inside at a time', async () => {
    using o = await nested();
    const started = controlled();
    const calls = track(
      o.outer.execute(() => Promise.allSettled([1, 2, 3].map(() => o.inner.execute(started)))),
    );
    await jobs();
    expect(started.starts).toHaveLength(1);
    started.starts[0]!.resolve('ok');
    await jobs();
    const statuses = (calls.value as PromiseSettledResult<unknown>[]).map(({ status }) => status);
    expect(statuses).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it('takes no notice of a call inside that goes on when the one around it has ended', async () => {
    using o = await nested();
    const left = controlled();
    await o.outer.settle(() => {
      void o.inner.settle(left);
      return Promise.reject(transient());
    });
    expect(o.breaker.state).toBe('open');
    left.starts[0]!.resolve('late');
    await jobs();
    expect(o.breaker.state).toBe('open');
  });

  it('is no probe for calls that are made later in the same asynchronous context', async () => {
    using o = await nested({ halfOpen: { probes: 1 }, failureRate: 1 });
    let later!: () => Promise<unknown>;
    void o.outer.settle(() => {
      const resumed = jobs();
      later = () => resumed.then(() => o.inner.execute(good));
      return Promise.reject(transient());
    });
    await jobs();
    expect(o.breaker.state).toBe('open');
    expect(await rejection(later())).toBeInstanceOf(CircuitOpenError);
  });

  it('closes also where nobody can tell that the one call is inside the other', async () => {
    using o = await nested();
    // A queue that runs its work in a context of its own.
    let wake!: () => void;
    let work: (() => void) | undefined;
    const worker = (async () => {
      for (;;) {
        await new Promise<void>((resolve) => (wake = resolve));
        work?.();
      }
    })();
    void worker;
    const elsewhere = () =>
      new Promise((resolve, reject) => {
        work = () => void o.inner.execute(good).then(resolve, reject);
        wake();
      });
    await o.outer.settle(elsewhere);
    expect(o.breaker.state).toBe('half-open');
    for (let call = 0; call < 3 && o.breaker.state !== 'closed'; call++) {
      await o.l.clock.advance(1_000);
      await o.outer.settle(elsewhere);
    }
    expect(o.breaker.state).toBe('closed');
  });

  it('hands an error of another copy of kedge on as it is, and gives the place back', async () => {
    using o = await nested();
    const foreign = Object.assign(new Error('is open'), { code: 'KEDGE_CIRCUIT_OPEN' });
    for (let call = 0; call < 3; call++)
      expect(await rejection(o.outer.execute(() => Promise.reject(foreign)))).toBe(foreign);
    expect(await o.outer.execute(good)).toBe('ok');
    expect(o.breaker.state).toBe('closed');
  });

  it('takes the place back from a call inside that says nothing, for the next one', async () => {
    using o = await nested();
    const call = o.outer.execute(async () => {
      const caller = new AbortController();
      const left = o.inner.settle(() => new Promise(() => {}), { signal: caller.signal });
      caller.abort('gone');
      await left;
      return o.inner.execute(good);
    });
    expect(await call).toBe('ok');
    expect(o.breaker.state).toBe('closed');
  });

  it('gives a place to each of two circuits that stand around one call', async () => {
    using o = await nested();
    const other = circuitBreaker({ openFor: 1_000, halfOpen: { probes: 1 }, name: 'other' });
    const both = o.l.pipeline('both', other);
    other.open();
    await o.l.clock.advance(1_000);
    const call = o.outer.execute(() => both.execute(() => o.inner.execute(good)));
    expect(await call).toBe('ok');
    expect([o.breaker.state, other.state]).toEqual(['closed', 'closed']);
  });
});
