// What node:http and node:http2 need.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createServer2 } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { PublicError, requestContext } from 'kedge/responses';
import { errorResponses } from 'kedge/node-http';
import { describe, expect, it } from 'vitest';
import { ask, documentOf } from './client.ts';
import { Lines } from './logger.ts';

async function listen(server: Server): Promise<{ url: string } & AsyncDisposable> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function failing(): never {
  throw new Error('users');
}

describe('errorResponses for node:http', () => {
  it('answers for listeners that are async and for those that are not', async () => {
    const logger = new Lines();
    for (const listener of [
      () => {
        throw new Error('users');
      },
      async () => Promise.reject(new Error('users')),
    ]) {
      await using service = await listen(createServer(errorResponses(listener, { logger })));
      const got = await ask(service.url);
      expect(documentOf(got)).toMatchObject({ status: 500 });
      expect(got.text).not.toContain('users');
    }
    expect(logger.lines).toHaveLength(2);
  });

  it('knows the request in listeners of its events, which Node calls from elsewhere', async () => {
    const seen: unknown[] = [];
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      request.on('data', () => seen.push(requestContext.current()?.requestId));
      request.on('end', () => {
        seen.push(requestContext.current()?.requestId);
        response.end();
      });
      response.on('finish', () => seen.push(requestContext.current()?.requestId));
    };
    await using service = await listen(createServer(errorResponses(listener)));
    await ask(service.url, { method: 'POST', body: 'x', headers: { 'x-request-id': 'r-1' } });
    expect(seen).toEqual(['r-1', 'r-1', 'r-1']);
  });

  it('sends what 401, 405 and 416 need, and no other header of an error', async () => {
    const needed = { 'WWW-Authenticate': 'Basic realm="Shop"', allow: 'GET, HEAD' };
    const errors: Readonly<Record<string, Error>> = {
      '/own': new PublicError('Please sign in.', { status: 401, headers: needed }),
      '/made': Object.assign(new Error('No such method.'), {
        status: 405,
        expose: true,
        headers: { allow: 'GET, HEAD', 'x-a': 'b' },
      }),
    };
    const listener = ({ url = '' }: IncomingMessage): never => {
      throw errors[url] as Error;
    };
    await using service = await listen(createServer(errorResponses(listener, { logger: false })));
    const { headers } = await ask(`${service.url}/own`);
    expect(headers).toMatchObject({ 'www-authenticate': 'Basic realm="Shop"', allow: 'GET, HEAD' });
    const made = await ask(`${service.url}/made`);
    expect(made.headers).toMatchObject({ allow: 'GET, HEAD' });
    expect(made.headers['x-a']).toBeUndefined();
  });

  it('works on HTTP/2', async () => {
    const server = createServer2(errorResponses(failing, { logger: false }) as never);
    await using service = await listen(server);
    const client = connect(service.url);
    const [status, text] = await new Promise<[number, string]>((resolve, reject) => {
      const stream = client.request({ ':path': '/' });
      let body = '';
      let code = 0;
      stream.on('response', (headers) => {
        code = headers[':status'] ?? 0;
      });
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        body += chunk;
      });
      stream.on('end', () => resolve([code, body]));
      stream.on('error', reject);
    });
    client.close();
    expect(status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ status: 500, title: 'Internal Server Error' });
  });

  it('refuses what is no listener', () => {
    expect(() => errorResponses(undefined as never)).toThrow('expected the listener');
  });
});
