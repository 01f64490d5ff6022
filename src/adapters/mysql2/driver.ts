/** What is used of mysql2, so that nobody needs it who only compiles. */

/** A connection of mysql2's promise pool. */
export interface Connection {
  query(...args: unknown[]): Promise<unknown>;
  execute(...args: unknown[]): Promise<unknown>;
  release(): void;
  destroy(): void;
  readonly threadId?: number | null;
  /** The one with callbacks that it stands for. */
  readonly connection?: CoreConnection;
}

/** A connection with callbacks, as it is inside. */
export interface CoreConnection {
  on(event: 'error', listener: (error: Error) => void): unknown;
  query(sql: string, callback: (error: unknown, rows?: unknown) => void): unknown;
  destroy(): void;
  readonly config?: { readonly stream?: unknown };
}

/** The list in which a pool keeps connections. */
interface Connections {
  readonly length: number;
  get(index: number): { readonly threadId?: unknown } | undefined;
}

export interface PromisePool {
  getConnection(): Promise<Connection>;
  readonly pool?: {
    readonly config?: { readonly resetOnRelease?: boolean; readonly connectionLimit?: number };
    readonly _allConnections?: Connections;
    readonly _freeConnections?: Connections;
  };
}

/** The codes of the client itself after which nobody knows, and of a server that ends the session. */
const ending: ReadonlySet<number> = new Set([1053, 1077, 1152, 1158, 1159, 1160, 1161, 1927, 4031]);

/** An answer of the server after which the session goes on. */
export function isAnswer(error: unknown): boolean {
  const { errno, sqlState, fatal } = (error ?? {}) as Record<string, unknown>;
  return (
    typeof errno === 'number' &&
    typeof sqlState === 'string' &&
    fatal !== true &&
    !ending.has(errno)
  );
}

/** Whether a connection has not been closed by either side, as far as it knows. */
export function isOpen({ connection: core }: Connection): boolean {
  if (core === undefined) return true;
  const [closing, fatal, stream] = ['_closing', '_fatalError', 'stream'].map(
    (name) => Reflect.get(core, name) as unknown,
  );
  return (
    closing !== true &&
    !fatal &&
    (stream as { destroyed?: unknown } | undefined)?.destroyed !== true
  );
}

export const errnoOf = (error: unknown): unknown => (error as { errno?: unknown } | null)?.errno;
