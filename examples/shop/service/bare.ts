import { type Clients, dependenciesOf } from './clients.ts';
import { known, page, type ShowOrder } from './page.ts';

/** The order page as it is often written: clients with sensible timeouts, and otherwise hope. */
export function bareOrders(clients: Clients, quotesUrl: string): ShowOrder {
  const { findOrder, fetchQuote } = dependenciesOf(clients, quotesUrl);
  return async (id) => {
    const order = known(await findOrder(id));
    return page(order, await fetchQuote(order.sku), true);
  };
}
