// What clients of HTTP, RPC and SDKs say where a status alone does not tell.
import { classify, type Verdict } from 'kedge';
import { describe, expect, it } from 'vitest';
import { aws, axios, failed, fetchFailed, grpc, named } from '../failures/errors.ts';

type Expected = Partial<Verdict>;

const refused: Expected = { kind: 'transient', blame: 'dependency', repeat: 'safe' };
const broken: Expected = { kind: 'transient', blame: 'dependency', repeat: 'idempotent' };
const wrong: Expected = { kind: 'permanent', blame: 'request', repeat: 'never' };
const self: Expected = { kind: 'permanent', blame: 'self', repeat: 'never' };
const cancelled: Expected = { kind: 'cancelled', blame: 'caller', repeat: 'never' };

function row(title: string, expected: Expected, errors: Readonly<Record<string, unknown>>): void {
  it.each(Object.entries(errors))(`${title}: %s`, (_, error) => {
    expect(classify(error)).toMatchObject(expected);
  });
}

const answer = (status: number, headers: object): Error => failed({ status, headers });

const tried = (code: string, syscall: string): Error => failed({ code, syscall });

const aggregate = (code: string, ...errors: Error[]): Error =>
  Object.assign(new AggregateError(errors), { code });

const cancelledBy = (...codes: string[]): Error =>
  aws('TransactionCanceledException', {
    $fault: 'client',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

const graphql = (code: string, extensions: object = {}): Error =>
  named('GraphQLError', 'x', { extensions: { code, ...extensions } });

describe('statuses', () => {
  row('wrong', wrong, {
    401: failed({ status: 401 }),
    403: failed({ status: 403 }),
    404: failed({ status: 404 }),
    409: failed({ status: 409 }),
    501: failed({ status: 501 }),
  });
  row('unwell', broken, { 500: failed({ status: 500 }), 503: failed({ status: 503 }) });
  row('too much', refused, { 429: failed({ status: 429 }) });
  row('the proxy wants credentials of this process', self, { 407: failed({ status: 407 }) });
  row(
    'nothing that passes, and not its fault',
    { ...wrong, blame: 'dependency' },
    {
      526: failed({ status: 526 }),
    },
  );
  row(
    'wherever it is',
    { ...wrong, code: '404' },
    {
      Boom: failed({ isBoom: true, output: { statusCode: 404, headers: {} } }),
      Elasticsearch: named('ResponseError', 'x', { meta: { statusCode: 404, headers: {} } }),
      Google: failed({ code: 404 }),
      httpStatus: failed({ httpStatus: 404 }),
    },
  );
  row(
    'a time to come back, wherever it is',
    { ...refused, retryAfter: 2_000 },
    {
      Boom: failed({ output: { statusCode: 503, headers: { 'Retry-After': 2 } } }),
      Elasticsearch: failed({ meta: { statusCode: 503, headers: { 'retry-after': '2' } } }),
      'two sets of headers': failed({
        status: 503,
        headers: { date: 'x' },
        response: { headers: { 'retry-after': '2' } },
      }),
    },
  );
});

describe('headers that say more', () => {
  row(
    'do not come back',
    { repeat: 'never', kind: 'transient' },
    {
      OpenAI: answer(500, { 'x-should-retry': 'false' }),
      Stripe: answer(503, { 'stripe-should-retry': 'false', 'retry-after': '1' }),
    },
  );
  row(
    'come back',
    { kind: 'transient', blame: 'request', repeat: 'idempotent' },
    {
      Anthropic: answer(409, new Headers({ 'X-Should-Retry': 'true' })),
      Stripe: answer(409, { 'Stripe-Should-Retry': 'true' }),
    },
  );
  row(
    'a quota of GitHub',
    { ...refused, retryAfter: 60_000 },
    {
      'for a time': named('HttpError', 'x', {
        status: 403,
        response: { headers: { 'retry-after': '60' } },
      }),
      'used up': failed({
        status: 403,
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' },
      }),
    },
  );
  row('a 403 is one', wrong, {
    'with something left': answer(403, { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '60' }),
    'with a quota of another kind': answer(403, { 'ratelimit-reset': '60' }),
  });
});

describe('clients', () => {
  row('connecting took too long', refused, {
    'a system call': failed({ code: 'ETIMEDOUT', syscall: 'connect' }),
    got: named('TimeoutError', 'x', { code: 'ETIMEDOUT', event: 'connect' }),
    request: failed({ code: 'ETIMEDOUT', connect: true }),
    'node-fetch': named('FetchError', 'x', {
      type: 'system',
      code: 'ETIMEDOUT',
      errno: 'ETIMEDOUT',
      erroredSysCall: 'connect',
    }),
    axios: axios('ETIMEDOUT', undefined, {}, failed({ code: 'ETIMEDOUT', syscall: 'connect' })),
  });
  row(
    'the answer took too long',
    { repeat: 'idempotent' },
    {
      got: named('TimeoutError', 'x', { code: 'ETIMEDOUT', event: 'response' }),
      'node-fetch': named('FetchError', 'x', { type: 'body-timeout' }),
      superagent: failed({ code: 'ECONNABORTED', timeout: 100, errno: 'ETIME' }),
      ky: named('TimeoutError'),
    },
  );
  row('TLS was not ready', refused, {
    ECONNRESET: failed(
      { code: 'ECONNRESET' },
      'Client network socket disconnected before secure TLS connection was established',
    ),
  });
  row('limits and options of this side', self, {
    axios: failed({ code: 'ERR_BAD_RESPONSE' }, 'maxContentLength size of 10 exceeded'),
    'axios, a body': failed({ code: 'ERR_FR_MAX_BODY_LENGTH_EXCEEDED' }),
    'axios, an option': failed({ code: 'ERR_BAD_OPTION' }),
    'node-fetch, a size': named('FetchError', 'x', { type: 'max-size' }),
    'node-fetch, redirects': named('FetchError', 'x', { type: 'max-redirect' }),
    'got, redirects': failed({ code: 'ERR_TOO_MANY_REDIRECTS' }),
    superagent: failed({ code: 'ETOOLARGE' }),
    undici: fetchFailed(failed({ code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' })),
    'a parser': failed({ code: 'HPE_HEADER_OVERFLOW' }),
    'an address': failed({ code: 'ERR_INVALID_URL' }),
  });
  row(
    "the caller's body",
    { blame: 'caller', repeat: 'never' },
    {
      got: failed({ code: 'ERR_UPLOAD' }),
      undici: fetchFailed(failed({ code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' })),
    },
  );
  row(
    'the certificate of the other side',
    { ...self, blame: 'dependency' },
    {
      expired: failed({ code: 'CERT_HAS_EXPIRED' }),
      'the wrong host': failed({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
    },
  );
  row('the caller left', cancelled, {
    axios: named('CanceledError', 'x', { code: 'ERR_CANCELED' }),
    got: failed({ code: 'ERR_ABORTED' }),
    OpenAI: named('APIUserAbortError'),
  });
  row(
    'a session that was over',
    { ...refused, connection: 'replace' },
    {
      GOAWAY: failed({ code: 'ERR_HTTP2_GOAWAY_SESSION' }),
      destroyed: failed({ code: 'ERR_HTTP2_INVALID_SESSION' }),
    },
  );
  row(
    'no descriptors, no ports',
    { ...refused, blame: 'self' },
    {
      EMFILE: failed({ code: 'EMFILE', syscall: 'connect' }),
      EADDRNOTAVAIL: failed({ code: 'EADDRNOTAVAIL' }),
    },
  );
  row(
    'a name that nobody knows',
    { ...refused, blame: 'self', maxRetries: 1 },
    {
      ENOTFOUND: failed({ code: 'ENOTFOUND' }),
    },
  );
});

describe('hosts with several addresses', () => {
  row('none could be connected to', refused, {
    ETIMEDOUT: aggregate(
      'ETIMEDOUT',
      tried('ETIMEDOUT', 'connect'),
      tried('ENETUNREACH', 'connect'),
    ),
    'inside of fetch': fetchFailed(aggregate('ETIMEDOUT', tried('ETIMEDOUT', 'connect'))),
    'without a code': new AggregateError([tried('ETIMEDOUT', 'connect')]),
  });
  row(
    'one of them was connected to',
    { repeat: 'idempotent' },
    {
      ETIMEDOUT: aggregate('ETIMEDOUT', tried('ETIMEDOUT', 'connect'), tried('ETIMEDOUT', 'read')),
      'nobody says': aggregate('ETIMEDOUT'),
    },
  );
});

describe('SDKs', () => {
  row('no connection to the API', broken, {
    OpenAI: named('APIConnectionError'),
    Stripe: failed({ type: 'StripeConnectionError', rawType: 'api_error' }),
    Elasticsearch: named('ConnectionError'),
  });
  row('the cause knows more', refused, {
    OpenAI: named('APIConnectionError', 'x', {
      cause: fetchFailed(failed({ code: 'ECONNREFUSED' })),
    }),
  });
  row(
    'a timeout',
    { kind: 'timeout', repeat: 'idempotent' },
    {
      OpenAI: named('APIConnectionTimeoutError'),
    },
  );
  row('wrong', wrong, {
    'a card': failed({ type: 'StripeCardError', rawType: 'card_error', statusCode: 402 }),
    'a signature': failed({ type: 'StripeSignatureVerificationError' }),
    'a model': failed({ status: 404, type: 'invalid_request_error', code: 'model_not_found' }),
  });
});

describe('AWS and DynamoDB', () => {
  row('a condition', wrong, {
    alone: aws('ConditionalCheckFailedException', { $fault: 'client' }),
    'in a transaction': cancelledBy('None', 'TransactionConflict', 'ConditionalCheckFailed'),
  });
  row(
    'a conflict',
    { kind: 'transient', blame: 'request', repeat: 'safe' },
    {
      alone: aws('TransactionConflictException', { $fault: 'client' }),
      'in a transaction': cancelledBy('None', 'TransactionConflict'),
    },
  );
  row('too much', refused, {
    'in a transaction': cancelledBy('ThrottlingError', 'None'),
    alone: aws('ThrottlingException', { $fault: 'client' }),
  });
  row('no credentials', self, { none: named('CredentialsProviderError') });
});

describe('gRPC', () => {
  row('the caller left', cancelled, {
    CANCELLED: Object.assign(grpc(1), { details: 'Cancelled on client' }),
  });
  row('somebody else has cancelled it', wrong, { CANCELLED: grpc(1) });
  row(
    'a conflict',
    { kind: 'transient', blame: 'request', repeat: 'idempotent' },
    {
      ABORTED: grpc(10),
    },
  );
  row(
    'a number beside a status is none',
    { ...wrong, source: 'http' },
    {
      14: failed({ code: 14, status: 404 }),
    },
  );
});

describe('tRPC', () => {
  row('wrong', wrong, {
    'of a client': named('TRPCClientError', 'x', { data: { code: 'NOT_FOUND', httpStatus: 404 } }),
    'of a client, by its shape': named('TRPCClientError', 'x', {
      shape: { data: { code: 'BAD_REQUEST', httpStatus: 400 } },
    }),
    'of a client, by its word': named('TRPCClientError', 'x', { data: { code: 'CONFLICT' } }),
    'of a server': named('TRPCError', 'x', { code: 'NOT_FOUND' }),
  });
  row('unwell', broken, {
    'of a client': named('TRPCClientError', 'x', {
      data: { code: 'INTERNAL_SERVER_ERROR', httpStatus: 500 },
    }),
    'a lost connection': named('TRPCClientError', 'x', {
      cause: fetchFailed(failed({ code: 'ECONNRESET' })),
    }),
  });
  row(
    'what a procedure threw',
    { kind: 'bug', blame: 'self' },
    {
      TypeError: named('TRPCError', 'x', {
        code: 'INTERNAL_SERVER_ERROR',
        cause: new TypeError('x'),
      }),
    },
  );
  row(
    'what a procedure threw',
    { kind: 'unknown' },
    {
      nothing: named('TRPCError', 'x', { code: 'INTERNAL_SERVER_ERROR' }),
    },
  );
});

describe('GraphQL', () => {
  row('wrong', wrong, {
    'a code': graphql('BAD_USER_INPUT'),
    'a status': graphql('X', { http: { status: 404 } }),
    'several errors': named('ApolloError', 'x', { graphQLErrors: [graphql('FORBIDDEN')] }),
    'an answer': failed({ response: { status: 200, errors: [graphql('NOT_FOUND')] } }),
    'one of several': named('CombinedGraphQLErrors', 'x', {
      errors: [graphql('INTERNAL_SERVER_ERROR'), graphql('UNAUTHENTICATED')],
    }),
  });
  row('unwell', broken, { 'a code': graphql('INTERNAL_SERVER_ERROR') });
  row('a status goes before a code', refused, {
    429: graphql('INTERNAL_SERVER_ERROR', { http: { status: 429 } }),
  });
  row(
    'the network',
    { source: 'network' },
    {
      Apollo: named('ApolloError', 'x', { networkError: fetchFailed(undefined) }),
    },
  );
  row(
    'what a resolver threw',
    { kind: 'bug' },
    {
      TypeError: named('GraphQLError', 'x', { extensions: {}, originalError: new TypeError('x') }),
    },
  );
});
