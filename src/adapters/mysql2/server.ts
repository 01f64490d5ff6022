/**
 * Which server a connection leads to, and its limit on statements.
 *
 * Thread ids are a server's own, and an address may lead to another one (a failover, a balancer), so a session is only
 * killed where the server has shown to be the one that gave the id. Everywhere else its own limit ends the statement.
 */
import { now } from '../../core/time.ts';
import type { Context } from '../../index.ts';
import { statementLimit } from '../stores/limit.ts';
import { type Connection, isAnswer } from './driver.ts';

/** What is known of a connection's server. */
export interface Known {
  /** By which it is told from others. */
  readonly identity: string;
  readonly threadId: number;
  /** When that was asked. */
  readonly at: number;
  /** The variable with the limit, and how many of its units a millisecond is. */
  readonly variable: 'max_statement_time' | 'max_execution_time';
  /** The application's own limit, in milliseconds: never raised. 0 for none. */
  readonly own: number;
  /** Whether a lock wait timeout rolls the whole transaction back. */
  readonly rollsBackOnTimeout: boolean;
  /** The limit as it is set, in milliseconds. */
  set: number;
}

export const variables = `show session variables where variable_name in ('hostname', 'port', 'server_id', 'server_uuid',
  'server_uid', 'datadir', 'pseudo_thread_id', 'max_statement_time', 'max_execution_time', 'innodb_rollback_on_timeout')`;

/** By name, from the rows of `show variables`. */
export function variablesOf(rows: unknown): ReadonlyMap<string, string> {
  const entries = (Array.isArray(rows) ? rows : []).map((row: unknown) => {
    const [name, value] = Array.isArray(row) ? row : Object.values(row as object);
    return [String(name).toLowerCase(), String(value)] as const;
  });
  return new Map(entries);
}

/** What tells a server from others: its UUID, and where it runs. Nothing where it says too little. */
export function identityOf(found: ReadonlyMap<string, string>): string {
  const parts = ['server_uuid', 'server_uid', 'hostname', 'port', 'server_id', 'datadir'];
  const isTold = found.has('hostname') && found.has('port');
  return isTold ? parts.map((name) => found.get(name) ?? '').join('\n') : '';
}

/** The servers of one pool's connections. */
export class Servers {
  private readonly isLimited: boolean;
  private readonly known: WeakMap<object, Known | undefined> = new WeakMap();

  constructor(isLimited: boolean) {
    this.isLimited = isLimited;
  }

  of(connection: Connection): Known | undefined {
    return this.known.get(keyOf(connection));
  }

  /** Makes ready for statements that nobody waits for after the context's deadline. */
  prepare(connection: Connection, context: Context): Promise<void> | undefined {
    const key = keyOf(connection);
    if (!this.known.has(key)) return this.ask(connection, context);
    const known = this.known.get(key);
    if (!this.isLimited || known === undefined || wanted(known, context) === known.set)
      return undefined;
    return this.limit(connection, known, wanted(known, context));
  }

  /** Gives the application's own limit back. */
  async restore(connection: Connection): Promise<void> {
    const known = this.of(connection);
    if (known !== undefined && known.set !== known.own)
      await this.limit(connection, known, known.own);
  }

  /** The pool has given it the server's own settings back. */
  hasBeenReset(connection: Connection): void {
    const known = this.of(connection);
    if (known !== undefined) known.set = Number.NaN;
  }

  private async ask(connection: Connection, context: Context): Promise<void> {
    const key = keyOf(connection);
    this.known.set(key, undefined);
    let rows: unknown;
    try {
      [rows] = (await connection.query(variables)) as [unknown];
    } catch (error) {
      // Not all that speak its protocol have variables: then nothing is killed, and nothing is limited.
      if (isAnswer(error)) return;
      throw error;
    }
    const known = knownFrom(variablesOf(rows), connection);
    this.known.set(key, known);
    if (known !== undefined && this.isLimited) {
      const limit = wanted(known, context);
      if (limit !== known.set) await this.limit(connection, known, limit);
    }
  }

  private async limit(connection: Connection, known: Known, ms: number): Promise<void> {
    const { variable } = known;
    const value = variable === 'max_statement_time' ? ms / 1_000 : ms;
    const { set } = known;
    known.set = ms;
    try {
      await connection.query(`set session ${variable} = ${value}`);
    } catch (error) {
      known.set = set;
      if (!isAnswer(error)) throw error;
    }
  }
}

/** Wrappers are made anew each time that a connection is taken. */
const keyOf = (connection: Connection): object => connection.connection ?? connection;

function knownFrom(found: ReadonlyMap<string, string>, connection: Connection): Known | undefined {
  const { threadId } = connection;
  const id = found.get('pseudo_thread_id');
  const identity = identityOf(found);
  // A proxy has ids of its own, and may share its sessions between clients.
  if (identity === '' || typeof threadId !== 'number' || id !== String(threadId)) return undefined;
  const isMaria = found.has('max_statement_time');
  const variable = isMaria ? 'max_statement_time' : 'max_execution_time';
  const limit = Number(found.get(variable) ?? 0);
  const own = isMaria ? Math.round(limit * 1_000) : limit;
  return {
    identity,
    threadId,
    at: now(),
    variable,
    own,
    rollsBackOnTimeout: found.get('innodb_rollback_on_timeout') !== 'OFF',
    set: own,
  };
}

function wanted({ own }: Known, context: Context): number {
  const limit = statementLimit(context);
  return limit === 0 || (own > 0 && own < limit) ? own : limit;
}
