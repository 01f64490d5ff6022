/** Reads an event: what failed, and what a journal should know of it. */
import type { Source } from '../../core/event-bus.ts';
import type { CustomEvent, EventFields } from '../../core/events.ts';
import { classify } from '../../verdict/classify.ts';
import { describeFailure } from '../../failures/describe.ts';
import type { Failure, FailureContext, FailureSeverity } from '../../failures/failure.ts';
import { fingerprint } from '../../failures/fingerprint.ts';
import type { RedactionOptions } from '../../failures/redact.ts';
import { contextFields } from '../../failures/request/scope.ts';
import { keyFields } from '../pino/keys.ts';
import { activeSpan } from '../trace.ts';
import type { Origin } from './origin.ts';

/** What failed. */
export interface Reading {
  readonly error: unknown;
  /** Where the event says how bad it is. */
  readonly severity: FailureSeverity | undefined;
  /** The group that it belongs to, where that is not the error's. */
  readonly fingerprint?: string;
}

/** The events that are failures. */
export const types: ReadonlySet<string> = new Set([
  'execution.failed',
  'circuit.opened',
  'request.failed',
  'process.failed',
]);

/** Of what the events say, short texts and numbers that help to find them; never an address, which may hold anything. */
const told = 'outcome rejectedBy retryRefused reason openings status code method origin'.split(' ');

/** Nothing where nobody failed: a client that left has only left. */
export function readingOf(event: CustomEvent): Reading | undefined {
  const { type, error } = event;
  if (type === 'circuit.opened') {
    const opened = event as object as EventFields['circuit.opened'];
    // Those who try again in an outage open it again and again.
    const severity = opened.openings > 1 ? 'info' : 'error';
    // One circuit that opens for one reason is one group, whichever call was the last one.
    const { reason } = opened;
    const group = fingerprint(new CircuitOpened(event, { reason }));
    return { error: new CircuitOpened(event, opened), severity, fingerprint: group };
  }
  if (type === 'process.failed') return { error, severity: 'critical' };
  if (type === 'request.failed' && classify(error).kind === 'cancelled') return undefined;
  return { error, severity: undefined };
}

/** A circuit has opened: a failure of its own kind, beside those of the calls that it counts. */
class CircuitOpened extends Error {
  constructor(
    { pipeline, policy = 'circuitBreaker' }: CustomEvent,
    { reason, error, note }: Partial<EventFields['circuit.opened']>,
  ) {
    const why = note === undefined ? String(reason) : `${reason}, ${note}`;
    super(`${policy} of ${pipeline} opened: ${why}`, error === undefined ? {} : { cause: error });
    // It was made here, and that is not where anything went wrong.
    this.stack = `CircuitOpened: ${this.message}`;
  }

  override get name(): string {
    return 'CircuitOpened';
  }
}

/** As it is sent. */
export function describe(
  { error, severity, fingerprint: group }: Reading,
  event: CustomEvent,
  { service, environment, release, host }: Origin,
  redaction: RedactionOptions,
  sources: Iterable<Source>,
): Failure {
  const { userHash, ...about } = contextFields() ?? {};
  const failure = describeFailure(error, {
    ...redaction,
    service,
    environment,
    version: release,
    severity,
    context: contextOf(event, about, sources),
  });
  const { runtime } = failure;
  return {
    ...failure,
    ...(group !== undefined && { fingerprint: group }),
    ...(userHash !== undefined && { userHash }),
    ...(runtime !== undefined && { runtime: { ...runtime, host: host ?? runtime.host } }),
  };
}

function contextOf(
  event: CustomEvent,
  { requestId, traceId, spanId, route, ...tags }: Record<string, string>,
  sources: Iterable<Source>,
): FailureContext {
  const { type, pipeline, kind, policy, attempts, key } = event;
  for (const name of told) {
    const value = event[name];
    if (isShort(value)) tags[name] = String(value);
  }
  // Reporters outside of pipelines, such as a framework, stand in their place.
  const isPipeline = pipeline !== kind;
  const { key: label } = key === undefined ? {} : keyFields(pipeline, key, sources);
  return {
    ...(isPipeline && { pipeline, policy }),
    // A call that was turned away made none.
    ...(typeof attempts === 'number' && attempts > 0 && { attempt: attempts }),
    requestId,
    ...(activeSpan() ?? { traceId, spanId }),
    route,
    tags: {
      ...tags,
      event: type,
      ...(!isPipeline && { reporter: pipeline }),
      ...(label !== undefined && { pipelineKey: label }),
    },
  };
}

function isShort(value: unknown): boolean {
  return Number.isFinite(value) || (typeof value === 'string' && value.length <= 128);
}
