import { circuitBreaker, exponential, fallback, pipeline, retry, timeout } from 'kedge';
import type { Clients } from './clients.ts';
import { known, page, type ShowOrder } from './page.ts';

/** What shipping costs while the carrier does not say. */
const standardCents = 490;

/** The same page with the same clients. The first listed policy is the outermost. */
export function wrappedOrders({ findOrder, fetchQuote }: Clients): ShowOrder {
  const backoff = exponential({ initial: 20, max: 250 });

  const quotes = pipeline(
    'quotes-api',
    fallback({ value: undefined }), // a page with the standard price is better than no page
    timeout(1_000), // all attempts and the waits between them
    retry({ maxAttempts: 4, backoff }),
    circuitBreaker({ openFor: 500 }), // a probe every half a second is little enough
    timeout(300), // each attempt
  );

  // An order has no substitute, so there is no fallback; a read may be repeated, so there are retries.
  const orders = pipeline(
    'orders-db',
    timeout(3_000),
    retry({ maxAttempts: 4, backoff }),
    circuitBreaker({ openFor: 500 }),
    timeout(1_000),
  );
  const findOrderSafely = orders.wrap(findOrder);

  return async (id) => {
    const order = known(await findOrderSafely(id));
    const quote = await quotes.execute(({ signal }) => fetchQuote(order.sku, signal));
    return page(order, quote ?? { sku: order.sku, cents: standardCents }, quote !== undefined);
  };
}
