/**
 * Where facts leave: the sinks of one set of pipelines, and the pipelines whose numbers they read.
 */
import type { BuiltInEvent, EventType, KedgeEvent } from './events.ts';
import { severities } from './events.ts';
import type { ExecutionOutcome, PipelineStats } from './policy.ts';
import { isThenable } from './thenable.ts';
import { wall } from './time.ts';

/** Hears of the end of every execution and attempt of one pipeline, in milliseconds. */
export interface DurationRecorder {
  execution(outcome: ExecutionOutcome, duration: number): void;
  attempt(duration: number): void;
}

/** What a sink can read, besides the events it is sent. */
export interface Source {
  /** The numbers of all pipelines; those of one name are summed by the reader. */
  stats(): PipelineStats[];
  /** How often each sink has thrown, by its name. */
  sinkErrors(): ReadonlyMap<string, number>;
  /** How many log lines were held back in storms, by pipeline; a sink that holds one back counts it here. */
  readonly suppressed: Map<string, number>;
  /** Hands over the last numbers of every pipeline that leaves, until the returned function is called. */
  onLeave(take: (last: PipelineStats) => void): () => void;
  /** Asks all sinks anew what they want, after one has changed its mind. */
  refresh(): void;
  /** Gives every pipeline, also one made later, a recorder by its name, until the returned function is called. */
  recordDurations(open: (pipeline: string) => DurationRecorder): () => void;
}

/** A sink that says what it wants, so that nothing is built that nobody reads. */
export interface SinkObject {
  readonly name: string;
  /** Which types of events it is sent. @default all */
  wants?(type: string): boolean;
  handle?(event: KedgeEvent): void;
  /** Called when it is attached; what it returns is called when it is detached. */
  attach?(source: Source): undefined | (() => void);
}

/** Receives events: a function, or one of the integrations. */
export type Sink = ((event: KedgeEvent) => unknown) | SinkObject;

/** What the hub needs of a pipeline. */
export interface Observed {
  readonly name: string;
  stats(): PipelineStats;
  recorders: readonly DurationRecorder[];
}

interface Attached {
  readonly name: string;
  readonly handle: ((event: KedgeEvent) => unknown) | undefined;
  wants(type: string): boolean;
}

export class EventBus implements Source {
  /** Whether anybody wants the two events of every successful call; kept as fields for the hot path. */
  wantsExecutionSucceeded = false;
  wantsAttemptSucceeded = false;
  readonly suppressed: Map<string, number> = new Map();

  private sinks: readonly Attached[] = [];
  private readonly wanted: Map<string, readonly Attached[]> = new Map();
  private readonly observed: Set<Observed> = new Set();
  private openers: readonly ((pipeline: string) => DurationRecorder)[] = [];
  private readonly errors: Map<string, number> = new Map();
  private readonly leaveListeners: Set<(last: PipelineStats) => void> = new Set();

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

  wants(type: string): boolean {
    return this.wanting(type).length > 0;
  }

  /** Whether a sink of this name is attached. */
  has(name: string): boolean {
    return this.sinks.some((sink) => sink.name === name);
  }

  /** Hands an event to every sink that wants it; what a sink throws ends here. */
  deliver(event: KedgeEvent): void {
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

  add(observed: Observed): void {
    this.observed.add(observed);
    observed.recorders = this.opened(observed.name);
  }

  remove(observed: Observed): void {
    if (!this.observed.delete(observed)) return;
    observed.recorders = [];
    for (const take of this.leaveListeners) take(observed.stats());
  }

  stats(): PipelineStats[] {
    return [...this.observed].map((observed) => observed.stats());
  }

  sinkErrors(): ReadonlyMap<string, number> {
    return this.errors;
  }

  onLeave(take: (last: PipelineStats) => void): () => void {
    this.leaveListeners.add(take);
    return () => this.leaveListeners.delete(take);
  }

  refresh(): void {
    this.setSinks(this.sinks);
  }

  recordDurations(open: (pipeline: string) => DurationRecorder): () => void {
    this.setOpeners([...this.openers, open]);
    return () => this.setOpeners(this.openers.filter((other) => other !== open));
  }

  private setOpeners(openers: readonly ((pipeline: string) => DurationRecorder)[]): void {
    // The recorders that stay are opened anew; they find their numbers again by the pipeline's name.
    this.openers = openers;
    for (const observed of this.observed) observed.recorders = this.opened(observed.name);
  }

  private setSinks(sinks: readonly Attached[]): void {
    this.sinks = sinks;
    this.wanted.clear();
    this.wantsExecutionSucceeded = this.wants('execution.succeeded');
    this.wantsAttemptSucceeded = this.wants('attempt.succeeded');
  }

  private wanting(type: string): readonly Attached[] {
    let wanting = this.wanted.get(type);
    if (wanting === undefined) {
      wanting = this.sinks.filter((sink) => sink.handle !== undefined && this.asksFor(sink, type));
      // Custom policies choose their own types: a hostile one must not fill the map.
      if (this.wanted.size < 256) this.wanted.set(type, wanting);
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

  /** What a recorder throws ends here, like what a sink throws. */
  recorderFailed(): void {
    this.countError('recorder');
  }

  private countError(name: string): void {
    this.errors.set(name, (this.errors.get(name) ?? 0) + 1);
  }

  private opened(pipeline: string): DurationRecorder[] {
    return this.openers.flatMap((open) => {
      try {
        return [open(pipeline)];
      } catch {
        this.recorderFailed();
        return [];
      }
    });
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

/** Of the pipelines that belong to no set of their own, and of what is reported outside of pipelines. */
export const sharedBus: EventBus = new EventBus();

function read(sink: Sink): Attached {
  if (typeof sink === 'function')
    return { name: sink.name || 'sink', handle: sink, wants: () => true };
  if (sink === null || typeof sink !== 'object' || typeof sink.name !== 'string') {
    throw new TypeError('observe: expected a sink to be a function, or an object with a `name`.');
  }
  return {
    name: sink.name,
    handle: sink.handle === undefined ? undefined : (event) => sink.handle?.(event),
    wants: (type) => sink.wants?.(type) ?? true,
  };
}
