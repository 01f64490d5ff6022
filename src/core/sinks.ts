/**
 * Who is told: the sinks of one set of pipelines, or of one pipeline alone.
 */
import { areEventsHeard, heard, listened, publishEvent, whenEventsAreHeard } from './channels.ts';
import type { BuiltInEvent, EventType, KedgeEvent } from './events.ts';
import { severities } from './events.ts';
import { WeakList } from './living.ts';
import type { Numbers } from './numbers.ts';
import type { PipelineMetrics } from './pipeline-metrics.ts';
import type { PipelineStats } from './policy.ts';
import { isThenable } from './thenable.ts';
import { wall } from './time.ts';
import type { Tracer } from './tracing.ts';

/** What was counted, name by name. */
export interface NumbersByName extends Iterable<PipelineMetrics> {
  get(name: string): PipelineMetrics | undefined;
  /** What names have counted that are not known any more. */
  readonly others: Numbers;
}

/** What a sink can read, besides the events it is sent. */
export interface Source {
  /** The numbers of every name, those whose pipelines are gone included. */
  stats(): PipelineStats[];
  /** The numbers themselves, as they are being counted. */
  readonly names: NumbersByName;
  /** The source of the whole set, of one that has a single pipeline of it. */
  readonly around?: Source | undefined;
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

export abstract class Sinks implements Source {
  /** Whether nobody is sent any event, as where all that is attached only counts. */
  private isQuiet = true;
  /** Whether anybody wants the two events of every successful call; kept as fields for the hot path. */
  wantsExecutionSucceeded = false;
  wantsAttemptSucceeded = false;
  /** Those of the sinks that follow calls while they run. */
  tracers: readonly Tracer[] = [];
  abstract readonly names: NumbersByName;
  /** Those that are told as well, of what these are told. */
  readonly around: Sinks | undefined;
  private readonly inside: WeakList<Sinks> = new WeakList();
  private own: readonly Attached[] = [];
  private readonly wanted: Map<string, readonly Attached[]> = new Map();
  private readonly errors: Map<string, number> = new Map();

  constructor(around?: Sinks) {
    this.around = around;
    if (around === undefined && !listened.event) {
      whenEventsAreHeard(this);
      return;
    }
    around?.inside.add(this);
    this.refresh();
  }

  abstract tallies(metric: string): Iterable<readonly [labels: readonly string[], count: number]>;
  abstract suppress(pipeline: string): void;
  abstract refine(bounds: readonly number[]): void;

  attach(sink: Sink): () => void {
    const attached = read(sink);
    const detach = typeof sink === 'function' ? undefined : sink.attach?.(this);
    this.setOwn([...this.own, attached]);
    let done = false;
    return () => {
      if (done) return;
      done = true;
      this.setOwn(this.own.filter((other) => other !== attached));
      detach?.();
    };
  }

  /** Attaches all sinks or, when one of them cannot be, none. */
  attachAll(sinks: readonly Sink[]): () => void {
    const attached: (() => void)[] = [];
    const detach = (): void => attached.forEach((end) => end());
    try {
      for (const sink of sinks) attached.push(this.attach(sink));
    } catch (error) {
      detach();
      throw error;
    }
    return detach;
  }

  wants(type: string): boolean {
    if (this.isQuiet) return false;
    return this.wanting(type).length > 0 || (this.around?.wants(type) ?? areEventsHeard());
  }

  /** Whether a sink of this name is attached. */
  has(name: string): boolean {
    return this.own.some((sink) => sink.name === name);
  }

  /** Hands an event to every sink that wants it; what a sink throws ends here. */
  deliver(event: KedgeEvent): void {
    if (this.around !== undefined) this.around.deliver(event);
    else if (listened.event) publishEvent(event);
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

  /** A sink has thrown, or what belongs to one. */
  countError(name: string): void {
    this.errors.set(name, (this.errors.get(name) ?? 0) + 1);
    this.around?.countError(name);
  }

  refresh(): void {
    this.setOwn(this.own);
  }

  private setOwn(sinks: readonly Attached[]): void {
    const { around } = this;
    this.own = sinks;
    const tracers = sinks.flatMap(({ tracer }) => (tracer === undefined ? [] : [tracer]));
    this.tracers = around === undefined ? tracers : [...around.tracers, ...tracers];
    if (tracers.some(({ executions }) => executions)) heard('execute');
    if (tracers.some(({ attempts }) => attempts)) heard('attempt');
    this.isQuiet =
      (around === undefined ? !listened.event : around.isQuiet) &&
      sinks.every(({ handle }) => handle === undefined);
    this.wanted.clear();
    this.wantsExecutionSucceeded = listened.event || this.wants('execution.succeeded');
    this.wantsAttemptSucceeded = listened.event || this.wants('attempt.succeeded');
    for (const each of this.inside) each.refresh();
  }

  private wanting(type: string): readonly Attached[] {
    let wanting = this.wanted.get(type);
    if (wanting === undefined) {
      wanting = this.own.filter((sink) => sink.handle !== undefined && this.asksFor(sink, type));
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
