/** Retention: once a minute, a step at a time, so that intake never waits long. */
import type { Clock } from '../clock.ts';
import type { Settings } from '../settings.ts';
import type { Store } from '../store/store.ts';
import { allowedBytes, diskOf } from './disk.ts';
import type { Log } from './log.ts';

const EVERY = 60_000;
const DAY = 24 * 3_600_000;

export class Upkeep {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly settings: Settings;
  private readonly log: Log;
  private cancel: (() => void) | undefined;
  private isOver = false;

  constructor(store: Store, clock: Clock, settings: Settings, log: Log) {
    this.store = store;
    this.clock = clock;
    this.settings = settings;
    this.log = log;
  }

  start(): void {
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

  private async prune(): Promise<void> {
    const { retentionDays, maxSize, database } = this.settings;
    const now = this.clock.now();
    const recordsBefore = now - retentionDays * DAY;
    let deleted = 0;
    for (let more = true; more && !this.isOver;) {
      const { bytes } = await this.store.size();
      const maxBytes = allowedBytes(maxSize, bytes, diskOf(database));
      const step = await this.store.prune({ now, recordsBefore, maxBytes });
      deleted += step.deleted;
      ({ more } = step);
    }
    if (deleted > 0) this.log('info', 'old records were deleted', { deleted });
  }
}
