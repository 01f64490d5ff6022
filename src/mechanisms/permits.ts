/**
 * A number of permits and a queue for them. A permit that comes back goes straight to the first in the queue: nobody
 * who comes later can take it, and nobody who waits is passed over.
 */
import { Fifo, Link } from './fifo.ts';

/** A place in a queue. */
export abstract class Waiter extends Link {
  /** What was waited for is handed over; it is the waiter's from now on. */
  abstract granted(): void;
}

export class Permits {
  inUse = 0;
  private most: number;
  private readonly waiting: Fifo<Waiter> = new Fifo();

  constructor(limit: number) {
    this.most = limit;
  }

  get queued(): number {
    return this.waiting.size;
  }

  get limit(): number {
    return this.most;
  }

  /** More permits go to those who wait at once; of fewer, those in use stay until they come back. */
  set limit(limit: number) {
    this.most = limit;
    this.handOver();
  }

  get isUsedUp(): boolean {
    return this.inUse >= this.most;
  }

  take(): boolean {
    if (this.inUse >= this.most || this.waiting.size > 0) return false;
    this.inUse++;
    return true;
  }

  release(): void {
    this.inUse--;
    this.handOver();
  }

  enqueue(waiter: Waiter): void {
    this.waiting.push(waiter);
  }

  /** Takes a waiter out of the queue. Returns false when it is not in it: it has been granted a permit. */
  leave(waiter: Waiter): boolean {
    return this.waiting.remove(waiter);
  }

  private handOver(): void {
    while (this.waiting.first !== undefined && this.inUse < this.most) {
      const { first } = this.waiting;
      this.waiting.remove(first);
      this.inUse++;
      first.granted();
    }
  }
}
