import { type ErrorLike, isObject, LONGEST_CODE, shortMessage } from '../error-like.ts';
import { beginningIn, indexOf, type Row, type Source, unlisted } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

const reply: readonly Row[] = [
  [
    'transient',
    'safe',
    `LOADING TRYAGAIN CLUSTERDOWN MASTERDOWN BUSY NOREPLICAS NOGOODSLAVE NOMASTERLINK NOQUORUM INPROG
     UNBLOCKED MOVED ASK MISCONF`,
  ],
  // A primary that has become a replica.
  ['transient', 'safe', 'READONLY', { connection: 'replace' }],
  // The server is full, and stays so until something is deleted.
  ['permanent', 'never', 'OOM IOERR', { blame: 'dependency' }],
  [
    'permanent',
    'never',
    `WRONGTYPE NOAUTH NOPERM ERR WRONGPASS NOPROTO EXECABORT CROSSSLOT NOSCRIPT BUSYKEY BUSYGROUP
     NOGROUP NOKEY NOTBUSY UNKILLABLE DENIED SYNTAX INVALIDOBJ UNKNOWN`,
  ],
];

/** Replies that begin like any other, and say more. */
const ownBeginning: readonly Row[] = [['transient', 'safe', ['ERR max number of clients reached']]];

/** Beginnings that are a Redis reply even on an error without a class of its own. */
const phrases: readonly string[] = [
  'LOADING ',
  'TRYAGAIN ',
  'CLUSTERDOWN ',
  'MASTERDOWN ',
  'WRONGTYPE ',
  'NOAUTH ',
  'NOPERM ',
  "READONLY You can't",
  'BUSY Redis',
  'OOM command',
  'MISCONF Redis',
  'EXECABORT Transaction',
  'NOSCRIPT No matching',
  'CROSSSLOT Keys',
  'NOREPLICAS Not enough',
  'ERR max number of clients reached',
];

const classes = /^(?:ReplyError|ErrorReply|SimpleError|BlobError|MultiErrorReply)$/;

/**
 * The server's replies (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors), node-redis and
 * ioredis.
 */
export const redis: Source = {
  source: 'redis',
  reply,
  ownBeginning,
  name: [
    // Nothing was sent.
    [
      'transient',
      'safe',
      `ClientOfflineError ConnectionTimeoutError RootNodesUnavailableError ClusterAllFailedError
       CommandTimeoutDuringMaintenanceError`,
    ],
    // EXEC did nothing, and there is no WATCH any more: the same EXEC would now be applied. Only reading again helps.
    ['transient', 'never', 'WatchError', { blame: 'request' }],
    // A closed socket may have taken the command along.
    [
      'transient',
      'idempotent',
      `SocketClosedUnexpectedlyError SocketTimeoutError SocketTimeoutDuringMaintenanceError
       DisconnectsClientError MaxRetriesPerRequestError InterruptError MaxCommandRedirectionsError
       ScanIteratorInterruptedError`,
    ],
    ['permanent', 'never', 'ClientClosedError', { blame: 'self' }],
  ],
  message: [
    [
      'transient',
      'safe',
      [
        "Stream isn't writeable and enableOfflineQueue options is false",
        "Cluster isn't ready and enableOfflineQueue options is false",
        'None of startup nodes is available',
        'All sentinels are unreachable and retry is disabled.',
      ],
    ],
    ['timeout', 'idempotent', ['Command timed out']],
    [
      'transient',
      'idempotent',
      [
        'Connection is closed.',
        'Command aborted due to connection close',
        'Socket closed unexpectedly',
        'Cluster is ended.',
        'Node is disconnected',
        'Cluster is disconnected.',
      ],
    ],
    [
      'permanent',
      'never',
      [
        'Connection in subscriber mode, only subscriber commands may be used',
        "Connection is in monitoring mode, can't process commands.",
      ],
      { blame: 'self' },
    ],
  ],
  beginning: [
    [
      'transient',
      'idempotent',
      [
        "Socket timeout. Expecting data, but didn't receive any in",
        'Too many Cluster redirections.',
      ],
    ],
  ],
  readMessage: redisError,
};

/** A reply, told by its first word; of an error without a class of its own only where more of it is a reply's. */
function redisError(error: ErrorLike, message: string, name: string): Verdict | undefined {
  const isReply = classes.test(name);
  // Two capitals, or it is no reply; this is as far as most messages get.
  if (!isCapital(message.charCodeAt(0)) || !isCapital(message.charCodeAt(1)))
    return isReply ? several(error) : undefined;
  if (!isReply && !phrases.some((phrase) => message.startsWith(phrase))) return undefined;
  const word = message.split(' ', 1)[0] ?? '';
  const known = indexOf('redis', reply, 'reply').get(word);
  return (
    beginningIn(indexOf('redis', ownBeginning, 'ownBeginning'), message) ??
    (word === 'EXECABORT' ? worst(error.previousErrors, true) : undefined) ??
    known ??
    unlisted('redis', word.slice(0, LONGEST_CODE))
  );
}

/** A MULTI of which some commands were refused: the others were executed. */
function several({ replies, errorIndexes }: ErrorLike): Verdict | undefined {
  if (!Array.isArray(replies) || !Array.isArray(errorIndexes)) return undefined;
  const refused = errorIndexes
    .slice(0, MOST_REPLIES)
    .map((at: unknown) => replies[at as number] as unknown);
  return worst(refused, replies.length === errorIndexes.length);
}

const MOST_REPLIES = 64;

/** Of several replies the one that forbids most decides; safe they are only together, where nothing was executed. */
function worst(errors: unknown, nothingElse: boolean): Verdict | undefined {
  if (!Array.isArray(errors)) return undefined;
  let found: Verdict | undefined;
  for (const error of errors.slice(0, MOST_REPLIES)) {
    const known = isObject(error)
      ? redisError(error, shortMessage(error), 'ReplyError')
      : undefined;
    if (known !== undefined && (found === undefined || known.repeat === 'never')) found = known;
  }
  return found?.repeat === 'safe' && !nothingElse ? { ...found, repeat: 'idempotent' } : found;
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}
