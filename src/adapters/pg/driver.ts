/** What is used of `pg`, so that nobody needs it who only compiles. */

/** A `pg.Client`, or anything with its query method and events. */
export interface ClientLike {
  query(...args: never[]): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

/** A `pg.Pool`. */
export interface PoolLike {
  query(...args: never[]): unknown;
  connect(): Promise<ClientLike>;
  listenerCount(event: 'error'): number;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The clients of a pool. */
export type ClientOf<Pool> = Pool extends {
  connect: { (): Promise<infer Client>; (callback: never): unknown };
}
  ? Client
  : Pool extends { connect(): Promise<infer Client> }
    ? Client
    : ClientLike;

/** A client as it is inside, with what pg 8 has and does not declare. */
export interface Connection {
  query(config: unknown, values?: unknown): Promise<Result>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  listenerCount?(event: 'error'): number;
  release?: (error?: unknown) => void;
  getTransactionStatus?(): string | null;
  readonly processID?: number | null;
  readonly secretKey?: number | null;
  readonly host?: string;
  readonly port?: number;
  /** The protocol's side of a client, which tells of each error that the server sends. */
  readonly connection?: {
    on?(event: 'errorMessage', listener: (error: unknown) => void): unknown;
    readonly stream?: { destroy?(): void };
  };
}

export interface Result {
  readonly command?: string;
  readonly rows?: readonly Record<string, unknown>[];
}

/** Whether it is one client, and no pool of them. */
export function isClient(target: object): boolean {
  return (
    !('totalCount' in target) &&
    ['processID', 'release', '_connecting'].some((name) => name in target)
  );
}

/** An answer of the server after which the session goes on. */
export function isAnswer(error: unknown): boolean {
  const { severity } = (error ?? {}) as { severity?: unknown };
  return typeof severity === 'string' && severity !== 'FATAL' && severity !== 'PANIC';
}

export function isUsable(connection: Connection): boolean {
  return (
    Reflect.get(connection, '_queryable') !== false && Reflect.get(connection, '_ending') !== true
  );
}
