/**
 * The memory that requests may take together. A request waits for room before its body is read: clients lose what is
 * refused, and wait for an answer for as long as they live.
 */
import type { Clock } from '../clock.ts';
import { Refusal } from './refusal.ts';

interface Waiting {
  readonly bytes: number;
  readonly held: number;
  admit(): void;
}

export interface RoomOptions {
  readonly most?: number;
  readonly longestWait?: number;
  /** A room that this one is a part of: what is taken here is taken there, too. */
  readonly within?: Room;
}

export class Room {
  private readonly clock: Clock;
  private readonly most: number;
  private readonly longestWait: number;
  private readonly within: Room | undefined;
  private taken = 0;
  /** Those of projects over their rate are behind all others. */
  private readonly queues: [Waiting[], Waiting[]] = [[], []];

  constructor(clock: Clock, options: RoomOptions = {}) {
    this.clock = clock;
    this.most = options.most ?? 64 * 1024 * 1024;
    this.longestWait = options.longestWait ?? 10_000;
    this.within = options.within;
  }

  get bytes(): number {
    return this.taken;
  }

  get waiting(): number {
    return this.queues[0].length + this.queues[1].length;
  }

  /** Takes `bytes`, or waits for them. Throws a `Refusal` when there was no room for too long. */
  async take(bytes: number, isOverRate: boolean): Promise<Place> {
    const place = new Place(this.within === undefined ? [this] : [this, this.within], isOverRate);
    await place.grow(bytes);
    return place;
  }

  /** For a place that has `held` bytes already. */
  async admit(bytes: number, held: number, isOverRate: boolean): Promise<void> {
    const isFirst = this.queues[0].length === 0 && (!isOverRate || this.queues[1].length === 0);
    if (isFirst && this.fits(bytes, held)) this.taken += bytes;
    else await this.wait(bytes, held, this.queues[isOverRate ? 1 : 0]);
  }

  change(difference: number): void {
    this.taken += difference;
    for (const queue of this.queues) {
      while (queue[0] !== undefined && this.fits(queue[0].bytes, queue[0].held)) {
        queue.shift()?.admit();
      }
      if (queue.length > 0) return;
    }
  }

  private fits(bytes: number, held: number): boolean {
    // Whatever is larger than all of it has to come alone.
    return this.taken === held || this.taken + bytes <= this.most;
  }

  private wait(bytes: number, held: number, queue: Waiting[]): Promise<void> {
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
      const waiting = { bytes, held, admit };
      queue.push(waiting);
    });
  }
}

/** The part of the room that one request has; of each room, where one is a part of another. */
export class Place {
  private readonly rooms: readonly Room[];
  private readonly isOverRate: boolean;
  private bytes = 0;
  private isLeft = false;

  constructor(rooms: readonly Room[], isOverRate: boolean) {
    this.rooms = rooms;
    this.isOverRate = isOverRate;
  }

  /** Waits until there is room for it, if it is more than this place has. Throws a `Refusal` where that takes too long. */
  async grow(bytes: number): Promise<void> {
    const more = bytes - this.bytes;
    if (more <= 0) return;
    const admitted: Room[] = [];
    try {
      for (const room of this.rooms) {
        await room.admit(more, this.bytes, this.isOverRate);
        admitted.push(room);
      }
    } catch (error) {
      for (const room of admitted) room.change(-more);
      throw error;
    }
    if (!this.isLeft) this.bytes = bytes;
    // The request was over before there was room.
    else for (const room of admitted) room.change(-more);
  }

  has(bytes: number): boolean {
    return bytes <= this.bytes;
  }

  /** It turned out to be more, or less. */
  resize(bytes: number): void {
    const difference = bytes - this.bytes;
    this.bytes = bytes;
    for (const room of this.rooms) room.change(difference);
  }

  leave(): void {
    this.isLeft = true;
    this.resize(0);
  }
}

/** Of errors alone, and for a short time: a bare 429 silences Sentry's clients for a minute. */
export const full = (): Refusal =>
  new Refusal(429, 'The journal is full; it takes failures again in a few seconds.', {
    'retry-after': '5',
    'x-sentry-rate-limits': '5:error:key',
  });
