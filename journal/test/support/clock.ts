/** A clock that stands until a test moves it. */
import type { Clock } from '../../src/clock.ts';

export class TestClock implements Clock {
  private time = Date.parse('2026-11-27T21:10:00Z');
  private readonly tasks = new Map<() => void, number>();

  now(): number {
    return this.time;
  }

  elapsed(): number {
    return this.time;
  }

  after(ms: number, task: () => void): () => void {
    const run = (): void => task();
    this.tasks.set(run, this.time + ms);
    return () => void this.tasks.delete(run);
  }

  /** Runs what falls due on the way. */
  advance(ms: number): void {
    this.time += ms;
    for (const [task, due] of this.tasks) {
      if (due > this.time) continue;
      this.tasks.delete(task);
      task();
    }
  }
}
