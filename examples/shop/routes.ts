/** The three ways to the same page, in the order in which they are shown. */
export const routes = ['bare', 'peers', 'kedge'] as const;

export type Route = (typeof routes)[number];

/** What the number of an order is put behind. */
export const paths: Readonly<Record<Route, string>> = {
  bare: '/bare/orders/',
  peers: '/peers/orders/',
  kedge: '/orders/',
};

/** What a route is called where people read it. */
export const titles: Readonly<Record<Route, string>> = {
  bare: 'bare',
  peers: 'p-retry+opossum',
  kedge: 'kedge',
};

/** Makes something for each route. */
export function byRoute<Made>(make: (route: Route) => Made): Record<Route, Made> {
  return { bare: make('bare'), peers: make('peers'), kedge: make('kedge') };
}
