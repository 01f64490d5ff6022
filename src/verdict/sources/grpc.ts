import { delay, type ErrorLike, isObject } from '../error-like.ts';
import { isHttp } from '../http-error.ts';
import { indexOf, type Row, type Source } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** https://grpc.io/docs/guides/status-codes/ */
const number: readonly Row[] = [
  // 8 and 14 follow the server's pushback where it sends one. By itself 14 promises nothing: the connection may have
  // been lost when the server had done its work.
  ['transient', 'idempotent', '14:UNAVAILABLE 13:INTERNAL'],
  ['timeout', 'idempotent', '4:DEADLINE_EXCEEDED'],
  // It lost to another transaction.
  ['transient', 'idempotent', '10:ABORTED', { blame: 'request' }],
  ['unknown', 'idempotent', '2:UNKNOWN 8:RESOURCE_EXHAUSTED'],
  // 1 is somebody else's cancellation: the caller's own is told by its signal, or by its details.
  [
    'permanent',
    'never',
    `1:CANCELLED 3:INVALID_ARGUMENT 5:NOT_FOUND 6:ALREADY_EXISTS 7:PERMISSION_DENIED
     9:FAILED_PRECONDITION 11:OUT_OF_RANGE 12:UNIMPLEMENTED 16:UNAUTHENTICATED`,
  ],
  ['permanent', 'never', '15:DATA_LOSS', { blame: 'dependency' }],
];

/** What the clients of all languages say of a call for which there was no connection, or that the server refused unread. */
const unsent =
  /(?:^|: )(?:No connection established|Name resolution failed|failed to connect to all addresses|Channel closed before call started|Stream refused by server|connect ECONNREFUSED)/i;

/** gRPC, and what speaks like it: a small number in `code`. */
export const grpc: Source = {
  source: 'network',
  number,
  keys: ['code'],
  read(error, _, name) {
    const { code, details, metadata } = error;
    if (typeof code !== 'number') return undefined;
    const known = indexOf('network', number, 'number').get(code);
    // Kafka's clients and child processes have small numbers as well: the first under a name of their own, the others
    // with a command. A DOMException has a name, too.
    const certain = typeof details === 'string' || isObject(metadata);
    if (
      known === undefined ||
      (!certain && (name !== 'Error' || error.cmd !== undefined || isHttp(error)))
    )
      return undefined;
    if (code === 1 && (details === 'Cancelled on client' || details === 'Cancelled'))
      return { ...known, kind: 'cancelled', blame: 'caller' };
    if (code !== 8 && code !== 14) return known;
    const isUnsent =
      code === 14 && typeof details === 'string' && unsent.test(details.slice(0, 300));
    return pushedBack(isUnsent ? { ...known, repeat: 'safe' } : known, metadata);
  },
};

/** What the server says about when to come back (gRFC A6). */
function pushedBack(known: Verdict, metadata: unknown): Verdict {
  if (!isObject(metadata)) return known;
  const value = pushback(metadata);
  if (value === undefined || value === null) return known;
  // Anything but a number of milliseconds means: do not come back.
  const asked =
    typeof value === 'number' || (typeof value === 'string' && /^\d{1,12}$/.test(value))
      ? delay(Number(value))
      : undefined;
  if (asked === undefined) return { ...known, kind: 'permanent', repeat: 'never' };
  return { ...known, kind: 'transient', repeat: 'safe', retryAfter: asked };
}

const PUSHBACK = 'grpc-retry-pushback-ms';

function pushback(metadata: ErrorLike): unknown {
  const values: unknown =
    typeof metadata.get === 'function'
      ? metadata.get(PUSHBACK)
      : (metadata as Record<string, unknown>)[PUSHBACK];
  return Array.isArray(values) ? values[0] : values;
}
