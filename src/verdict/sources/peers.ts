import { shortMessage } from '../error-like.ts';
import type { Source } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

const REJECTED: Verdict = /* @__PURE__ */ Object.freeze({
  kind: 'rejected',
  blame: 'self',
  repeat: 'safe',
  source: 'application',
});
const TIMEOUT: Verdict = /* @__PURE__ */ Object.freeze({
  kind: 'timeout',
  blame: 'dependency',
  repeat: 'idempotent',
  source: 'application',
});
const CANCELLED: Verdict = /* @__PURE__ */ Object.freeze({
  kind: 'cancelled',
  blame: 'caller',
  repeat: 'never',
  source: 'application',
});

/** What other resilience libraries reject with: opossum by `code`, cockatiel by properties. */
export const peers: Source = {
  source: 'application',
  code: [['rejected', 'safe', 'EOPENBREAKER ESEMLOCKED']],
  message: [['permanent', 'never', ['The circuit has been shutdown.'], { blame: 'self' }]],
  keys: [
    'isBrokenCircuitError',
    'isHydratingCircuitError',
    'isBulkheadRejectedError',
    'isTaskCancelledError',
  ],
  read(error) {
    if (
      error.isBrokenCircuitError === true ||
      error.isBulkheadRejectedError === true ||
      error.isHydratingCircuitError === true
    )
      return REJECTED;
    if (error.isTaskCancelledError !== true) return undefined;
    // cockatiel has one error for both.
    return shortMessage(error).startsWith('Operation timed out') ? TIMEOUT : CANCELLED;
  },
};
