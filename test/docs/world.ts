/**
 * What snippets have around them: a service on this machine to call, a database, and functions that a reader
 * would have written. `support.ts` starts the servers.
 */
import { Pool } from 'pg';

/** Of a service that answers JSON; its paths begin with `/quotes`, `/flaky`, `/down` or `/slow`. */
export const url: URL = new URL('/quotes/7', process.env['API_URL'] ?? 'http://127.0.0.1:65000');

/** How many requests that service has turned down because they said `down`, since it was asked last. */
export async function sent(): Promise<number> {
  const response = await fetch(new URL('/sent', url));
  return Number(await response.text());
}

/** Connects when it is first used. */
export const db: Pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 2 });
db.on('error', () => {});

export interface Quote {
  readonly sku: string;
  readonly cents: number;
}

export async function fetchQuote(sku: string, signal?: AbortSignal): Promise<Quote> {
  signal?.throwIfAborted();
  return { sku, cents: 490 };
}

export async function fetchRate(currency: string): Promise<number> {
  return currency.length;
}

export async function load(): Promise<string> {
  return 'loaded';
}

export async function find(): Promise<string[]> {
  return ['found'];
}

export async function sendReport(): Promise<string> {
  return 'sent';
}

export const hashKey: Uint8Array = new Uint8Array(32);

/** Fails as a dependency does that is down. */
export async function down(): Promise<never> {
  throw Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
}

/** Never ends, unless its signal aborts it. */
export function hang({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
