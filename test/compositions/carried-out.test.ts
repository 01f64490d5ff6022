// An attempt that was carried out is taken for safe to repeat by nobody, whatever error it ends with.
import {
  adaptiveThrottle,
  circuitBreaker,
  classify,
  coalesce,
  type Context,
  fallback,
  hedge,
  type Policy,
  type PolicyContext,
  presets,
  retry,
  retryBudget,
  staleIfError,
  timeout,
  TimeoutError,
  withEvidence,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { lab } from '../support/lab.ts';

const coded = (code: string): Error => Object.assign(new Error(code), { code });
/** It says that nothing was sent. */
const refused = (): Error => coded('ECONNREFUSED');
/** The other side may have done it. */
const lost = (): Error => coded('ECONNRESET');

const once = { attributes: { idempotent: false } } as const;

/** On the clock of kedge. */
const sleep = (ms: number): Promise<unknown> =>
  scripted([{ value: undefined, after: ms }])({} as Context);

/** A charge that is carried out each time that it is called, and takes 20 ms. */
function charge(): { (): Promise<string>; times: number } {
  const pay = async (): Promise<string> => {
    pay.times++;
    await sleep(20);
    return 'receipt';
  };
  pay.times = 0;
  return pay;
}

/** A policy of one's own. */
const own = (
  around: (
    context: PolicyContext,
    next: (context: PolicyContext) => PromiseLike<unknown>,
  ) => Promise<unknown>,
): Policy => ({
  kind: 'own',
  name: 'own',
  apply: (next) => (context) => around(context, next),
});

const brokenAfterwards = own(async (context, next) => {
  await next(context);
  throw refused();
});

async function settled(
  l: ReturnType<typeof lab>,
  ended: Promise<PromiseSettledResult<unknown>>,
): Promise<unknown> {
  await l.clock.advance(60_000);
  const result = await ended;
  return result.status === 'rejected' ? result.reason : undefined;
}

describe('a call that was carried out and failed afterwards', () => {
  it('is not sent again because a policy of one’s own was refused after it', async () => {
    using l = lab();
    const pay = charge();
    const charges = l.pipeline('charges', retry(), brokenAfterwards);
    const reason = await settled(l, charges.settle(pay, once));
    expect(pay.times).toBe(1);
    expect(classify(reason)).toMatchObject({ kind: 'transient', repeat: 'idempotent' });
  });

  it('is not sent again by the preset that repeats only what is safe', async () => {
    using l = lab();
    const pay = charge();
    await settled(
      l,
      l.pipeline('charges', ...presets.database(), brokenAfterwards).settle(pay, once),
    );
    expect(pay.times).toBe(1);
  });

  it('is not sent again through a pipeline around, a coalesced call or a policy applied by hand', async () => {
    using l = lab();
    const byHand: Policy = {
      kind: 'own',
      name: 'by-hand',
      apply: (next) => retry().apply(brokenAfterwards.apply(next)),
    };
    for (const policies of [[brokenAfterwards], [coalesce(), brokenAfterwards], [byHand]]) {
      const pay = charge();
      const inner = l.pipeline('inner', ...policies);
      const outer = l.pipeline('outer', retry());
      await settled(
        l,
        outer.settle(() => inner.execute(pay, { key: 'one', ...once }), once),
      );
      expect(pay.times).toBe(1);
    }
  });

  it('is told of as such where a policy of one’s own asks', async () => {
    using l = lab();
    const heard: unknown[] = [];
    const asks = own(async (context, next) => {
      try {
        return await next(context);
      } catch (error) {
        heard.push(classify(error).repeat);
        throw error;
      }
    });
    const answers = fallback({ value: 0, handle: (error) => classify(error).repeat === 'safe' });
    const reason = await settled(
      l,
      l.pipeline('charges', answers, { ...asks, name: 'asks' }, brokenAfterwards).settle(charge()),
    );
    expect(heard).toEqual(['idempotent']);
    expect(classify(reason).repeat).toBe('idempotent');
  });

  it('does not take the blame of a refusal by somebody else’s policy', async () => {
    using l = lab();
    const store = circuitBreaker();
    store.isolate();
    const audit = l.pipeline('audit', store);
    const audited = own(async (context, next) => {
      await next(context);
      return audit.execute(() => 0);
    });
    const pay = charge();
    const reason = await settled(l, l.pipeline('charges', retry(), audited).settle(pay, once));
    expect(pay.times).toBe(1);
    expect(classify(reason)).toMatchObject({
      kind: 'rejected',
      blame: 'self',
      repeat: 'idempotent',
    });
  });
});

describe('a policy of one’s own that tries twice', () => {
  const twice = own(async (context, next) => {
    try {
      return await next(context);
    } catch {
      return next(context);
    }
  });

  it('is not tried again because its second try was refused', async () => {
    using l = lab();
    let sent = 0;
    const orders = l.pipeline('orders', retry(), twice);
    const op = (): never => {
      throw sent++ === 0 ? lost() : refused();
    };
    const reason = await settled(l, orders.settle(op, once));
    expect(sent).toBe(2);
    expect(classify(reason).repeat).toBe('idempotent');
  });

  it('is tried again when both were refused', async () => {
    using l = lab();
    let sent = 0;
    const orders = l.pipeline('orders', retry({ maxAttempts: 2 }), twice);
    const op = (): never => {
      sent++;
      throw refused();
    };
    await settled(l, orders.settle(op, once));
    expect(sent).toBe(4);
  });
});

describe('a call that is ended while its operation is under way', () => {
  const broken = circuitBreaker();
  broken.isolate();

  it('is not sent again because the reason looks safe', async () => {
    using l = lab();
    const turnedAway = await settled(
      l,
      l.pipeline('closed', broken).settle(() => 0),
    );
    for (const why of [refused(), turnedAway]) {
      const pay = charge();
      const inner = l.pipeline('provider');
      const outer = l.pipeline('orders', retry({ circuitWait: 1_000 }));
      const operation = (): Promise<string> => {
        const stop = new AbortController();
        void sleep(5).then(() => stop.abort(why));
        return inner.execute(pay, { signal: stop.signal });
      };
      const reason = await settled(l, outer.settle(operation, once));
      expect(reason).toBe(why);
      expect(pay.times).toBe(1);
    }
  });

  it('is not sent again when a policy of one’s own has put its signal in place', async () => {
    using l = lab();
    const pay = charge();
    const cut = own((context, next) => {
      const stop = new AbortController();
      void sleep(5).then(() => stop.abort(refused()));
      return next({ ...context, signal: stop.signal }) as Promise<unknown>;
    });
    await settled(l, l.pipeline('charges', retry(), cut).settle(pay, once));
    expect(pay.times).toBe(1);
  });

  it('is not sent again when it has left a flight that others share', async () => {
    using l = lab();
    const pay = charge();
    const inner = l.pipeline('provider', coalesce());
    const outer = l.pipeline('orders', retry());
    let started = 0;
    const operation = (): Promise<string> => {
      started++;
      const stop = new AbortController();
      void sleep(5).then(() => stop.abort(refused()));
      return inner.execute(pay, { key: 'one', signal: stop.signal });
    };
    const other = inner.execute(pay, { key: 'one' });
    await settled(l, outer.settle(operation, once));
    await other;
    expect([started, pay.times]).toEqual([1, 1]);
  });

  it('stays safe to repeat when its operation had not been started', async () => {
    using l = lab();
    const why = refused();
    const stop = new AbortController();
    const waits = own(async (context, next) => {
      await sleep(50);
      return next(context);
    });
    const pay = charge();
    const ended = l.pipeline('charges', waits).settle(pay, { signal: stop.signal });
    stop.abort(why);
    expect(await settled(l, ended)).toBe(why);
    expect(classify(why).repeat).toBe('safe');
  });

  it('stays safe to repeat when its own timeout is known to have met it before anything was sent', async () => {
    using l = lab();
    let tries = 0;
    const pool = l.pipeline('pool', retry({ maxAttempts: 2 }), timeout(10));
    const waits = ({ signal }: { signal: AbortSignal }): Promise<never> => {
      tries++;
      signal.addEventListener('abort', () => withEvidence(signal.reason, { sent: false }));
      return new Promise(() => {});
    };
    const reason = await settled(l, pool.settle(waits, once));
    expect(reason).toBeInstanceOf(TimeoutError);
    expect(tries).toBe(2);
    expect(classify(reason).repeat).toBe('safe');
  });
});

describe('a function of the user’s that throws', () => {
  const boom = (error: unknown) => (): never => {
    throw error;
  };
  const errors = {
    'an error of its own': () => new Error('schema'),
    'one that looks safe': refused,
  };

  for (const [what, make] of Object.entries(errors)) {
    it(`rejects the call, and nobody repeats it, after success and with ${what}`, async () => {
      using l = lab();
      const broken = (): Policy[] => [
        circuitBreaker({ handleResult: boom(make()) }),
        staleIfError({ maxAge: 1_000, clone: boom(make()) }),
        staleIfError({ maxAge: 1_000, key: boom(make()) }),
        retry({ handleResult: boom(make()) }),
        fallback({ value: 0, handleResult: boom(make()) }) as Policy,
        hedge({ after: 1_000, handleResult: boom(make()) }),
        retry({ budget: Object.assign(retryBudget(), { deposit: boom(make()) }) }),
      ];
      for (const policy of broken()) {
        const pay = charge();
        const error = await settled(l, l.pipeline('p', retry(), policy).settle(pay, { key: 'k' }));
        expect([policy.kind, pay.times]).toEqual([policy.kind, 1]);
        expect(classify(error)).toMatchObject({ kind: 'bug', blame: 'self', repeat: 'never' });
      }
    });

    it(`rejects the call, and nobody repeats it, after a failure and with ${what}`, async () => {
      using l = lab();
      const broken: Policy[] = [
        circuitBreaker({ handle: boom(make()) }),
        circuitBreaker({ consecutiveFailures: 1, openFor: boom(make()) }),
        retry({ handle: boom(make()) }),
        retry({ backoff: boom(make()) }),
        staleIfError({ maxAge: 1_000, handle: boom(make()) }),
        fallback({ value: 0, handle: boom(make()) }) as Policy,
        hedge({ after: 1_000, handle: boom(make()) }),
      ];
      for (const policy of broken) {
        let sent = 0;
        const inner = l.pipeline('inner', policy);
        const operation = (): never => {
          sent++;
          throw lost();
        };
        const outer = l.pipeline('outer', retry());
        const error = await settled(
          l,
          outer.settle(() => inner.execute(operation)),
        );
        expect([policy.kind, sent]).toEqual([policy.kind, 1]);
        expect(classify(error)).toMatchObject({ kind: 'bug', repeat: 'never' });
      }
    });

    it(`rejects the call, and nobody repeats it, before it is sent and with ${what}`, async () => {
      using l = lab();
      for (const policy of [
        adaptiveThrottle({ priority: boom(make()) }),
        coalesce({ key: boom(make()) }),
      ]) {
        const pay = charge();
        const error = await settled(l, l.pipeline('p', retry(), policy).settle(pay));
        expect(pay.times).toBe(0);
        expect(classify(error)).toMatchObject({ kind: 'bug', repeat: 'never' });
      }
    });
  }

  it('says nothing about an error that it passes on', async () => {
    using l = lab();
    const error = lost();
    const rethrows = (given: unknown): never => {
      throw given;
    };
    const inner = l.pipeline('inner', circuitBreaker({ handle: rethrows }));
    expect(
      await settled(
        l,
        inner.settle(() => Promise.reject(error)),
      ),
    ).toBe(error);
    expect(classify(error)).toMatchObject({ kind: 'transient', repeat: 'idempotent' });
  });

  it('may fail for a reason of its own where it is to do something before a retry', async () => {
    using l = lab();
    let sent = 0;
    const beforeRetry = async (): Promise<never> => {
      throw refused();
    };
    const inner = l.pipeline('inner', retry({ beforeRetry }));
    const operation = (): never => {
      sent++;
      throw lost();
    };
    const reason = await settled(
      l,
      l.pipeline('outer', retry()).settle(() => inner.execute(operation), once),
    );
    expect(sent).toBe(1);
    expect(classify(reason)).toMatchObject({ kind: 'transient', repeat: 'idempotent' });
  });
});
