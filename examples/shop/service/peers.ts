import CircuitBreaker from 'opossum';
import pRetry, { type Options } from 'p-retry';
import { type Clients, dependenciesOf } from './clients.ts';
import { known, page, type ShowOrder, standardCents } from './page.ts';

/** The numbers of the wrapped route, wherever p-retry and opossum have an option for them. */
const breaker: CircuitBreaker.Options = {
  errorThresholdPercentage: 50,
  volumeThreshold: 20,
  resetTimeout: 500,
};
const retries: Options = {
  retries: 3,
  minTimeout: 20,
  maxTimeout: 250,
  randomize: true,
  // There is no use in asking a circuit again that has just refused.
  shouldRetry: ({ error }) => !CircuitBreaker.isOurError(error),
};

/** The same page with a circuit breaker around each dependency, and a retry around each breaker. */
export function peerOrders(clients: Clients, quotesUrl: string): ShowOrder {
  const { findOrder, fetchQuote } = dependenciesOf(clients, quotesUrl);
  const orders = new CircuitBreaker(findOrder, { ...breaker, timeout: 1_000 });
  const quotes = new CircuitBreaker(fetchQuote, { ...breaker, timeout: 300 });

  return async (id) => {
    const order = known(await pRetry(() => orders.fire(id), { ...retries, maxRetryTime: 3_000 }));
    const quote = await pRetry(() => quotes.fire(order.sku), {
      ...retries,
      maxRetryTime: 1_000,
    }).catch(() => undefined);
    return page(order, quote ?? { sku: order.sku, cents: standardCents }, quote !== undefined);
  };
}
