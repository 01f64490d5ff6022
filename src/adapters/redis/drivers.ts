/** What ioredis and node-redis have in common below their commands: a connection that comes, goes, and can be replaced. */
import { Timer } from '../../core/time.ts';
import { ignore } from '../stores/callback.ts';

/** A connection that is being made, and of which nothing is heard for so long, counts as dead, in milliseconds. */
export const silentConnect = 5_000;

export interface Driver {
  /** Whether a command that is given now is sent now, or refused by the client itself. */
  readonly canSend: boolean;
  readonly isWatching: boolean;
  /** Makes a client connect that waits for its first command. */
  wake(): void;
  /** Tells when commands can be sent, or when trying to connect has failed; returns what ends that. */
  listen(ready: () => void, failed: (error: unknown) => void): () => void;
  onClose(closed: () => void): void;
  /** Puts another connection in the place of this one. */
  replace(isDead: boolean): Promise<void>;
}

type Listener = (...args: unknown[]) => void;

interface Emitter {
  on(event: string, listener: Listener): unknown;
  removeListener(event: string, listener: Listener): unknown;
}

/** A client of ioredis. */
interface Ioredis extends Emitter {
  readonly status: string;
  readonly options: { enableOfflineQueue?: boolean; autoResendUnfulfilledCommands?: boolean };
  readonly stream?: { writable?: boolean; destroy?(): void };
  connect(): Promise<unknown>;
  disconnect(reconnect: boolean): void;
  flushQueue?(error: Error, which: { offlineQueue: boolean }): void;
}

/** How long a cluster of ioredis waits before it sends again whose connection was lost, in milliseconds. */
interface Failover {
  retryDelayOnFailover?: number;
}

/** A client of node-redis. */
interface NodeRedis extends Emitter {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  readonly isWatching?: boolean;
  readonly options?: { disableOfflineQueue?: boolean };
  connect(): Promise<unknown>;
  destroy(): void;
}

/** Of a cluster, a sentinel, a pool or a double nothing is known. */
export function driverOf(client: object): Driver | undefined {
  const { status, isReady, socketEpoch, options } = client as Record<string, unknown>;
  if (typeof (client as Partial<Emitter>).removeListener !== 'function') return undefined;
  // A cluster of ioredis, too, would send again what may have been executed.
  if ('nodes' in client && (options as Failover | undefined)?.retryDelayOnFailover !== undefined)
    (options as Failover).retryDelayOnFailover = 0;
  if (typeof status === 'string' && typeof options === 'object' && !('nodes' in client))
    return ofIoredis(client as Ioredis);
  return typeof isReady === 'boolean' && typeof socketEpoch === 'number'
    ? ofNodeRedis(client as NodeRedis)
    : undefined;
}

function subscribe(emitter: Emitter, listeners: Readonly<Record<string, Listener>>): () => void {
  const all = Object.entries(listeners);
  for (const [event, listener] of all) emitter.on(event, listener);
  return () => {
    for (const [event, listener] of all) emitter.removeListener(event, listener);
  };
}

function ofIoredis(client: Ioredis): Driver {
  // It would send again what may have been executed; what may be repeated is repeated here.
  client.options.autoResendUnfulfilledCommands = false;
  client.on('close', () => {
    client.flushQueue?.(new Error('Connection is closed.'), { offlineQueue: false });
  });
  return {
    get canSend() {
      if (client.options.enableOfflineQueue === false) return client.status !== 'wait';
      if (client.status === 'ready') return client.stream?.writable !== false;
      return client.status === 'end' || client.status === 'monitoring';
    },
    isWatching: false,
    wake() {
      if (client.status === 'wait') client.connect().catch(ignore);
    },
    listen(ready, failed) {
      let reason: unknown;
      return subscribe(client, {
        ready,
        end: ready,
        error: (error) => (reason = error),
        close: () => failed(reason ?? new Error('Connection is closed.')),
      });
    },
    onClose: (closed) => client.on('close', closed),
    async replace(isDead) {
      // A dead connection does not say goodbye.
      if (isDead) client.stream?.destroy?.();
      else client.disconnect(true);
    },
  };
}

function ofNodeRedis(client: NodeRedis): Driver {
  return {
    get canSend() {
      return client.isReady || !client.isOpen || client.options?.disableOfflineQueue === true;
    },
    get isWatching() {
      return client.isWatching === true;
    },
    wake: ignore,
    listen: (ready, failed) => subscribe(client, { ready, end: ready, error: failed }),
    // It knows of lost watches itself.
    onClose: ignore,
    async replace() {
      do {
        client.destroy();
        // One that the application has closed meanwhile stays closed.
      } while ((await isSilent(client)) && client.isOpen);
    },
  };
}

/** Connects, and tells whether nothing at all was heard for a while: the new connection may be as dead as the old one. */
function isSilent(client: NodeRedis): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    const restart = (): void => {
      timer?.stop();
      timer = new Timer(() => over(() => resolve(true)), silentConnect, false);
    };
    const stop = subscribe(client, { error: restart });
    const over = (then: () => void): void => {
      stop();
      timer?.stop();
      then();
    };
    restart();
    client.connect().then(
      () => over(() => resolve(false)),
      (error: unknown) => over(() => reject(error)),
    );
  });
}
