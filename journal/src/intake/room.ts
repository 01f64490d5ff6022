/**
 * The memory that requests may take together. A request waits for room before its body is read: clients lose what is
 * refused, and wait for an answer for as long as they live.
 */
import type { Clock } from '../clock.ts';
import { Refusal } from './refusal.ts';

interface Waiting {
  readonly bytes: number;
  admit(): void;
}

export class Room {
  private readonly clock: Clock;
  private readonly most: number;
  private readonly longestWait: number;
  private taken = 0;
  /** Those of projects over their rate are behind all others. */
  private readonly queues: [Waiting[], Waiting[]] = [[], []];

  constructor(clock: Clock, { most = 64 * 1024 * 1024, longestWait = 10_000 } = {}) {
    this.clock = clock;
    this.most = most;
    this.longestWait = longestWait;
  }

  get bytes(): number {
    return this.taken;
  }

  get waiting(): number {
    return this.queues[0].length + this.queues[1].length;
  }

  /** Takes `bytes`, or waits for them. Throws a `Refusal` when there was no room for too long. */
  async take(bytes: number, isOverRate: boolean): Promise<Place> {
    const isFirst = this.queues[0].length === 0 && (!isOverRate || this.queues[1].length === 0);
    if (isFirst && this.fits(bytes)) this.taken += bytes;
    else await this.wait(bytes, this.queues[isOverRate ? 1 : 0]);
    return new Place(bytes, (difference) => this.change(difference));
  }

  private fits(bytes: number): boolean {
    // Whatever is larger than all of it has to come alone.
    return this.taken === 0 || this.taken + bytes <= this.most;
  }

  private wait(bytes: number, queue: Waiting[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(this.longestWait, () => {
        queue.splice(queue.indexOf(waiting), 1);
        reject(full());
      });
      const admit = (): void => {
        cancel();
        this.taken += bytes;
        resolve();
      };
      const waiting = { bytes, admit };
      queue.push(waiting);
    });
  }

  private change(difference: number): void {
    this.taken += difference;
    for (const queue of this.queues) {
      while (queue[0] !== undefined && this.fits(queue[0].bytes)) queue.shift()?.admit();
      if (queue.length > 0) return;
    }
  }
}

/** The part of the room that one request has. */
export class Place {
  private bytes: number;
  private readonly change: (difference: number) => void;

  constructor(bytes: number, change: (difference: number) => void) {
    this.bytes = bytes;
    this.change = change;
  }

  /** It turned out to be more, or less. */
  resize(bytes: number): void {
    const difference = bytes - this.bytes;
    this.bytes = bytes;
    this.change(difference);
  }

  leave(): void {
    this.resize(0);
  }
}

/** Of errors alone, and for a short time: a bare 429 silences Sentry's clients for a minute. */
export const full = (): Refusal =>
  new Refusal(429, 'The journal is full; it takes failures again in a few seconds.', {
    'retry-after': '5',
    'x-sentry-rate-limits': '5:error:key',
  });
