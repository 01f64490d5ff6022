/** Executions and attempts as spans. */
import type { Source } from '../../core/event-bus.ts';
import { failureKindOf } from '../../core/judge.ts';
import { now } from '../../core/time.ts';
import type { TracedAttempt, TracedExecution, Tracer } from '../../core/tracing.ts';
import { keyFields } from '../pino/keys.ts';
import { activeContext, withValue } from '../trace.ts';
import {
  type Attributes,
  type OtelSpan,
  type OtelTracer,
  SPAN_KIND_INTERNAL,
  STATUS_ERROR,
} from './api.ts';

/** An execution that has not ended. */
interface Live {
  readonly span: OtelSpan;
  /** In which its attempts are siblings, wherever they are started. */
  readonly context: object | undefined;
  running: number;
  /** Since when none of its attempts has run, and how long it has waited for one, in milliseconds. */
  idleSince: number;
  waited: number;
}

/** Under which key contexts have how many attempts were before theirs. All copies of kedge have the same one. */
export const resends: symbol = Symbol.for('kedge resend count');

/** Calls that never end are forgotten one day; their spans do not end either. */
const MOST_LIVE = 100_000;

export class Spans implements Tracer {
  readonly executions = true;
  readonly attempts = true;
  private readonly tracer: OtelTracer;
  private readonly all: boolean;
  private readonly sources: Iterable<Source>;
  private readonly byExecution: WeakMap<TracedExecution, Live> = new WeakMap();
  private readonly byId: Map<string, Live> = new Map();
  private readonly spans: WeakMap<TracedAttempt, OtelSpan> = new WeakMap();

  /** `all`: also the first attempt has a span, and not only those after it. */
  constructor(tracer: OtelTracer, all: boolean, sources: Iterable<Source>) {
    this.tracer = tracer;
    this.all = all;
    this.sources = sources;
  }

  execution(traced: TracedExecution, run: () => void): void {
    const { pipeline, key } = traced;
    const attributes: Attributes = { 'kedge.pipeline': pipeline, ...this.keyOf(pipeline, key) };
    this.tracer.startActiveSpan(pipeline, { kind: SPAN_KIND_INTERNAL, attributes }, (span) => {
      this.keep(traced, {
        span,
        context: activeContext(),
        running: 0,
        idleSince: now(),
        waited: 0,
      });
      run();
    });
  }

  executionEnded(traced: TracedExecution): void {
    const live = this.byExecution.get(traced);
    if (live === undefined) return;
    this.byExecution.delete(traced);
    this.byId.delete(traced.executionId);
    live.span.setAttributes({
      'kedge.attempts': traced.attempts,
      'kedge.wait.duration': live.waited / 1_000,
    });
    end(live.span, traced);
  }

  joined(traced: TracedExecution, leader: string): void {
    const [own, other] = [this.byExecution.get(traced), this.byId.get(leader)];
    if (own === undefined || other === undefined) return;
    own.span.addLink?.({
      context: other.span.spanContext() as never,
      attributes: { 'kedge.link': 'shared' },
    });
  }

  attempt(traced: TracedAttempt, run: () => void): void {
    const live = this.byId.get(traced.executionId);
    const waited = live === undefined ? 0 : waitOf(live);
    if (live !== undefined) live.running++;
    if (!this.all && traced.attempt === 1) {
      run();
      return;
    }
    const { pipeline, attempt } = traced;
    const attributes: Attributes = {
      'kedge.pipeline': pipeline,
      'kedge.attempt': attempt,
      'kedge.wait.duration': waited / 1_000,
    };
    const options = { kind: SPAN_KIND_INTERNAL, attributes };
    const inside = (span: OtelSpan): void => {
      this.spans.set(traced, span);
      withValue(resends, attempt - 1, run);
    };
    const name = `${pipeline} attempt`;
    if (live?.context === undefined) this.tracer.startActiveSpan(name, options, inside);
    else this.tracer.startActiveSpan(name, options, live.context as never, inside);
  }

  attemptEnded(traced: TracedAttempt): void {
    const live = this.byId.get(traced.executionId);
    if (live !== undefined && --live.running === 0) live.idleSince = now();
    const span = this.spans.get(traced);
    if (span !== undefined) end(span, traced);
  }

  private keep(traced: TracedExecution, live: Live): void {
    this.byExecution.set(traced, live);
    this.byId.set(traced.executionId, live);
    if (this.byId.size <= MOST_LIVE) return;
    const [oldest] = this.byId.keys();
    if (oldest !== undefined) this.byId.delete(oldest);
  }

  private keyOf(pipeline: string, key: string | undefined): Attributes {
    if (key === undefined) return {};
    const fields = keyFields(pipeline, key, this.sources);
    return fields.key === undefined
      ? { 'kedge.key.hash': fields.keyHash as string }
      : { 'kedge.key': fields.key };
  }
}

/** How long the execution has waited for this attempt: in a queue, for a backoff, for an open circuit. */
function waitOf(live: Live): number {
  if (live.running > 0) return 0;
  const waited = Math.max(0, now() - live.idleSince);
  live.waited += waited;
  return waited;
}

/** Whoever was not wanted any more, a caller's call or a hedge that has lost, has not failed. */
function end(
  span: OtelSpan,
  { outcome = 'failure', ...traced }: TracedExecution | TracedAttempt,
): void {
  span.setAttributes({ 'kedge.outcome': outcome });
  if (outcome === 'rejected') span.setAttributes(refusalOf(traced.error));
  const type = errorType(outcome, traced.error);
  if (type !== undefined) {
    span.setAttributes({ 'error.type': type });
    span.setStatus({ code: STATUS_ERROR });
  }
  span.end();
}

/** A refused call has no span inside it that would say why. */
function refusalOf(error: unknown): Attributes {
  const { reason, policy } = (error ?? {}) as { readonly reason?: unknown; policy?: unknown };
  return {
    ...(typeof reason === 'string' && { 'kedge.reason': reason }),
    ...(typeof policy === 'string' && { 'kedge.policy': policy }),
  };
}

/** Of a closed set: the kinds of `classify`. */
export function errorType(outcome: string, error: unknown): string | undefined {
  if (outcome === 'timeout' || outcome === 'rejected') return outcome;
  return outcome === 'failure' ? failureKindOf(error) : undefined;
}
