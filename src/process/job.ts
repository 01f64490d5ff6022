/** Decides for a queue what becomes of a job that failed. */
import { countOrInfinity, func, readOptions, type Rules } from '../core/options.ts';
import { classify } from '../verdict/classify.ts';
import { describeFailure } from '../failures/describe.ts';
import type { Failure } from '../failures/failure.ts';
import { type LogTarget, report, stormLimit } from '../failures/report.ts';
import { type RedactionOptions, redactionRules } from '../failures/redact/options.ts';
import { loggerRule } from '../failures/report/logger.ts';

/** Options of `job`. */
export interface JobOptions extends RedactionOptions {
  /** How often a job is started at most, the first time included; then it is parked. @default 10 */
  maxAttempts?: number;
  /**
   * Milliseconds until the next attempt, where the failure does not say so itself.
   * @default a random time up to 1 s, 2 s, 4 s and so on, at most 5 minutes
   */
  delay?: (attempt: number) => number;
  /** Is told of failures that nobody knows, and of those that were parked. */
  alert?: (failure: Failure) => void;
  /** Takes the lines. @default `logs()` where it is attached, else standard error */
  logger?: LogTarget;
}

/** What the queue should do. */
export type JobOutcome<T> =
  | { readonly outcome: 'done'; readonly value: T }
  /** Start it again, not before `delay` milliseconds. */
  | { readonly outcome: 'retry'; readonly delay: number; readonly failure: Failure }
  /** Keep it for a person: another attempt would end the same way. */
  | { readonly outcome: 'parked'; readonly failure: Failure };

const rules: Rules<JobOptions> = {
  ...redactionRules,
  maxAttempts: countOrInfinity,
  delay: func,
  alert: func,
  logger: loggerRule,
};

/**
 * Makes of a function a job for a background worker: it never rejects, and says what the queue should do next.
 *
 * What passes is tried again, after the time that the other side asked for or a growing one; what does not pass, and a
 * programmer's bug, is parked; what nobody knows is tried again and alerted. A cancelled attempt counts, too: `fn` is never
 * started more often than `maxAttempts`. As with every queue a job may have been done although it failed, so `fn` has to
 * bear being repeated. `attempt` counts from 1, by the queue.
 *
 * @example
 * ```ts
 * import { job } from 'kedge/process';
 *
 * const send = job(async (to: string) => `sent to ${to}`, { maxAttempts: 5 });
 * const next = await send('ann', 1);
 * if (next.outcome === 'done') console.log(next.value); // sent to ann
 * ```
 */
export function job<Input, T>(
  fn: (input: Input, attempt: number) => T | PromiseLike<T>,
  options: JobOptions = {},
): (input: Input, attempt?: number) => Promise<JobOutcome<T>> {
  const settings = readOptions<JobOptions>('job', options, {}, rules);
  const { maxAttempts = 10, delay = growing, alert, logger } = settings;
  const { keys, patterns, scrub, limits } = settings;
  const redaction = { keys, patterns, scrub, limits };
  const writing = { target: logger, redaction, storm: stormLimit() };
  return async (input, attempt = 1) => {
    try {
      // The queue counts; whoever restarts a job too often must not do its work once more.
      if (attempt > maxAttempts) throw new TooManyAttempts(attempt, maxAttempts);
      return { outcome: 'done', value: await fn(input, attempt) };
    } catch (error) {
      const { repeat, retryAfter, kind } = classify(error);
      const failure = describeFailure(error, { ...redaction, context: { attempt } });
      // Who is cancelled has not failed, and is started again; but an attempt it was.
      const wanted = attempt < maxAttempts && (kind === 'cancelled' || repeat !== 'never');
      const alerting = !wanted || kind === 'unknown';
      const wait = finite(retryAfter) ?? chosen(delay, attempt);
      report(
        {
          type: wanted ? 'job.delayed' : 'job.parked',
          from: 'jobs',
          severity: alerting ? 'error' : 'warn',
          error,
          failure,
          fields: { attempt, ...(wanted && { delay: wait }) },
        },
        writing,
      );
      if (alerting) tell(alert, failure);
      return wanted ? { outcome: 'retry', delay: wait, failure } : { outcome: 'parked', failure };
    }
  };
}

/** A queue has handed out a job once more than it was allowed to be started. */
class TooManyAttempts extends Error {
  constructor(attempt: number, maxAttempts: number) {
    super(`attempt ${attempt} of at most ${maxAttempts}: the job was not started`);
  }

  override get name(): string {
    return 'TooManyAttempts';
  }
}

/** Spread out, or all jobs of an outage come back together. */
function growing(attempt: number): number {
  return Math.ceil(Math.random() * Math.min(300_000, 1_000 * 2 ** Math.min(attempt - 1, 20)));
}

function finite(ms: number | undefined): number | undefined {
  return ms !== undefined && ms >= 0 && ms < Infinity ? Math.ceil(ms) : undefined;
}

/** A rule that fails must not lose the job. */
function chosen(delay: (attempt: number) => number, attempt: number): number {
  try {
    return finite(delay(attempt)) ?? growing(attempt);
  } catch {
    return growing(attempt);
  }
}

function tell(alert: JobOptions['alert'], failure: Failure): void {
  try {
    alert?.(failure);
  } catch {
    // The line has been written.
  }
}
