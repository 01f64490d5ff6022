/** Retention: once a minute, a step at a time, so that intake never waits long. */
import type { Clock } from '../clock.ts';
import type { Settings } from '../settings.ts';
import type { Store } from '../store/store.ts';
import { alarmOf, allowedBytes, type Disk } from './disk.ts';
import type { Log } from './log.ts';

const EVERY = 60_000;
const DAY = 24 * 3_600_000;

export class Upkeep {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly settings: Settings;
  private readonly log: Log;
  private readonly disk: () => Disk;
  /** What people ought to know before it is too late. */
  alarm: string | undefined;
  private cancel: (() => void) | undefined;
  private isOver = false;

  constructor(store: Store, clock: Clock, settings: Settings, log: Log, disk: () => Disk) {
    this.store = store;
    this.clock = clock;
    this.settings = settings;
    this.log = log;
    this.disk = disk;
  }

  start(): void {
    this.look();
    this.cancel = this.clock.after(EVERY, () => {
      void this.prune()
        .catch((error: unknown) => this.log('error', 'retention failed', { error: String(error) }))
        .finally(() => {
          if (!this.isOver) this.start();
        });
    });
  }

  end(): void {
    this.isOver = true;
    this.cancel?.();
  }

  private look(): void {
    const alarm = alarmOf(this.disk());
    // The free space is part of it, and that always changes.
    if (alarm !== undefined && this.alarm === undefined) this.log('warn', alarm);
    if (alarm === undefined && this.alarm !== undefined) this.log('info', 'there is room again');
    this.alarm = alarm;
  }

  private async prune(): Promise<void> {
    const { retentionDays, maxSize } = this.settings;
    const now = this.clock.now();
    const recordsBefore = now - retentionDays * DAY;
    let deleted = 0;
    for (let more = true; more && !this.isOver;) {
      const { bytes } = await this.store.size();
      const maxBytes = allowedBytes(maxSize, bytes, this.disk());
      const step = await this.store.prune({ now, recordsBefore, maxBytes });
      deleted += step.deleted;
      ({ more } = step);
    }
    if (deleted > 0) this.log('info', 'old records were deleted', { deleted });
  }
}
