import { type ErrorLike, isObject } from '../error-like.ts';
import { httpError } from '../http-error.ts';
import { indexOf, type Row, type Source } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** The codes of tRPC and of GraphQL servers, by the status that they stand for. */
const ownCode: readonly Row[] = [
  [
    'transient',
    'safe',
    'TOO_MANY_REQUESTS RATE_LIMITED THROTTLED MAX_COST_EXCEEDED',
    {
      hint: true,
    },
  ],
  [
    'transient',
    'idempotent',
    `INTERNAL_SERVER_ERROR BAD_GATEWAY SERVICE_UNAVAILABLE GATEWAY_TIMEOUT TIMEOUT
     DOWNSTREAM_SERVICE_ERROR`,
    { hint: true },
  ],
  ['permanent', 'never', 'CLIENT_CLOSED_REQUEST', { blame: 'caller', hint: true }],
  [
    'permanent',
    'never',
    `PARSE_ERROR BAD_REQUEST UNAUTHORIZED PAYMENT_REQUIRED FORBIDDEN NOT_FOUND METHOD_NOT_SUPPORTED
     CONFLICT PRECONDITION_FAILED PAYLOAD_TOO_LARGE UNSUPPORTED_MEDIA_TYPE UNPROCESSABLE_CONTENT
     PRECONDITION_REQUIRED NOT_IMPLEMENTED GRAPHQL_PARSE_FAILED GRAPHQL_VALIDATION_FAILED
     BAD_USER_INPUT UNAUTHENTICATED OPERATION_RESOLUTION_FAILURE PERSISTED_QUERY_NOT_FOUND
     PERSISTED_QUERY_NOT_SUPPORTED ACCESS_DENIED`,
    { hint: true },
  ],
];

/** tRPC, on both sides, and GraphQL: statuses of HTTP in other words, which give way to a cause. */
export const apis: Source = {
  source: 'http',
  ownCode,
  keys: ['extensions'],
  names: /^TRPC/,
  read(error, code, name) {
    // A server says so of whatever a procedure threw: that is the cause.
    if (name === 'TRPCError' && code === 'INTERNAL_SERVER_ERROR') return undefined;
    if (name.startsWith('TRPC')) return byCode(code) ?? ofShape(error);
    const { extensions } = error;
    return isObject(extensions) ? byCode(extensions.code) : undefined;
  },
};

function byCode(code: unknown): Verdict | undefined {
  return typeof code === 'string' ? indexOf('http', ownCode, 'ownCode').get(code) : undefined;
}

/** What the server's formatter has put into the answer. */
function ofShape({ data, shape }: ErrorLike): Verdict | undefined {
  const told = isObject(data) ? data : isObject(shape) ? shape.data : undefined;
  if (!isObject(told)) return undefined;
  return typeof told.httpStatus === 'number'
    ? httpError(told, told.httpStatus, told.code)
    : byCode(told.code);
}
