/**
 * A process: the shop's HTTP service.
 *
 *   GET /orders/:id        the order page, its dependencies wrapped in kedge
 *   GET /bare/orders/:id   the same page with bare calls
 *   GET /metrics           for Prometheus
 */
import { createServer, type ServerResponse } from 'node:http';
import { notFound } from 'kedge/responses';
import { errorResponses } from 'kedge/node-http';
import { endWithParent, listen } from '../stage/child.ts';
import { bareOrders } from './bare.ts';
import { type Clients, connectClients } from './clients.ts';
import type { ShowOrder } from './page.ts';
import { dependencyCalls, flushLogs, registry } from './telemetry.ts';
import { wrappedOrders } from './wrapped.ts';

const quotesUrl = process.env['QUOTES_URL'] ?? '';
const routes: Readonly<Record<string, ShowOrder>> = {
  '/bare/orders/': bareOrders(clientsOf('bare'), quotesUrl),
  '/orders/': wrappedOrders(clientsOf('kedge'), quotesUrl),
};

function clientsOf(route: string): Clients {
  const sent = (dependency: string): void => dependencyCalls.inc({ route, dependency });
  return connectClients(sent, process.env['DATABASE_URL'] ?? '');
}

// What is thrown becomes a problem document (RFC 9457) with the request's id, which the log has too.
const server = createServer(
  errorResponses((request, response) => answer(request.url ?? '/', response)),
);
// Longer than any client keeps an idle connection, or some request is sent into a closing one.
server.keepAliveTimeout = 75_000;

async function answer(url: string, response: ServerResponse): Promise<void> {
  if (url === '/metrics') {
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType }).end(text);
    return;
  }
  for (const [path, showOrder] of Object.entries(routes)) {
    const id = url.startsWith(path) ? url.slice(path.length) : '';
    if (!/^\d{1,9}$/.test(id)) continue;
    const text = JSON.stringify(await showOrder(Number(id)));
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    return;
  }
  throw notFound('Page');
}

process.on('message', () => void flushLogs().then(() => process.send?.('flushed')));
endWithParent();
listen(server);
