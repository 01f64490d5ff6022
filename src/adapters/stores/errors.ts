/** What only transactions can end with. */
import { ResilienceError, withEvidence } from '../../index.ts';

/**
 * The connection was lost, or the time was up, after COMMIT had been sent and before it was answered: nobody here can
 * know whether the transaction was committed. It is never repeated, by no policy; `cause` is the failure.
 *
 * If you can look (by an id that the transaction has written), you find out; otherwise treat it as possibly done.
 */
export class OutcomeUnknownError extends ResilienceError {
  override get name(): string {
    return 'OutcomeUnknownError';
  }
  get code(): 'KEDGE_OUTCOME_UNKNOWN' {
    return 'KEDGE_OUTCOME_UNKNOWN';
  }

  constructor(pipeline: string, cause: unknown) {
    const message = `${pipeline}: the transaction may or may not have been committed: no answer to COMMIT arrived`;
    super(message, { pipeline, policy: 'transaction' }, cause);
    withEvidence(this, { kind: 'transient', repeat: 'never' });
  }
}

/**
 * A transaction failed, and its rollback as well: `errors` has both, `cause` is the first. The connection was destroyed,
 * so the server rolls back by itself.
 */
export class RollbackFailedError extends AggregateError {
  override get name(): string {
    return 'RollbackFailedError';
  }
  get code(): 'KEDGE_ROLLBACK_FAILED' {
    return 'KEDGE_ROLLBACK_FAILED';
  }

  constructor(error: unknown, rollback: unknown) {
    super(
      [error, rollback],
      'The transaction failed, and so did its rollback; the connection was destroyed',
      { cause: error },
    );
  }
}
