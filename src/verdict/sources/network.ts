import { row, type Source } from './source.ts';

/** Sockets, DNS, TLS, HTTP/2, and what fetch and undici make of them. https://nodejs.org/api/errors.html */
export const network: Source = {
  source: 'network',
  code: [
    // There was no connection yet, or no socket for one.
    row('transient', 'safe', 'ECONNREFUSED EAI_AGAIN EAI_FAIL ESERVFAIL ETIMEOUT'),
    // This process has no descriptor or port left.
    row('transient', 'safe', 'EADDRNOTAVAIL EMFILE ENFILE', { blame: 'self' }),
    // A route that is lost while something is sent looks like one that was never there.
    row('transient', 'safe', 'EHOSTUNREACH ENETUNREACH ENETDOWN EHOSTDOWN', { connecting: true }),
    // A name that is not known is mostly misspelt, but resolvers say so too while they restart.
    row('transient', 'safe', 'ENOTFOUND ENODATA', { maxRetries: 1 }),
    row(
      'transient',
      'idempotent',
      `ECONNRESET EPIPE ETIMEDOUT ECONNABORTED ERR_SOCKET_CLOSED ERR_STREAM_PREMATURE_CLOSE
       ERR_HTTP2_STREAM_ERROR ERR_HTTP2_SESSION_ERROR ERR_HTTP2_GOAWAY_SESSION
       ERR_HTTP2_INVALID_SESSION`,
    ),
    row(
      'permanent',
      'never',
      `EPROTO DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN HOSTNAME_MISMATCH INVALID_CA
       INVALID_PURPOSE PATH_LENGTH_EXCEEDED ERR_UNESCAPED_CHARACTERS ERR_SOCKET_BAD_PORT`,
    ),

    // undici
    row('transient', 'safe', 'UND_ERR_CONNECT_TIMEOUT NGHTTP2_REFUSED_STREAM'),
    row(
      'transient',
      'idempotent',
      `UND_ERR_SOCKET UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT UND_ERR_INFO
       UND_ERR_RES_CONTENT_LENGTH_MISMATCH`,
    ),
    row(
      'permanent',
      'never',
      `UND_ERR_INVALID_ARG UND_ERR_INVALID_RETURN_VALUE UND_ERR_NOT_SUPPORTED UND_ERR_PRX_TLS
       UND_ERR_REQ_CONTENT_LENGTH_MISMATCH UND_ERR_RES_EXCEEDED_MAX_SIZE
       UND_ERR_HEADERS_OVERFLOW UND_ERR_DESTROYED UND_ERR_CLOSED`,
    ),
    row('cancelled', 'never', 'UND_ERR_ABORTED UND_ERR_ABORT'),

    // axios, which leaves the rest to the cause.
    row('transient', 'idempotent', 'ERR_NETWORK', { hint: true }),
  ],
  // Certificates, protocols and addresses that will be as wrong the next time.
  prefix: [
    row(
      'permanent',
      'never',
      'ERR_INVALID_ HPE_ ERR_TLS_ ERR_SSL_ CERT_ CRL_ ERROR_IN_CERT_ UNABLE_TO_',
    ),
  ],
  // undici's, where the parser's own code is missing.
  name: [row('permanent', 'never', 'HTTPParserError')],
  message: [
    // The TypeErrors of fetch; the reason is in the cause.
    row('transient', 'idempotent', ['fetch failed', 'terminated', 'Failed to fetch'], {
      hint: true,
    }),
    // Such causes have no code.
    row('permanent', 'never', [
      'bad port',
      'invalid method',
      'unknown scheme',
      'URL scheme must be a HTTP(S) scheme',
      'redirect count exceeded',
      'unexpected redirect',
    ]),
  ],
};

/** https://grpc.io/docs/guides/status-codes/ */
export const grpc: Source = {
  source: 'network',
  // 8 and 14 follow the server's pushback where it sends one.
  number: [
    row('transient', 'safe', '14:UNAVAILABLE'),
    row('transient', 'idempotent', '4:DEADLINE_EXCEEDED 10:ABORTED 13:INTERNAL'),
    row('unknown', 'idempotent', '2:UNKNOWN 8:RESOURCE_EXHAUSTED'),
    // 1 is somebody else's cancellation: the caller's own is told by its signal.
    row(
      'permanent',
      'never',
      `1:CANCELLED 3:INVALID_ARGUMENT 5:NOT_FOUND 6:ALREADY_EXISTS 7:PERMISSION_DENIED
       9:FAILED_PRECONDITION 11:OUT_OF_RANGE 12:UNIMPLEMENTED 15:DATA_LOSS 16:UNAUTHENTICATED`,
    ),
  ],
};
