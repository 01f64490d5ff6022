/**
 * What all executions under one name share: the plain counters and the way to the event stream.
 */
import type { EventFields, EventType, KedgeEvent, Severity } from './events.ts';
import { severities } from './events.ts';
import type { DurationRecorder, EventBus, Observed } from './event-bus.ts';
import type { AttemptOutcome, ExecutionOutcome, PipelineStats, PolicyStats } from './policy.ts';
import { wall } from './time.ts';

/** Who in a pipeline reports: a policy, or the pipeline itself. */
export interface Reporter {
  readonly name: string;
  readonly kind: string;
}

/** The facts about an execution that its events carry. */
export interface EventSource {
  readonly id: string;
  readonly key: string | undefined;
}

/** The policies of one pipeline with what holds for each at this moment. */
export type GaugeReader = () => readonly {
  name: string;
  kind: string;
  gauges: Readonly<Record<string, number>>;
}[];

/** Counts of one policy; named members are added as they are first counted. */
export type Counters = Record<string, number>;

export class PipelineMetrics implements Observed {
  readonly name: string;
  readonly bus: EventBus;
  readonly executions: Record<ExecutionOutcome, number> = {
    success: 0,
    failure: 0,
    rejected: 0,
    timeout: 0,
    fallback: 0,
    stale: 0,
    cancelled: 0,
  };
  readonly attempts: Record<AttemptOutcome, number> = {
    success: 0,
    failure: 0,
    timeout: 0,
    cancelled: 0,
  };
  inFlight = 0;
  abandoned = 0;
  late = 0;
  recorders: readonly DurationRecorder[] = [];
  private readonly counters: Map<string, Counters> = new Map();
  private readonly parts: Set<GaugeReader> = new Set();

  constructor(name: string, bus: EventBus) {
    this.name = name;
    this.bus = bus;
  }

  /** The counters of the policy of this name; pipelines of one `keyed` family share them. */
  countersOf(policy: string, initial: Counters): Counters {
    let counters = this.counters.get(policy);
    if (counters === undefined) {
      counters = initial;
      this.counters.set(policy, counters);
    }
    return counters;
  }

  /** Shows the gauges of `part` with this host's numbers, until the returned function is called. */
  join(part: GaugeReader): () => void {
    this.parts.add(part);
    return () => this.parts.delete(part);
  }

  stats(): PipelineStats {
    return {
      name: this.name,
      executions: { ...this.executions },
      attempts: { ...this.attempts },
      inFlight: this.inFlight,
      abandoned: this.abandoned,
      late: this.late,
      policies: this.policies(),
    };
  }

  private policies(): PolicyStats[] {
    const policies = new Map<string, PolicyStats & { gauges: Record<string, number> }>();
    for (const part of this.parts) {
      for (const { name, kind, gauges } of part()) {
        const known = policies.get(name);
        if (known === undefined) {
          policies.set(name, {
            name,
            kind,
            counters: { ...this.counters.get(name) },
            gauges: { ...gauges },
          });
        } else
          for (const [gauge, value] of Object.entries(gauges)) merge(known.gauges, gauge, value);
      }
    }
    return [...policies.values()];
  }

  emit<Type extends EventType>(
    reporter: Reporter,
    subject: EventSource | undefined,
    type: Type,
    fields: EventFields[Type],
    severity: Severity = severities[type],
  ): void {
    this.send(reporter, subject, type, severity, fields);
  }

  /** Builds the event and hands it on, if anybody wants it. */
  send(
    reporter: Reporter,
    subject: EventSource | undefined,
    type: string,
    severity: Severity,
    fields: object,
  ): void {
    if (!this.bus.wants(type)) return;
    const event: Record<string, unknown> = {
      ...fields,
      type,
      pipeline: this.name,
      kind: reporter.kind,
      at: wall(),
      severity,
    };
    if (reporter !== pipelineItself) event['policy'] = reporter.name;
    if (subject !== undefined) {
      event['executionId'] = subject.id;
      if (subject.key !== undefined) event['key'] = subject.key;
    }
    this.bus.deliver(event as unknown as KedgeEvent);
  }
}

/** Reports what no single policy decided. */
export const pipelineItself: Reporter = { name: 'pipeline', kind: 'pipeline' };

/** Of a family of pipelines the worst rate counts, and the sum of everything else. */
function merge(gauges: Record<string, number>, gauge: string, value: number): void {
  const known = gauges[gauge] ?? NaN;
  if (Number.isNaN(known)) gauges[gauge] = value;
  else if (gauge.endsWith('_rate'))
    gauges[gauge] = Number.isNaN(value) ? known : Math.max(known, value);
  else if (gauge.endsWith('_ratio')) gauges[gauge] = Math.min(known, value);
  else gauges[gauge] = known + value;
}
