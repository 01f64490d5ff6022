import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  type IPolicy,
  noJitterGenerator,
  fullJitterGenerator,
  retry,
  SamplingBreaker,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import type { Parameters } from '../parameters.ts';
import { type Library, mayRepeat, type Tuning } from './library.ts';

type Policies = readonly IPolicy[];

/** What is retried: also a refusal by the circuit, which was never sent. */
const repeatable = (p: Parameters): ReturnType<typeof handleWhen> =>
  handleWhen((error) => error instanceof BrokenCircuitError || mayRepeat(p, error));

/** The readme's opening example, with the timeout of its own section. */
function documented(p: Parameters, opened: () => void): Policies {
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: 10_000,
    breaker: new ConsecutiveBreaker(5),
  });
  breaker.onBreak(opened);
  return [
    retry(repeatable(p), { maxAttempts: 3, backoff: new ExponentialBackoff() }),
    breaker,
    timeout(2_000, TimeoutStrategy.Aggressive),
  ];
}

/** The same numbers for all, and a circuit that is open for 5 s. */
function published(p: Parameters, opened: () => void): Policies {
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: p.maxOpenFor, breaker: sampling(p) });
  breaker.onBreak(opened);
  const backoff = new ExponentialBackoff({ initialDelay: p.firstDelay });
  return [
    retry(repeatable(p), { maxAttempts: p.maxAttempts - 1, backoff }),
    breaker,
    timeout(p.attempt, TimeoutStrategy.Aggressive),
  ];
}

/** kedge's own numbers wherever there is an option for them; two breakers, since one has one rule. */
function tuned(p: Parameters, opened: () => void): Policies {
  const unlessOpen = handleWhen((error) => !(error instanceof BrokenCircuitError));
  const growing = (): ExponentialBackoff<number> =>
    new ExponentialBackoff({
      initialDelay: p.openFor,
      maxDelay: p.maxOpenFor,
      generator: noJitterGenerator,
    });
  const halfOpenSampling = { calls: p.probes, threshold: p.failureRate };
  const rate = circuitBreaker(unlessOpen, {
    halfOpenAfter: growing(),
    breaker: sampling(p),
    halfOpenSampling,
  });
  const row = circuitBreaker(handleAll, {
    halfOpenAfter: growing(),
    breaker: new ConsecutiveBreaker(p.minimumCalls),
    halfOpenSampling,
  });
  rate.onBreak(opened);
  row.onBreak(opened);
  const backoff = new ExponentialBackoff({
    initialDelay: p.firstDelay,
    generator: fullJitterGenerator,
  });
  return [
    timeout(p.total, TimeoutStrategy.Aggressive),
    retry(repeatable(p), { maxAttempts: p.maxAttempts - 1, backoff }),
    rate,
    row,
    timeout(p.attempt, TimeoutStrategy.Aggressive),
  ];
}

function sampling(p: Parameters): SamplingBreaker {
  const minimumRps = (p.minimumCalls / p.window) * 1_000;
  return new SamplingBreaker({ threshold: p.failureRate, duration: p.window, minimumRps });
}

const settings = {
  documented,
  published,
  tuned,
};

export function cockatiel(tuning: Tuning): Library {
  return {
    name: 'cockatiel',
    client: (p, opened) => {
      const policy = wrap(...settings[tuning](p, opened));
      return { call: (operation) => policy.execute(({ signal }) => operation(signal)) };
    },
    turnedAway: (error) => error instanceof BrokenCircuitError,
  };
}
