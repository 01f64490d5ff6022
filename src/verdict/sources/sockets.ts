import { type ErrorLike, isObject, shortMessage } from '../error-like.ts';
import { connecting, type Source } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** Sockets, DNS, TLS and HTTP/2 of Node. https://nodejs.org/api/errors.html */
export const sockets: Source = {
  source: 'network',
  code: [
    // There was no connection yet, or the peer did not take the stream.
    [
      'transient',
      'safe',
      `ECONNREFUSED EAI_AGAIN EAI_FAIL ESERVFAIL EREFUSED EBADRESP ERR_SOCKET_CONNECTION_TIMEOUT
       ERR_SOCKET_CLOSED_BEFORE_CONNECTION NGHTTP2_REFUSED_STREAM`,
    ],
    // c-ares; drivers of databases name their own timeouts so.
    ['transient', 'safe', 'ETIMEOUT', { hint: true }],
    // This process has no descriptor, port or memory left.
    [
      'transient',
      'safe',
      'EADDRNOTAVAIL EADDRINUSE EMFILE ENFILE ENOBUFS ENOMEM',
      {
        blame: 'self',
      },
    ],
    // What breaks a connection may also end the attempt to make one.
    [
      'transient',
      'idempotent',
      'ECONNRESET ECONNABORTED ETIMEDOUT EHOSTUNREACH ENETUNREACH ENETDOWN EHOSTDOWN ENETRESET',
      { connecting: true },
    ],
    // A name that is not known is mostly misspelt, or this process searches the wrong domains; but resolvers say so too
    // while they restart.
    [
      'transient',
      'safe',
      'ENOTFOUND ENODATA EAI_NONAME EAI_NODATA',
      {
        maxRetries: 1,
        blame: 'self',
      },
    ],
    [
      'transient',
      'idempotent',
      `EPIPE ENOTCONN ESOCKETTIMEDOUT ERR_SOCKET_CLOSED ERR_STREAM_PREMATURE_CLOSE
       ERR_STREAM_DESTROYED ERR_HTTP_CONTENT_LENGTH_MISMATCH ERR_HTTP2_STREAM_ERROR
       ERR_HTTP2_SESSION_ERROR`,
    ],
    // The session is over, so that nothing of the request was sent on it.
    [
      'transient',
      'safe',
      `ERR_HTTP2_GOAWAY_SESSION ERR_HTTP2_INVALID_SESSION ERR_HTTP2_STREAM_CANCEL
       ERR_HTTP2_OUT_OF_STREAMS`,
      { connection: 'replace' },
    ],
    [
      'permanent',
      'never',
      `EPROTO DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN HOSTNAME_MISMATCH INVALID_CA
       INVALID_PURPOSE PATH_LENGTH_EXCEEDED`,
      { blame: 'dependency' },
    ],
    [
      'permanent',
      'never',
      `EBADNAME EBADFAMILY EBADQUERY EBADHINTS EDESTRUCTION ENOTINITIALIZED ENOTIMP
       HPE_HEADER_OVERFLOW
       ERR_STREAM_WRITE_AFTER_END ERR_WEBASSEMBLY_NOT_SUPPORTED ENOSPC EDQUOT EROFS`,
      { blame: 'self' },
    ],
  ],
  prefix: [
    // Certificates and protocols that will be as wrong the next time.
    [
      'permanent',
      'never',
      'HPE_ ERR_TLS_ ERR_SSL_ CERT_ CRL_ ERROR_IN_CERT_ UNABLE_TO_ OCSP_ ERR_OSSL_',
      { blame: 'dependency' },
    ],
    // Arguments that Node does not take; where it throws them as a TypeError or RangeError they are bugs.
    [
      'permanent',
      'never',
      `ERR_INVALID_ ERR_OUT_OF_RANGE ERR_MISSING_ ERR_HTTP_INVALID_ ERR_UNESCAPED_
       ERR_SOCKET_BAD_`,
      { blame: 'self' },
    ],
  ],
  // Node's own word for an argument that is none. What a system call, or a fetch, has brought is another matter.
  keys: ['code'],
  read: ({ syscall }, code, name) =>
    syscall === undefined && code.startsWith('ERR_') && builtIn.test(name)
      ? { kind: 'bug', blame: 'self', repeat: 'never', source: 'application', code }
      : undefined,
};

const builtIn = /^(?:Type|Range|Syntax)Error$/;

/** The same answers, safe or idempotent, made once. */
const otherwise = new Map<Verdict, Verdict>();

/** What is told by a code and depends on what was going on: the system call, or the peer's reason, tells. */
export function proven(known: Verdict, error: ErrorLike): Verdict {
  if (known.source !== 'network' || known.kind !== 'transient') return known;
  if (known.repeat === 'safe') {
    // The codes of what was never sent may also end a connection on which something was.
    const syscall = syscallOf(error);
    return syscall === 'read' || syscall === 'write' ? made(known, 'idempotent') : known;
  }
  if (connecting.has(known)) {
    const found = isOfConnecting(error) ? made(known, 'safe') : known;
    return limits.test(shortMessage(error)) ? { ...found, kind: 'timeout' } : found;
  }
  // node:http2 has the peer's reason in the message only. A refused stream was not processed (RFC 9113, 8.7).
  return known.code === 'ERR_HTTP2_STREAM_ERROR' && shortMessage(error).endsWith(REFUSED_STREAM)
    ? { ...known, repeat: 'safe', code: REFUSED_STREAM }
    : known;
}

/** Limits of clients, which have the code of a socket's: of opossum, axios, superagent and got. */
const limits =
  /^(?:Timed out after \d|(?:Response )?timeout of \d+ ?ms exceeded|Timeout awaiting ')/i;

const REFUSED_STREAM = 'NGHTTP2_REFUSED_STREAM';

function made(known: Verdict, repeat: 'safe' | 'idempotent'): Verdict {
  let other = otherwise.get(known);
  if (other === undefined) otherwise.set(known, (other = Object.freeze({ ...known, repeat })));
  return other;
}

function syscallOf({ syscall, erroredSysCall, cause }: ErrorLike): unknown {
  return syscall ?? erroredSysCall ?? (isObject(cause) ? cause.syscall : undefined);
}

/** got calls the phase `event`, request said `connect`, node-fetch says `erroredSysCall`. */
const phasesBeforeSending: ReadonlySet<unknown> = /* @__PURE__ */ new Set([
  'lookup',
  'connect',
  'secureConnect',
  'socket',
]);

function isOfConnecting(error: ErrorLike): boolean {
  const { errors } = error;
  return (
    syscallOf(error) === 'connect' ||
    error.connect === true ||
    phasesBeforeSending.has(error.event) ||
    (isObject(error.cause) && phasesBeforeSending.has(error.cause.event)) ||
    shortMessage(error).startsWith('Client network socket disconnected before secure TLS') ||
    // A host with several addresses (RFC 8305): each of them was tried, and none was reached.
    (Array.isArray(errors) &&
      errors.length > 0 &&
      errors.slice(0, MOST_ADDRESSES).every((one) => isObject(one) && one.syscall === 'connect'))
  );
}

const MOST_ADDRESSES = 64;
