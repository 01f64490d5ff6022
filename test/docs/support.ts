/** The servers that snippets talk to. */
import { createServer, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service that answers JSON, on a port of this machine; what it returns ends it. */
export async function startService(): Promise<() => void> {
  let calls = 0;
  const server = createServer((request, response) => {
    const [, what, sku] = new URL(request.url ?? '/', 'http://localhost').pathname.split('/');
    calls++;
    const { authorization = '' } = request.headers;
    const isPrivate = what === 'private' && !authorization.includes('new');
    const isDown = what === 'down' || (what === 'flaky' && calls % 2 === 1);
    const status = isPrivate ? 401 : isDown ? 503 : 200;
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    setTimeout(
      () => response.end(JSON.stringify(status === 200 ? { sku, cents: 490 } : {})),
      what === 'slow' ? 100 : 0,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['API_URL'] = base;
  return () => server.close();
}

/** PostgreSQL's protocol in this process; what it returns ends it. */
export async function startDatabase(): Promise<() => Promise<void>> {
  const { PGlite } = await import('@electric-sql/pglite');
  const { PGLiteSocketServer } = await import('@electric-sql/pglite-socket');
  const database = await PGlite.create();
  await database.exec(`
    create table orders (id int primary key, sku text not null);
    insert into orders values (7, 'boots'), (8, 'gloves');
  `);
  const server = new PGLiteSocketServer({
    db: database,
    host: '127.0.0.1',
    port: 0,
    maxConnections: 10,
  });
  await server.start();
  process.env['DATABASE_URL'] = `postgres://postgres@${server.getServerConn()}/postgres`;
  return async () => {
    await server.stop();
    await database.close();
  };
}

/** Closes what snippets have opened, and gives them ports that are free whatever they ask for. */
export function trackServers(): () => void {
  const opened = new Set<Server>();
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...given: unknown[]): Server {
    opened.add(this);
    const then = given.filter((each) => typeof each === 'function');
    return Reflect.apply(listen, this, [0, '127.0.0.1', ...then]) as Server;
  } as typeof listen;
  return () => {
    Server.prototype.listen = listen;
    for (const server of opened) {
      server.closeAllConnections();
      server.close();
    }
  };
}
