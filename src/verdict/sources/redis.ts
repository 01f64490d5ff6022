import { row, type Source } from './source.ts';

/** The server's replies (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors), node-redis and ioredis. */
export const redis: Source = {
  source: 'redis',
  reply: [
    row('transient', 'safe', 'LOADING TRYAGAIN CLUSTERDOWN MASTERDOWN BUSY NOREPLICAS'),
    row('transient', 'safe', 'READONLY', { connection: 'replace' }),
    row(
      'permanent',
      'never',
      `WRONGTYPE NOAUTH NOPERM OOM ERR WRONGPASS NOPROTO MISCONF EXECABORT CROSSSLOT NOSCRIPT
       BUSYKEY BUSYGROUP NOGROUP`,
    ),
  ],
  name: [
    // WatchError: EXEC did nothing, the caller reads and tries again.
    row(
      'transient',
      'safe',
      `ClientOfflineError ConnectionTimeoutError RootNodesUnavailableError ClusterAllFailedError
       WatchError`,
    ),
    // A closed socket may have taken the command along.
    row(
      'transient',
      'idempotent',
      `SocketClosedUnexpectedlyError SocketTimeoutError SocketTimeoutDuringMaintenanceError
       CommandTimeoutDuringMaintenanceError DisconnectsClientError MaxRetriesPerRequestError
       InterruptError`,
    ),
    row('permanent', 'never', 'ClientClosedError'),
  ],
  message: [
    row('transient', 'safe', [
      "Stream isn't writeable and enableOfflineQueue options is false",
      "Cluster isn't ready and enableOfflineQueue options is false",
      'None of startup nodes is available',
      'ERR max number of clients reached',
    ]),
    row('transient', 'idempotent', [
      'Connection is closed.',
      'Command timed out',
      'Command aborted due to connection close',
      'Socket closed unexpectedly',
      'Cluster is ended.',
    ]),
  ],
};

/** Beginnings that are a Redis reply even on an error without a class of its own. */
export const redisPhrases: readonly string[] = [
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
];
