/** What each protocol says of itself; the rest of intake is the same for all. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Arrival, Normalised } from '../record/normalise/common.ts';
import type { Tally } from '../store/store.ts';

export interface Head {
  readonly method: string;
  /** Without the path that the journal is reached by. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** What one request brought. */
export interface Brought {
  readonly failures: readonly Failure[];
  readonly tallies: readonly Omit<Tally, 'at'>[];
  /** Where clients send the same bytes again, and have no ids. */
  readonly requestHash?: string;
  readonly answer: Answer;
}

export interface Failure extends Normalised {
  /** How many it stands for. @default 1 */
  readonly count?: number;
}

export interface Answer {
  readonly type?: string;
  readonly body: string | Uint8Array;
}

export interface Protocol {
  /** Whether the path is one of its own, and the project that the path names. */
  match(path: string): { readonly project?: number } | undefined;
  /** The key that the head of a request has. */
  key(head: Head): string | undefined;
  /** Of those whose key may stand in the body alone. */
  keyInBody?(body: Buffer): string | undefined;
  /** Throws a `Refusal` for a body that is none. */
  read(body: Buffer, head: Head, arrival: Arrival): Brought;
}

export function bearerOf({ headers }: Head): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}
