/** What a call may have done before its last failure. */
import { RejectedError } from '../../core/errors.ts';
import { classify } from '../../verdict/classify.ts';
import { withEvidence } from '../../verdict/evidence.ts';

/**
 * The last failure says that nothing was executed, which is true of the last try alone: an earlier one may have been.
 * A rejection of our own tells then what the dependency said.
 */
export function notSafe(error: unknown, earlier: unknown): void {
  if (error === earlier || classify(error).repeat !== 'safe') return;
  if (!(error instanceof RejectedError)) {
    withEvidence(error, { repeat: 'idempotent' });
    return;
  }
  const blame = earlier === undefined ? 'dependency' : classify(earlier).blame;
  withEvidence(error, { repeat: 'idempotent', blame });
  if (error.cause === undefined && earlier !== undefined)
    Object.defineProperty(error, 'cause', { value: earlier, configurable: true, writable: true });
}
