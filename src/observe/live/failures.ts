/** The latest failures, grouped by fingerprint, with one redacted example each. Bounded, however many there are. */
import type { SinkObject } from '../../core/event-bus.ts';
import type { KedgeEvent } from '../../core/events.ts';
import { now } from '../../core/time.ts';
import type { ErrorTexts } from '../state/errors.ts';

const mostGroups = 50;
/** Describing takes a tenth of a millisecond: so many failures a second are looked at, the others only counted. */
const mostLooks = 20;
const mostPipelines = 1_000;

export interface Group {
  readonly pipeline: string;
  readonly kind: string;
  readonly text: string;
  /** How many there were; an estimate where more came than were looked at. */
  count: number;
  /** In milliseconds since the epoch. */
  at: number;
}

export class Failures implements SinkObject {
  readonly name = 'live';
  private readonly errors: ErrorTexts;
  /** The latest last. */
  private readonly groups: Map<string, Group> = new Map();
  /** Those that nobody looked at, by pipeline. */
  private readonly passed: Map<string, number> = new Map();
  private second = -Infinity;
  private looks = 0;

  constructor(errors: ErrorTexts) {
    this.errors = errors;
  }

  wants(type: string): boolean {
    return type === 'attempt.failed';
  }

  handle(event: KedgeEvent): void {
    if (event.type !== 'attempt.failed') return;
    const { pipeline, error, at } = event;
    const time = now();
    if (time - this.second >= 1_000 || time < this.second) [this.second, this.looks] = [time, 0];
    const passed = this.passed.get(pipeline) ?? 0;
    if (this.looks >= mostLooks) {
      if (passed > 0 || this.passed.size < mostPipelines) this.passed.set(pipeline, passed + 1);
      return;
    }
    this.looks++;
    this.passed.delete(pipeline);
    this.errors.begin();
    const said = this.errors.of(error);
    const { fingerprint = said.kind } = said as { fingerprint?: string };
    const id = `${pipeline}\n${fingerprint}`;
    const known = this.groups.get(id);
    const group = known ?? { pipeline, kind: said.kind, text: textOf(said), count: 0, at };
    group.count += 1 + passed;
    group.at = at;
    this.groups.delete(id);
    this.groups.set(id, group);
    if (this.groups.size <= mostGroups) return;
    for (const oldest of this.groups.keys()) {
      this.groups.delete(oldest);
      return;
    }
  }

  /** The latest first. */
  latest(): Group[] {
    return [...this.groups.values()].toReversed();
  }
}

function textOf(said: { readonly kind: string }): string {
  const { code, type, message } = said as { code?: string; type?: string; message?: string };
  return [code ?? type ?? said.kind, message].filter((text) => text !== undefined).join(': ');
}
