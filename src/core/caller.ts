/**
 * What a caller has kept in hand to end his call by: a signal, and a limit that came with the call. Few calls have either.
 */
import {
  type AbortListener,
  listen,
  reasonOf,
  type SignalLike,
  type Subscription,
} from './abort.ts';
import { jobs } from './answer.ts';
import { TimeoutError } from './errors.ts';
import type { Execution } from './execution.ts';
import { pipelineItself } from './pipeline-metrics.ts';
import { afterJobs, Timer } from './time.ts';

export class Caller implements AbortListener {
  /** The operation has answered with a promise of another make, out of which a value takes longer. */
  isAnsweredLate = false;
  private readonly execution: Execution;
  private limit: Timer | undefined = undefined;
  private subscription: Subscription | undefined = undefined;

  constructor(execution: Execution) {
    this.execution = execution;
  }

  /** Ends the call `after` so many milliseconds. */
  bound(after: number): void {
    const { execution } = this;
    execution.outermost.timeout = { instant: execution.time + after };
    const expire = (): void => {
      execution.touch();
      const error = new TimeoutError({ pipeline: execution.pipeline, policy: 'timeout' }, after);
      execution.emit(pipelineItself, 'timeout.exceeded', { after, attempt: execution.attempts });
      execution.outermost.interrupt(execution.chain.answer, error);
      execution.outermost.settleInterrupted(true);
    };
    this.limit = new Timer(expire, after, true);
  }

  /** Ends the call when `signal` aborts. Returns false when it has already, and the call is over. */
  heed(signal: SignalLike): boolean {
    const { execution } = this;
    const { outermost } = execution;
    if (signal.aborted) {
      outermost.interrupt(execution.chain.answer, reasonOf(signal));
      execution.fail(undefined);
      return false;
    }
    const instant = execution.enclosing?.deadline ?? Infinity;
    if (instant < outermost.deadline) outermost.timeout = { instant };
    outermost.captureAsyncContext();
    this.subscription = listen(signal, this);
    return true;
  }

  aborted(reason: unknown): void {
    const { execution } = this;
    execution.outermost.interrupt(execution.chain.answer, reason);
    // Later, so that what has settled already keeps its value; also when the caller has his answer by then, since
    // a user's policy may have given it and left its work behind. The way back into the call's context is a job, too.
    const later = execution.passesPromises || this.isAnsweredLate ? jobs.foreign : jobs.native;
    afterJobs(later - 1, () =>
      execution.outermost.runInAsyncContext(() => {
        execution.touch();
        execution.outermost.settleInterrupted(true);
      }),
    );
  }

  /** The call is over. */
  leave(): void {
    this.subscription?.delete(this);
    this.limit?.stop();
  }
}
