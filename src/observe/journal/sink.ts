/** Gathers failures and totals, and sees to it that they arrive. */
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { type AsyncContext, capture, within } from '../../core/async-context.ts';
import { sharedBus, type SinkObject, type Source } from '../../core/event-bus.ts';
import type { CustomEvent, KedgeEvent } from '../../core/events.ts';
import { Timer } from '../../core/time.ts';
import { exponentialBackoff } from '../../index.ts';
import type { RedactionOptions } from '../../failures/redact.ts';
import { identityOf } from '../../failures/report/identity.ts';
import type { Origin } from './origin.ts';
import { Pending } from './pending.ts';
import { describe, readingOf, types } from './reading.ts';
import { type Batch, own, type Delivery, type Sender } from './sender.ts';
import { Sightings } from './sightings.ts';
import { Totals } from './totals.ts';

const MINUTE = 60_000;
/** So long a failure waits for others, in milliseconds. */
const GATHERING = 500;
/** So long the end of a process waits, in milliseconds. */
const FLUSHING = 2_000;
/** Between two tries of a batch that could not be delivered. */
const pauses = exponentialBackoff({ initial: 1_000, max: MINUTE, jitter: 'equal' });
const LONGEST_PAUSE = 10 * MINUTE;

const metric = 'journal_dropped_total';

export class Journal implements SinkObject {
  readonly name = 'journal';
  private readonly sender: Sender;
  private readonly origin: Origin;
  private readonly redaction: RedactionOptions;
  private readonly sightings: Sightings = new Sightings();
  private readonly pending: Pending = new Pending();
  private readonly totals: Totals = new Totals();
  private readonly sources: Set<Source> = new Set();
  private attached = 0;
  /** Not that of the request whose failure happens to come first. */
  private readonly ambient: AsyncContext = capture();
  private minute: Timer | undefined;
  private next: Timer | undefined;
  private totalsAreDue = false;
  /** Is held until it was kept or refused. */
  private batch: Batch | undefined;
  private delivery: Promise<void> | undefined;
  private aborting: AbortController = new AbortController();
  private failed = 0;
  private isPausing = false;
  private flushing: Promise<void> | undefined;
  private isFlushed = false;

  constructor(sender: Sender, origin: Origin, redaction: RedactionOptions) {
    this.sender = sender;
    this.origin = origin;
    this.redaction = redaction;
  }

  wants(type: string): boolean {
    return types.has(type);
  }

  attach(source: Source): () => void {
    if (this.attached++ === 0) this.begin();
    this.sources.add(source);
    const leave = this.totals.follow(source);
    return () => {
      const isLast = --this.attached === 0;
      if (isLast) this.end();
      void (isLast ? this.flush() : Promise.resolve()).then(() => {
        leave();
        if (isLast && this.attached === 0) this.sources.clear();
      });
    };
  }

  handle(received: KedgeEvent): void {
    const event = received as object as CustomEvent;
    if (event.pipeline === own) return;
    const reading = readingOf(event);
    if (reading === undefined) return;
    const { error, severity } = reading;
    const count = this.sightings.count(error, `${event.type}\n${event.pipeline}`);
    if (count === 0 && severity === undefined) return;
    // In a storm most are counted, and not described.
    const { fingerprint = identityOf(error) } = reading;
    if (!this.pending.count(fingerprint, severity, count)) {
      const { origin, redaction, sources, pending } = this;
      const held = (): boolean =>
        pending.add(describe(reading, event, origin, redaction, sources), count);
      if (pending.isFull || !held()) drop('full', 1);
    }
    this.isFlushed = false;
    within(this.ambient, () => this.soon());
  }

  readonly flush = (): Promise<void> => {
    this.flushing ??= this.drain().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  };

  private begin(): void {
    drop('full', 0);
    drop('refused', 0);
    process.on('beforeExit', this.onExit);
    within(this.ambient, () => this.everyMinute());
  }

  private end(): void {
    process.off('beforeExit', this.onExit);
    this.minute?.stop();
    this.minute = undefined;
  }

  /** A program that has nothing left to do. It may get something to do by that, and end once more. */
  private readonly onExit = (): void => {
    if (!this.isFlushed) void this.flush();
    this.isFlushed = true;
  };

  private everyMinute(): void {
    this.minute = new Timer(
      () => {
        this.everyMinute();
        this.totalsAreDue = true;
        if (!this.isPausing) this.deliver();
      },
      MINUTE,
      false,
    );
  }

  /** Waits for more to come, unless there is enough. */
  private soon(): void {
    if (this.isPausing || this.delivery !== undefined || this.pending.isEmpty) return;
    if (this.pending.isBatch) this.deliver();
    else this.next ??= this.after(GATHERING);
  }

  private after(ms: number): Timer {
    return new Timer(() => this.deliver(), ms, false);
  }

  /** Sends the batch that is held, or the next one. */
  private deliver(): void {
    if (this.delivery !== undefined) return;
    this.next?.stop();
    this.next = undefined;
    this.isPausing = false;
    const batch = (this.batch ??= this.gather());
    if (batch === undefined) return;
    this.aborting = new AbortController();
    this.delivery = this.sender.send(batch, this.aborting.signal).then((delivery) => {
      this.delivery = undefined;
      this.delivered(batch, delivery);
    });
  }

  private gather(): Batch | undefined {
    const totals = this.totalsAreDue ? this.totals.read() : [];
    this.totalsAreDue = false;
    const failures = this.pending.take();
    if (failures.length === 0 && totals.length === 0) return undefined;
    return { id: randomUUID(), failures, totals };
  }

  private delivered({ failures }: Batch, delivery: Delivery): void {
    const isPassing = typeof delivery === 'object';
    if (!isPassing) {
      this.batch = undefined;
      this.pending.release(failures);
    }
    if (delivery === 'kept') {
      this.failed = 0;
      this.soon();
      return;
    }
    if (!isPassing) drop('refused', sum(failures));
    // Who refuses one batch will hardly take the next one.
    const pause = pauses(++this.failed, undefined, 0);
    const told = isPassing ? (delivery.retryAfter ?? 0) : 0;
    this.isPausing = true;
    this.next = this.after(Math.min(LONGEST_PAUSE, Math.max(pause, told)));
  }

  /** Until nothing is left, or the journal cannot be reached, or it takes too long. */
  private async drain(): Promise<void> {
    this.totalsAreDue = true;
    let timer: Timer | undefined;
    const limit = new Promise<boolean>((resolve) => {
      timer = new Timer(() => resolve(true), FLUSHING, true);
    });
    const over = { isOver: false };
    over.isOver = await Promise.race([limit, this.drainAll(over)]);
    timer?.stop();
    if (over.isOver) this.aborting.abort();
  }

  private async drainAll(late: { readonly isOver: boolean }): Promise<false> {
    // What was under way may fail, and then has one more chance.
    await this.delivery;
    while (!late.isOver) {
      within(this.ambient, () => this.deliver());
      await this.delivery;
      const isHeld = this.batch !== undefined;
      if (isHeld || (!this.totalsAreDue && this.pending.isEmpty)) break;
    }
    return false;
  }
}

function sum(failures: Batch['failures']): number {
  return failures.reduce((total, { count }) => total + count, 0);
}

/** Failures that the journal does not hear of. */
function drop(reason: 'full' | 'refused', count: number): void {
  sharedBus.tallyMany(metric, count, reason);
}
