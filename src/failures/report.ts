/** Reports what happened outside of pipelines: on the event stream, and exactly once in the log. */
import { sharedBus } from '../core/event-bus.ts';
import type { CustomEvent, KedgeEvent, Severity } from '../core/events.ts';
import { wall } from '../core/time.ts';
import { idsOf, storage } from './request/scope.ts';
import { describeFailure } from './describe.ts';
import type { Failure } from './failure.ts';
import { redact, type RedactionOptions } from './redact.ts';
import { foreign } from './report/fields.ts';
import { errorFields } from './report/error-fields.ts';
import { identityOf } from './report/identity.ts';
import { type Logger, standardError } from './report/logger.ts';
import { type Line, LogRateLimiter, type Ready } from './report/storm.ts';
import { tally } from './report/tally.ts';

/** One thing that happened. */
export interface Report {
  /** Subject and past participle: `request.failed`. */
  readonly type: `${string}.${string}`;
  /** Who reports: `express`, `process`. Stands where events have their pipeline. */
  readonly from: string;
  readonly severity: Severity;
  readonly error?: unknown;
  /** `error`, described, where the reporter has done so already. */
  readonly failure?: Failure | undefined;
  /** Describes `error` for a line; not called for lines that a storm holds back. @default `describeFailure` */
  readonly describe?: (() => Failure) | undefined;
  /** Short texts and numbers of the reporter's own, in which nothing can hide. */
  readonly fields?: Fields;
  /** What others give: redacted, and kept from taking the place of anything else. */
  readonly details?: unknown;
}

type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where a reporter wants its lines: in a logger, nowhere, or wherever lines go. */
export type LogTarget = Logger | false | undefined;

/** How a reporter writes. */
export interface Writing {
  readonly target: LogTarget;
  /** What is redacted besides the usual. */
  readonly redaction?: RedactionOptions | undefined;
  /** Takes the line where no logger was given and `logs()` is not attached. @default standard error */
  readonly otherwise?: Logger | undefined;
  /** Bounds the lines of one reporter, whatever logger each of them goes to. @default one for all that have none */
  readonly storm?: LogRateLimiter | undefined;
}

/**
 * An explicit logger gets the line. Else the event's own line is enough where `logs()` of `kedge/pino` is attached; where
 * it is not, standard error gets it, and so it does where the line could not be written. Never throws.
 */
export function report(
  one: Report,
  { target, redaction, otherwise = standardError, storm = common }: Writing,
): void {
  try {
    tally(one);
    const details = detailsOf(one, redaction);
    const hasSink = target === undefined && sharedBus.has(SINK);
    const failedBefore = hasSink ? failuresOfSink() : 0;
    if (sharedBus.wants(one.type)) {
      const isWritten = typeof target === 'object' || target === false;
      // A line that has been written already must not be written again by a sink.
      sharedBus.deliver(eventOf(one, details, isWritten ? 'debug' : one.severity));
    }
    if (target === false || (hasSink && failuresOfSink() === failedBefore)) return;
    const writer = typeof target === 'object' ? target : hasSink ? standardError : otherwise;
    if (writer.isLevelEnabled?.(one.severity) === false) return;
    const sort = `${one.from}\n${one.type}`;
    const build = (): Ready => ({
      line: lineOf(one, details, redaction),
      write: (line) => write(one, line, writer),
    });
    if (!storm.pass(sort, alike(one), build)) sharedBus.suppress(one.from);
  } catch {
    // Reporting must not make matters worse.
  }
}

/** The name of the sink that `logs()` makes. */
const SINK = 'logs';

function failuresOfSink(): number {
  return sharedBus.sinkErrors().get(SINK) ?? 0;
}

/** So many lines alike a second. */
const BURST = 100;
const SECOND = 1_000;

/** A limit of its own for one reporter. */
export function stormLimit(): LogRateLimiter {
  return new LogRateLimiter(BURST, SECOND);
}

const common = stormLimit();

/** What lines of a storm have in common: the failure, else the status. */
function alike(one: Report): string {
  return 'error' in one ? identityOf(one.error) : String(one.fields?.['status'] ?? '');
}

function write({ type, severity }: Report, line: object, writer: Logger): void {
  const message = messageOf(type);
  try {
    writer[severity](line, message);
  } catch {
    if (writer !== standardError) standardError[severity](line, message);
  }
}

/** Most have none, and looking for secrets in nothing takes its time as well. */
function detailsOf(
  { details, fields }: Report,
  redaction: RedactionOptions | undefined,
): object | undefined {
  if (details === undefined || details === null) return undefined;
  const given = typeof details === 'object' && !Array.isArray(details) ? details : { details };
  for (const _ in given) return foreign(redact(given, redaction) as object, fields);
  return undefined;
}

function eventOf(one: Report, details: object | undefined, severity: Severity): KedgeEvent {
  const { type, from, fields } = one;
  const event: CustomEvent = {
    ...details,
    ...fields,
    type,
    pipeline: from,
    kind: from,
    at: wall(),
    severity,
    ...('error' in one && { error: one.error }),
  };
  return event as object as KedgeEvent;
}

function lineOf(
  one: Report,
  details: object | undefined,
  redaction: RedactionOptions | undefined,
): Line {
  const { type, from, fields } = one;
  const scope = storage.getStore();
  return {
    event: type,
    pipeline: from,
    ...tagsOf(scope?.tags, redaction),
    ...details,
    ...(scope && idsOf(scope)),
    ...fields,
    ...('error' in one && {
      err: errorFields(described(one, redaction), true, true),
    }),
  };
}

function described(
  { error, failure, describe }: Report,
  redaction: RedactionOptions | undefined,
): Failure {
  return failure ?? describe?.() ?? describeFailure(error, { ...redaction, runtime: false });
}

function tagsOf(
  tags: object | undefined,
  redaction: RedactionOptions | undefined,
): object | undefined {
  for (const _ in tags) return foreign(redact(tags, redaction) as object);
  return undefined;
}

function messageOf(type: string): string {
  return type.replaceAll('.', ' ');
}
