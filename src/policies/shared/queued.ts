import { Deadline, type DeadlineList } from '../../mechanisms/deadlines.ts';
import { type Permits, Waiter } from '../../mechanisms/permits.ts';

/** What a call is queued for. */
interface Queue {
  readonly permits: Permits;
  readonly waits: DeadlineList;
}

/** A call in the queue: a place for a permit, and a deadline. */
export class Queued extends Waiter {
  /** Whether it was granted a permit; `false` when its time was up before. */
  readonly answer: Promise<boolean>;
  private settle!: (granted: boolean) => void;
  private holds = false;
  private readonly queue: Queue;
  private readonly end: QueueDeadline;

  /** `until`: the instant at which it leaves, or `Infinity`. */
  constructor(queue: Queue, until: number) {
    super();
    this.queue = queue;
    this.end = new QueueDeadline(until, this);
    this.answer = new Promise((resolve) => {
      this.settle = resolve;
    });
    queue.permits.enqueue(this);
    if (until !== Infinity) queue.waits.add(this.end);
  }

  override granted(): void {
    this.queue.waits.remove(this.end);
    this.holds = true;
    this.settle(true);
  }

  expire(): void {
    if (this.queue.permits.leave(this)) this.settle(false);
  }

  /** Leaves, wherever it is: a permit that it was granted meanwhile goes on to the next. */
  withdraw(): void {
    const { permits, waits } = this.queue;
    waits.remove(this.end);
    if (this.holds) permits.release();
    else permits.leave(this);
  }
}

class QueueDeadline extends Deadline {
  private readonly queued: Queued;

  constructor(instant: number, queued: Queued) {
    super(instant);
    this.queued = queued;
  }

  override expire(): void {
    this.queued.expire();
  }
}
