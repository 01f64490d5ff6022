/** The connection of one client, as far as its commands must know: whether it is there, has died, or is being watched. */
import { now } from '../../core/time.ts';
import { withEvidence } from '../../index.ts';
import { classify } from '../../verdict/classify.ts';
import { ignore } from '../stores/callback.ts';
import type { StoreCall } from '../stores/call.ts';
import { type Driver, driverOf, silentConnect } from './drivers.ts';

/** So many commands in a row are given up before a connection without an answer counts as dead. */
const mostGivenUp = 3;
/** And for so long, in milliseconds: a script may keep a healthy server busy. */
const shortestSilence = 500;
/** A connection is not replaced more often than this, in milliseconds. */
const replacedEvery = 1_000;

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** One for each client, however often it is protected. */
const links: WeakMap<object, Link> = new WeakMap();

export class Link {
  static of(client: object): Link {
    let link = links.get(client);
    if (link === undefined) {
      link = new Link(driverOf(client));
      links.set(client, link);
    }
    return link;
  }

  /** Commands that wait for others to write: they are no sign of a dead connection, and must not lose an answer. */
  blocked = 0;
  /** Whether MULTI was sent at once: until EXEC, commands belong to it. */
  isCollecting = false;
  private readonly driver: Driver | undefined;
  private givenUp = 0;
  private silentSince = 0;
  private replacedAt = -Infinity;
  private replacing: Promise<void> | undefined;
  private readonly waiting: Set<Waiter> = new Set();
  private stopListening: () => void = ignore;
  private watch: 'none' | 'held' | 'lost' = 'none';

  private constructor(driver: Driver | undefined) {
    this.driver = driver;
    driver?.onClose(() => {
      if (this.watch === 'held') this.watch = 'lost';
    });
  }

  /** Resolves when commands can be sent, rejects when that does not come to pass; `undefined` if they can be now. */
  ready(signal: () => AbortSignal): Promise<void> | undefined {
    const { driver } = this;
    if (this.replacing === undefined && (driver === undefined || driver.canSend)) return undefined;
    return this.wait(signal());
  }

  answered(): void {
    this.givenUp = 0;
  }

  /** The caller does not wait any more: for a command that was sent, or for a connection to send it on. */
  unanswered(isSent: boolean): void {
    if (++this.givenUp === 1) this.silentSince = now();
    const shortest = isSent ? shortestSilence : silentConnect;
    const isDead = this.givenUp >= mostGivenUp && now() - this.silentSince >= shortest;
    if (isDead && this.blocked === 0) this.replace(true);
  }

  /** An error as the command passes it on. A server that has become a replica is left. */
  failed(error: unknown, call: StoreCall | undefined): unknown {
    if (classify(error).connection === 'replace') this.replace(false);
    return call === undefined ? error : call.failed(error);
  }

  /** A key is watched, so that EXEC may be sent once only. */
  watches(): void {
    this.watch = 'held';
  }

  unwatches(): void {
    this.watch = 'none';
  }

  get isWatching(): boolean {
    return this.watch !== 'none' || this.driver?.isWatching === true;
  }

  /** Ends the watch, for its EXEC; throws where the connection that knew of it is gone. */
  takeWatch(): void {
    const { watch } = this;
    this.watch = 'none';
    if (watch === 'lost') {
      const lost = new Error('The connection was lost after WATCH: nothing was executed.');
      throw withEvidence(lost, { sent: false, connection: 'dead', blame: 'dependency' });
    }
  }

  private replace(isDead: boolean): void {
    if (this.driver === undefined || this.replacing !== undefined) return;
    if (now() - this.replacedAt < replacedEvery) return;
    this.replacedAt = now();
    this.givenUp = 0;
    this.replacing = this.driver
      .replace(isDead)
      .catch(ignore)
      .finally(() => {
        this.replacing = undefined;
        this.settle((waiter) => waiter.resolve());
      });
  }

  private wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waiting.delete(waiter);
        signal.removeEventListener('abort', aborted);
        if (this.waiting.size === 0) this.stopListening();
      };
      const waiter: Waiter = {
        resolve: () => {
          leave();
          resolve();
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const aborted = (): void => {
        this.unanswered(false);
        waiter.reject(signal.reason);
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener('abort', aborted, { once: true });
      if (this.waiting.size === 0) this.listen();
      this.waiting.add(waiter);
      this.driver?.wake();
    });
  }

  private listen(): void {
    const { driver } = this;
    if (driver === undefined) return;
    this.stopListening = driver.listen(
      () => {
        if (this.replacing === undefined) this.settle((waiter) => waiter.resolve());
      },
      (error) => {
        // It is heard of, at least.
        this.givenUp = 0;
        this.settle((waiter) => waiter.reject(error));
      },
    );
  }

  private settle(how: (waiter: Waiter) => void): void {
    for (const waiter of [...this.waiting]) how(waiter);
  }
}
