/** Ends sessions on their server, over one connection for as many as there are. */
import { now, Timer } from '../../core/time.ts';
import { ignore } from '../stores/callback.ts';
import type { Connection, CoreConnection, PromisePool } from './driver.ts';
import { identityOf, type Known, variables, variablesOf } from './server.ts';

/** How long all that may take before it is given up, in milliseconds. */
const longest = 5_000;
/** A server tells its age in seconds. */
const grain = 2_000;

type Query = (sql: string) => Promise<unknown>;

export class Killer {
  private readonly pool: PromisePool;
  private readonly waiting: Known[] = [];
  private working: Promise<void> | undefined;

  constructor(pool: PromisePool) {
    this.pool = pool;
  }

  /** Ends the session of `connection`, which is known as `known`; says nothing about the outcome. */
  kill(connection: Connection, known: Known): void {
    this.waiting.push(known);
    this.working ??= this.work(connection).finally(() => {
      this.working = undefined;
    });
  }

  get isWorking(): boolean {
    return this.working !== undefined;
  }

  /** Resolves when all that is to be ended has been. */
  async idle(): Promise<void> {
    await this.working;
  }

  private async work(connection: Connection): Promise<void> {
    let close: () => void = ignore;
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = new Timer(resolve, longest, true);
    });
    const all = this.connect(connection).then(async ({ query, end }) => {
      close = end;
      await this.killAll(query);
    });
    try {
      await Promise.race([all, late]);
    } catch {
      // The server's own limit ends them.
    } finally {
      timer?.stop();
      this.waiting.length = 0;
      close();
      all.then(() => close(), ignore);
    }
  }

  private async killAll(query: Query): Promise<void> {
    const identity = identityOf(variablesOf(await query(variables)));
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (next.identity !== identity) continue;
      const age = variablesOf(await query(`show global status like 'uptime'`)).get('uptime');
      // A server that has been started anew gives the same ids again.
      if (Number(age) * 1_000 + grain < now() - next.at) continue;
      await query(`kill ${next.threadId}`).catch(ignore);
    }
  }

  /** A connection of its own where that is possible: those of the pool may all be waiting. */
  private async connect({ connection: core }: Connection): Promise<{ query: Query; end(): void }> {
    const own = core === undefined ? undefined : anotherOne(core);
    if (own !== undefined) {
      return {
        query: (sql) =>
          new Promise((resolve, reject) => {
            own.query(sql, (error, rows) => (error ? reject(error) : resolve(rows)));
          }),
        end: () => own.destroy(),
      };
    }
    const taken = await this.pool.getConnection();
    return {
      query: async (sql) => ((await taken.query(sql)) as [unknown])[0],
      end: () => taken.release(),
    };
  }
}

type Constructor = new (options: { config: unknown }) => CoreConnection;

/** A connection like a pool's, outside of it. */
function anotherOne(core: CoreConnection): CoreConnection | undefined {
  const { config } = core;
  // A stream that was given cannot be used twice.
  if (config === undefined || typeof config.stream === 'object') return undefined;
  const Plain = Object.getPrototypeOf(core.constructor) as Constructor;
  if (typeof Plain !== 'function' || Plain === Function.prototype) return undefined;
  const own = new Plain({ config });
  own.on('error', ignore);
  return own;
}
