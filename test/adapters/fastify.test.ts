// What Fastify 5 needs, against the real one.
import { once } from 'node:events';
import { connect } from 'node:http2';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { errorHandlers, requestContext } from 'kedge/responses';
import { type ErrorResponsesOptions, errorResponses } from 'kedge/fastify';
import { describe, expect, it } from 'vitest';
import { ask, documentOf } from './client.ts';
import { breaking } from './frameworks.ts';
import { Lines } from './logger.ts';

interface Made extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly written: string[];
  url(): Promise<string>;
}

async function make(
  options: ErrorResponsesOptions = { logger: false },
  server: FastifyServerOptions = {},
): Promise<Made> {
  const written: string[] = [];
  const app = Fastify({ ...server, ...(server.logger && { logger: stream(written) }) });
  await app.register(errorResponses, options);
  return {
    app,
    written,
    url: () => app.listen({ port: 0, host: '127.0.0.1' }),
    [Symbol.asyncDispose]: () => app.close().then(() => {}),
  };
}

function stream(written: string[]): object {
  return { level: 'debug', stream: { write: (line: string) => void written.push(line) } };
}

describe('errorResponses for Fastify', () => {
  it('closes the leak of the default handler, which sends the message of a 500', async () => {
    await using bare = { app: Fastify(), [Symbol.asyncDispose]: async () => bare.app.close() };
    await using safe = await make();
    for (const { app } of [bare, safe]) {
      app.get('/', async () => {
        throw Object.assign(new Error('table users is gone'), { code: 'USERS' });
      });
    }
    expect((await bare.app.inject('/')).body).toMatch(/users is gone.*USERS|USERS.*users is gone/);
    expect((await safe.app.inject('/')).body).not.toMatch(/users/i);
  });

  it('says where the body or the query is wrong, and nothing of the schema', async () => {
    await using service = await make();
    const body = {
      type: 'object',
      required: ['age'],
      properties: { age: { type: 'integer' }, plan: { enum: ['gold-users-only'] } },
    };
    const querystring = { type: 'object', properties: { page: { type: 'integer' } } };
    service.app.post('/', { schema: { body, querystring } }, async () => 'ok');
    const send = async (payload: object, url = '/'): Promise<unknown> =>
      (await service.app.inject({ method: 'POST', url, payload })).json<unknown>();

    expect(await send({})).toMatchObject({
      status: 400,
      code: 'bad-request',
      errors: [{ pointer: '#/age', detail: 'is required', code: 'required' }],
    });
    expect(await send({ age: 'x' })).toMatchObject({
      errors: [{ pointer: '#/age', detail: 'has the wrong type', code: 'type' }],
    });
    expect(await send({ age: 1 }, '/?page=x')).toMatchObject({
      errors: [{ parameter: 'page', detail: 'has the wrong type' }],
    });
    const plan = await send({ age: 1, plan: 'x' });
    expect(plan).toMatchObject({ errors: [{ pointer: '#/plan', code: 'enum' }] });
    expect(JSON.stringify(plan)).not.toContain('gold');
  });

  it.each([
    ['malformed JSON', { 'content-type': 'application/json' }, '{"users":', 400],
    ['too large a body', { 'content-type': 'application/json' }, '"' + 'x'.repeat(100) + '"', 413],
    ['an unknown type', { 'content-type': 'users/users' }, 'x', 415],
    ['no valid type', { 'content-type': 'users' }, 'x', 415],
    ['an empty body', { 'content-type': 'application/json' }, '', 400],
  ])('answers for the parsers: %s', async (_what, headers, payload, status) => {
    await using service = await make({ logger: false }, { bodyLimit: 50 });
    service.app.post('/', async () => 'ok');
    const got = await service.app.inject({ method: 'POST', url: '/', headers, payload });
    expect(got.statusCode).toBe(status);
    expect(got.json()).toMatchObject({ status });
    expect(got.body).not.toMatch(/users|FST/);
  });

  it('answers for the router: addresses that are none, or too long', async () => {
    await using service = await make();
    service.app.get('/orders/:id', async () => 'ok');
    for (const [path, status] of [
      ['/orders/%E0%A4%A', 400],
      [`/orders/${'x'.repeat(200)}`, 414],
    ] as const) {
      const got = await service.app.inject({ url: path, headers: { 'x-request-id': 'r-1' } });
      expect(got.statusCode).toBe(status);
      expect(got.headers['content-type']).toBe('application/problem+json');
      expect(got.json()).toMatchObject({ status, requestId: 'r-1' });
      expect(got.body).not.toContain('FST');
    }
  });

  it('holds for the children of the instance, whose own handlers come first', async () => {
    await using service = await make();
    await service.app.register(
      async (child) => {
        child.setErrorHandler((error, _request, reply) => {
          if (error instanceof RangeError) return reply.code(418).send('mine');
          throw error;
        });
        child.get('/mine', async () => {
          throw new RangeError('users');
        });
        child.get('/theirs', async () => {
          throw new TypeError('users');
        });
      },
      { prefix: '/child' },
    );
    expect((await service.app.inject('/child/mine')).body).toBe('mine');
    const theirs = await service.app.inject('/child/theirs');
    expect(theirs.json()).toMatchObject({ status: 500 });
    expect(theirs.body).not.toContain('users');
  });

  it('lets no hook that fails while an error is answered say why', async () => {
    const logger = new Lines();
    await using service = await make({ logger });
    service.app.addHook('onSend', async () => {
      throw Object.assign(new Error('users in the hook'), { headers: { 'x-users': 'users' } });
    });
    service.app.get('/', async () => {
      throw new Error('users');
    });
    service.app.get('/ok', async () => 'ok');
    for (const path of ['/', '/ok', '/nowhere']) {
      const got = await service.app.inject(path);
      expect(got.json()).toMatchObject({ status: 500, requestId: got.headers['x-request-id'] });
      expect(JSON.stringify([got.body, got.headers])).not.toContain('users');
    }
    expect(logger.text).toContain('users in the hook');
  });

  it.each(['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization'] as const)(
    'answers for a hook that fails: %s',
    async (name) => {
      await using service = await make();
      service.app.addHook(name as 'onRequest', async () => {
        throw new Error('users');
      });
      service.app.get('/', async () => ({ ok: true }));
      const got = await service.app.inject('/');
      expect(got.json()).toMatchObject({ status: 500 });
      expect(got.body).not.toContain('users');
    },
  );

  it('passes by serializers and schemas of answers', async () => {
    await using service = await make();
    service.app.setReplySerializer(() => 'serialized users');
    const schema = { response: { '5xx': { type: 'object', properties: { users: {} } } } };
    service.app.get('/', { schema }, async () => {
      throw new Error('users');
    });
    expect((await service.app.inject('/')).json()).toMatchObject({
      status: 500,
      title: 'Internal Server Error',
    });
  });

  it('answers for what cannot be serialized', async () => {
    await using service = await make();
    service.app.get('/', async () => ({
      toJSON() {
        throw new Error('users');
      },
    }));
    const got = await service.app.inject('/');
    expect(got.json()).toMatchObject({ status: 500 });
    expect(got.body).not.toContain('users');
  });

  it('lets the hooks of the application see the answer', async () => {
    await using service = await make();
    service.app.addHook('onSend', async (_request, reply, payload) => {
      reply.header('x-seen', String((payload as Buffer).length));
      return payload;
    });
    service.app.get('/', async () => {
      throw new Error('users');
    });
    const got = await service.app.inject('/');
    expect(got.headers['x-seen']).toBe(got.headers['content-length']);
  });

  it('writes to the logger of Fastify, under its id of the request', async () => {
    await using service = await make({}, { logger: true });
    service.app.get('/', async (request) => {
      request.log.info({ err: Object.assign(new Error('x'), { token: 'abcdef' }) }, 'mine');
      throw Object.assign(new Error('password=hunter2'), { config: { token: 'abcdef' } });
    });
    const got = await service.app.inject({ url: '/', headers: { 'x-request-id': 'r-1' } });
    const lines = service.written.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ event }) => event === 'request.failed')).toMatchObject({
      reqId: 'r-1',
      requestId: 'r-1',
      instance: got.json<{ instance: string }>().instance,
      err: { type: 'Error', message: 'password=[redacted]', fingerprint: expect.any(String) },
    });
    expect(service.written.join('')).not.toMatch(/hunter2|abcdef/);
  });

  it('describes the errors that Fastify logs itself', async () => {
    await using service = await make({}, { logger: true });
    service.app.get('/', async () =>
      breaking(() => Object.assign(new Error('password=hunter2'), { secret: 'abcdef' })),
    );
    const got = await ask(`${await service.url()}/`);
    expect(got).toMatchObject({ cutOff: true, text: 'the first piece' });
    expect(service.written.join('')).toContain('headers already sent');
    expect(service.written.join('')).not.toMatch(/hunter2|abcdef/);
  });

  it('leaves a serializer of the application alone', async () => {
    const app = Fastify({
      logger: {
        level: 'fatal',
        serializers: { err: () => ({ type: 'Mine', message: '', stack: '' }) },
      },
    });
    await app.register(errorResponses, {});
    const serializers = (app.log as unknown as Record<symbol, { err: () => { type: string } }>)[
      Symbol.for('pino.serializers')
    ];
    expect(serializers?.err().type).toBe('Mine');
    await app.close();
  });

  it('keeps ids that the application makes, where they are safe', async () => {
    let next = 'mine-1';
    await using service = await make({ logger: false }, { genReqId: () => next });
    service.app.get('/', async (request) => ({ id: request.id, ...requestContext.current() }));
    expect((await service.app.inject('/')).json()).toMatchObject({
      id: 'mine-1',
      requestId: 'mine-1',
    });
    next = 'not safe';
    expect((await service.app.inject('/')).headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it('answers a stream that fails before its first piece', async () => {
    await using service = await make();
    service.app.get('/', async () => breaking(() => new Error('users'), ''));
    const got = await ask(`${await service.url()}/`);
    expect(documentOf(got)).toMatchObject({ status: 500 });
    expect(got.text).not.toContain('users');
  });

  it('works on HTTP/2', async () => {
    const app = Fastify({ http2: true });
    await app.register(errorResponses, { logger: false });
    app.get('/', async () => {
      throw new Error('users');
    });
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const client = connect(address);
    const stream = client.request({ ':path': '/' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    let text = '';
    for await (const piece of stream.setEncoding('utf8')) text += String(piece);
    client.close();
    await app.close();
    expect(headers[':status']).toBe(500);
    expect(text).not.toContain('users');
  });

  it('asks the handlers for errors of schemas', async () => {
    const handlers = errorHandlers().on(400, () => ({ code: 'my-code' }));
    await using service = await make({ handlers, logger: false });
    service.app.post('/', { schema: { body: { type: 'object', required: ['a'] } } }, async () => 1);
    const got = await service.app.inject({ method: 'POST', url: '/', payload: {} });
    expect(got.json()).toMatchObject({ code: 'my-code', errors: [{ pointer: '#/a' }] });
  });
});
