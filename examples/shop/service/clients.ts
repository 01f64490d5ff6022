/**
 * The shop's two dependencies as any service has them: `fetch` and a pool of database connections, and what the shop
 * asks them. All routes use this same code, with clients of their own, so that none gets in another's way.
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
  readonly fetch: typeof fetch;
  readonly pool: Pool;
}

/** What the shop asks of its dependencies. */
export interface Dependencies {
  findOrder(id: number): Promise<Order | undefined>;
  fetchQuote(sku: string): Promise<Quote>;
}

/** The API answered, but not with a quote. */
export class QuoteError extends Error {
  readonly status: number;

  constructor({ status }: Response) {
    super(`the quotes API answered ${status}`);
    this.status = status;
  }
}

/** Clients with sensible timeouts. `sent` hears of every call, just before it leaves. */
export function connectClients(
  sent: (dependency: 'quotes-api' | 'orders-db') => void,
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
  // Each query takes a connection once, those of `pool.query` too.
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown;
  pool.connect = ((...args: unknown[]) => {
    sent('orders-db');
    return connect(...args);
  }) as typeof pool.connect;

  return {
    fetch: (input, init) => {
      sent('quotes-api');
      return fetch(input, init);
    },
    pool,
  };
}

/** The same code for all routes: whether its clients are wrapped does not show. */
export function dependenciesOf({ fetch, pool }: Clients, quotesUrl: string): Dependencies {
  return {
    async findOrder(id) {
      const sql = 'select id, sku, quantity from kedge_shop.orders where id = $1';
      return (await pool.query<Order>(sql, [id])).rows[0];
    },

    async fetchQuote(sku) {
      const response = await fetch(`${quotesUrl}/quotes/${sku}`, {
        signal: AbortSignal.timeout(5_000),
      });
      if (response.ok) return (await response.json()) as Quote;
      await response.body?.cancel(); // or its connection is kept from the next call
      throw new QuoteError(response);
    },
  };
}
