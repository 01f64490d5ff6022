/**
 * Where facts leave: the sinks of one set of pipelines, and the numbers that they read.
 */
import { areEventsHeard, heard, listened, publishEvent, whenEventsAreHeard } from './channels.ts';
import { defaultBounds, withBounds } from './durations.ts';
import type { BuiltInEvent, EventType, KedgeEvent } from './events.ts';
import { severities } from './events.ts';
import { Names } from './names.ts';
import { PipelineMetrics } from './pipeline-metrics.ts';
import type { PipelineStats } from './policy.ts';
import { isThenable } from './thenable.ts';
import { wall } from './time.ts';
import type { Tracer } from './tracing.ts';

/** What a sink can read, besides the events it is sent. */
export interface Source {
  /** The numbers of every name, those whose pipelines are gone included. */
  stats(): PipelineStats[];
  /** The numbers themselves, as they are being counted. */
  readonly names: Names<PipelineMetrics>;
  /** How often each sink has thrown, by its name. */
  sinkErrors(): ReadonlyMap<string, number>;
  /** What was counted outside of pipelines, by the name of the metric: the values of its labels, and how often. */
  tallies(metric: string): Iterable<readonly [labels: readonly string[], count: number]>;
  /** Counts a log line of a pipeline that was held back. */
  suppress(pipeline: string): void;
  /** Asks all sinks anew what they want, after one has changed its mind. */
  refresh(): void;
  /** Counts durations by these upper bounds too from now on, in seconds. */
  refine(bounds: readonly number[]): void;
}

/** A sink that says what it wants, so that nothing is built that nobody reads. */
export interface SinkObject {
  readonly name: string;
  /** Which types of events it is sent. @default all */
  wants?(type: string): boolean;
  handle?(event: KedgeEvent): void;
  /** Called when it is attached; what it returns is called when it is detached. */
  attach?(source: Source): undefined | (() => void);
  /** Follows executions and attempts while they run. */
  readonly tracer?: Tracer | undefined;
}

/** Receives events: a function, or one of the integrations. */
export type Sink = ((event: KedgeEvent) => unknown) | SinkObject;

interface Attached {
  readonly name: string;
  readonly handle: ((event: KedgeEvent) => unknown) | undefined;
  readonly tracer: Tracer | undefined;
  wants(type: string): boolean;
}

/** Custom policies choose their own types of events: a hostile one must not fill the map. */
const mostTypes = 256;
const mostTallies = 1_000;

export class EventBus implements Source {
  /** Whether anybody wants the two events of every successful call; kept as fields for the hot path. */
  wantsExecutionSucceeded = false;
  wantsAttemptSucceeded = false;
  /** The upper bounds that durations are counted by, in seconds. */
  bounds: readonly number[] = defaultBounds;
  readonly names: Names<PipelineMetrics> = new Names(
    this.bounds,
    (name) => new PipelineMetrics(name, this),
  );

  /** Those of the sinks that follow calls while they run. */
  tracers: readonly Tracer[] = [];
  private sinks: readonly Attached[] = [];
  private readonly wanted: Map<string, readonly Attached[]> = new Map();
  private readonly errors: Map<string, number> = new Map();
  private readonly tallied: Map<string, Map<string, number>> = new Map();

  attach(sink: Sink): () => void {
    const attached = read(sink);
    const detach = typeof sink === 'function' ? undefined : sink.attach?.(this);
    this.setSinks([...this.sinks, attached]);
    let done = false;
    return () => {
      if (done) return;
      done = true;
      this.setSinks(this.sinks.filter((other) => other !== attached));
      detach?.();
    };
  }

  constructor() {
    if (listened.event) this.refresh();
    else whenEventsAreHeard(this);
  }

  wants(type: string): boolean {
    return this.wanting(type).length > 0 || areEventsHeard();
  }

  /** Whether a sink of this name is attached. */
  has(name: string): boolean {
    return this.sinks.some((sink) => sink.name === name);
  }

  /** Hands an event to every sink that wants it; what a sink throws ends here. */
  deliver(event: KedgeEvent): void {
    if (listened.event) publishEvent(event);
    for (const sink of this.wanting(event.type)) {
      try {
        const result = sink.handle?.(event);
        if (isThenable(result))
          result.then(undefined, (error) => this.sinkFailed(sink, event, error));
      } catch (error) {
        this.sinkFailed(sink, event, error);
      }
    }
  }

  stats(): PipelineStats[] {
    return [...this.names].map((metrics) => metrics.stats());
  }

  sinkErrors(): ReadonlyMap<string, number> {
    return this.errors;
  }

  /** Counts what happened outside of pipelines. */
  tally(metric: string, ...labels: readonly string[]): void {
    let counts = this.tallied.get(metric);
    if (counts === undefined) this.tallied.set(metric, (counts = new Map()));
    const id = JSON.stringify(labels);
    const known = counts.get(id);
    if (known === undefined && counts.size >= mostTallies) return;
    counts.set(id, (known ?? 0) + 1);
  }

  *tallies(metric: string): Iterable<readonly [labels: readonly string[], count: number]> {
    for (const [id, count] of this.tallied.get(metric) ?? []) {
      yield [JSON.parse(id) as string[], count];
    }
  }

  suppress(pipeline: string): void {
    (this.names.get(pipeline) ?? this.names.others).suppressed++;
  }

  refresh(): void {
    this.setSinks(this.sinks);
  }

  refine(bounds: readonly number[]): void {
    const all = withBounds(this.bounds, bounds);
    if (all === this.bounds) return;
    this.bounds = all;
    this.names.refine(all);
  }

  private setSinks(sinks: readonly Attached[]): void {
    this.sinks = sinks;
    this.tracers = sinks.flatMap(({ tracer }) => (tracer === undefined ? [] : [tracer]));
    if (this.tracers.some(({ executions }) => executions)) heard('execute');
    if (this.tracers.some(({ attempts }) => attempts)) heard('attempt');
    this.wanted.clear();
    this.wantsExecutionSucceeded = listened.event || this.wants('execution.succeeded');
    this.wantsAttemptSucceeded = listened.event || this.wants('attempt.succeeded');
  }

  private wanting(type: string): readonly Attached[] {
    let wanting = this.wanted.get(type);
    if (wanting === undefined) {
      wanting = this.sinks.filter((sink) => sink.handle !== undefined && this.asksFor(sink, type));
      if (this.wanted.size < mostTypes) this.wanted.set(type, wanting);
    }
    return wanting;
  }

  /** A sink that cannot say what it wants gets nothing of that type. */
  private asksFor(sink: Attached, type: string): boolean {
    try {
      return sink.wants(type);
    } catch {
      this.countError(sink.name);
      return false;
    }
  }

  /** A sink has thrown, or what belongs to one. */
  countError(name: string): void {
    this.errors.set(name, (this.errors.get(name) ?? 0) + 1);
  }

  private sinkFailed(sink: Attached, event: KedgeEvent, error: unknown): void {
    this.countError(sink.name);
    // A sink that fails on hearing of a failed sink is counted and left at that.
    if (event.type === 'sink.failed') return;
    this.deliver({
      type: 'sink.failed',
      pipeline: event.pipeline,
      kind: 'pipeline',
      at: wall(),
      severity: severities['sink.failed'],
      error,
      sink: sink.name,
    } satisfies Extract<BuiltInEvent, { type: Extract<EventType, 'sink.failed'> }>);
  }
}

/**
 * Of the pipelines that belong to no set of their own, and of what is reported outside of pipelines.
 *
 * All copies of the package in a process share the one that was there first, so that one `observe` sees everything.
 * What they use of it is public in `EventBus`, `Names` and `PipelineMetrics`; a version that changes any of that must
 * take another name.
 */
export const sharedBus: EventBus = shared(Symbol.for('kedge.bus.v1'));

function shared(name: symbol): EventBus {
  const everywhere = globalThis as { [name: symbol]: EventBus | undefined };
  const known = everywhere[name];
  if (known !== undefined) return known;
  const bus = new EventBus();
  // A hardened runtime lets nothing in; then each copy has its own.
  Reflect.defineProperty(everywhere, name, { value: bus });
  return bus;
}

function read(sink: Sink): Attached {
  if (typeof sink === 'function')
    return { name: sink.name || 'sink', handle: sink, tracer: undefined, wants: () => true };
  if (sink === null || typeof sink !== 'object' || typeof sink.name !== 'string') {
    throw new TypeError('observe: expected a sink to be a function, or an object with a `name`.');
  }
  return {
    name: sink.name,
    tracer: sink.tracer,
    handle: sink.handle === undefined ? undefined : (event) => sink.handle?.(event),
    wants: (type) => sink.wants?.(type) ?? true,
  };
}
