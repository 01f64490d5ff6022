import { randomUUID } from 'node:crypto';
import { wall } from '../core/time.ts';
import { classify, type FailureKind } from '../verdict/classify.ts';
import { fit } from './fit.ts';
import type {
  DescribeFailureOptions,
  Draft,
  Failure,
  FailureCause,
  FailureContext,
  FailureSeverity,
} from './failure.ts';
import { fingerprintOf } from './fingerprint.ts';
import { keyedHash } from './hash.ts';
import { isObject } from '../verdict/error-like.ts';
import { causesOf, codeOf, messageOf, read, typeOf } from './probe.ts';
import { redactText } from './redact/text.ts';
import { type Json, Walk } from './redact/walk.ts';
import { runtime } from './runtime.ts';
import { formatFrames, framesOf } from './stack.ts';

export type {
  DescribeFailureOptions,
  Failure,
  FailureCause,
  FailureContext,
  FailureSeverity,
  Runtime,
} from './failure.ts';

const LONGEST_MESSAGE = 4_000;
const LONGEST_CAUSE = 1_000;
const LONGEST_HEADLINE = 200;
const LONGEST_ID = 255;
const MOST_FRAMES = 30;
const MOST_CAUSE_FRAMES = 10;
const TAGS = { depth: 4, width: 50, text: 1_000, bytes: 4_000 };

/**
 * Makes of any thrown value a record for logs, metrics and notifications: classified, redacted, with a fingerprint.
 *
 * The record is JSON of at most 32 KiB. It holds no arguments, results, headers, SQL or other members of the error:
 * only what the fields of `Failure` name. Never throws, whatever was thrown. `redact` says what counts as a secret.
 *
 * @example
 * ```ts
 * import { describeFailure } from 'kedge/failures';
 *
 * const failure = describeFailure(new Error('login as ann@example.com failed'), {
 *   service: 'shop',
 *   context: { route: '/login', requestId: 'r-1', user: 17 },
 * });
 * failure.message; // 'login as [redacted email] failed'
 * ```
 */
export function describeFailure(error: unknown, options: DescribeFailureOptions = {}): Failure {
  const { context, runtime: withRuntime = true } = options;
  const { kind, source, code } = classify(error);
  const causes = causesOf(error);
  const frames = framesOf(error);
  const type = typeOf(error);
  const message = clean(error, LONGEST_MESSAGE, options);

  const failure: Draft = {
    id: randomUUID(),
    fingerprint: fingerprintOf(error, framesOf),
    time: new Date(wall()).toISOString(),
    severity: options.severity ?? severityOf(kind),
    kind,
    source,
    type,
    message,
    causes: causes.map((cause) => causeOf(cause, options)),
  };
  if (code !== undefined) failure.code = redactText(code, LONGEST_ID);
  if (frames.length > 0) {
    failure.stack = headline(type, message) + formatFrames(frames, MOST_FRAMES);
  }
  for (const field of ['service', 'environment', 'version'] as const) {
    put(failure, field, options[field], options);
  }
  for (const field of ['requestId', 'traceId', 'spanId', 'route'] as const) {
    put(failure, field, read(context, field), options);
  }
  // kedge's own errors know where they come from.
  put(failure, 'pipeline', read(context, 'pipeline') ?? read(error, 'pipeline'), options);
  put(failure, 'policy', read(context, 'policy') ?? read(error, 'policy'), options);
  const attempt = read(context, 'attempt');
  if (typeof attempt === 'number') failure.attempt = attempt;
  const user = read(context, 'user');
  const id = isObject(user) ? read(user, 'id') : user;
  if (typeof id === 'string' || typeof id === 'number') {
    failure.userHash = keyedHash(String(id), options.hashKey);
  }
  const tags = tagsOf(context, options);
  if (tags !== undefined) failure.tags = tags;
  if (withRuntime) failure.runtime = runtime();
  return fit(failure);
}

function causeOf(cause: unknown, options: DescribeFailureOptions): FailureCause {
  const type = typeOf(cause);
  const message = clean(cause, LONGEST_CAUSE, options);
  const code = codeOf(cause);
  const frames = framesOf(cause);
  return {
    type,
    message,
    ...(code !== undefined && { code }),
    ...(frames.length > 0 && {
      stack: headline(type, message) + formatFrames(frames, MOST_CAUSE_FRAMES),
    }),
  };
}

/** The message; of a thrown object that has none, the object. */
function clean(error: unknown, longest: number, options: DescribeFailureOptions): string {
  const message = messageOf(error);
  if (message !== undefined) return redactText(message, longest, options);
  if (typeof error !== 'object' || error === null) return '';
  return JSON.stringify(new Walk({ ...TAGS, depth: 2, bytes: longest }, options).copy(error));
}

/** The first line of a stack, as tools expect it. */
function headline(type: string, message: string): string {
  const line = message.slice(0, LONGEST_HEADLINE).split('\n', 1)[0] ?? '';
  return line === '' ? type : `${type}: ${line}`;
}

function severityOf(kind: FailureKind): FailureSeverity {
  if (kind === 'cancelled') return 'info';
  return kind === 'transient' || kind === 'timeout' || kind === 'rejected' ? 'warning' : 'error';
}

function put(
  failure: Draft,
  field: TextField,
  value: unknown,
  options: DescribeFailureOptions,
): void {
  if (typeof value === 'string' && value !== '')
    failure[field] = redactText(value, LONGEST_ID, options);
}

type TextField =
  | 'service'
  | 'environment'
  | 'version'
  | 'pipeline'
  | 'policy'
  | 'requestId'
  | 'traceId'
  | 'spanId'
  | 'route';

const fields = new Set(
  'pipeline policy attempt requestId traceId spanId route user tags'.split(' '),
);

/** `tags`, and whatever else the application has put into the context. */
function tagsOf(
  context: FailureContext | undefined,
  options: DescribeFailureOptions,
): Record<string, Json> | undefined {
  if (context === undefined) return undefined;
  const found: Record<string, Json> = {};
  const walk = new Walk(TAGS, options);
  const tags = walk.copy(read(context, 'tags'));
  const more = walk.copy(context, fields);
  for (const part of [more, tags]) {
    if (typeof part === 'object' && !Array.isArray(part)) Object.assign(found, part);
  }
  return Object.keys(found).length === 0 ? undefined : found;
}
