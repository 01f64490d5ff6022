/** What is used of `mongodb`, so that nobody needs it who only compiles. */

/** A `MongoClient`. */
export interface ClientLike {
  db(...args: never[]): unknown;
  connect(): Promise<unknown>;
  startSession(...args: never[]): unknown;
}

/** The sessions of a client. */
export type SessionOf<Client> = Client extends { startSession(...args: never[]): infer Session }
  ? Session
  : unknown;

/** What the driver's own transactions take: read and write concern, read preference, `maxCommitTimeMS`. */
export type DriverTransactionOptions<Client> =
  SessionOf<Client> extends { startTransaction(options?: infer Options): unknown }
    ? NonNullable<Options>
    : object;

/** A `ClientSession`. */
export interface Session {
  readonly serverSession: { lastUse: number };
  inTransaction(): boolean;
  startTransaction(options?: object): void;
  commitTransaction(): Promise<unknown>;
  abortTransaction(): Promise<unknown>;
  endSession(): Promise<unknown>;
}

/** The client as it is inside. */
export interface Driver {
  startSession(options?: object): Session;
  connect(): Promise<unknown>;
  readonly options?: { readonly retryReads?: boolean };
  readonly topology?: { isDestroyed?(): boolean };
}

/** The options of one operation, as far as they are looked at. */
export interface OperationOptions {
  readonly session?: Session;
  readonly signal?: AbortSignal;
  readonly maxTimeMS?: number;
  readonly tailable?: boolean;
  readonly writeConcern?: { readonly w?: unknown };
  readonly w?: unknown;
}

export interface Cursor {
  toArray(): Promise<unknown[]>;
  next(): Promise<unknown>;
  tryNext(): Promise<unknown>;
  hasNext(): Promise<boolean>;
  forEach(iterator: (document: unknown) => unknown): Promise<void>;
  [Symbol.asyncIterator](): AsyncGenerator<unknown, void, void>;
  close(): Promise<void>;
  clone(): Cursor;
  once(event: 'close', listener: () => void): unknown;
  readonly closed: boolean;
  readonly pipeline?: readonly object[];
}

export type Label =
  | 'NoWritesPerformed'
  | 'TransientTransactionError'
  | 'UnknownTransactionCommitResult'
  | 'SystemOverloadedError';

export function hasLabel(error: unknown, label: Label): boolean {
  const { hasErrorLabel } = (error ?? {}) as { hasErrorLabel?: unknown };
  return typeof hasErrorLabel === 'function' && hasErrorLabel.call(error, label) === true;
}

/** Whether the server has answered with this error, so that it is known what has become of the command. */
export function isAnswer(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return (
    typeof code === 'number' &&
    typeof name === 'string' &&
    /^Mongo(?:Server|WriteConcern|BulkWrite|ClientBulkWrite)Error$/.test(name)
  );
}

/**
 * Opens the client anew where its first attempt to connect has failed: it would refuse everything from then on. One that
 * was closed stays closed.
 */
export async function reopen(client: Driver): Promise<void> {
  if (client.topology?.isDestroyed?.() === true) await client.connect();
}
