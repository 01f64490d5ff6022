/**
 * The shop's two dependencies as any service has them: an HTTP client and a pool of database connections.
 * Both routes use this same code, with a pool each, so that neither gets in the other's way.
 */
import { Pool } from 'pg';

export interface Order {
  readonly id: number;
  readonly sku: string;
  readonly quantity: number;
}

/** What a carrier asks for shipping one piece. */
export interface Quote {
  readonly sku: string;
  readonly cents: number;
}

export interface Clients {
  findOrder(id: number): Promise<Order | undefined>;
  fetchQuote(sku: string, signal: AbortSignal): Promise<Quote>;
  close(): Promise<void>;
}

/** The API answered, but not with a quote. `status` and `headers` are what resilience policies look at. */
export class QuoteError extends Error {
  readonly status: number;
  readonly headers: Headers;

  constructor({ status, headers }: Response) {
    super(`the quotes API answered ${status}`);
    this.status = status;
    this.headers = headers;
  }
}

/** `sent` hears of every call, just before it leaves. */
export function connectClients(
  sent: (dependency: 'quotes-api' | 'orders-db') => void,
  quotesUrl: string,
  databaseUrl: string,
): Clients {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 10,
    connectionTimeoutMillis: 2_000,
    query_timeout: 5_000,
  });
  // A connection that breaks while nobody uses it; the pool has already forgotten it.
  pool.on('error', () => {});

  return {
    async findOrder(id) {
      sent('orders-db');
      const sql = 'select id, sku, quantity from kedge_shop.orders where id = $1';
      return (await pool.query<Order>(sql, [id])).rows[0];
    },

    async fetchQuote(sku, signal) {
      sent('quotes-api');
      const response = await fetch(`${quotesUrl}/quotes/${sku}`, { signal });
      if (response.ok) return (await response.json()) as Quote;
      await response.body?.cancel(); // or its connection is kept from the next call
      throw new QuoteError(response);
    },

    close: () => pool.end(),
  };
}
