/** One connection: its settings, and its statements, each prepared once. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export class Database {
  readonly connection: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(file: string, { readOnly = false }: { readOnly?: boolean } = {}) {
    this.connection = new DatabaseSync(file, { readOnly, timeout: 10_000 });
    if (readOnly) this.connection.exec('PRAGMA query_only = 1; PRAGMA cache_size = -32000');
    else {
      this.connection.exec(`
        PRAGMA auto_vacuum = INCREMENTAL;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA foreign_keys = 0;
        PRAGMA cache_size = -64000;
        PRAGMA secure_delete = FAST;
      `);
    }
  }

  sql(text: string): StatementSync {
    let statement = this.statements.get(text);
    if (statement === undefined)
      this.statements.set(text, (statement = this.connection.prepare(text)));
    return statement;
  }

  all<Row>(text: string, ...values: readonly Value[]): Row[] {
    return this.sql(text).all(...values) as Row[];
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the statement says what its rows are
  get<Row>(text: string, ...values: readonly Value[]): Row | undefined {
    return this.sql(text).get(...values) as Row | undefined;
  }

  run(text: string, ...values: readonly Value[]): { changes: number; id: number } {
    const { changes, lastInsertRowid } = this.sql(text).run(...values);
    return { changes: Number(changes), id: Number(lastInsertRowid) };
  }

  /** All of it or nothing; on the disk when it returns. */
  transaction<T>(work: () => T): T {
    this.sql('BEGIN IMMEDIATE').run();
    try {
      const result = work();
      this.sql('COMMIT').run();
      return result;
    } catch (error) {
      // SQLite has rolled back by itself where the disk is full.
      if (this.connection.isTransaction) this.sql('ROLLBACK').run();
      throw error;
    }
  }

  close(): void {
    this.statements.clear();
    this.connection.close();
  }
}

export type Value = string | number | null | Uint8Array;

/** `(?, ?, ?)` */
export const places = (values: readonly unknown[]): string =>
  `(${values.map(() => '?').join(', ')})`;
