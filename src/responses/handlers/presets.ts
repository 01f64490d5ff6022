/** Handlers for what common libraries throw about a request. Told by properties, so that several copies of one are known. */
import { read } from '../../failures/probe.ts';
import { builtIn } from '../../failures/redact/options.ts';
import { redactText } from '../../failures/redact/text.ts';
import { isFailedStatus, isHeaderValue } from '../problem/checked.ts';
import type { HandlerAnswer } from '../problem/explain.ts';
import type { FieldError } from '../public-error.ts';

/** What a preset knows: an answer, or `undefined` for errors of others. */
export type HandlerPreset = (error: unknown) => HandlerAnswer | undefined;

const MOST_ERRORS = 100;
const LONGEST_DETAIL = 500;
const DEEPEST = 5;

/** Without values: a validator repeats what it was given. */
function clean(text: unknown): string | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  return redactText(text, LONGEST_DETAIL, { redaction: builtIn, rows: true });
}

/** RFC 6901, in a fragment. */
function pointerOf(path: unknown): string | undefined {
  const parts = Array.isArray(path) ? path : typeof path === 'string' ? path.split('.') : [];
  if (parts.length === 0) return undefined;
  const escaped = parts.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
  return `#/${escaped.join('/')}`.slice(0, LONGEST_DETAIL);
}

function fieldError(path: unknown, detail: unknown, code: unknown): FieldError {
  const pointer = pointerOf(path);
  const isCode = typeof code === 'string' && /^[\w.-]{1,64}$/.test(code);
  return {
    detail: clean(detail) ?? 'is not valid',
    ...(pointer !== undefined && { pointer }),
    ...(isCode && { code }),
  };
}

const invalidWith = (errors: FieldError[]): HandlerAnswer => ({
  status: 422,
  code: 'invalid',
  errors: errors.slice(0, MOST_ERRORS),
});

const zod: HandlerPreset = (error) => {
  const name = read(error, 'name');
  const issues = read(error, 'issues');
  if ((name !== 'ZodError' && name !== '$ZodError') || !Array.isArray(issues)) return undefined;
  return invalidWith(
    issues.map((one) => fieldError(read(one, 'path'), read(one, 'message'), read(one, 'code'))),
  );
};

const joi: HandlerPreset = (error) => {
  const details = read(error, 'details');
  if (read(error, 'isJoi') !== true && read(error, '_original') === undefined) return undefined;
  if (!Array.isArray(details)) return undefined;
  return invalidWith(
    details.map((one) => fieldError(read(one, 'path'), read(one, 'message'), read(one, 'type'))),
  );
};

/** A thrown list, or an error around one. */
const classValidator: HandlerPreset = (error) => {
  const list = Array.isArray(error) ? (error as unknown[]) : read(error, 'errors');
  if (!Array.isArray(list) || list.length === 0 || !list.every(isRejection)) return undefined;
  const errors: FieldError[] = [];
  for (const one of list) collect(one, [], errors, DEEPEST);
  return invalidWith(errors);
};

function isRejection(one: unknown): boolean {
  return (
    typeof read(one, 'property') === 'string' &&
    (typeof read(one, 'constraints') === 'object' || Array.isArray(read(one, 'children')))
  );
}

function collect(
  one: unknown,
  above: readonly string[],
  errors: FieldError[],
  depth: number,
): void {
  const path = [...above, String(read(one, 'property'))];
  const constraints = read(one, 'constraints');
  if (typeof constraints === 'object' && constraints !== null) {
    for (const [code, said] of Object.entries(constraints)) {
      if (errors.length < MOST_ERRORS) errors.push(fieldError(path, said, code));
    }
  }
  const children = read(one, 'children');
  if (!Array.isArray(children) || depth === 0) return;
  for (const child of children) collect(child, path, errors, depth - 1);
}

const boom: HandlerPreset = (error) => {
  const status = read(read(error, 'output'), 'statusCode');
  if (read(error, 'isBoom') !== true || !isFailedStatus(status)) return undefined;
  // Boom itself hides the message of a 500.
  const payload = read(read(error, 'output'), 'payload');
  const detail = status < 500 ? clean(read(payload, 'message')) : undefined;
  return {
    status,
    ...(detail !== undefined && { detail }),
    ...headersOf(read(read(error, 'output'), 'headers')),
  };
};

/** Those that an answer may need; others are not sent. */
function headersOf(headers: unknown): { headers?: Record<string, string> } {
  const found: Record<string, string> = {};
  for (const name of ['WWW-Authenticate', 'Allow', 'Content-Range']) {
    const value = read(headers, name) ?? read(headers, name.toLowerCase());
    if (isHeaderValue(value)) found[name.toLowerCase()] = value;
  }
  return Object.keys(found).length === 0 ? {} : { headers: found };
}

const ofPrisma: readonly (readonly [codes: string, status: number, code: string])[] = [
  ['P2002', 409, 'already-exists'],
  ['P2001 P2015 P2018 P2025', 404, 'not-found'],
  ['P2003 P2014 P2034', 409, 'conflict'],
  ['P2000 P2005 P2006 P2007 P2011 P2012 P2013 P2019 P2020 P2033', 422, 'invalid'],
];

const prisma: HandlerPreset = (error) => {
  const code = read(error, 'code');
  if (typeof code !== 'string' || read(error, 'clientVersion') === undefined) return undefined;
  const row = ofPrisma.find(([codes]) => codes.split(' ').includes(code));
  return row === undefined ? undefined : { status: row[1], code: row[2] };
};

const ofGraphql: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  BAD_USER_INPUT: 400,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  PERSISTED_QUERY_NOT_FOUND: 404,
  NOT_FOUND: 404,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
};

const graphql: HandlerPreset = (error) => {
  const extensions = read(error, 'extensions');
  const code = read(extensions, 'code');
  const http = read(extensions, 'http');
  const stated = read(http, 'status');
  const status = isFailedStatus(stated)
    ? stated
    : typeof code === 'string' && Object.hasOwn(ofGraphql, code)
      ? ofGraphql[code]
      : undefined;
  if (status === undefined) return undefined;
  // What a resolver threw is inside, and not meant for anybody.
  const isMeant = status < 500 && (read(error, 'originalError') ?? undefined) === undefined;
  const detail = isMeant ? clean(read(error, 'message')) : undefined;
  return { status, ...(detail !== undefined && { detail }), ...headersOf(read(http, 'headers')) };
};

const ofTrpc: Readonly<Record<string, number>> = {
  PARSE_ERROR: 400,
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  PAYMENT_REQUIRED: 402,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_SUPPORTED: 405,
  TIMEOUT: 408,
  CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE_CONTENT: 422,
  PRECONDITION_REQUIRED: 428,
  TOO_MANY_REQUESTS: 429,
  CLIENT_CLOSED_REQUEST: 499,
  INTERNAL_SERVER_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  SERVICE_UNAVAILABLE: 503,
  GATEWAY_TIMEOUT: 504,
};

const trpc: HandlerPreset = (error) => {
  const code = read(error, 'code');
  if (read(error, 'name') !== 'TRPCError' || typeof code !== 'string') return undefined;
  const status = Object.hasOwn(ofTrpc, code) ? ofTrpc[code] : undefined;
  if (status === undefined) return undefined;
  const cause = read(error, 'cause');
  // Its message repeats that of the cause, which a validator has made for programs.
  const rejected = zod(cause);
  if (rejected !== undefined) return { ...rejected, status };
  const detail = status < 500 && cause === undefined ? clean(read(error, 'message')) : undefined;
  return { status, ...(detail !== undefined && { detail }) };
};

/**
 * Presets for `errorHandlers()`: what common libraries throw about a request becomes the answer that it means.
 *
 * `zod`, `joi` and `classValidator` become a 422 with a pointer into the body for each error, `boom`, `graphql`
 * (`extensions.http.status`, `extensions.code`) and `trpc` keep their status, `prisma` tells what is not there (404) and
 * what is there already (409). Rejected values are not repeated. Handlers of your own come first.
 *
 * @example
 * ```ts
 * import { errorHandlers, handlerPresets } from 'kedge/responses';
 *
 * const handlers = errorHandlers(handlerPresets.zod, handlerPresets.prisma);
 * ```
 */
export const handlerPresets: Readonly<
  Record<'zod' | 'joi' | 'classValidator' | 'boom' | 'prisma' | 'graphql' | 'trpc', HandlerPreset>
> = Object.freeze({ zod, joi, classValidator, boom, prisma, graphql, trpc });
