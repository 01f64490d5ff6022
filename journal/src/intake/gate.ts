/**
 * A flood is counted, not kept: of a group over its number an hour, and of a project over its rate, one in a hundred is
 * kept. The first of a group in an hour always is.
 */
import { type Pipeline, pipeline, rateLimiter, RateLimitedError } from 'kedge';
import type { Clock } from '../clock.ts';
import type { Project } from '../store/store.ts';

const HOUR = 3_600_000;
const ONE_IN = 100;
const MOST_GROUPS = 200_000;

interface ProjectRate {
  readonly pipeline: Pipeline;
  readonly rate: number;
  readonly burst: number;
  refused: number;
  /** Until when it counts as over its rate. */
  overUntil: number;
}

export class Gate {
  private readonly clock: Clock;
  private readonly rates = new Map<number, ProjectRate>();
  private hour = 0;
  /** How often each group was seen in this hour. */
  private seen = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async keeps(project: Project, group: string): Promise<boolean> {
    const nth = this.see(`${project.id} ${group}`);
    const rate = this.rateOf(project);
    const isUnder = await this.isUnder(rate);
    if (nth === 1) return true;
    if (nth > project.keepPerHour) return nth % ONE_IN === 0;
    return isUnder || rate.refused % ONE_IN === 0;
  }

  /** Such a project waits behind the others. */
  isOver(project: Project): boolean {
    return this.rateOf(project).overUntil > this.clock.elapsed();
  }

  private see(name: string): number {
    const hour = Math.floor(this.clock.now() / HOUR);
    if (hour !== this.hour || this.seen.size > MOST_GROUPS) {
      this.hour = hour;
      this.seen = new Map();
    }
    const nth = (this.seen.get(name) ?? 0) + 1;
    this.seen.set(name, nth);
    return nth;
  }

  private rateOf({ id, rate, burst }: Project): ProjectRate {
    const known = this.rates.get(id);
    if (known?.rate === rate && known.burst === burst) return known;
    const limiter = pipeline('journal-project', rateLimiter({ limit: rate, burst }));
    const made = { pipeline: limiter, rate, burst, refused: 0, overUntil: -Infinity };
    this.rates.set(id, made);
    return made;
  }

  private async isUnder(rate: ProjectRate): Promise<boolean> {
    try {
      await rate.pipeline.execute(nothing);
      return true;
    } catch (error) {
      if (!(error instanceof RateLimitedError)) throw error;
      rate.refused += 1;
      rate.overUntil = this.clock.elapsed() + 1_000;
      return false;
    }
  }
}

const nothing = (): void => undefined;
