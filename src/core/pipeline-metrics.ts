/**
 * What all pipelines of one name share: the plain numbers, and the way to the event stream.
 */
import type { EventFields, EventType, KedgeEvent, Severity } from './events.ts';
import { severities } from './events.ts';
import type { EventBus } from './event-bus.ts';
import { countedAs, type Said } from './judge.ts';
import { type GaugeReading, type Gauges, mergeGauges } from './gauges.ts';
import { LivingSet } from './living.ts';
import type { Sinks } from './sinks.ts';
import { type Counters, Numbers, type PolicyNumbers } from './numbers.ts';
import type { AttemptOutcome, ExecutionOutcome, PipelineStats, PolicyStats } from './policy.ts';
import { now, wall } from './time.ts';
import { warnOnce } from './warning.ts';

export type { Counters } from './numbers.ts';

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

/** A pipeline, or all pipelines of a keyed family, as long as somebody holds them. */
export interface LivingPart {
  readings(): Iterable<GaugeReading>;
  /** How many keys there are, of a keyed family. */
  readonly size?: number;
}

/** More pipelines of one name than this are hardly meant. */
const mostPipelines = 100;

export class PipelineMetrics extends Numbers {
  readonly name: string;
  readonly bus: EventBus;
  inFlight = 0;
  abandoned = 0;
  /** The instant at which the last of the pipelines went; none while there are any. */
  goneSince: number | undefined = undefined;
  hasLived = false;
  isRetired = false;
  /** What logs and metrics call a key of this name, where its keys may be shown. */
  keyLabel: ((key: string) => string) | undefined = undefined;
  private readonly living: LivingSet<LivingPart>;

  constructor(name: string, bus: EventBus) {
    super(bus.bounds);
    this.name = name;
    this.bus = bus;
    this.living = new LivingSet(() => {
      this.goneSince = now();
      bus.names.gone(this);
    });
  }

  /** The counters of the policy of this name and kind. */
  countersOf({ name, kind }: Reporter, initial: Readonly<Counters>): Counters {
    return this.policy(name, kind, initial).counters;
  }

  /** A pipeline has come; until the returned function is called, or nobody holds it any more. */
  join(part: LivingPart): () => void {
    this.goneSince = undefined;
    this.hasLived = true;
    this.bus.names.came(this);
    const leave = this.living.add(part);
    if (this.living.size > mostPipelines) warnOfMany(this.name);
    return leave;
  }

  /** How many pipelines there are. */
  get pipelines(): number {
    return this.living.size;
  }

  /** Whether a call is under way, or work that its call did not wait for. */
  get isBusy(): boolean {
    return this.inFlight > 0 || this.abandoned > 0;
  }

  /** An execution has ended. */
  executed(outcome: ExecutionOutcome, duration: number): void {
    this.inFlight--;
    // By its own name: a name that varies is looked up anew each time.
    if (outcome === 'success') this.executions.success++;
    else this.executions[outcome]++;
    const answered = outcome === 'success' || outcome === 'fallback' || outcome === 'stale';
    (answered ? this.succeeded : this.failed).observe(duration);
  }

  /** An attempt has ended. */
  attempt(outcome: AttemptOutcome, duration: number, said?: Said): void {
    this.attempted.observe(duration);
    if (outcome === 'success') this.attempts.success++;
    else this.attempts[outcome]++;
    if (outcome === 'failure' && said !== undefined) this.failures[countedAs(said)]++;
    else if (outcome === 'timeout') this.failures.timeout++;
  }

  /** What holds at this moment, of every policy in every pipeline. */
  *readings(): Iterable<GaugeReading> {
    for (const part of this.living) yield* part.readings();
  }

  /** How many keys there are; nothing where no family of this name is keyed. */
  get keys(): number | undefined {
    let keys: number | undefined;
    for (const { size } of this.living) if (size !== undefined) keys = (keys ?? 0) + size;
    return keys;
  }

  /** The numbers of the name, with all policies that there have been, or with those of `part` and their gauges. */
  stats(part?: LivingPart): PipelineStats {
    const { keys, evictions } = this;
    return {
      name: this.name,
      pipelines: this.pipelines,
      executions: { ...this.executions },
      attempts: { ...this.attempts },
      failures: { ...this.failures },
      inFlight: this.inFlight,
      abandoned: this.abandoned,
      late: this.late,
      ...(keys !== undefined && { keys: { size: keys, evictions } }),
      policies: part === undefined ? this.allPolicies() : this.policiesOf(part.readings()),
    };
  }

  private allPolicies(): PolicyStats[] {
    const policies = this.policiesOf(this.readings());
    const known = new Set(policies.map(({ name, kind }) => `${kind}\n${name}`));
    for (const [id, { name, kind, counters }] of this.policies) {
      if (!known.has(id)) policies.push({ name, kind, counters: { ...counters }, gauges: {} });
    }
    return policies;
  }

  private policiesOf(readings: Iterable<GaugeReading>): PolicyStats[] {
    const policies = new Map<PolicyNumbers, PolicyStats & { readonly gauges: Gauges }>();
    const seen = new Set<object>();
    for (const { name, kind, gauges, of } of readings) {
      const numbers = this.policy(name, kind, {});
      let known = policies.get(numbers);
      if (known === undefined) {
        known = { name: numbers.name, kind, counters: { ...numbers.counters }, gauges: {} };
        policies.set(numbers, known);
      }
      if (!seen.has(of)) mergeGauges(known.gauges, gauges);
      seen.add(of);
    }
    return [...policies.values()];
  }

  /** Counts the event, and builds it and hands it to `sinks` if anybody wants it. */
  emit<Type extends EventType>(
    reporter: Reporter,
    subject: EventSource | undefined,
    type: Type,
    fields: EventFields[Type],
    severity?: Severity,
    sinks: Sinks = this.bus,
  ): void {
    if (type === 'call.rejected') this.failures.rejected++;
    if (sinks.wants(type))
      this.deliver(reporter, subject, type, severity ?? severities[type], fields, sinks);
  }

  /** The same, of an event whose type may be anybody's: a user's own types are counted as well. */
  send(
    reporter: Reporter,
    subject: EventSource | undefined,
    type: string,
    severity: Severity,
    fields: object,
    sinks: Sinks,
  ): void {
    if (type === 'call.rejected') this.failures.rejected++;
    else if (!Object.hasOwn(severities, type)) this.countEvent(type);
    if (sinks.wants(type)) this.deliver(reporter, subject, type, severity, fields, sinks);
  }

  private deliver(
    reporter: Reporter,
    subject: EventSource | undefined,
    type: string,
    severity: Severity,
    fields: object,
    sinks: Sinks,
  ): void {
    const event: Record<string, unknown> = {
      ...fields,
      type,
      pipeline: this.name,
      kind: reporter.kind,
      at: wall(),
      severity,
    };
    if (!isItself(reporter)) event['policy'] = reporter.name;
    if (subject !== undefined) {
      event['executionId'] = subject.id;
      if (subject.key !== undefined) event['key'] = subject.key;
    }
    sinks.deliver(event as unknown as KedgeEvent);
  }
}

/** Reports what no single policy decided. */
export const pipelineItself: Reporter = { name: 'pipeline', kind: 'pipeline' };

/** By its members: the reporter may be that of another copy of the package. */
function isItself({ name, kind }: Reporter): boolean {
  return kind === pipelineItself.kind && name === pipelineItself.name;
}

function warnOfMany(name: string): void {
  warnOnce(
    `pipelines ${name}`,
    'MaxPipelinesExceededWarning',
    `Possible leak: there are more than ${mostPipelines} pipelines called '${name}'. Make a pipeline once and use it ` +
      'for every call; for one a host or a tenant there is keyed().',
  );
}
