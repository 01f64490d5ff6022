import { randomUUID } from 'node:crypto';
import { wall } from '../core/time.ts';
import type { FailureKind } from '../verdict/classify.ts';
import { isObject } from '../verdict/error-like.ts';
import { type Core, coreOf, swept } from './core.ts';
import type {
  DescribeFailureOptions,
  Draft,
  Failure,
  FailureContext,
  FailureSeverity,
} from './failure.ts';
import { fit, MOST_BYTES } from './fit.ts';
import { keyedHash } from './hash.ts';
import { read } from './probe.ts';
import { type Redaction, redactionOf } from './redact/options.ts';
import { Taken } from './redact/taken.ts';
import { redactText } from './redact/text.ts';
import { type Json, Walk } from './redact/walk.ts';
import { runtime } from './runtime.ts';

export type {
  DescribeFailureOptions,
  Failure,
  FailureCause,
  FailureContext,
  FailureSeverity,
  Runtime,
} from './failure.ts';

const LONGEST_ID = 255;
const TAGS = { depth: 4, width: 50, text: 1_000, bytes: 4_000 };

const known: ReadonlySet<string> = new Set<keyof DescribeFailureOptions>([
  'context',
  'service',
  'environment',
  'version',
  'severity',
  'runtime',
  'keys',
  'patterns',
  'scrub',
  'limits',
  'hash',
  'hashKey',
]);

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
  for (const name in options) {
    if (!known.has(name)) throw new TypeError(`describeFailure: there is no option \`${name}\`.`);
  }
  const redaction = redactionOf('describeFailure', options);
  const { context, runtime: withRuntime = true } = options;
  const described = coreOf(error, redaction);
  const taken = new Taken(described.taken);
  const tags = tagsOf(context, redaction, taken);
  // What was taken out of the context is not to be seen in the message either.
  const core = taken.size > described.taken.size ? swept(described, taken) : described;
  const failure = draftOf(core, options);
  const texts: [TextField, unknown][] = [
    ['service', options.service],
    ['environment', options.environment],
    ['version', options.version],
    ['requestId', read(context, 'requestId')],
    ['traceId', read(context, 'traceId')],
    ['spanId', read(context, 'spanId')],
    ['route', read(context, 'route')],
    // kedge's own errors know where they come from.
    ['pipeline', read(context, 'pipeline') ?? read(error, 'pipeline')],
    ['policy', read(context, 'policy') ?? read(error, 'policy')],
  ];
  for (const [field, value] of texts) put(failure, field, value, redaction);
  const attempt = read(context, 'attempt');
  if (typeof attempt === 'number') failure.attempt = attempt;
  const user = read(context, 'user');
  const id = isObject(user) ? read(user, 'id') : user;
  if (typeof id === 'string' || typeof id === 'number') {
    failure.userHash = keyedHash(String(id), redaction.hashKey);
  }
  if (tags !== undefined) failure.tags = tags;
  if (withRuntime) failure.runtime = runtime();
  return fit(failure, redaction.limits.bytes ?? MOST_BYTES, redaction.kept);
}

function draftOf(core: Core, options: DescribeFailureOptions): Draft {
  const { kind, source, code, type, message, stack, causes, fingerprint } = core;
  const failure: Draft = {
    id: randomUUID(),
    fingerprint,
    time: new Date(wall()).toISOString(),
    severity: options.severity ?? severityOf(kind),
    kind,
    source,
    type,
    message,
    causes,
  };
  if (code !== undefined) failure.code = code;
  if (stack !== undefined) failure.stack = stack;
  return failure;
}

/** How bad a failure of this kind is. */
export function severityOf(kind: FailureKind): FailureSeverity {
  if (kind === 'cancelled') return 'info';
  return kind === 'transient' || kind === 'timeout' || kind === 'rejected' ? 'warning' : 'error';
}

function put(failure: Draft, field: TextField, value: unknown, redaction: Redaction): void {
  if (typeof value !== 'string' || value === '') return;
  if (id.test(value) && !redaction.isOwn) failure[field] = value;
  else {
    failure[field] = redactText(value, LONGEST_ID, { redaction, name: field });
  }
}

/** Ids that are made, and none that a client has chosen. */
const id = /^[\da-f]{16}(?:[\da-f]{16})?$|^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

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

/** Most have none, and a walk through nothing takes its time as well. */
function hasTags(context: FailureContext): boolean {
  try {
    for (const name in context) if (!fields.has(name)) return true;
    for (const _ in context.tags) return true;
    return false;
  } catch {
    // The walk survives what cannot be read.
    return true;
  }
}

/** `tags`, and whatever else the application has put into the context. */
function tagsOf(
  context: FailureContext | undefined,
  redaction: Redaction,
  taken: Taken,
): Record<string, Json> | undefined {
  if (context === undefined || !hasTags(context)) return undefined;
  const found: Record<string, Json> = {};
  const walk = new Walk(TAGS, redaction, taken);
  const tags = walk.copy(read(context, 'tags'));
  const more = walk.copy(context, fields);
  for (const part of [more, tags]) {
    if (typeof part === 'object' && !Array.isArray(part)) Object.assign(found, part);
  }
  if (Object.keys(found).length === 0) return undefined;
  return taken.sweepJson(found) as Record<string, Json>;
}
