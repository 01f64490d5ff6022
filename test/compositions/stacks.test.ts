// Three policies and more: the pipelines that people really build.
import {
  circuitBreaker,
  CircuitOpenError,
  constantBackoff,
  listedBackoff,
  fallback,
  retry,
  retryBudget,
  timeout,
  TimeoutError,
} from 'kedge';
import { chaos, scripted, type Step } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { jobs, lab, rejection, track, transient } from '../support/lab.ts';
import { expectConservation } from '../support/laws.ts';

const hung = () => new Promise(() => {});

describe('timeout(retry(timeout))', () => {
  it('ends the attempt by the inner, the call by the outer, and gives the inner what is left', async () => {
    using l = lab();
    const operation = scripted([{ hang: true }]);
    const quotes = l.pipeline(
      'quotes',
      timeout({ after: 1_000, name: 'total' }),
      retry({ maxAttempts: 10, backoff: constantBackoff(50) }),
      timeout({ after: 300, name: 'attempt' }),
    );
    const call = track(quotes.execute(operation));
    await l.clock.advance(999);
    // Attempts at 0, 350 and 700; the third one ends at 1000 by both at once.
    expect(operation.calls).toHaveLength(3);
    expect(operation.calls.map(({ deadline }) => deadline)).toEqual([300, 650, 1_000]);
    await l.clock.advance(1);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(l.clock.timers).toBe(0);
    expect(quotes.stats().executions).toMatchObject({ timeout: 1 });
    expect(quotes.stats().inFlight).toBe(0);
  });
});

describe('retry(circuitBreaker(timeout))', () => {
  it('timeouts open the circuit, the retry waits for it, and its probe closes it', async () => {
    using l = lab();
    const breaker = circuitBreaker({
      consecutiveFailures: 2,
      openFor: 1_000,
      halfOpen: { probes: 1 },
    });
    const steps: [Step, ...Step[]] = [{ hang: true }, { hang: true }, { value: 'ok' }];
    const operation = scripted(steps);
    const quotes = l.pipeline(
      'quotes',
      retry({ backoff: constantBackoff(10) }),
      breaker,
      timeout(100),
    );
    const call = track(quotes.execute(operation));
    await l.clock.runAll(10_000);
    expect(call.value).toBe('ok');
    expect(operation.calls).toHaveLength(3);
    expect(breaker.state).toBe('closed');
    expect(l.seen.types()).toEqual([
      'timeout.exceeded',
      'attempt.failed',
      'retry.scheduled',
      'timeout.exceeded',
      'circuit.opened',
      'attempt.failed',
      'retry.scheduled',
      'call.rejected',
      'retry.scheduled',
      'circuit.half-opened',
      'attempt.succeeded',
      'circuit.closed',
      'retry.recovered',
      'execution.succeeded',
    ]);
  });
});

describe('circuitBreaker(retry(timeout))', () => {
  it('counts three timeouts of one call as one failure', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    const quotes = l.pipeline(
      'quotes',
      breaker,
      retry({ backoff: constantBackoff(0) }),
      timeout(100),
    );
    const call = track(quotes.execute(hung));
    await l.clock.advance(300);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 1 });
    expect(quotes.stats().attempts.timeout).toBe(3);
  });
});

describe('fallback(circuitBreaker(retry))', () => {
  it('answers at once while the circuit is open', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 1, openFor: 60_000 });
    const operation = scripted([{ error: transient() }]);
    const quotes = l.pipeline(
      'quotes',
      fallback({ value: 'none' }),
      breaker,
      retry({ maxAttempts: 2, backoff: constantBackoff(5) }),
    );
    const first = track(quotes.execute(operation));
    await l.clock.advance(5);
    expect(first.value).toBe('none');
    expect(await quotes.execute(operation)).toBe('none');
    expect(operation.calls).toHaveLength(2);
  });
});

describe('two circuits around one retry', () => {
  it('the outer one learns of calls, the inner one of attempts', async () => {
    using l = lab();
    const [outer, inner] = [
      circuitBreaker({ name: 'calls', minimumCalls: 100 }),
      circuitBreaker({ name: 'attempts', minimumCalls: 100 }),
    ];
    const quotes = l.pipeline('quotes', outer, retry({ backoff: constantBackoff(0) }), inner);
    const call = track(quotes.execute(() => Promise.reject(transient())));
    await l.clock.advance(0);
    expect(call.state).toBe('rejected');
    expect(outer.snapshot()).toMatchObject({ calls: 1, failures: 1 });
    expect(inner.snapshot()).toMatchObject({ calls: 3, failures: 3 });
  });

  it('the inner one open, the retry does not wait longer than the outer timeout, and the outer circuit counts nothing', async () => {
    using l = lab();
    const [outer, inner] = [
      circuitBreaker({ name: 'calls', minimumCalls: 100 }),
      circuitBreaker({ name: 'attempts', openFor: 10_000 }),
    ];
    inner.open();
    const quotes = l.pipeline('quotes', timeout(1_000), outer, retry(), inner);
    expect(await rejection(quotes.execute(() => 1))).toBeInstanceOf(CircuitOpenError);
    expect(outer.snapshot()).toMatchObject({ calls: 0, failures: 0 });
  });
});

const stack = (l: ReturnType<typeof lab>, share: number) => {
  const breaker = circuitBreaker({ openFor: 500, minimumCalls: 10 });
  const quotes = l.pipeline(
    'quotes',
    fallback({ value: 'none', handle: (error) => error instanceof CircuitOpenError }),
    timeout({ after: 2_000, name: 'total' }),
    retry({
      maxAttempts: 4,
      backoff: listedBackoff([10, 50, 200]),
      budget: retryBudget({ reserve: 50 }),
    }),
    breaker,
    timeout({ after: 100, name: 'attempt' }),
    chaos({ failureRate: share / 2, slowRate: share, slowBy: 150 }),
  );
  return { breaker, quotes };
};

describe('the whole stack', () => {
  it.each([0, 0.1, 0.5, 0.9, 1])(
    'loses no call and counts every one once while a share of %f of the calls is in trouble',
    async (share) => {
      using l = lab();
      const { quotes } = stack(l, share);
      let calls = 0;
      const signals: AbortSignal[] = [];
      const answers: Promise<unknown>[] = [];
      for (let each = 0; each < 300; each++) {
        const controller = new AbortController();
        signals.push(controller.signal);
        answers.push(
          quotes.settle(
            async () => {
              calls++;
              return 'ok';
            },
            { signal: controller.signal },
          ),
        );
        if (each % 10 === 0) controller.abort('gone');
        await l.clock.advance(5);
      }
      await l.clock.runAll();
      const settled = await Promise.all(answers);
      await jobs();
      expect(settled).toHaveLength(300);
      expectConservation({
        pipeline: quotes,
        clock: l.clock,
        seen: l.seen,
        executions: 300,
        attempts: calls,
        signals,
      });
      // Aborted or not, a value that is there is kept.
      const { success } = quotes.stats().executions;
      expect(share > 0 || success === 300).toBe(true);
    },
  );

  it('recovers by itself once the trouble is over', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 10 });
    const quotes = l.pipeline(
      'quotes',
      timeout(1_000),
      retry({ backoff: constantBackoff(10) }),
      breaker,
      timeout(100),
    );
    let healthy = false;
    const operation = async (): Promise<string> => {
      if (!healthy) throw transient();
      return 'ok';
    };
    for (let each = 0; each < 100; each++) {
      void quotes.settle(operation);
      await l.clock.advance(100);
    }
    expect(breaker.state).not.toBe('closed');
    healthy = true;
    let good = 0;
    for (let each = 0; each < 200; each++) {
      void quotes.settle(operation).then(({ status }) => (good += status === 'fulfilled' ? 1 : 0));
      await l.clock.advance(100);
    }
    await l.clock.runAll(10_000);
    expect(breaker.state).toBe('closed');
    expect(good).toBeGreaterThan(140);
  });
});
