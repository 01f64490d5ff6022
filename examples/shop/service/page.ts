import { notFound } from 'kedge/responses';
import type { Order, Quote } from './clients.ts';

/** What shipping costs while the carrier does not say. */
export const standardCents = 490;

/** What all routes answer with. */
export interface OrderPage {
  readonly order: number;
  readonly sku: string;
  readonly quantity: number;
  readonly shippingCents: number;
  /** Whether the price is the carrier's own, and not the shop's standard one. */
  readonly quoted: boolean;
}

/** Finds the page of the order with this id. */
export type ShowOrder = (id: number) => Promise<OrderPage>;

export function known(order: Order | undefined): Order {
  if (order === undefined) throw notFound('Order');
  return order;
}

export function page({ id, sku, quantity }: Order, { cents }: Quote, quoted: boolean): OrderPage {
  return { order: id, sku, quantity, shippingCents: quantity * cents, quoted };
}
