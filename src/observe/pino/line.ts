import type { CustomEvent } from '../../core/events.ts';
import { redact, type RedactOptions } from '../../failures/redact.ts';
import type { KeyFields } from './keys.ts';

/** What is written, besides the message. */
export type Line = Record<string, unknown>;

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

/** Names that mean something to loggers or in these lines; nobody else may set them. */
const reserved = new Set(
  (
    'level time pid hostname name msg message v event pipeline policy kind key keyHash executionId severity err ' +
    'fallbackErr error stack suppressed requestId traceId spanId userHash route __proto__ constructor toJSON'
  ).split(' '),
);

/** The line of an event, without its errors. Custom policies may use the types of built-in events too. */
export function lineOf(
  event: CustomEvent,
  key: KeyFields | undefined,
  redaction: RedactOptions,
): Line {
  const line: Line = { event: clip(event.type), pipeline: event.pipeline };
  if (event.policy !== undefined) line['policy'] = event.policy;
  Object.assign(line, key);
  // Names of policies are the application's, as are those of pipelines.
  const { rejectedBy } = event;
  if (event.type === 'execution.failed' && typeof rejectedBy === 'string')
    line['rejectedBy'] = clip(rejectedBy);
  if (event.executionId !== undefined) line['executionId'] = event.executionId;
  const foreign: Line = {};
  for (const [name, value] of Object.entries(event)) {
    if (elsewhere.has(name)) continue;
    const as = known.get(name);
    if (as !== undefined && isPlain(value)) {
      if (typeof value !== 'number') line[as] = value;
      // JSON has no NaN (a rate below the minimum) and no Infinity (an isolated circuit's `retryAfter`).
      else if (Number.isFinite(value)) line[as] = Math.round(value * 1_000) / 1_000;
    } else foreign[name] = value;
  }
  return add(line, foreign, redaction);
}

/** Ids are long random words, which is what secrets look like too. */
const ids = ['requestId', 'traceId', 'spanId'] as const;
/** What `requestContext` says beside them: a hash, and a pattern. */
const own = ['userHash', 'route'] as const;

/** Adds what the application says about where the line belongs. */
export function addContext(line: Line, context: unknown, redaction: RedactOptions): void {
  if (typeof context !== 'object' || context === null) return;
  const given = { ...context } as Line;
  addIds(line, given);
  add(line, given, redaction);
}

/** The same, of the request that it belongs to. */
export function addRequest(line: Line, request: Line | undefined, redaction: RedactOptions): void {
  if (request === undefined) return;
  addContext(line, request, redaction);
  for (const name of own) if (request[name] !== undefined) line[name] = request[name];
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

/** Adds texts, numbers and truth values of unknown origin: redacted, few and short. */
function add(line: Line, given: Line, redaction: RedactOptions): Line {
  const scalars: Line = {};
  let count = 0;
  for (const [name, value] of Object.entries(given)) {
    const scalar =
      typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
    if (!scalar || reserved.has(name) || Object.hasOwn(line, name)) {
      continue;
    }
    if (++count > MOST_FIELDS) break;
    scalars[name] = value;
  }
  if (count === 0) return line;
  for (const [name, value] of Object.entries(redact(scalars, redaction) as Line)) {
    line[name] = typeof value === 'string' ? clip(value) : value;
  }
  return line;
}

function clip(text: string): string {
  return text.length <= LONGEST
    ? text
    : `${text.slice(0, LONGEST).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
