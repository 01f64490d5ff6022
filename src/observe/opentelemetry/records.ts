/** The lines of a log as log records: the same lines, with the same limits and the same care for secrets. */
import type { SinkObject } from '../../core/event-bus.ts';
import type { Severity } from '../../core/events.ts';
import type { RedactionOptions } from '../../failures/redact.ts';
import { type Logger, logs } from '../pino.ts';
import type { Attributes, AttributeValue, OtelLogger } from './api.ts';

const numbers: Readonly<Record<Severity, number>> = { debug: 5, info: 9, warn: 13, error: 17 };

/** What a line says in another way: a record has its trace, its time and its level of its own. */
const elsewhere = new Set(['event', 'traceId', 'spanId', 'err', 'fallbackErr']);

/** Members of an error, under OpenTelemetry's names. */
const errors: Readonly<Record<string, string>> = {
  type: 'exception.type',
  message: 'exception.message',
  stack: 'exception.stacktrace',
  kind: 'error.type',
  code: 'kedge.error.code',
  fingerprint: 'kedge.error.fingerprint',
};

/** A sink that emits a record for each decision: for all that is logged, but not for each success. */
export function records(
  logger: OtelLogger,
  severity: Severity,
  redaction: RedactionOptions,
): SinkObject {
  const levels = { 'execution.succeeded': false, 'attempt.succeeded': false } as const;
  return logs(writerOf(logger, severity), { ...redaction, levels });
}

function writerOf(logger: OtelLogger, least: Severity): Logger {
  const at =
    (severity: Severity) =>
    (line: object, message: string): void =>
      logger.emit({
        eventName: `kedge.${(line as { readonly event: string }).event}`,
        severityNumber: numbers[severity],
        severityText: severity.toUpperCase(),
        body: message,
        attributes: attributesOf(line as Readonly<Record<string, unknown>>),
      });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    isLevelEnabled: (level) => numbers[level as Severity] >= numbers[least],
  };
}

function attributesOf(line: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(line)) {
    if (!elsewhere.has(name) && isValue(value)) attributes[`kedge.${name}`] = value;
  }
  const { err } = line;
  if (typeof err !== 'object' || err === null) return attributes;
  for (const [name, value] of Object.entries(err)) {
    const as = errors[name];
    if (as !== undefined && isValue(value)) attributes[as] = value;
  }
  return attributes;
}

function isValue(value: unknown): value is AttributeValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
