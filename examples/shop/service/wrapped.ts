import { exponentialBackoff, retryBudget } from 'kedge';
import { resilientFetch } from 'kedge/http';
import { resilientPg } from 'kedge/pg';
import { type Clients, dependenciesOf } from './clients.ts';
import { known, page, type ShowOrder, standardCents } from './page.ts';

/** The same page with the same clients, each of them wrapped. */
export function wrappedOrders({ fetch, pool }: Clients, quotesUrl: string): ShowOrder {
  const often = {
    maxAttempts: 4,
    backoff: exponentialBackoff({ initial: 20, max: 250 }),
    circuitBreaker: { openFor: 500 }, // a probe every half a second is little enough
  };
  const wrapped = {
    fetch: resilientFetch({
      name: 'quotes-api',
      fetch,
      totalTimeout: 1_000,
      attemptTimeout: 300,
      ...often,
      budget: retryBudget(), // a quote has a substitute: while hardly any comes, nobody waits for one
    }),
    pool: resilientPg(pool, {
      name: 'orders-db',
      totalTimeout: 3_000,
      attemptTimeout: 1_000,
      ...often,
      adaptiveLimiter: false, // the pool's own `max` is limit enough
      statementTimeout: false, // the embedded database has one session for all of its connections
    }),
  };
  const { findOrder, fetchQuote } = dependenciesOf(wrapped, quotesUrl);

  return async (id) => {
    const order = known(await findOrder(id));
    // A page with the standard price is better than no page; an order has no substitute.
    const quote = await fetchQuote(order.sku).catch(() => undefined);
    return page(order, quote ?? { sku: order.sku, cents: standardCents }, quote !== undefined);
  };
}
