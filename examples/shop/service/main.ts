/**
 * A process: the shop's HTTP service.
 *
 *   GET /                   the live page
 *   GET /orders/:id         the order page, its dependencies wrapped in kedge
 *   GET /peers/orders/:id   the same page with p-retry and opossum
 *   GET /bare/orders/:id    the same page with bare calls
 *   GET /metrics            for Prometheus
 *   GET /state              for `npx kedge state`
 *   GET /log                the last lines of the log
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'kedge';
import { notFound } from 'kedge/responses';
import { errorResponses } from 'kedge/node-http';
import { stateHandler } from 'kedge/state';
import { byRoute, paths, type Route, routes } from '../routes.ts';
import { endWithParent, listen } from '../stage/child.ts';
import { bareOrders } from './bare.ts';
import { type Clients, connectClients } from './clients.ts';
import { lastLines, livePage } from './live.ts';
import type { ShowOrder } from './page.ts';
import { peerOrders } from './peers.ts';
import { dependencyCalls, flushLogs, registry } from './telemetry.ts';
import { wrappedOrders } from './wrapped.ts';

const quotesUrl = process.env['QUOTES_URL'] ?? '';
const show: Readonly<Record<Route, ShowOrder>> = {
  bare: bareOrders(clientsOf('bare'), quotesUrl),
  peers: peerOrders(clientsOf('peers'), quotesUrl),
  kedge: wrappedOrders(clientsOf('kedge'), quotesUrl),
};
// Without policies a pipeline only counts: that is how the live page knows what each route does.
const counted = byRoute((route) => pipeline(`GET ${paths[route]}:id`));

function clientsOf(route: Route): Clients {
  const sent = (dependency: string): void => dependencyCalls.inc({ route, dependency });
  return connectClients(sent, process.env['DATABASE_URL'] ?? '');
}

const live = livePage(JSON.parse(process.env['BUTTONS'] ?? '[]') as string[]);
const state = stateHandler();

// What is thrown becomes a problem document (RFC 9457) with the request's id, which the log has too.
const server = createServer(errorResponses(answer));
// Longer than any client keeps an idle connection, or some request is sent into a closing one.
server.keepAliveTimeout = 75_000;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/';
  const send = (type: string, text: string): void => {
    response.writeHead(200, { 'content-type': type }).end(text);
  };
  if (url === '/metrics') return send(registry.contentType, await registry.metrics());
  if (url === '/log') return send('text/plain; charset=utf-8', await lastLines());
  if (url === '/state') return state(request, response);
  if (/^\/(?:\?|$)/.test(url)) return live(request, response);
  for (const route of routes) {
    const path = paths[route];
    const id = url.startsWith(path) ? url.slice(path.length) : '';
    if (!/^\d{1,9}$/.test(id)) continue;
    const found = await counted[route].execute(() => show[route](Number(id)));
    return send('application/json', JSON.stringify(found));
  }
  throw notFound('Page');
}

process.on('message', (message) => {
  if (message !== 'flush logs') return;
  void flushLogs().then(() => process.send?.('flushed'));
});
endWithParent();
listen(server);
