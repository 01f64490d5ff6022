/**
 * Tells what the store has put down to be told, each channel by itself, so that a dead one delays no other.
 *
 *   due notices of a channel ─► one message each, while there are few this hour ─► sent
 *                            └► past that one message of all, every ten minutes ├► failed: again later, for a day
 *                                                                              └► given up
 *
 * What was sent is noted after it was sent: a journal that is killed in between sends it again, with the same id.
 */
import { CircuitOpenError, circuitBreaker, exponentialBackoff, keyed, timeout } from 'kedge';
import type { Clock } from '../clock.ts';
import type { Channel, DueNotices, Notice, Store } from '../store/store.ts';
import { type Message, messageOf } from './message.ts';

/** One kind of channel. */
export interface Sender {
  /** Resolves when the other side has taken it. */
  send(message: Message, channel: Channel, signal: AbortSignal): Promise<void>;
  /** Throws where it could not, and sends nothing. */
  check(channel: Channel, signal: AbortSignal): Promise<void>;
}

export type Senders = Readonly<Record<Channel['kind'], Sender | undefined>>;

export interface NotifierOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly senders: Senders;
  readonly publicUrl: () => string;
  /** How many messages a channel gets in an hour. */
  readonly perHour: Readonly<Record<Channel['kind'], number>>;
  /** Hears of what did not get through. */
  readonly onFailure: (channel: Channel, error: string, isGivenUp: boolean) => void;
}

const LOOK_EVERY = 5_000;
const MINUTE = 60_000;
const DIGEST_EVERY = 10 * MINUTE;
const DIGESTS_AN_HOUR = 6;
const GIVEN_UP_AFTER = 24 * 60 * MINUTE;
const SEND_WITHIN = 10_000;
const LONGEST_ERROR = 200;

/** A notice that failed waits 5 s at first, and an hour at most. */
const backoff = exponentialBackoff({
  initial: 5_000,
  factor: 2,
  max: 60 * MINUTE,
  jitter: 'equal',
});

/** One channel's messages are one dependency. */
export const channelPipelines = () =>
  keyed('journal-notices', () => [
    circuitBreaker({
      consecutiveFailures: 3,
      openFor: exponentialBackoff({ initial: 5_000, max: MINUTE }),
      halfOpen: { probes: 1 },
      // Whatever it was, it did not get through.
      handle: () => true,
    }),
    timeout(SEND_WITHIN),
  ]);

export class Notifier {
  /** Since the start, for metrics. */
  readonly numbers: { sent: number; failed: number; givenUp: number } = {
    sent: 0,
    failed: 0,
    givenUp: 0,
  };
  private readonly options: NotifierOptions;
  private readonly pipelines = channelPipelines();
  private readonly busy = new Map<number, Promise<void>>();
  private looking: Promise<void> | undefined;
  private again = false;
  private isOver = false;
  private cancel: (() => void) | undefined;

  constructor(options: NotifierOptions) {
    this.options = options;
  }

  start(): void {
    this.wake();
    this.tick();
  }

  /** There is something new to tell. */
  wake(): void {
    if (this.isOver) return;
    this.again = true;
    this.looking ??= this.look();
  }

  /** Resolves when nothing is on its way any more. */
  async end(): Promise<void> {
    this.isOver = true;
    this.cancel?.();
    await this.idle();
  }

  async idle(): Promise<void> {
    while (this.looking !== undefined || this.busy.size > 0) {
      await this.looking;
      await Promise.all(this.busy.values());
    }
  }

  private tick(): void {
    this.cancel = this.options.clock.after(LOOK_EVERY, () => {
      this.wake();
      if (!this.isOver) this.tick();
    });
  }

  private async look(): Promise<void> {
    const { store, clock } = this.options;
    try {
      while (this.again && !this.isOver) {
        this.again = false;
        for (const due of await store.dueNotices(clock.now())) this.serve(due);
      }
    } catch {
      // The database says so in many other places; the next look is in five seconds.
    } finally {
      this.looking = undefined;
    }
  }

  private serve(due: DueNotices): void {
    const { id } = due.channel;
    if (this.busy.has(id)) return;
    const work = this.tell(due)
      .catch(() => undefined)
      .finally(() => this.busy.delete(id));
    this.busy.set(id, work);
  }

  private async tell({ channel, notices, sentLastHour, lastSent }: DueNotices): Promise<void> {
    const { perHour, clock } = this.options;
    const singles = perHour[channel.kind] - DIGESTS_AN_HOUR - sentLastHour;
    if (singles > 0) {
      for (const notice of notices.slice(0, singles)) {
        if (this.isOver || !(await this.deliver(channel, [notice], notices))) return;
      }
    } else if (clock.now() < lastSent + DIGEST_EVERY) return;
    else if (!(await this.deliver(channel, notices, notices))) return;
    // More may have come meanwhile.
    this.wake();
  }

  /** One message of `notices`, out of all that are due. Returns whether it got through. */
  private async deliver(
    channel: Channel,
    notices: readonly Notice[],
    due: readonly Notice[],
  ): Promise<boolean> {
    const { store, clock } = this.options;
    const ids = notices.map(({ id }) => id);
    try {
      await this.send(channel, notices);
    } catch (error) {
      // The circuit is open: nothing was tried.
      if (error instanceof CircuitOpenError) return false;
      const said = (error as Error).message.slice(0, LONGEST_ERROR);
      await this.fail(channel, notices, due, said);
      return false;
    }
    this.numbers.sent += 1;
    await store.changeNotices({ sent: ids, at: clock.now() });
    return true;
  }

  private async send(channel: Channel, notices: readonly Notice[]): Promise<void> {
    const { store, senders, publicUrl } = this.options;
    const sender = senders[channel.kind];
    if (sender === undefined) throw new Error('SMTP_URL is not set.');
    const projects = await store.projects();
    const projectName = projects.find(({ id }) => id === channel.project)?.name ?? '';
    const message = messageOf(notices, channel, { projectName, url: publicUrl() });
    await this.pipelines
      .for(String(channel.id))
      .execute(({ signal }) => sender.send(message, channel, signal));
  }

  private async fail(
    channel: Channel,
    tried: readonly Notice[],
    due: readonly Notice[],
    error: string,
  ): Promise<void> {
    const { store, clock, onFailure } = this.options;
    const now = clock.now();
    // A dead channel is to be no place where notices pile up.
    const isOld = ({ at }: Notice): boolean => now - at >= GIVEN_UP_AFTER;
    const givenUp = due.filter(isOld).map(({ id }) => id);
    const failed = tried.filter((notice) => !isOld(notice));
    if (givenUp.length > 0) await store.changeNotices({ givenUp, error, at: now });
    if (failed.length > 0) {
      const tries = Math.max(...failed.map((notice) => notice.tries)) + 1;
      const retryAt = now + Math.round(backoff(tries, undefined, 0));
      await store.changeNotices({ failed: failed.map(({ id }) => id), error, retryAt });
    }
    this.numbers.failed += 1;
    this.numbers.givenUp += givenUp.length;
    onFailure(channel, error, givenUp.length > 0);
  }
}
