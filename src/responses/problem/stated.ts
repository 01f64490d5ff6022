/** What errors of web frameworks say about the answer, as far as it can be believed. */
import { read } from '../../failures/probe.ts';
import type { FieldError } from '../public-error.ts';
import { isFailedStatus, isHeaderValue } from './checked.ts';
import { builtIn } from '../../failures/redact/options.ts';
import { redactText } from '../../failures/redact/text.ts';

/** Members of clients' errors, whose status is what another service has answered. */
const foreign = [
  'response',
  'request',
  'config',
  'meta',
  'raw',
  'error',
  'body',
  'requestId',
  'requestID',
  'request_id',
  '$metadata',
];

/**
 * The status of an error that was made for an answer of this service.
 *
 * http-errors (Express, Koa and their middleware) are known by `expose`, Hono's by `getResponse`. Of all others, as by
 * the convention of `status` and `statusCode`, those are left out that a client has made of another service's answer.
 */
export function statedStatus(error: unknown): number | undefined {
  const own = read(error, 'status');
  const status = isFailedStatus(own) ? own : read(error, 'statusCode');
  if (!isFailedStatus(status)) return undefined;
  const made =
    typeof read(error, 'expose') === 'boolean' || typeof read(error, 'getResponse') === 'function';
  return made || foreign.every((member) => read(error, member) === undefined) ? status : undefined;
}

const shapes: Readonly<Record<string, RegExp>> = {
  allow: /^[A-Z]{3,10}(?:, ?[A-Z]{3,10}){0,20}$/,
  'content-range': /^[a-z]{1,10} \*\/\d{1,20}$/,
};

/** Headers that belong to a status and that cannot say more than that. */
export function statedHeaders(error: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  const headers = read(error, 'headers');
  for (const [name, shape] of Object.entries(shapes)) {
    const value = headerOf(headers, name);
    if (value !== undefined && shape.test(value)) found[name] = value;
  }
  // How to sign in is written for the client alone, but only in an answer that was made for it.
  const challenge = headerOf(read(read(error, 'res'), 'headers'), 'www-authenticate');
  if (challenge !== undefined) found['www-authenticate'] = challenge;
  return found;
}

/** A header in any case, of a `Headers` or a plain object, when it is one line of visible ASCII. */
export function headerOf(headers: unknown, name: string): string | undefined {
  try {
    const get = read(headers, 'get');
    const value: unknown =
      typeof get === 'function'
        ? get.call(headers, name)
        : (read(headers, name) ?? read(headers, capitals(name)));
    return isHeaderValue(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `WWW-Authenticate` and the like. */
function capitals(name: string): string {
  return name.replace(/^www|(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

const MOST_ERRORS = 20;
const LONGEST_POINTER = 200;
const sayings: Readonly<Record<string, string>> = {
  required: 'is required',
  type: 'has the wrong type',
  format: 'has the wrong format',
  enum: 'is none of the values that are possible',
  additionalProperties: 'is not expected',
};
/** Of JSON Schema, for what happens most; an application's own may be called anything. */
const rules = new Set(
  (
    'required type format enum additionalProperties minimum maximum exclusiveMinimum exclusiveMaximum multipleOf ' +
    'minLength maxLength pattern minItems maxItems uniqueItems minProperties maxProperties const'
  ).split(' '),
);

/** What Fastify's validation found: where, and by which rule. The schema's own values and messages stay inside. */
export function statedErrors(error: unknown): readonly FieldError[] | undefined {
  if (read(error, 'code') !== 'FST_ERR_VALIDATION') return undefined;
  const found = read(error, 'validation');
  if (!Array.isArray(found)) return undefined;
  const where = read(error, 'validationContext');
  return found.slice(0, MOST_ERRORS).flatMap((one: unknown) => {
    const rule = read(one, 'keyword');
    const path = read(one, 'instancePath');
    if (typeof rule !== 'string' || typeof path !== 'string') return [];
    const params = read(one, 'params');
    const name = read(params, 'missingProperty') ?? read(params, 'additionalProperty');
    const full = typeof name === 'string' ? `${path}/${name}` : path;
    const place = redactText(full, LONGEST_POINTER, { redaction: builtIn });
    return [
      {
        ...(where === 'body' ? { pointer: `#${place}` } : { parameter: place.slice(1) }),
        detail: sayings[rule] ?? 'is not valid',
        code: rules.has(rule) ? rule : 'invalid',
      },
    ];
  });
}
