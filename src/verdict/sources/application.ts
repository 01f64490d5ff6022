import { hints, type Source } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** An answer that is no JSON is mostly the page of a gateway, and no mistake of the program that parses it. */
const notJson: Verdict = Object.freeze({
  kind: 'unknown',
  blame: 'dependency',
  repeat: 'idempotent',
  source: 'application',
});
hints.add(notJson);

/** kedge's own errors, timeouts and cancellations of the web platform, mistakes in the program. */
export const application: Source = {
  source: 'application',
  code: [
    // A rejected call was never started; one that timed out may have been.
    [
      'rejected',
      'safe',
      'KEDGE_CIRCUIT_OPEN KEDGE_BULKHEAD_FULL KEDGE_RATE_LIMITED KEDGE_THROTTLED',
    ],
    ['timeout', 'idempotent', 'KEDGE_TIMEOUT'],
    // COMMIT was sent and not answered.
    ['unknown', 'never', 'KEDGE_OUTCOME_UNKNOWN'],
    ['bug', 'never', 'ERR_ASSERTION ERR_HTTP_HEADERS_SENT ERR_MODULE_NOT_FOUND MODULE_NOT_FOUND'],
    // Node's AbortError; its cause is the signal's reason, which may be a timeout.
    ['cancelled', 'never', 'ABORT_ERR', { hint: true }],
  ],
  name: [
    // DOMExceptions, and all who borrow their names. (Their `code` is a number.)
    ['timeout', 'idempotent', 'TimeoutError'],
    ['cancelled', 'never', 'AbortError CanceledError', { hint: true }],
    // Until a cause says that it was the network.
    [
      'bug',
      'never',
      'TypeError ReferenceError SyntaxError RangeError EvalError',
      {
        hint: true,
      },
    ],
  ],
  readMessage: (_, message, name) =>
    name === 'SyntaxError' && message.includes('JSON') ? notJson : undefined,
};
