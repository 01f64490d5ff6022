/** What is used of mysql2, so that nobody needs it who only compiles. */
import { classify } from '../../verdict/classify.ts';

/** A connection of mysql2's promise pool. */
export interface Connection {
  query(...args: unknown[]): Promise<unknown>;
  execute(...args: unknown[]): Promise<unknown>;
  release(): void;
  destroy(): void;
  readonly threadId?: number | null;
}

export interface PromisePool {
  getConnection(): Promise<Connection>;
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

/** A deadlock has rolled the transaction back, a lock that was not got in time only the statement. */
export function isConflict(error: unknown): boolean {
  const { source, code } = classify(error);
  return source === 'mysql' && (code === 'ER_LOCK_DEADLOCK' || code === 'ER_LOCK_WAIT_TIMEOUT');
}
