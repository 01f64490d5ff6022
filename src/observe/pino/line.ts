import type { CustomEvent } from '../../core/events.ts';
import { redact, type RedactionOptions } from '../../failures/redact.ts';
import { isReserved } from '../../failures/report/fields.ts';
import type { Line } from '../../failures/report/storm.ts';
import type { KeyFields } from './keys.ts';

export type { Line } from '../../failures/report/storm.ts';

const LONGEST = 256;
const MOST_FIELDS = 20;

/** What every event has, and what is told in another way. The key is the user's data, or the user. */
const elsewhere = new Set(
  'type pipeline policy kind key executionId at severity error fallbackError rejectedBy'.split(' '),
);

/** Names of fields of built-in events, as they are logged. */
const known: ReadonlyMap<string, string> = new Map([
  ['duration', 'durationMs'],
  ['delay', 'delayMs'],
  ['after', 'afterMs'],
  ['age', 'ageMs'],
  ['openFor', 'openForMs'],
  ['notClosedFor', 'notClosedForMs'],
  ['retryAfter', 'retryAfterMs'],
  ...(
    'attempt attempts handled final outcome reason source from to state failureRate slowRate calls ' +
    'consecutiveFailures openings turnedAway retryRefused sink'
  )
    .split(' ')
    .map((name): [string, string] => [name, name]),
]);

/** Words of built-in events; whatever else stands in their place comes from outside. */
const words = new Set(
  (
    'success failure rejected timeout fallback stale cancelled budget deadline circuit-open closed open half-open ' +
    'isolated failure-rate slow-rate consecutive probe-failed manual remote restored bulkhead-full queue-timeout ' +
    'rate-limited throttled value run'
  ).split(' '),
);

/** The line of an event, without its errors. Custom policies may use the types of built-in events too. */
export function lineOf(
  event: CustomEvent,
  key: KeyFields | undefined,
  redaction: RedactionOptions,
): Line {
  const line: Line = { event: clip(event.type), pipeline: event.pipeline };
  if (event.policy !== undefined) line['policy'] = event.policy;
  Object.assign(line, key);
  // Names of policies are the application's, as are those of pipelines.
  const { rejectedBy } = event;
  if (event.type === 'execution.failed' && typeof rejectedBy === 'string')
    line['rejectedBy'] = clip(rejectedBy);
  if (event.executionId !== undefined) line['executionId'] = event.executionId;
  const others: Line = {};
  for (const [name, value] of Object.entries(event)) {
    if (elsewhere.has(name)) continue;
    const as = known.get(name);
    if (as !== undefined && isPlain(value)) {
      if (typeof value !== 'number') line[as] = value;
      // JSON has no NaN (a rate below the minimum) and no Infinity (an isolated circuit's `retryAfter`).
      else if (Number.isFinite(value)) line[as] = Math.round(value * 1_000) / 1_000;
    } else others[name] = value;
  }
  add(line, others, redaction);
  const details = detailsOf(event, redaction);
  return details === undefined ? line : Object.assign(line, { details });
}

/** Ids are long random words, which is what secrets look like too. */
const ids = ['requestId', 'traceId', 'spanId'] as const;

/** Adds what the application says about where the line belongs. */
export function addContext(line: Line, context: unknown, redaction: RedactionOptions): void {
  if (typeof context !== 'object' || context === null) return;
  const { requestId, traceId, spanId, ...given } = context as Line;
  addIds(line, { requestId, traceId, spanId });
  add(line, given, redaction);
}

/** The same, of the request that it belongs to, with a hash of its user and the pattern of its path. */
export function addRequest(
  line: Line,
  request: Line | undefined,
  redaction: RedactionOptions,
): void {
  if (request === undefined) return;
  const { userHash, route, ...given } = request;
  if (userHash !== undefined) line['userHash'] = userHash;
  if (route !== undefined) line['route'] = route;
  addContext(line, given, redaction);
}

/** Adds ids in a safe shape, as far as the line has none yet. */
export function addIds(
  line: Line,
  given: { readonly [Id in (typeof ids)[number]]?: unknown } | undefined,
): void {
  for (const id of ids) {
    const value = given?.[id];
    if (line[id] === undefined && typeof value === 'string' && /^[\w\-=.:]{1,255}$/.test(value))
      line[id] = value;
  }
}

/** The constant message of a type of event. */
export function messageOf(type: string): string {
  return clip(type).replaceAll('.', ' ');
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || words.has(value as string);
}

/**
 * Adds texts, numbers and truth values of unknown origin: redacted, few and short. Names that mean something to loggers
 * or in these lines are left out: nobody else may set them, and nobody may be misled who looks for them in a text.
 */
function add(line: Line, given: Line, redaction: RedactionOptions): Line {
  const scalars = Object.entries(given).filter(
    ([name, value]) => isScalar(value) && !isReserved(name) && !Object.hasOwn(line, name),
  );
  return Object.assign(line, clean(scalars, redaction));
}

function clean(
  scalars: readonly (readonly [name: string, value: unknown])[],
  redaction: RedactionOptions,
): Line {
  if (scalars.length === 0) return {};
  const redacted = redact(Object.fromEntries(scalars.slice(0, MOST_FIELDS)), redaction) as Line;
  for (const [name, value] of Object.entries(redacted)) {
    redacted[name] = typeof value === 'string' ? clip(value) : value;
  }
  return redacted;
}

/** What a reporter outside of pipelines was given under names that are taken. */
function detailsOf(
  { kind, pipeline, details }: CustomEvent,
  redaction: RedactionOptions,
): Line | undefined {
  if (kind !== pipeline || !isRecord(details)) return undefined;
  return clean(
    Object.entries(details).filter(([, value]) => isScalar(value)),
    redaction,
  );
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

function isRecord(value: unknown): value is Line {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function clip(text: string): string {
  return text.length <= LONGEST
    ? text
    : `${text.slice(0, LONGEST).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
