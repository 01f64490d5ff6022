/** Reports what happened outside of pipelines: on the event stream, and exactly once in the log. */
import type { CustomEvent, KedgeEvent, Severity } from '../core/events.ts';
import { sharedBus } from '../core/event-bus.ts';
import { wall } from '../core/time.ts';
import { describeFailure } from './describe.ts';
import type { Failure } from './failure.ts';
import { redact } from './redact.ts';
import { type Logger, standardError } from './report/logger.ts';
import { tally } from './report/tally.ts';
import { idsOf, storage } from '../responses/request-context/scope.ts';

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
  /** Short texts and numbers of the reporter's own, in which nothing can hide. */
  readonly fields?: Fields;
  /** The same of others: redacted. */
  readonly details?: Fields;
}

type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where a reporter wants its lines: in a logger, nowhere, or wherever lines go. */
export type LogTarget = Logger | false | undefined;

/**
 * An explicit logger gets the line. Else the event's own line is enough where `logs()` of `kedge/pino` is attached;
 * where it is not, `otherwise` gets it. Never throws.
 */
export function report(one: Report, target: LogTarget, otherwise: Logger = standardError): void {
  const { type, severity } = one;
  try {
    tally(one);
    const explicit = typeof target === 'object';
    if (sharedBus.wants(type)) {
      // A line that has been written already must not be written again by a sink.
      sharedBus.deliver(eventOf(one, explicit || target === false ? 'debug' : severity));
    }
    if (explicit) target[severity](lineOf(one), messageOf(type));
    else if (target === undefined && !sharedBus.has('logs')) {
      otherwise[severity](lineOf(one), messageOf(type));
    }
  } catch {
    // Reporting must not make matters worse.
  }
}

function eventOf(one: Report, severity: Severity): KedgeEvent {
  const { type, from, fields, details } = one;
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

function lineOf(one: Report): object {
  const { type, from, fields, details } = one;
  const scope = storage.getStore();
  return {
    event: type,
    pipeline: from,
    ...redacted(scope?.tags),
    ...redacted(details),
    ...(scope && idsOf(scope)),
    ...fields,
    ...('error' in one && {
      err: errorFields(one.failure ?? describeFailure(one.error, { runtime: false })),
    }),
  };
}

/** Most have none, and looking for secrets in nothing takes its time as well. */
function redacted(given: Fields | undefined): object | undefined {
  for (const _ in given) return redact(given) as object;
  return undefined;
}

/** What a line says of an error, as the lines of `logs()` do. */
export function errorFields(failure: Failure): object {
  const { type, code, kind, fingerprint, message, stack, causes } = failure;
  const fields = {
    type,
    ...(code !== undefined && { code }),
    kind,
    fingerprint,
    message,
    ...(stack !== undefined && { stack }),
    ...(causes.length > 0 && { causes }),
  };
  // pino's own serializer of errors takes these for one, and asks for its class or else for its name.
  return Object.defineProperties(fields, {
    constructor: { value: undefined },
    name: { value: type },
  });
}

function messageOf(type: string): string {
  return type.replaceAll('.', ' ');
}
