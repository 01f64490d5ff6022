/** Timers in the order in which they are due; setting, stopping and taking one is O(log n). */
export interface QueuedTimer {
  readonly at: number;
  readonly run: () => void;
  /** What decides between timers of one instant: which was set first. */
  readonly order: number;
  /** Where it stands in the heap; below 0 when it does not. */
  index: number;
}

/** A binary heap whose members know their places, so that one can be taken out of the middle. */
export class TimerQueue {
  private readonly heap: QueuedTimer[] = [];
  private set = 0;

  get size(): number {
    return this.heap.length;
  }

  get first(): QueuedTimer | undefined {
    return this.heap[0];
  }

  add(at: number, run: () => void): QueuedTimer {
    const timer: QueuedTimer = { at, run, order: ++this.set, index: this.heap.length };
    this.heap.push(timer);
    this.rise(timer);
    return timer;
  }

  remove(timer: QueuedTimer): void {
    const { index } = timer;
    if (index < 0) return;
    timer.index = -1;
    const last = this.heap.pop() as QueuedTimer;
    if (last === timer) return;
    this.place(last, index);
    this.rise(last);
    this.sink(last);
  }

  private rise(timer: QueuedTimer): void {
    while (timer.index > 0) {
      const parent = this.heap[(timer.index - 1) >> 1] as QueuedTimer;
      if (!isBefore(timer, parent)) return;
      this.swap(timer, parent);
    }
  }

  private sink(timer: QueuedTimer): void {
    for (;;) {
      const left = this.heap[2 * timer.index + 1];
      if (left === undefined) return;
      const right = this.heap[2 * timer.index + 2];
      const child = right !== undefined && isBefore(right, left) ? right : left;
      if (!isBefore(child, timer)) return;
      this.swap(timer, child);
    }
  }

  private swap(one: QueuedTimer, other: QueuedTimer): void {
    const { index } = one;
    this.place(one, other.index);
    this.place(other, index);
  }

  private place(timer: QueuedTimer, index: number): void {
    timer.index = index;
    this.heap[index] = timer;
  }
}

const isBefore = (one: QueuedTimer, other: QueuedTimer): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
