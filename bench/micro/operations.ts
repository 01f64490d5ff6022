/** What all stacks are made of: the operations that they protect, and their callers. */
import { pino } from 'pino';
import type { Call, Contender } from './measure.ts';

export const bare = 'bare `await fn()`';

/** A contender, and where it belongs in the tables. */
export interface Stack extends Contender {
  readonly group: Group;
  /** What it is compared with. @default the bare call */
  readonly unit?: string;
}

export type Group =
  | 'success'
  | 'policies'
  | 'ways'
  | 'rejected'
  | 'failing'
  | 'concurrent'
  | 'drop-ins';

export const fn = async (): Promise<number> => 1;
export const plain = async (): Promise<void> => {
  await fn();
};
export const failure: Error = Object.assign(new Error('service unavailable'), { status: 503 });
export const failing = async (): Promise<number> => {
  throw failure;
};

const ignore = (): undefined => undefined;

/**
 * A caller that minds neither way. Not by `try { await … } catch`: the engine takes half a microsecond to throw into an
 * async function, which is neither library's doing.
 */
export function quietly(call: Call): Call {
  return () => call().then(undefined, ignore);
}

/** As fast as pino can be: it builds the line, and nobody writes it. */
export function nullLogger(): ReturnType<typeof pino> {
  return pino({}, { write() {} });
}
