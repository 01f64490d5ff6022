/** A client, and further views of it, with their commands under a pipeline. */
import type { Context, ExecuteOptions } from '../../index.ts';
import { copyOfArguments } from '../snapshot.ts';
import { callBack, type Callback, ignore } from '../stores/callback.ts';
import type { StoreCall } from '../stores/call.ts';
import { overlay } from '../stores/overlay.ts';
import { merged } from '../stores/sql.ts';
import type { Store } from '../stores/store.ts';
import { type Attempt, batch } from './batch.ts';
import { commandOf, effectOfCall, isBlocking, isScript } from './commands.ts';
import { heeding, heedingBatches } from './heeding.ts';
import { Link } from './link.ts';
import { send, type Withdrawal } from './sending.ts';

type Method = (...args: unknown[]) => unknown;

/** Views that send over the same connection, and clients that are made like this one. */
const views: ReadonlySet<string> = new Set(['withTypeMapping', 'withCommandOptions', 'asap']);
const others: ReadonlySet<string> = new Set(['duplicate', 'createPool']);
/** Streams and iterators that call the commands of the client that they are given. */
const scans = /scan[a-z]*(?:stream|iterator)$/i;

export class ClientView {
  private readonly store: Store;
  private readonly link: Link;

  constructor(store: Store, link: Link) {
    this.store = store;
    this.link = link;
  }

  of(client: object, given: ExecuteOptions): object {
    const shown: object = overlay(
      client,
      {
        with: (more: ExecuteOptions) => this.of(client, merged(given, more)),
      },
      (name) => {
        const method = Reflect.get(client, name) as Method;
        if (scans.test(name)) return (...args) => Reflect.apply(method, shown, args);
        return this.member(client, name, method, given);
      },
    );
    return shown;
  }

  /** The method that stands for the client's own; none where that is left alone. */
  private member(
    client: object,
    name: string,
    method: Method,
    given: ExecuteOptions,
  ): Method | undefined {
    const run = (...args: unknown[]): unknown => Reflect.apply(method, client, args);
    if (/^(?:multi|pipeline)$/i.test(name)) return this.batches(client, name, method, given);
    if (views.has(name)) return (...args) => this.of(run(...args) as object, given);
    if (others.has(name)) {
      return (...args) => {
        const other = run(...args) as object;
        return new ClientView(this.store, Link.of(other)).of(other, given);
      };
    }
    if (name === 'withAbortSignal')
      return (signal) => this.of(client, merged(given, { signal: signal as AbortSignal }));
    if (name === 'legacy') return refuseLegacy;
    if (/^(?:(?:un)?watch|exec|discard|reset)$/i.test(name)) return this.noting(name, run);
    const isCall = ['call', 'callBuffer', 'sendCommand'].includes(name);
    if (isCall || effectOfCall(name, []) !== undefined)
      return this.command(client, name, method, given);
    return isBlocking(name, []) ? (...args) => this.blocking(run, args) : undefined;
  }

  private command(client: object, name: string, method: Method, given: ExecuteOptions): Method {
    return (...args) => {
      const effect = effectOfCall(name, args);
      const plain = (): unknown => Reflect.apply(method, client, args);
      if (this.link.isCollecting) return plain();
      if (effect === undefined) {
        if (isBlocking(name, args)) return this.blocking(plain, []);
        const command = commandOf(name, args) ?? '';
        return /^(?:(?:un)?watch|exec|discard|reset)$/i.test(command)
          ? this.noting(command, plain)()
          : plain();
      }
      const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : undefined;
      const own = copyOfArguments(args);
      const attempt = async (withdrawal: Withdrawal): Promise<unknown> =>
        Reflect.apply(method, heeding(client, withdrawal), own);
      const about = isScript(name, args) ? keepsParts : ignore;
      const result = this.run(effect === 'read', attempt, given, about);
      if (callback === undefined) return result;
      callBack(result, callback, null);
      return undefined;
    };
  }

  private batches(client: object, name: string, method: Method, given: ExecuteOptions): Method {
    const run = (...args: unknown[]): unknown => Reflect.apply(method, client, args);
    return (...args) => {
      // ioredis sends MULTI at once where it is told not to collect.
      if ((args.at(-1) as { pipeline?: unknown } | undefined)?.pipeline === false) {
        this.link.isCollecting = true;
        return run(...args);
      }
      const list = Array.isArray(args[0]) ? (args[0] as readonly unknown[][]) : [];
      const more = Array.isArray(args[0]) ? args.slice(1) : args;
      return batch(
        {
          isTransaction: name !== 'pipeline',
          make: (withdrawal) =>
            Reflect.apply(
              method,
              withdrawal === undefined ? client : heedingBatches(client, withdrawal),
              more,
            ) as object,
          send: (isRead, isWhole, attempt) => this.batch(isRead, isWhole, attempt, given),
          sendBlocking: (attempt) => this.blocking(() => attempt(), []) as Promise<unknown>,
          sendScripts: (attempt) => this.run(false, attempt, given, keepsParts),
        },
        list,
      );
    };
  }

  private batch(
    isRead: boolean,
    isWhole: boolean,
    attempt: Attempt,
    given: ExecuteOptions,
  ): Promise<unknown> {
    const { link } = this;
    if (!isWhole || !link.isWatching) return this.run(isRead, attempt, given);
    // What WATCH has seen holds for one EXEC; a second one would not be watched.
    let before: unknown;
    let isSent = false;
    const once = async (withdrawal: Withdrawal): Promise<unknown> => {
      if (isSent) throw before;
      isSent = true;
      try {
        link.takeWatch();
        return await attempt(withdrawal);
      } catch (error) {
        before = error;
        throw error;
      }
    };
    return this.run(false, once, given, (call) => (call.isFinal = true));
  }

  private run(
    isRead: boolean,
    attempt: (withdrawal: Withdrawal) => Promise<unknown>,
    given: ExecuteOptions,
    about: (call: StoreCall) => void = ignore,
  ): Promise<unknown> {
    const sending = (context: Context, call?: StoreCall): Promise<unknown> => {
      if (call !== undefined) about(call);
      return send(this.link, context, attempt, call);
    };
    return isRead
      ? this.store.read((context) => sending(context), given)
      : this.store.write(sending, given);
  }

  /** Keeps count of what waits for others to write. */
  private blocking(run: Method, args: unknown[]): unknown {
    const result = run(...args);
    this.link.blocked++;
    const over = (): void => {
      this.link.blocked--;
    };
    Promise.resolve(result).then(over, over);
    return result;
  }

  /** Keeps in mind that keys are watched, or no longer. */
  private noting(name: string, run: Method): Method {
    const isWatch = /^watch$/i.test(name);
    return (...args) => {
      if (isWatch) this.link.watches();
      else {
        this.link.unwatches();
        this.link.isCollecting = false;
      }
      return run(...args);
    };
  }
}

const never = (): boolean => false;

function keepsParts(call: StoreCall): void {
  call.isUndoneByErrors = never;
}

function refuseLegacy(): never {
  throw new Error(
    'resilientRedis: what legacy() returns cannot be protected. Call it on the client itself.',
  );
}
