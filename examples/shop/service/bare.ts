import type { Clients } from './clients.ts';
import { known, page, type ShowOrder } from './page.ts';

/** The order page as it is often written: clients with sensible timeouts, and otherwise hope. */
export function bareOrders({ findOrder, fetchQuote }: Clients): ShowOrder {
  return async (id) => {
    const order = known(await findOrder(id));
    const quote = await fetchQuote(order.sku, AbortSignal.timeout(5_000));
    return page(order, quote, true);
  };
}
