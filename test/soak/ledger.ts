/** What the callers of a pipeline got, kept apart from all that kedge counts itself. */
import { RejectedError } from 'kedge';

export class Ledger {
  started = 0;
  succeeded = 0;
  failed = 0;
  rejected = 0;
  cancelled = 0;
  /** How often an operation was called. */
  operations = 0;

  get answered(): number {
    return this.succeeded + this.failed + this.rejected + this.cancelled;
  }

  note(answer: PromiseSettledResult<unknown>, signal: AbortSignal | undefined): void {
    if (answer.status === 'fulfilled') this.succeeded++;
    else if (hasLeft(signal) && signal?.reason === answer.reason) this.cancelled++;
    else if (answer.reason instanceof RejectedError) this.rejected++;
    else this.failed++;
  }

  add(other: Ledger): void {
    this.started += other.started;
    this.succeeded += other.succeeded;
    this.failed += other.failed;
    this.rejected += other.rejected;
    this.cancelled += other.cancelled;
    this.operations += other.operations;
  }
}

/** A signal that aborted for want of time is a limit, and no change of mind. */
function hasLeft(signal: AbortSignal | undefined): boolean {
  return (
    signal?.aborted === true &&
    (signal.reason as { name?: unknown } | undefined)?.name !== 'TimeoutError'
  );
}
