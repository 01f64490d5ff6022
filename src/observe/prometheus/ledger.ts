import type { DurationRecorder, Source } from '../../core/event-bus.ts';
import type { PipelineStats } from '../../core/policy.ts';
import { classify } from '../../verdict/classify.ts';
import { Durations } from './durations.ts';
import { Names, OTHER } from './names.ts';
import { Totals } from './totals.ts';

const MOST_PIPELINES = 200;
const MOST_POLICIES = 100;
const MOST_SINKS = 100;

/** Counts by kind, and in it by source. */
export type Failures = Map<string, Map<string, number>>;

/** What is kept here of the pipelines under one label, because no pipeline counts it. */
class Kept {
  readonly policies: Names = new Names(MOST_POLICIES);
  readonly durations: Durations;
  readonly failures: Failures = new Map();
  /** Pipelines that have left: while others of the name are there, the sums must not fall. */
  readonly departed: Totals = new Totals();
  readonly labelOf = (policy: string): string => this.policies.labelOf(policy);

  constructor(bounds: readonly number[]) {
    this.durations = new Durations(bounds);
  }

  failed(kind: string, source: string): void {
    let bySource = this.failures.get(kind);
    if (bySource === undefined) {
      bySource = new Map();
      this.failures.set(kind, bySource);
    }
    bySource.set(source, (bySource.get(source) ?? 0) + 1);
  }
}

/** All that is shown under one label. */
export interface PipelineFacts {
  readonly pipeline: string;
  readonly totals: Totals;
  readonly durations: Durations;
  readonly failures: Failures;
  readonly suppressed: number;
}

/** All that a scrape shows. */
export interface Facts {
  readonly pipelines: readonly PipelineFacts[];
  readonly sinkErrors: ReadonlyMap<string, number>;
}

/** What is known of all pipelines, by the label that they are shown under. */
export class MetricsStore {
  private readonly bounds: readonly number[];
  private readonly names: Names = new Names(MOST_PIPELINES);
  private readonly sinks: Names = new Names(MOST_SINKS);
  private readonly kept: Map<string, Kept> = new Map();

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
  }

  recorderOf(pipeline: string): DurationRecorder {
    return this.keep(pipeline).durations;
  }

  attemptFailed(pipeline: string, error: unknown): void {
    const { kind, source } = classify(error);
    // A caller's cancellation is no failure; an abort of the operation's own is, and of no listed kind.
    this.keep(pipeline).failed(kind === 'cancelled' ? 'unknown' : kind, source);
  }

  callRejected(pipeline: string): void {
    this.keep(pipeline).failed('rejected', 'application');
  }

  departed(last: PipelineStats): void {
    const kept = this.keep(last.name);
    kept.departed.addCounts(last, kept.labelOf);
  }

  /** Everything at this moment. */
  facts(sources: Iterable<Source>): Facts {
    const live = new Map<string, Totals>();
    const sinkErrors = new Map<string, number>();
    const suppressed = new Map<string, number>();
    for (const source of sources) {
      for (const stats of source.stats()) {
        const label = this.names.labelOf(stats.name);
        let totals = live.get(label);
        if (totals === undefined) live.set(label, (totals = new Totals()));
        totals.add(stats, this.keep(stats.name).labelOf);
      }
      for (const [sink, errors] of source.sinkErrors()) {
        count(sinkErrors, this.sinks.labelOf(sink), errors);
      }
      for (const [name, lines] of source.suppressed) {
        count(suppressed, this.names.has(name) ? name : OTHER, lines);
      }
    }
    const pipelines: PipelineFacts[] = [];
    for (const [pipeline, kept] of this.kept) {
      // Gone with its last pipeline; only what is folded stays, since it cannot be told who is gone.
      if (!live.has(pipeline) && pipeline !== OTHER) {
        this.kept.delete(pipeline);
        continue;
      }
      const totals = live.get(pipeline) ?? new Totals();
      totals.addCounts(kept.departed, kept.labelOf);
      const { durations, failures } = kept;
      pipelines.push({
        pipeline,
        totals,
        durations,
        failures,
        suppressed: suppressed.get(pipeline) ?? 0,
      });
    }
    return { pipelines, sinkErrors };
  }

  private keep(pipeline: string): Kept {
    const label = this.names.labelOf(pipeline);
    let kept = this.kept.get(label);
    if (kept === undefined) {
      kept = new Kept(this.bounds);
      this.kept.set(label, kept);
    }
    return kept;
  }
}

function count(counts: Map<string, number>, name: string, more: number): void {
  counts.set(name, (counts.get(name) ?? 0) + more);
}
