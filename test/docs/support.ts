/** The servers that snippets talk to. */
import { createServer, type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the services answer that SDKs are made for, by the first part of the path. */
const answers: Readonly<Record<string, unknown>> = {
  openai: { choices: [{ message: { role: 'assistant', content: 'hello' } }] },
  anthropic: { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'hello' }] },
  stripe: { object: 'customer', id: 'cus_1' },
  github: { login: 'octocat' },
  graphql: { data: { viewer: { login: 'octocat' } } },
};
const buckets = `<ListAllMyBucketsResult><Buckets><Bucket><Name>photos</Name></Bucket></Buckets></ListAllMyBucketsResult>`;

/** A service that answers JSON, on a port of this machine; what it returns ends it. */
export async function startService(): Promise<() => void> {
  let calls = 0;
  /** Requests that were turned down as they had asked, since somebody wanted their number at `/sent`. */
  let turnedDown = 0;
  const answer = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const [, what = '', sku] = pathname.split('/');
    const { authorization = '' } = request.headers;
    if (what === 'sent') {
      response.end(String(turnedDown));
      turnedDown = 0;
      return;
    }
    calls++;
    const isPrivate = what === 'private' && !authorization.includes('new');
    const isAsked = what !== 'down' && /\bdown\b/.test(pathname + body);
    const isDown = isAsked || what === 'down' || (what === 'flaky' && calls % 2 === 1);
    const status = isPrivate ? 401 : isDown ? 503 : 200;
    if (isAsked) turnedDown++;
    const said = status === 200 ? (answers[what] ?? { sku, cents: 490 }) : {};
    const isXml = what === 's3' && status === 200;
    response.writeHead(status, {
      'content-type': isXml ? 'application/xml' : 'application/json',
      connection: 'close',
    });
    const text = isXml ? buckets : JSON.stringify(said);
    setTimeout(() => response.end(text), what === 'slow' ? 100 : 0);
  };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => answer(request, response, body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // By the names that SDKs look for themselves.
  Object.assign(process.env, {
    API_URL: base,
    OPENAI_BASE_URL: `${base}/openai/v1`,
    OPENAI_API_KEY: 'none',
    ANTHROPIC_BASE_URL: `${base}/anthropic`,
    ANTHROPIC_API_KEY: 'none',
    GITHUB_API_URL: `${base}/github`,
    AWS_ENDPOINT_URL_S3: `${base}/s3`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  });
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
