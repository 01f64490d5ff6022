import { CircuitOpenError, TimeoutError } from 'kedge';
import { classify, type Verdict } from 'kedge/failures';
import { describe, expect, it } from 'vitest';
import {
  anonymous,
  aws,
  axios,
  failed,
  fetchFailed,
  grpc,
  mongo,
  mysql,
  named,
  postgres,
  sqlite,
} from '../failures/errors.ts';

type Expected = Partial<Verdict>;

const safe: Expected = { kind: 'transient', repeat: 'safe' };
const dependency: Expected = { blame: 'dependency' };
const idempotent: Expected = { kind: 'transient', repeat: 'idempotent' };
const permanent: Expected = { kind: 'permanent', repeat: 'never' };
const cancelled: Expected = { kind: 'cancelled', repeat: 'never' };
const bug: Expected = { kind: 'bug', repeat: 'never' };
const unknown: Expected = { kind: 'unknown', repeat: 'idempotent' };

/** Every error of a row has the same answer. */
function row(title: string, expected: Expected, errors: Readonly<Record<string, unknown>>): void {
  it.each(Object.entries(errors))(`${title}: %s`, (_, error) => {
    expect(classify(error)).toMatchObject(expected);
  });
}

/** One of each, under its own name. */
function each<Key extends string | number>(
  make: (key: Key) => unknown,
  ...keys: Key[]
): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [String(key), make(key)]));
}

const message = (text: string): Error => new Error(text);
const nodeSqlite = (errcode: number): Error => failed({ code: 'ERR_SQLITE_ERROR', errcode });

/** A status in each of the places where it may be. */
function statuses(...all: number[]): Record<string, unknown> {
  return Object.fromEntries(
    all.flatMap((status) => [
      [`status ${status}`, failed({ status })],
      [`statusCode ${status}`, failed({ statusCode: status })],
      [`response.status ${status}`, failed({ response: { status } })],
      [`$metadata.httpStatusCode ${status}`, failed({ $metadata: { httpStatusCode: status } })],
    ]),
  );
}

/** A reply of Redis as each of the clients throws it. */
function asRedis(replies: Readonly<Record<string, string>>): Record<string, Error> {
  return Object.fromEntries(
    Object.entries(replies).flatMap(([word, text]) => [
      [`${word} of ioredis`, named('ReplyError', text)],
      [`${word} of node-redis`, anonymous('ErrorReply', text)],
      [`${word} of an error without a class`, new Error(text)],
    ]),
  );
}

const byCode = (...codes: string[]): Record<string, Error> =>
  Object.fromEntries(codes.map((code) => [code, failed({ code }, `connect ${code} 10.0.0.1:80`)]));

const routes = ['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN'];

/** As Node reports what a system call has failed with. */
const bySyscall = (syscall: string | undefined, ...codes: string[]): Record<string, Error> =>
  Object.fromEntries(
    codes.map((code) => [`${code} of ${syscall}`, failed({ code, ...(syscall && { syscall }) })]),
  );

describe('sockets and DNS', () => {
  row(
    'no connection was made',
    { ...safe, source: 'network' },
    {
      ...byCode('ECONNREFUSED', 'EAI_AGAIN', 'EADDRNOTAVAIL'),
      ...bySyscall('connect', 'ECONNREFUSED', ...routes),
      'the cause is of connect': failed({
        code: 'EHOSTUNREACH',
        cause: failed({ code: 'EHOSTUNREACH', syscall: 'connect' }),
      }),
    },
  );
  // A route that is lost, and a firewall that rejects what it has let pass, are reported with the same codes.
  row(
    'there was a connection, or nobody says that there was none',
    { ...idempotent, source: 'network' },
    {
      ...bySyscall('read', 'ECONNREFUSED', ...routes),
      ...bySyscall('write', 'ECONNREFUSED', ...routes),
      ...bySyscall(undefined, ...routes),
      'the cause is of read': failed({
        code: 'ECONNREFUSED',
        cause: failed({ code: 'ECONNREFUSED', syscall: 'read' }),
      }),
    },
  );
  row('a name is not known', { ...safe, maxRetries: 1, source: 'network' }, byCode('ENOTFOUND'));
  row(
    'a connection broke',
    { ...idempotent, source: 'network' },
    byCode('ECONNRESET', 'EPIPE', 'ETIMEDOUT'),
  );
  row(
    'the address, the certificate or the protocol is wrong',
    { ...permanent, source: 'network' },
    byCode(
      'ERR_INVALID_URL',
      'ERR_INVALID_PROTOCOL',
      'HPE_INVALID_CONSTANT',
      'CERT_HAS_EXPIRED',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'EPROTO',
    ),
  );

  it('only a name that is not known has a most number of retries', () => {
    expect(classify(failed({ code: 'ECONNREFUSED' }))).not.toHaveProperty('maxRetries');
  });

  it('EPIPE has five characters and is no SQLSTATE', () => {
    expect(classify(failed({ code: 'EPIPE' })).source).toBe('network');
  });
});

describe('fetch and undici', () => {
  row(
    'nothing was sent',
    { ...safe, source: 'network' },
    {
      'a connect timeout': fetchFailed(failed({ code: 'UND_ERR_CONNECT_TIMEOUT' })),
      'a refused stream': fetchFailed(failed({ code: 'NGHTTP2_REFUSED_STREAM' })),
      'a refused stream, as node:http2 says it': failed(
        { code: 'ERR_HTTP2_STREAM_ERROR' },
        'Stream closed with error code NGHTTP2_REFUSED_STREAM',
      ),
      'a refused connection': fetchFailed(failed({ code: 'ECONNREFUSED' })),
    },
  );
  row(
    'it may have been executed',
    { ...idempotent, source: 'network' },
    {
      'the other side closed': fetchFailed(failed({ code: 'UND_ERR_SOCKET' })),
      'no headers came': fetchFailed(failed({ code: 'UND_ERR_HEADERS_TIMEOUT' })),
      'the body stopped': new TypeError('terminated', {
        cause: failed({ code: 'UND_ERR_BODY_TIMEOUT' }),
      }),
      'the body was cut off': new TypeError('terminated', {
        cause: failed({ code: 'UND_ERR_SOCKET' }),
      }),
      'nobody knows why': fetchFailed(undefined),
      'the reason is no error': fetchFailed('closed'),
      'another error of a stream': failed(
        { code: 'ERR_HTTP2_STREAM_ERROR' },
        'Stream closed with error code NGHTTP2_INTERNAL_ERROR',
      ),
    },
  );
  row('the request is wrong', permanent, {
    'an address': new TypeError('Failed to parse URL from x', {
      cause: failed({ code: 'ERR_INVALID_URL' }),
    }),
    'a port that browsers block': fetchFailed(new Error('bad port')),
    'an argument': failed({ code: 'UND_ERR_INVALID_ARG' }),
    'an answer that is too large': fetchFailed(failed({ code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' })),
  });
  row('undici was aborted', cancelled, byCode('UND_ERR_ABORTED'));
  const tunnel = (status: number): Error =>
    named('AbortError', `Proxy response (${status}) !== 200 when HTTP Tunneling`, {
      code: 'UND_ERR_ABORTED',
    });
  row(
    'the proxy does not reach the host',
    { ...safe, source: 'network' },
    { undici: tunnel(502), fetch: fetchFailed(tunnel(503)), busy: tunnel(429) },
  );
  row(
    'the proxy does not want to',
    { ...permanent, blame: 'self' },
    { undici: tunnel(407), fetch: fetchFailed(tunnel(403)) },
  );
});

describe('DOMExceptions', () => {
  row(
    'a timeout',
    { kind: 'timeout', repeat: 'idempotent' },
    {
      'of AbortSignal': new DOMException('The operation timed out', 'TimeoutError'),
      'of somebody who borrows the name': named('TimeoutError'),
      'that aborted an API of Node': named('AbortError', 'aborted', {
        code: 'ABORT_ERR',
        cause: new DOMException('The operation timed out', 'TimeoutError'),
      }),
    },
  );
  row('an abort', cancelled, {
    'of AbortController': new DOMException('This operation was aborted', 'AbortError'),
    'of an API of Node': named('AbortError', 'aborted', { code: 'ABORT_ERR' }),
    'with a reason of its own': named('AbortError', 'aborted', {
      cause: failed({ code: 'ECONNREFUSED' }),
    }),
  });

  it('its number is no gRPC code', () => {
    expect(classify(new DOMException('x', 'InvalidCharacterError'))).toMatchObject(unknown);
    expect(new DOMException('x', 'InvalidCharacterError').code).toBe(5);
  });
});

describe('HTTP statuses', () => {
  row('refused', { ...safe, source: 'http' }, statuses(429));
  row('too early', safe, { '425': failed({ status: 425 }) });
  row(
    'the server failed',
    { ...idempotent, source: 'http' },
    statuses(500, 502, 503, 504, 521, 522, 524, 529),
  );
  row('the server gave up waiting', idempotent, { '408': failed({ status: 408 }) });
  row(
    'the answer will be the same',
    { ...permanent, source: 'http' },
    statuses(400, 401, 403, 404, 409, 410, 413, 422, 451),
  );
  row('not implemented', permanent, {
    '501': failed({ status: 501 }),
    '505': failed({ statusCode: 505 }),
  });

  it('a 503 with a time to come back was not executed', () => {
    const classified = classify(failed({ status: 503, headers: { 'retry-after': '2' } }));
    expect(classified).toEqual({
      ...safe,
      ...dependency,
      source: 'http',
      code: '503',
      retryAfter: 2_000,
    });
  });

  it('an answer of fetch that is thrown as it is', () => {
    expect(classify(new Response('', { status: 429 }))).toMatchObject(safe);
    expect(classify(new Response('', { status: 404 }))).toMatchObject(permanent);
    expect(classify(new Response('', { status: 200 }))).toMatchObject(unknown);
  });

  it.each([0, 1, 14, 127, 200, 204, 600, 1000, Number.NaN, '503', null])(
    '%s is no failure of HTTP',
    (status) => {
      expect(classify(failed({ status }))).toMatchObject({ ...unknown, source: 'application' });
    },
  );

  it("keeps the error's own code where it has one", () => {
    expect(classify(failed({ statusCode: 400, code: 'FST_ERR_VALIDATION' })).code).toBe(
      'FST_ERR_VALIDATION',
    );
    expect(classify(failed({ status: 404 })).code).toBe('404');
  });
});

describe('axios', () => {
  row('the cause decides', safe, {
    ERR_NETWORK: axios('ERR_NETWORK', undefined, {}, failed({ code: 'ECONNREFUSED' })),
    'ERR_NETWORK of its fetch adapter': axios(
      'ERR_NETWORK',
      undefined,
      {},
      fetchFailed(failed({ code: 'ECONNREFUSED' })),
    ),
  });
  row('it may have been executed', idempotent, {
    'ERR_NETWORK without a cause': axios('ERR_NETWORK'),
    ECONNABORTED: axios('ECONNABORTED'),
    ETIMEDOUT: axios('ETIMEDOUT'),
    'ERR_BAD_RESPONSE without a status': axios('ERR_BAD_RESPONSE'),
    'ERR_BAD_RESPONSE with 502': axios('ERR_BAD_RESPONSE', 502),
  });
  row('the status decides', permanent, {
    'ERR_BAD_REQUEST with 404': axios('ERR_BAD_REQUEST', 404),
    'ERR_BAD_RESPONSE with 501': axios('ERR_BAD_RESPONSE', 501),
    'ERR_BAD_REQUEST without one': axios('ERR_BAD_REQUEST'),
  });
  row(
    'the status decides',
    { ...safe, retryAfter: 7_000 },
    {
      'ERR_BAD_RESPONSE with 503': axios('ERR_BAD_RESPONSE', 503, { 'Retry-After': '7' }),
      'ERR_BAD_REQUEST with 429': axios('ERR_BAD_REQUEST', 429, { 'retry-after': 7 }),
    },
  );
  row('cancelled', cancelled, {
    ERR_CANCELED: named('CanceledError', 'x', { code: 'ERR_CANCELED' }),
  });
});

describe('PostgreSQL', () => {
  row(
    'rolled back, or refused before it began',
    { ...safe, source: 'postgres' },
    each(
      postgres,
      '40001',
      '40P01',
      '53000',
      '53200',
      '53300',
      '55P03',
      '55006',
      '57P03',
      '08001',
      '08004',
    ),
  );
  row(
    'the connection was lost',
    { ...idempotent, source: 'postgres' },
    each(postgres, '08000', '08003', '08006', '08007', '40003', '57P01', '57P02', '58000', '58030'),
  );
  row(
    'wrong data, rights or statements',
    { ...permanent, source: 'postgres' },
    each(postgres, '22001', '22P02', '23505', '23503', '28000', '28P01', '42601', '42P01', '42703'),
  );
  row(
    "the caller's own statement_timeout",
    { kind: 'timeout', repeat: 'never', source: 'postgres' },
    each(postgres, '57014'),
  );
  row(
    'a state that is in no row',
    { ...unknown, source: 'postgres' },
    each(postgres, 'XX000', 'ZZ999'),
  );

  it('five characters of another program are no SQLSTATE', () => {
    expect(classify(failed({ code: 'P1001' }))).toMatchObject({
      ...unknown,
      source: 'application',
    });
    expect(classify(failed({ code: 'EBUSY' }))).toMatchObject({
      ...unknown,
      source: 'application',
    });
  });

  row(
    'pg has no code: no connection',
    { ...safe, source: 'postgres' },
    each(message, 'timeout exceeded when trying to connect'),
  );
  row(
    'pg has no code: it may have been executed',
    { ...idempotent, source: 'postgres' },
    each(message, 'Connection terminated unexpectedly'),
  );
});

describe('MySQL and MariaDB', () => {
  row(
    'refused or rolled back',
    { ...safe, source: 'mysql' },
    {
      '1040': mysql(1040, 'ER_CON_COUNT_ERROR', '08004'),
      '1203': mysql(1203, 'ER_TOO_MANY_USER_CONNECTIONS', '42000'),
      '1205': mysql(1205, 'ER_LOCK_WAIT_TIMEOUT', 'HY000'),
      '1213': mysql(1213, 'ER_LOCK_DEADLOCK', '40001'),
      '1053': mysql(1053, 'ER_SERVER_SHUTDOWN', '08S01'),
      '1290': mysql(
        1290,
        'ER_OPTION_PREVENTS_STATEMENT',
        'HY000',
        'The MySQL server is running with the --read-only option so it cannot execute this statement',
      ),
      '1836': mysql(1836, 'ER_READ_ONLY_MODE', 'HY000'),
      'a code without a number': failed({ code: 'ER_LOCK_DEADLOCK' }),
      'a number without a code': failed({ errno: 1213, sqlState: '40001' }),
    },
  );
  row(
    'the connection was lost',
    { ...idempotent, source: 'mysql' },
    { PROTOCOL_CONNECTION_LOST: failed({ code: 'PROTOCOL_CONNECTION_LOST', fatal: true }) },
  );
  row(
    'wrong data, rights or statements',
    { ...permanent, source: 'mysql' },
    {
      '1062': mysql(1062, 'ER_DUP_ENTRY', '23000'),
      '1064': mysql(1064, 'ER_PARSE_ERROR', '42000'),
      '1045': mysql(1045, 'ER_ACCESS_DENIED_ERROR', '28000'),
      '1364': mysql(1364, 'ER_NO_DEFAULT_FOR_FIELD', 'HY000'),
      'by its class alone': mysql(9_999, 'ER_SOMETHING', '22003'),
      'another option forbids it': mysql(
        1290,
        'ER_OPTION_PREVENTS_STATEMENT',
        'HY000',
        'The MySQL server is running with the --secure-file-priv option so it cannot execute this statement',
      ),
    },
  );
  row(
    'neither its number nor its class is known',
    { ...unknown, source: 'mysql', code: 'ER_NEW' },
    { '9999': mysql(9_999, 'ER_NEW', 'HY000') },
  );
});

describe('SQLite', () => {
  row(
    'locked',
    { ...safe, source: 'sqlite' },
    {
      ...each(
        sqlite,
        'SQLITE_BUSY',
        'SQLITE_BUSY_SNAPSHOT',
        'SQLITE_BUSY_TIMEOUT',
        'SQLITE_LOCKED',
      ),
      ...each(sqlite, 'SQLITE_LOCKED_SHAREDCACHE'),
      'errcode 5': nodeSqlite(5),
      'errcode 6': nodeSqlite(6),
      'errcode 517, BUSY_SNAPSHOT': nodeSqlite(517),
      'errcode 262, LOCKED_SHAREDCACHE': nodeSqlite(262),
    },
  );
  row(
    'wrong data or a broken file',
    { ...permanent, source: 'sqlite' },
    {
      ...each(sqlite, 'SQLITE_CONSTRAINT', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CORRUPT'),
      'errcode 2067, CONSTRAINT_UNIQUE': nodeSqlite(2067),
      'errcode 11, CORRUPT': nodeSqlite(11),
    },
  );
  row(
    'the rest',
    { ...unknown, source: 'sqlite' },
    { ...each(sqlite, 'SQLITE_INTERNAL'), 'errcode 2': nodeSqlite(2) },
  );

  it('gives the name of the code', () => {
    expect(classify(nodeSqlite(5)).code).toBe('SQLITE_BUSY');
    expect(classify(nodeSqlite(517)).code).toBe('SQLITE_BUSY_SNAPSHOT');
    expect(classify(sqlite('SQLITE_CONSTRAINT_UNIQUE')).code).toBe('SQLITE_CONSTRAINT_UNIQUE');
  });
});

describe('Redis', () => {
  const replies: Record<string, string> = {
    LOADING: 'LOADING Redis is loading the dataset in memory',
    TRYAGAIN: 'TRYAGAIN Multiple keys request during rehashing of slot',
    CLUSTERDOWN: 'CLUSTERDOWN The cluster is down',
    MASTERDOWN: "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    READONLY: "READONLY You can't write against a read only replica.",
    BUSY: 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  };
  const refusals: Record<string, string> = {
    WRONGTYPE: 'WRONGTYPE Operation against a key holding the wrong kind of value',
    NOAUTH: 'NOAUTH Authentication required.',
    NOPERM: "NOPERM User default has no permissions to run the 'get' command",
    OOM: "OOM command not allowed when used memory > 'maxmemory'.",
  };
  row('not now', { ...safe, source: 'redis' }, asRedis(replies));
  row('not ever', { ...permanent, source: 'redis' }, asRedis(refusals));
  row(
    'the socket was closed or the time was up',
    { ...idempotent, source: 'redis' },
    {
      'node-redis': anonymous('SocketClosedUnexpectedlyError', 'Socket closed unexpectedly'),
      'node-redis, a silent socket': anonymous('SocketTimeoutError', 'Socket timeout timeout.'),
      ioredis: new Error('Connection is closed.'),
      'ioredis, a lost command': named('AbortError', 'Command aborted due to connection close'),
      'ioredis, tired': named('MaxRetriesPerRequestError', 'Reached the max retries per request'),
    },
  );
  row(
    'another reply',
    { ...unknown, source: 'redis', code: 'CUSTOM' },
    { ioredis: named('ReplyError', 'CUSTOM reply') },
  );

  it.each(['BUSY line, try again', 'READONLY flag is set', 'OOM', 'ERR nobody knows', 'A reply'])(
    'an error that begins with «%s» is nobody’s reply',
    (message) => {
      expect(classify(new Error(message))).toMatchObject({ ...unknown, source: 'application' });
    },
  );

  it('BUSYGROUP is not BUSY', () => {
    const error = named('ReplyError', 'BUSYGROUP Consumer Group name already exists');
    expect(classify(error)).toMatchObject(permanent);
  });
});

describe('MongoDB', () => {
  row(
    'nothing was written',
    { ...safe, source: 'mongodb' },
    {
      TransientTransactionError: mongo(112, 'TransientTransactionError'),
      NoWritesPerformed: mongo(91, 'RetryableWriteError', 'NoWritesPerformed'),
    },
  );
  row(
    'it may have been written',
    { ...idempotent, source: 'mongodb' },
    {
      RetryableWriteError: mongo(91, 'RetryableWriteError'),
      UnknownTransactionCommitResult: mongo(64, 'UnknownTransactionCommitResult'),
      SystemOverloadedError: mongo(462, 'SystemOverloadedError', 'RetryableError'),
      'not the primary': mongo(10_107),
      'a broken connection': named('MongoNetworkError', 'connection 1 closed'),
      // The driver may have sent it before: its second failure hides the first.
      'no server was found': named('MongoServerSelectionError', 'x'),
      'no connection was got': named('MongoPoolClearedError', 'x'),
      'no connection in time': named('MongoWaitQueueTimeoutError', 'x'),
    },
  );
  row(
    'wrong data, rights or commands',
    { ...permanent, source: 'mongodb' },
    { '11000': mongo(11_000), '13': mongo(13), '121': mongo(121) },
  );
  row('another number', { ...unknown, source: 'mongodb', code: '777' }, { '777': mongo(777) });

  it('a commit of unknown result is not certain, whatever else is said', () => {
    const error = mongo(91, 'TransientTransactionError', 'UnknownTransactionCommitResult');
    expect(classify(error).repeat).toBe('idempotent');
  });
});

describe('AWS SDK 3', () => {
  row(
    'throttled',
    { ...safe, source: 'http' },
    {
      'by its name': aws('ThrottlingException', { $fault: 'client' }),
      'by another name': aws('ProvisionedThroughputExceededException', { $fault: 'client' }),
      'by its own word': aws('SomeException', {
        $fault: 'client',
        $retryable: { throttling: true },
      }),
      'by its status': aws('X', { $fault: 'client', $metadata: { httpStatusCode: 429 } }),
    },
  );
  row(
    'retryable',
    { ...idempotent, source: 'http' },
    {
      'by its own word': aws('SomeException', { $fault: 'client', $retryable: {} }),
      'by its name': aws('RequestTimeout', { $fault: 'client' }),
      'by its status': aws('InternalError', {
        $fault: 'server',
        $metadata: { httpStatusCode: 500 },
      }),
      'by its fault': aws('InternalError', { $fault: 'server', $metadata: {} }),
    },
  );
  row(
    "the client's fault",
    { ...permanent, source: 'http', code: 'NoSuchKey' },
    { NoSuchKey: aws('NoSuchKey', { $fault: 'client' }) },
  );

  it('takes the time to come back from the raw answer', () => {
    const error = aws('SlowDown', {
      $fault: 'server',
      $metadata: { httpStatusCode: 503 },
      $response: { headers: { 'retry-after': '3' } },
    });
    expect(classify(error)).toMatchObject({ ...safe, retryAfter: 3_000 });
  });

  it('a connection that broke is told by its code', () => {
    const error = failed({ code: 'ECONNRESET', $metadata: { attempts: 3 } });
    expect(classify(error)).toMatchObject({ ...idempotent, source: 'network' });
  });
});

describe('gRPC', () => {
  row(
    'unavailable, when the server may have done its work',
    { ...idempotent, source: 'network', code: 'UNAVAILABLE' },
    {
      ...each((code: number) => grpc(code), 14),
      ...each(
        (details: string) => Object.assign(grpc(14), { details }),
        'Connection dropped',
        'read ECONNRESET',
        'Keepalive timeout',
        'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
      ),
    },
  );
  row(
    'unavailable, and nothing was sent',
    { ...safe, source: 'network', code: 'UNAVAILABLE' },
    each(
      (details: string) => Object.assign(grpc(14), { details }),
      'No connection established. Last error: connect ECONNREFUSED 10.0.0.1:50051. Resolution note: ',
      'round_robin: No connection established. Last error: null',
      'Name resolution failed for target dns:orders:50051',
      'failed to connect to all addresses; last error: UNKNOWN',
      'Stream refused by server',
    ),
  );
  row(
    'it may have been executed',
    { ...idempotent, source: 'network' },
    each((code: number) => grpc(code), 10, 13),
  );
  row(
    'a deadline of this side',
    { kind: 'timeout', repeat: 'idempotent', blame: 'dependency', source: 'network' },
    each((code: number) => grpc(code), 4),
  );
  row(
    'the answer will be the same',
    permanent,
    each((code: number) => grpc(code), 1, 3, 5, 7, 9, 12, 16),
  );
  row(
    'nobody knows',
    unknown,
    each((code: number) => grpc(code), 2, 8),
  );
  row(
    'exhausted, and the server says when to come back',
    { ...safe, retryAfter: 250 },
    { '8': grpc(8, { 'grpc-retry-pushback-ms': '250' }) },
  );
  row('the server says not to come back', permanent, {
    '8': grpc(8, { 'grpc-retry-pushback-ms': '-1' }),
    '14': grpc(14, { 'grpc-retry-pushback-ms': 'never' }),
  });
  row('told by its number alone', idempotent, { '14': failed({ code: 14 }) });

  it("the exit code of a process and the numbers of Kafka are not gRPC's", () => {
    expect(classify(failed({ code: 14, killed: false, cmd: 'false' }))).toMatchObject(unknown);
    expect(classify(named('KafkaJSProtocolError', 'x', { code: 5 }))).toMatchObject(unknown);
  });
});

describe('an answer that is no JSON', () => {
  function parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      return error;
    }
  }

  row(
    'is the page of a gateway, and no mistake of who parses it',
    { kind: 'unknown', blame: 'dependency', repeat: 'idempotent' },
    {
      ...each(parsed, '<html><h1>502 Bad Gateway</h1></html>', '', '{"rate":', '{"rate": 1'),
      Safari: Object.assign(new SyntaxError('JSON Parse error: Unrecognized token <'), {}),
      Firefox: new SyntaxError(
        'JSON.parse: unexpected character at line 1 column 1 of the JSON data',
      ),
    },
  );

  it('but what does not parse as a program is one', () => {
    expect(classify(new SyntaxError('Invalid regular expression: missing /'))).toMatchObject({
      kind: 'bug',
      blame: 'self',
    });
  });
});

describe("kedge's own errors", () => {
  row(
    'a rejection was never started',
    { kind: 'rejected', repeat: 'safe', source: 'application' },
    byCode('KEDGE_CIRCUIT_OPEN', 'KEDGE_BULKHEAD_FULL', 'KEDGE_RATE_LIMITED', 'KEDGE_THROTTLED'),
  );
  row(
    'a timeout may have been',
    { kind: 'timeout', repeat: 'idempotent', source: 'application' },
    byCode('KEDGE_TIMEOUT'),
  );

  it('the real ones are told by their code too', () => {
    const origin = { pipeline: 'quotes', policy: 'circuit-breaker' };
    expect(classify(new CircuitOpenError(origin, 400))).toMatchObject({
      kind: 'rejected',
      retryAfter: 400,
    });
    expect(classify(new TimeoutError(origin, 1_000))).toMatchObject({
      kind: 'timeout',
      repeat: 'idempotent',
      code: 'KEDGE_TIMEOUT',
    });
  });

  it('an open circuit says when to come back, and not what opened it', () => {
    const cause = failed({ status: 404 });
    const error = failed({ code: 'KEDGE_CIRCUIT_OPEN', retryAfter: 400, cause });
    expect(classify(error)).toEqual({
      kind: 'rejected',
      blame: 'self',
      repeat: 'safe',
      source: 'application',
      code: 'KEDGE_CIRCUIT_OPEN',
      retryAfter: 400,
    });
  });

  it('an isolated circuit may never close', () => {
    const error = failed({ code: 'KEDGE_CIRCUIT_OPEN', retryAfter: Infinity });
    expect(classify(error).retryAfter).toBe(Infinity);
  });
});

describe('bugs', () => {
  row(
    'a mistake in the program',
    { ...bug, source: 'application' },
    {
      TypeError: new TypeError('x is not a function'),
      ReferenceError: new ReferenceError('x is not defined'),
      SyntaxError: new SyntaxError('Unexpected token'),
      RangeError: new RangeError('Maximum call stack size exceeded'),
      'inside of another error': new Error('could not', { cause: new TypeError('x') }),
    },
  );
});

describe('the rest', () => {
  row('nothing is known', unknown, {
    'an error': new Error('out of luck'),
    'an empty error': new Error(),
    undefined: undefined,
    null: null,
    'a text': 'ECONNREFUSED',
    'a number': 503,
    'a function': () => 1,
    'an object': {},
    'an array': [],
    'a frozen object': Object.freeze({}),
  });

  it('keeps a code that nobody knows', () => {
    expect(classify(failed({ code: 'MY_OWN' }))).toEqual({
      ...unknown,
      ...dependency,
      source: 'application',
      code: 'MY_OWN',
    });
  });

  it('the usual answers are shared and frozen', () => {
    const first = classify(failed({ code: 'ECONNRESET' }));
    expect(classify(failed({ code: 'ECONNRESET' }))).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    expect(Object.isFrozen(classify(new Error('x')))).toBe(true);
  });
});
