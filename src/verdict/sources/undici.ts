import { evidenceOf } from '../evidence.ts';
import { codeOf, isObject, shortMessage } from '../error-like.ts';
import type { Source } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

const REFUSED: Verdict = /* @__PURE__ */ Object.freeze({
  kind: 'permanent',
  blame: 'self',
  repeat: 'never',
  source: 'network',
});

/** undici, and Node's `fetch`, which is made of it. https://undici.nodejs.org/#/docs/api/Errors */
export const undici: Source = {
  source: 'network',
  code: [
    ['transient', 'safe', 'UND_ERR_CONNECT_TIMEOUT'],
    ['transient', 'safe', 'UND_ERR_PRX_CONN UND_ERR_SOCKS5', { hint: true }],
    [
      'transient',
      'idempotent',
      `UND_ERR_SOCKET UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT UND_ERR_INFO
       UND_ERR_RES_CONTENT_LENGTH_MISMATCH`,
    ],
    ['transient', 'idempotent', 'UND_ERR UND_ERR_REQ_RETRY UND_ERR_RESPONSE', { hint: true }],
    ['permanent', 'never', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', { blame: 'caller' }],
    ['permanent', 'never', 'UND_ERR_PRX_TLS', { blame: 'dependency' }],
    ['cancelled', 'never', 'UND_ERR_ABORTED UND_ERR_ABORT', { hint: true }],
  ],
  prefix: [
    // Limits, options and clients of this process.
    ['permanent', 'never', 'UND_ERR_', { blame: 'self' }],
  ],
  // The parser's, where its own code is missing.
  name: [['permanent', 'never', 'HTTPParserError', { blame: 'dependency' }]],
  message: [
    // The reason is in the cause.
    ['transient', 'idempotent', ['fetch failed', 'terminated'], { hint: true }],
    // Causes without a code: what fetch refuses to ask, or to take as an answer.
    [
      'permanent',
      'never',
      [
        'bad port',
        'invalid method',
        'unknown scheme',
        'about scheme is not supported',
        'URL scheme must be a HTTP(S) scheme',
        'URL cannot contain credentials for request mode "cors"',
        'cross origin not allowed for request mode "cors"',
        'request mode cannot be "same-origin"',
        'cors failure',
        'blocked',
        'only if cached',
        'local URLs only',
        'redirect count exceeded',
        'unexpected redirect',
        'integrity mismatch',
        'proxy authentication required',
        'failed to fetch the data URL',
        'not implemented... yet...',
      ],
      { blame: 'self' },
    ],
  ],
  beginning: [['permanent', 'never', ['Failed to parse URL'], { blame: 'self' }]],
  keys: ['code'],
  read: (error, code) => (code === 'UND_ERR_ABORTED' ? ofProxy(shortMessage(error)) : undefined),
  readMessage(error, message, name) {
    if (name !== 'TypeError' || message !== 'fetch failed') return undefined;
    const { cause } = error;
    if (!isObject(cause) || evidenceOf(cause) !== undefined) return undefined;
    // An address or an option that Node does not take is a bug only where fetch does not check it first.
    const code = codeOf(cause);
    if (code.startsWith('ERR_INVALID_')) return { ...REFUSED, code };
    // Some answers are refused without a word: a 407, and one for which a stream would have to be sent again.
    return cause.message === '' &&
      cause.code === undefined &&
      cause.errors === undefined &&
      cause.cause === undefined
      ? REFUSED
      : undefined;
  },
};

/** undici calls it an abortion when the proxy does not open its tunnel; the host has got nothing then. */
function ofProxy(message: string): Verdict | undefined {
  const [, digits] = /^Proxy response \((\d{3})\) !== 200 when HTTP Tunneling/.exec(message) ?? [];
  if (digits === undefined) return undefined;
  // It cannot reach the host, or is too busy; otherwise it does not want to: a 407 is about its password.
  const passes = digits.startsWith('5') || digits === '429';
  return passes
    ? { kind: 'transient', blame: 'dependency', repeat: 'safe', source: 'network', code: digits }
    : { kind: 'permanent', blame: 'self', repeat: 'never', source: 'network', code: digits };
}
