/**
 * Which names are shown. What Prometheus has to keep is bounded: so many names have a place of their own, and the rest
 * is one, `_other`. Whatever is counted is shown under exactly one label, also when a name gets or loses its place:
 * no series ever falls, and none gets what another has shown before.
 */
import { Numbers, OTHER } from '../../core/numbers.ts';
import type { PipelineMetrics } from '../../core/pipeline-metrics.ts';

const mostPlaces = 200;
/** A name that has had no pipeline for so long gives its place back, in milliseconds. */
const placeKeptFor = 3_600_000;

/** The numbers of one set of pipelines, for one name. */
class Entry {
  readonly metrics: PipelineMetrics;
  /** What it had counted when it lost its place: that is not shown again as `_other`. */
  base: Numbers | undefined = undefined;
  /** What of it has been shown as `_other`: that is not shown again under its own name. */
  elsewhere: Numbers | undefined = undefined;

  constructor(metrics: PipelineMetrics) {
    this.metrics = metrics;
  }

  /** From here on it is shown under its own name; what was shown as `_other` stays there, in `frozen`. */
  leaveOther(frozen: Numbers): void {
    const moved = this.metrics.copy();
    if (this.base !== undefined) moved.add(this.base, -1);
    frozen.add(moved);
    this.elsewhere ??= new Numbers(moved.attempted.bounds);
    this.elsewhere.add(moved);
    this.base = undefined;
  }

  hide(): void {
    this.base = this.metrics.copy();
  }
}

/** A name, in all sets of pipelines that have it. */
class Name {
  readonly entries: Entry[] = [];
  isShown = false;
  /** Whether it is among the others. One that has been gone for too long is shown nowhere. */
  isOther = false;

  /** For how long there has been no pipeline of the name; 0 while there is one. */
  goneFor(time: number): number {
    let shortest = Infinity;
    for (const { metrics } of this.entries) {
      const { goneSince } = metrics;
      // A clock that was put in another's place may be behind.
      const gone = goneSince === undefined ? 0 : Math.max(0, time - goneSince);
      shortest = Math.min(shortest, gone);
    }
    return shortest;
  }
}

/** A name, and for how long there has been no pipeline of it. */
interface Candidate {
  readonly name: Name;
  readonly gone: number;
}

/** What is shown under one label. */
export interface Shown {
  readonly pipeline: string;
  /** What has been counted. */
  readonly numbers: Numbers;
  /** Where what holds at this moment is read: of pipelines that there are. */
  readonly living: readonly PipelineMetrics[];
}

export class Places {
  private readonly names: Map<string, Name> = new Map();
  private readonly entries: Map<PipelineMetrics, Entry> = new Map();
  private readonly frozen: Numbers;
  private hasOther = false;
  /** How many names have a place, and how many are shown as `_other`. */
  shown = 0;
  hidden = 0;

  private readonly most: number;

  constructor(bounds: readonly number[], most: number = mostPlaces) {
    this.frozen = new Numbers(bounds);
    this.most = most;
  }

  /** Gives places to `all`, and returns what to show. `others` is what is not kept by name any more. */
  update(all: Iterable<PipelineMetrics>, others: readonly Numbers[], time: number): Shown[] {
    this.enter(new Set(all));
    this.assign(time);
    const shown: Shown[] = [];
    const rest: Entry[] = [];
    for (const [pipeline, { entries, isShown, isOther }] of this.names) {
      if (isShown) shown.push(shownOf(pipeline, entries));
      else if (isOther) rest.push(...entries);
    }
    this.hasOther ||= this.hidden > 0 || this.names.has(OTHER) || others.some(hasCounted);
    if (this.hasOther) shown.push(this.otherOf(rest, others));
    return shown;
  }

  /** Whether the name has a place of its own. */
  has(name: string): boolean {
    return this.names.get(name)?.isShown ?? false;
  }

  private enter(all: ReadonlySet<PipelineMetrics>): void {
    for (const [metrics, entry] of this.entries) if (!all.has(metrics)) this.leave(entry);
    for (const metrics of all) {
      if (this.entries.has(metrics)) continue;
      const entry = new Entry(metrics);
      this.entries.set(metrics, entry);
      let name = this.names.get(metrics.name);
      if (name === undefined) this.names.set(metrics.name, (name = new Name()));
      name.entries.push(entry);
    }
  }

  private leave(entry: Entry): void {
    const { metrics } = entry;
    this.entries.delete(metrics);
    const name = this.names.get(metrics.name) as Name;
    name.entries.splice(name.entries.indexOf(entry), 1);
    if (name.entries.length === 0) this.names.delete(metrics.name);
    if (!metrics.isRetired) return;
    // From here on all that it has counted is among the others, where what was shown already must not be.
    if (name.isShown) this.frozen.add(metrics, -1);
    else if (entry.base !== undefined) this.frozen.add(entry.base, -1);
  }

  private assign(time: number): void {
    const placed: Candidate[] = [];
    const waiting: Candidate[] = [];
    for (const [label, name] of this.names) {
      // One that is called so itself has no place, and takes none.
      if (label === OTHER) {
        name.isOther = true;
        continue;
      }
      const gone = name.goneFor(time);
      if (gone < placeKeptFor) (name.isShown ? placed : waiting).push({ name, gone });
      else if (name.isShown) this.hide(name);
    }
    // Who is there comes before who has gone, and of those who have gone, who was there last.
    waiting.sort((one, other) => one.gone - other.gone);
    placed.sort((one, other) => one.gone - other.gone);
    let displaced = 0;
    let free = this.most - placed.length;
    this.shown = placed.length;
    this.hidden = 0;
    for (const { name, gone } of waiting) {
      const longest = placed[placed.length - 1];
      if (free > 0) {
        free--;
        this.shown++;
      } else if (gone === 0 && longest !== undefined && longest.gone > 0) {
        placed.pop();
        this.hide(longest.name);
        displaced++;
      } else {
        name.isOther = true;
        this.hidden++;
        continue;
      }
      this.show(name);
    }
    this.hidden += displaced;
  }

  private show(name: Name): void {
    if (name.isOther) for (const entry of name.entries) entry.leaveOther(this.frozen);
    name.isShown = true;
    name.isOther = false;
  }

  private hide(name: Name): void {
    name.isShown = false;
    for (const entry of name.entries) entry.hide();
  }

  private otherOf(rest: readonly Entry[], others: readonly Numbers[]): Shown {
    const numbers = this.frozen.copy();
    for (const each of others) numbers.add(each);
    for (const { metrics, base } of rest) {
      numbers.add(metrics);
      if (base !== undefined) numbers.add(base, -1);
    }
    return { pipeline: OTHER, numbers, living: rest.map(({ metrics }) => metrics) };
  }
}

function shownOf(pipeline: string, entries: readonly Entry[]): Shown {
  const living = entries.map(({ metrics }) => metrics);
  const [only] = entries;
  if (only !== undefined && entries.length === 1 && only.elsewhere === undefined) {
    return { pipeline, numbers: only.metrics, living };
  }
  const numbers = new Numbers((only as Entry).metrics.attempted.bounds);
  for (const { metrics, elsewhere } of entries) {
    numbers.add(metrics);
    if (elsewhere !== undefined) numbers.add(elsewhere, -1);
  }
  return { pipeline, numbers, living };
}

function hasCounted({ executions, attempts, suppressed }: Numbers): boolean {
  return (
    suppressed > 0 || [executions, attempts].some((counts) => Object.values(counts).some(Boolean))
  );
}
