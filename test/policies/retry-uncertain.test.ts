// What the last failure of a call says of its execution, when an earlier try may have been executed.
import {
  bulkhead,
  circuitBreaker,
  CircuitOpenError,
  classify,
  pipeline,
  RateLimitedError,
  rateLimiter,
  RejectedError,
  retry,
} from 'kedge';
import { describe, expect, it } from 'vitest';
import { lab } from '../support/lab.ts';

/** The other side may have done it. */
const lost = (): Error => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
/** It has certainly not. */
const refused = (): Error =>
  Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });

function throwing(...errors: unknown[]): () => never {
  let at = 0;
  return () => {
    throw errors[Math.min(at++, errors.length - 1)];
  };
}

describe('a call of which an earlier try may have been executed', () => {
  it('is not safe to repeat because the circuit has turned its next try away', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      retry({ backoff: 1, circuitWait: 0 }),
      circuitBreaker({ consecutiveFailures: 1, openFor: 60_000 }),
    );
    const ended = quotes.settle(throwing(lost()));
    await l.clock.advance(10);
    const { reason } = (await ended) as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(CircuitOpenError);
    expect(classify(reason)).toMatchObject({
      kind: 'rejected',
      blame: 'dependency',
      repeat: 'idempotent',
    });
  });

  it('is told what the dependency said, by a limit that knows nothing of it', async () => {
    using l = lab();
    const error = lost();
    const quotes = l.pipeline(
      'quotes',
      retry({ backoff: 1, maxRetryAfter: 10 }),
      rateLimiter({ limit: 1, interval: 60_000 }),
    );
    const ended = quotes.settle(throwing(error));
    await l.clock.advance(10);
    const { reason } = (await ended) as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(RateLimitedError);
    expect((reason as Error).cause).toBe(error);
    expect(classify(reason)).toMatchObject({ blame: 'dependency', repeat: 'idempotent' });
  });

  it('is not safe to repeat because its last try never got through', async () => {
    using l = lab();
    const last = refused();
    const quotes = l.pipeline('quotes', retry({ backoff: 1, maxAttempts: 2 }));
    const ended = quotes.settle(throwing(lost(), last));
    await l.clock.advance(10);
    expect(await ended).toEqual({ status: 'rejected', reason: last });
    expect(classify(last).repeat).toBe('idempotent');
  });

  it('is not safe to repeat when a value was no good, and the next try was turned away', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      retry({ backoff: 1, maxRetryAfter: 10, handleResult: (value) => value === 'no' }),
      rateLimiter({ limit: 1, interval: 60_000 }),
    );
    const ended = quotes.settle(() => 'no');
    await l.clock.advance(10);
    const { reason } = (await ended) as PromiseRejectedResult;
    expect(classify(reason)).toMatchObject({ blame: 'dependency', repeat: 'idempotent' });
  });

  it('is not repeated by a pipeline around that may only repeat what is safe', async () => {
    using l = lab();
    let charged = 0;
    const inner = l.pipeline(
      'provider',
      retry({ backoff: 1, maxAttempts: 2, circuitWait: 0 }),
      circuitBreaker({ consecutiveFailures: 1, openFor: 50 }),
    );
    const outer = l.pipeline('checkout', retry({ backoff: 60, maxAttempts: 3 }));
    const charge = (): never => {
      charged++;
      throw lost();
    };
    const ended = outer.settle(() => inner.execute(charge), { attributes: { idempotent: false } });
    await l.clock.advance(10_000);
    await ended;
    expect(charged).toBe(1);
  });
});

describe('a call that has certainly not been executed', () => {
  it('stays safe to repeat, whoever has turned it away', async () => {
    const quotes = pipeline('quotes', retry(), bulkhead({ maxConcurrent: 1 }));
    let free!: () => void;
    const holds = quotes.execute(() => new Promise<void>((resolve) => (free = resolve)));
    const { reason } = (await quotes.settle(() => 1)) as PromiseRejectedResult;
    free();
    await holds;
    expect(reason).toBeInstanceOf(RejectedError);
    expect(classify(reason)).toMatchObject({ blame: 'self', repeat: 'safe' });
  });

  it('stays safe to repeat when no try got through', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ backoff: 1, maxAttempts: 3 }));
    const ended = quotes.settle(() => {
      throw refused();
    });
    await l.clock.advance(10);
    expect(classify(((await ended) as PromiseRejectedResult).reason).repeat).toBe('safe');
  });
});
