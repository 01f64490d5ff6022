import {
  circuitBreaker,
  type Context,
  createKedge,
  type EventType,
  exponentialBackoff,
  fallback,
  type Pipeline,
  retry,
  timeout,
} from 'kedge';
import { logs } from 'kedge/pino';
import { prometheus } from 'kedge/prometheus';
import { type Recorder, recorder, virtualClock } from 'kedge/testing';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { fc, patience } from '../support/property.ts';
import { type KeptLog, keptLog } from './logging.ts';
import { type Scrape, scrape } from './scraping.ts';

/** What an attempt does after a while. */
type Outcome = 'value' | 'reset' | 'conflict' | 'bug' | 'throw' | 'hang' | 'stubborn' | 'abort';

interface Attempt {
  readonly outcome: Outcome;
  readonly after: number;
}

interface Trip {
  readonly at: number;
  readonly attempts: readonly Attempt[];
  /** After how long the caller gives up. */
  readonly patience: number | undefined;
}

const attempt = fc.record({
  outcome: fc.constantFrom<Outcome>(
    'value',
    'value',
    'reset',
    'reset',
    'conflict',
    'bug',
    'throw',
    'hang',
    'stubborn',
    'abort',
  ),
  after: fc.nat(150),
});

const trip: fc.Arbitrary<Trip> = fc.record({
  at: fc.nat(3_000),
  attempts: fc.array(attempt, { minLength: 1, maxLength: 4 }),
  patience: fc.option(fc.nat(400), { nil: undefined, freq: 4 }),
});

const setup = fc.record({
  trips: fc.array(trip, { minLength: 1, maxLength: 40 }),
  burst: fc.integer({ min: 1, max: 5 }),
  fallbacks: fc.constantFrom('none', 'value', 'broken'),
  seed: fc.nat(),
});

const codes: Partial<Record<Outcome, string>> = { reset: 'ECONNRESET', conflict: '23505' };

function answer(outcome: Outcome): unknown {
  if (outcome === 'value') return 1;
  if (outcome === 'bug') throw new TypeError('x is not a function');
  if (outcome === 'abort') throw new DOMException('of its own', 'AbortError');
  throw Object.assign(new Error(outcome), { code: codes[outcome] });
}

function operation({ attempts }: Trip, later: (ms: number) => Promise<void>) {
  return async ({ attempt: which, signal }: Context): Promise<unknown> => {
    const { outcome, after } = attempts[Math.min(which, attempts.length) - 1]!;
    if (outcome === 'throw') return answer(outcome);
    if (outcome === 'hang') {
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    }
    // A stubborn one ends whenever it likes, mostly long after nobody waits for it any more.
    await later(outcome === 'stubborn' ? after + 200 : after);
    return answer(outcome);
  };
}

/** Which lines of which metrics count which events. */
const pairs: readonly (readonly [EventType, string, ...Readonly<Record<string, string>>[]])[] = [
  ['attempt.succeeded', 'kedge_attempts_total', { outcome: 'success' }],
  ['attempt.failed', 'kedge_attempts_total', { outcome: 'failure' }, { outcome: 'timeout' }],
  [
    'execution.succeeded',
    'kedge_executions_total',
    { outcome: 'success' },
    { outcome: 'fallback' },
    { outcome: 'stale' },
  ],
  [
    'execution.failed',
    'kedge_executions_total',
    { outcome: 'failure' },
    { outcome: 'rejected' },
    { outcome: 'timeout' },
  ],
  ['execution.cancelled', 'kedge_executions_total', { outcome: 'cancelled' }],
  ['retry.scheduled', 'kedge_retries_total', { result: 'scheduled' }],
  ['retry.recovered', 'kedge_retries_total', { result: 'recovered' }],
  ['retry.exhausted', 'kedge_retries_total', { result: 'exhausted' }],
  [
    'retry.refused',
    'kedge_retries_total',
    { result: 'refused_budget' },
    { result: 'refused_deadline' },
    { result: 'refused_circuit' },
  ],
  ['circuit.opened', 'kedge_circuit_breaker_transitions_total', { to: 'open' }],
  ['circuit.half-opened', 'kedge_circuit_breaker_transitions_total', { to: 'half_open' }],
  ['circuit.closed', 'kedge_circuit_breaker_transitions_total', { to: 'closed' }],
  ['call.rejected', 'kedge_rejections_total', { reason: 'circuit-open' }],
  ['timeout.exceeded', 'kedge_timeouts_total', {}],
  ['fallback.used', 'kedge_fallbacks_total', { result: 'used' }],
  ['fallback.failed', 'kedge_fallbacks_total', { result: 'failed' }],
];

/** Counts that should be the same and are not. */
function disagreements(metrics: Scrape, seen: Recorder, log: KeptLog, started: number): object[] {
  const sum = (name: string, ...labels: Readonly<Record<string, string>>[]): number =>
    labels.reduce((all, each) => all + metrics.sum(name, each), 0);
  const total = (name: string): number => sum(name, {});
  const events = (type: EventType): number => seen.of(type).length;
  // No event without a line; what the lines say that is missing is what the metric says.
  const missing = log.lines.reduce(
    (all, { object }) => all + ((object['suppressed'] as number | undefined) ?? 0),
    0,
  );
  const checks: [what: string, one: number, other: number][] = [
    ['executions', total('kedge_executions_total'), started],
    ['durations of executions', total('kedge_execution_duration_seconds_count'), started],
    [
      'durations of attempts',
      total('kedge_attempt_duration_seconds_count'),
      total('kedge_attempts_total'),
    ],
    ['rejections', sum('kedge_failures_total', { kind: 'rejected' }), events('call.rejected')],
    ['failures', total('kedge_failures_total'), events('attempt.failed') + events('call.rejected')],
    ['in flight', total('kedge_in_flight'), 0],
    ['lines', log.lines.length + missing, seen.events.length],
    ['suppressed lines', total('kedge_log_lines_suppressed_total'), missing],
    ['errors of sinks', total('kedge_sink_errors_total'), 0],
    ...pairs.flatMap(([type, name, ...labels]): typeof checks => [
      [`${type} and ${name}`, events(type), sum(name, ...labels)],
      [`${type} and its lines`, events(type), log.count(type)],
    ]),
  ];
  return checks.filter(([, one, other]) => one !== other);
}

/** The same chances in every run of one example. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

// Not a spy, which would remember every one of the many calls of a long run.
const { random } = Math;
afterEach(() => {
  Math.random = random;
});

describe('what was counted, reported and logged', () => {
  it(
    'agrees, whatever happens',
    async () => {
      await fc.assert(
        fc.asyncProperty(setup, async ({ trips, burst, fallbacks, seed }) => {
          using clock = virtualClock();
          Math.random = chances(seed);
          const later = (ms: number): Promise<void> =>
            new Promise((resolve) => {
              const end = clock.now + ms;
              waiting.push([end, resolve]);
            });
          const waiting: [number, () => void][] = [];
          const registry = new Registry();
          const [seen, log] = [recorder(), keptLog()];
          const kedge = createKedge();
          kedge.observe(seen, prometheus(registry));
          const logging = kedge.observe(logs(log, { burst }));
          const policies = [
            timeout(300),
            retry({ maxAttempts: 3, backoff: exponentialBackoff({ initial: 10 }) }),
            circuitBreaker({ consecutiveFailures: 4, minimumCalls: 6, openFor: 200 }),
            timeout({ name: 'attempt', after: 100 }),
          ] as const;
          const run = (): number => {
            if (fallbacks === 'broken') throw new Error('nothing in place of it');
            return 0;
          };
          const calls: Pipeline<number> =
            fallbacks === 'none'
              ? kedge.pipeline('calls', ...policies)
              : kedge.pipeline('calls', fallback({ run }), ...policies);

          const answers: Promise<unknown>[] = [];
          const due = trips.toSorted((a, b) => a.at - b.at);
          const aborts: [number, AbortController][] = [];
          for (let time = 0; time <= 4_000; time += 20) {
            while (due[0] !== undefined && due[0].at <= time) {
              const one = due.shift()!;
              const caller = new AbortController();
              if (one.patience !== undefined) aborts.push([time + one.patience, caller]);
              answers.push(calls.settle(operation(one, later), { signal: caller.signal }));
            }
            for (const [at, caller] of aborts) if (at <= time) caller.abort();
            for (const [at, resolve] of waiting) if (at <= time) resolve();
            await clock.advance(20);
          }
          await clock.runAll();
          await Promise.all(answers);
          logging[Symbol.dispose]();
          const metrics = await scrape(registry);
          expect(disagreements(metrics, seen, log, trips.length)).toEqual([]);
        }),
      );
    },
    patience,
  );
});
