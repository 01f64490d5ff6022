// Errors as the platform and the drivers really throw them, provoked on sockets of our own.
import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, get as httpGet, type ServerResponse } from 'node:http';
import { connect as http2Connect, constants, createServer as createHttp2Server } from 'node:http2';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import { classify } from 'kedge/failures';
import pg from 'pg';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

const opened: { close(): unknown }[] = [];

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(server);
  return (server.address() as AddressInfo).port;
}

/** A server that does this to each connection once it has been sent something. */
function onData(act: (socket: Socket) => void): Promise<number> {
  return listening(
    createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        act(socket);
      });
    }),
  );
}

function onRequest(answer: (response: ServerResponse) => void): Promise<number> {
  return listening(
    createHttpServer((_, response) => {
      answer(response);
    }),
  );
}

/** A port on which nobody listens any more. */
async function deadPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return expect.unreachable('it should have failed');
}

async function emitted(emitter: EventEmitter): Promise<unknown> {
  const [error] = (await once(emitter, 'error')) as [unknown];
  return error;
}

describe('fetch', () => {
  it('to a port where nobody listens', async () => {
    const error = await rejection(fetch(`http://127.0.0.1:${await deadPort()}/`));
    expect(classify(error)).toEqual({
      kind: 'transient',
      blame: 'dependency',
      repeat: 'safe',
      source: 'network',
      code: 'ECONNREFUSED',
    });
  });

  it('to localhost, which may be two addresses', async () => {
    const error = await rejection(fetch(`http://localhost:${await deadPort()}/`));
    expect(classify(error)).toMatchObject({ kind: 'transient', repeat: 'safe', source: 'network' });
  });

  it('to a name that does not exist', async () => {
    const error = await rejection(fetch('http://nohost.invalid/'));
    // Without a network the resolver itself cannot be asked.
    const { code = '', ...classified } = classify(error);
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(code);
    expect(classified).toMatchObject({ kind: 'transient', repeat: 'safe', source: 'network' });
  });

  it('to a server that closes', async () => {
    const port = await onData((socket) => socket.destroy());
    expect(classify(await rejection(fetch(`http://127.0.0.1:${port}/`)))).toMatchObject({
      kind: 'transient',
      repeat: 'idempotent',
      code: 'UND_ERR_SOCKET',
    });
  });

  it('to a server that resets', async () => {
    const port = await onData((socket) => socket.resetAndDestroy());
    expect(classify(await rejection(fetch(`http://127.0.0.1:${port}/`)))).toMatchObject({
      kind: 'transient',
      repeat: 'idempotent',
      code: 'ECONNRESET',
    });
  });

  it('of a body that is cut off', async () => {
    const port = await onData((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', () => socket.destroy());
    });
    const response = fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
    const error = await rejection(response);
    expect(error).toMatchObject({ message: 'terminated' });
    expect(classify(error)).toMatchObject({ kind: 'transient', repeat: 'idempotent' });
  });

  it('of something that is no HTTP', async () => {
    const port = await onData((socket) => socket.end('I speak another protocol\r\n\r\n'));
    expect(classify(await rejection(fetch(`http://127.0.0.1:${port}/`)))).toMatchObject({
      kind: 'permanent',
      repeat: 'never',
      source: 'network',
    });
  });

  it('with TLS to a plain port', async () => {
    const port = await onData((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(classify(await rejection(fetch(`https://127.0.0.1:${port}/`)))).toMatchObject({
      kind: 'permanent',
      repeat: 'never',
      source: 'network',
    });
  });

  it.each(['nowhere', 'http://', 'http://a b/', 'ftp://127.0.0.1/', 'http://127.0.0.1:1/'])(
    'to the address %s',
    async (address) => {
      expect(classify(await rejection(fetch(address)))).toMatchObject({
        kind: 'permanent',
        repeat: 'never',
      });
    },
  );

  it('aborted by the caller', async () => {
    const error = await rejection(fetch('http://127.0.0.1/', { signal: AbortSignal.abort() }));
    expect(classify(error)).toMatchObject({ kind: 'cancelled', repeat: 'never' });
  });

  it('aborted by a timeout', async () => {
    const port = await onData(() => {});
    const error = await rejection(
      fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1) }),
    );
    expect(classify(error)).toMatchObject({ kind: 'timeout', repeat: 'idempotent' });
  });

  it('aborted with a reason, which it throws as it is', async () => {
    const reason = Object.assign(new Error('slow'), { code: 'KEDGE_TIMEOUT' });
    const error = await rejection(
      fetch('http://127.0.0.1/', { signal: AbortSignal.abort(reason) }),
    );
    expect(classify(error).kind).toBe('timeout');
  });

  it('whose answer is thrown when it is no success', async () => {
    const port = await onRequest((response) => {
      response.writeHead(503, { 'Retry-After': '4' }).end();
    });
    expect(classify(await fetch(`http://127.0.0.1:${port}/`))).toEqual({
      kind: 'transient',
      blame: 'dependency',
      repeat: 'safe',
      source: 'http',
      code: '503',
      retryAfter: 4_000,
    });
  });
});

describe('node:http, node:net, node:tls, node:http2', () => {
  it('a server that hangs up', async () => {
    const port = await onData((socket) => socket.destroy());
    expect(classify(await emitted(httpGet({ host: '127.0.0.1', port })))).toMatchObject({
      kind: 'transient',
      repeat: 'idempotent',
      code: 'ECONNRESET',
    });
  });

  it('a refused connection', async () => {
    const error = await emitted(connect({ host: '127.0.0.1', port: await deadPort() }));
    expect(classify(error)).toMatchObject({ kind: 'transient', repeat: 'safe' });
  });

  it('TLS to a plain port', async () => {
    const port = await onData((socket) => socket.end('no TLS here'));
    expect(classify(await emitted(tlsConnect({ host: '127.0.0.1', port })))).toMatchObject({
      kind: 'permanent',
      repeat: 'never',
    });
  });

  it('a stream that the server refuses', async () => {
    const server = createHttp2Server();
    server.on('stream', (stream) => {
      stream.on('error', () => {});
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    });
    const session = http2Connect(`http://127.0.0.1:${await listening(server)}`);
    opened.push(session);
    expect(classify(await emitted(session.request({ ':path': '/' })))).toMatchObject({
      kind: 'transient',
      repeat: 'safe',
      code: 'NGHTTP2_REFUSED_STREAM',
    });
  });

  it('an argument that is none', () => {
    const error = thrownBy(() => connect({ port: 70_000 }));
    expect(classify(error)).toMatchObject({ repeat: 'never' });
  });
});

describe('aborts of Node', () => {
  it('by the caller', async () => {
    const error = await rejection(wait(1_000, 0, { signal: AbortSignal.abort() }));
    expect(classify(error)).toMatchObject({ kind: 'cancelled', repeat: 'never' });
  });

  it('by a timeout, which is the cause', async () => {
    const error = await rejection(
      once(new EventEmitter(), 'x', { signal: AbortSignal.timeout(1) }),
    );
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(classify(error)).toMatchObject({ kind: 'timeout', repeat: 'idempotent' });
  });
});

describe('node:sqlite', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('create table item (id integer primary key, name text unique not null)');
  database.exec("insert into item values (1, 'one')");
  afterAll(() => {
    database.close();
  });

  it.each([
    "insert into item values (1, 'two')",
    "insert into item values (2, 'one')",
    'insert into item values (3, null)',
    'select * from nothing',
    'this is no SQL',
  ])('%s', (sql) => {
    const error = thrownBy(() => {
      database.exec(sql);
    });
    expect(classify(error)).toMatchObject({
      kind: 'permanent',
      repeat: 'never',
      source: 'sqlite',
    });
  });

  it('a database that another connection has locked', () => {
    const name = 'file:locked?mode=memory&cache=shared';
    const one = new DatabaseSync(name);
    const two = new DatabaseSync(name);
    one.exec('create table item (id integer); begin immediate');
    const error = thrownBy(() => {
      two.exec('begin immediate');
    });
    one.close();
    two.close();
    expect(classify(error)).toMatchObject({ kind: 'transient', repeat: 'safe', source: 'sqlite' });
  });
});

const client = (port: number, options: pg.ClientConfig = {}): Promise<unknown> =>
  new pg.Client({ host: '127.0.0.1', port, ...options }).connect();

describe('pg', () => {
  it('nobody listens', async () => {
    expect(classify(await rejection(client(await deadPort())))).toMatchObject({
      kind: 'transient',
      repeat: 'safe',
    });
  });

  it('the server closes', async () => {
    const port = await onData((socket) => socket.destroy());
    expect(classify(await rejection(client(port)))).toEqual({
      kind: 'transient',
      blame: 'dependency',
      repeat: 'idempotent',
      source: 'postgres',
      connection: 'replace',
    });
  });

  it('the server says nothing', async () => {
    const port = await onData(() => {});
    const error = await rejection(client(port, { connectionTimeoutMillis: 1 }));
    expect(classify(error)).toMatchObject({ repeat: 'safe', source: 'postgres' });
    const pool = new pg.Pool({ host: '127.0.0.1', port, connectionTimeoutMillis: 1 });
    expect(classify(await rejection(pool.query('select 1')))).toMatchObject({
      kind: 'transient',
      repeat: 'safe',
      source: 'postgres',
    });
  });

  it('the pool has ended', async () => {
    const pool = new pg.Pool();
    await pool.end();
    expect(classify(await rejection(pool.query('select 1')))).toMatchObject({
      kind: 'permanent',
      source: 'postgres',
    });
  });

  it('the server answers with an error', async () => {
    const fields = 'SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0';
    const port = await onData((socket) => {
      const message = Buffer.alloc(5 + fields.length);
      message.write('E', 0);
      message.writeInt32BE(4 + fields.length, 1);
      message.write(fields, 5);
      socket.end(message);
    });
    const error = await rejection(client(port));
    expect(error).toBeInstanceOf(pg.DatabaseError);
    expect(classify(error)).toMatchObject({ repeat: 'safe', source: 'postgres', code: '57P03' });
  });
});

describe('files', () => {
  it('a missing file is neither the network nor a bug', async () => {
    const error = await rejection(readFile('/does/not/exist'));
    expect(classify(error)).toEqual({
      kind: 'unknown',
      blame: 'dependency',
      repeat: 'idempotent',
      source: 'application',
      code: 'ENOENT',
    });
  });
});
