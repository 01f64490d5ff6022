/**
 * What a session of the server is asked once, and told when it changes: its limit on statements, which ends by itself
 * what nobody waits for any more even if no cancellation gets through, and the functions that look like columns.
 */
import { now } from '../../core/time.ts';
import type { Context } from '../../index.ts';
import { statementLimit } from '../stores/limit.ts';
import { type Connection, isAnswer } from './driver.ts';

/** What is known of a connection's `statement_timeout`, in milliseconds. */
interface Known {
  /** The application's own, by its role, its pool or a SET: never raised. 0 for none. */
  own: number;
  /** What it is set to. */
  set: number;
  /** Whether the session is the server's own, or one that a pooler shares between clients. */
  readonly isShared: boolean;
}

/**
 * Sets the tighter of the application's own limit and $2, if the session is that of the client ($1); a pooler shares its
 * sessions with other clients, which no limit of this one may end. A value other than the last one set here ($3) is the
 * application's own. A limit of 0 gives the application's own back.
 */
const change = `with given as (
    select (extract(epoch from pg_catalog.current_setting('statement_timeout')::interval) * 1000)::bigint as found),
  known as (select found, case when found = $3::bigint then $4::bigint else found end as own from given),
  wanted as (
    select found, own, case when $2::bigint = 0 then own when own > 0 then least(own, $2::bigint) else $2::bigint end as ms
    from known)
  select own::text, case when pg_catalog.pg_backend_pid() <> $1::int then null
    when ms = found or pg_catalog.set_config('statement_timeout', ms::text, false) is not null then ms::text end as ms
  from wanted`;

/** Functions that take one thing, and may have effects: `row.name` calls them, where the row may be a single value. */
const functions = `select p.proname::text as name
  from pg_catalog.pg_proc p
  where p.pronargs > 0 and p.pronargs - p.pronargdefaults <= 1 and p.provolatile = 'v'`;

/** How often a pool asks for them, in milliseconds, and by new connections only. */
const functionsEvery = 60_000;

/** The limits of one pool's connections, and what its database has. */
export class Sessions {
  /** Functions that are called by the name of a column; `undefined` until a connection has told. */
  fieldFunctions: ReadonlySet<string> | undefined = undefined;
  private readonly isLimited: boolean;
  private readonly known: WeakMap<Connection, Known> = new WeakMap();
  private readonly asked: WeakSet<Connection> = new WeakSet();
  private functionsAskedAt = -Infinity;

  constructor(isLimited: boolean) {
    this.isLimited = isLimited;
  }

  /** Makes ready for statements that nobody waits for after the context's deadline. */
  prepare(connection: Connection, context: Context): Promise<void> | undefined {
    if (!this.asked.has(connection)) return this.ask(connection, context);
    if (!this.isLimited) return undefined;
    const limit = limitFor(context);
    const known = this.known.get(connection);
    if (known === undefined || known.isShared || known.set === tighter(known.own, limit))
      return undefined;
    return this.set(connection, limit, known);
  }

  /** Whether a pooler stands between, whose sessions other clients use, too. */
  isShared(connection: Connection): boolean {
    return this.known.get(connection)?.isShared === true;
  }

  /** Gives the application's own limit back. */
  async restore(connection: Connection): Promise<void> {
    const known = this.known.get(connection);
    if (known !== undefined && !known.isShared && known.set !== known.own)
      await this.set(connection, 0, known);
  }

  private async ask(connection: Connection, context: Context): Promise<void> {
    this.asked.add(connection);
    const { processID } = connection;
    try {
      if (this.isLimited && typeof processID === 'number')
        await this.change(connection, [processID, limitFor(context), -1, 0]);
      if (now() - this.functionsAskedAt < functionsEvery) return;
      this.functionsAskedAt = now();
      const { rows = [] } = await connection.query(functions);
      this.fieldFunctions = new Set(rows.map(({ name }) => String(name)));
    } catch (error) {
      // Not all that speak its protocol are PostgreSQL: then nothing is known, and nothing is limited.
      if (!isAnswer(error)) throw error;
    }
  }

  private async set(connection: Connection, limit: number, { set, own }: Known): Promise<void> {
    // Unknown while it changes.
    this.known.delete(connection);
    await this.change(connection, [connection.processID ?? 0, limit, set, own]);
  }

  private async change(connection: Connection, values: readonly number[]): Promise<void> {
    const row = (await connection.query(change, values)).rows?.[0];
    if (row === undefined) return;
    this.known.set(connection, {
      own: Number(row['own']),
      set: Number(row['ms'] ?? 0),
      isShared: row['ms'] === null,
    });
  }
}

/** One more than a round number, so that it is not taken for one of the application's. */
function limitFor(context: Context): number {
  const limit = statementLimit(context);
  return limit === 0 ? 0 : limit + 1;
}

/** Of the application's own limit and another; 0 is none. */
function tighter(own: number, limit: number): number {
  return limit === 0 || (own > 0 && own < limit) ? own : limit;
}
