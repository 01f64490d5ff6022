// What all HTTP clients promise alike: what is sent again, and whose failure it is.
import { CircuitOpenError, TimeoutError } from 'kedge';
import { recorder, type Recorder, virtualClock } from 'kedge/testing';
import type { HostOptions } from 'kedge/undici';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection, track } from '../../support/lab.ts';
import { cutOff, inTurn, origin, type Origin, status, until } from '../../support/origin.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';
import { type Client, clients, quick } from './clients.ts';

let server: Origin;
let seen: Recorder;

beforeEach(async () => {
  server = await origin();
  seen = recorder();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const methods = (): string[] => server.arrived.map(({ method }) => method);

async function* parts(): AsyncGenerator<Buffer> {
  yield Buffer.from('one ');
  yield Buffer.from('two');
}

async function* broken(): AsyncGenerator<Buffer> {
  yield Buffer.from('part');
  throw new Error('our own client hung up');
}

async function* still(): AsyncGenerator<Buffer> {
  yield Buffer.from('part');
  await new Promise(() => {});
}

const exceptBadGateways = (error: unknown): boolean | undefined =>
  (error as { status?: number }).status === 502 ? false : undefined;

describe.each(clients)('over %s', (name, make) => {
  /** A stream, in the form that the client takes. */
  const upload = (from: AsyncIterable<Buffer>): unknown =>
    name === 'axios' ? Readable.from(from) : Readable.toWeb(Readable.from(from));
  const client = (options?: HostOptions): Client => make(quick(seen, options));

  describe('an Idempotency-Key', () => {
    const post = async (key: unknown): Promise<number> => {
      server.answer = status(500);
      await using own = client();
      const headers = { 'Idempotency-Key': key } as Record<string, string>;
      await own.ask(server.url, { method: 'POST', body: 'x', headers });
      return server.arrived.length;
    };

    it.each(['4711', ' 0 ', '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])(
      'of %j lets a POST be repeated',
      async (key) => {
        expect(await post(key)).toBe(3);
      },
    );

    it.each(['', '  ', '\t', '""', 'undefined', 'null', undefined, null])(
      'of %j is none, and the POST is executed once',
      async (key) => {
        expect(await post(key)).toBe(1);
      },
    );
  });

  describe('a body that can be read once', () => {
    const all: [title: string, body: () => unknown, by: readonly string[]][] = [
      ['a stream of Node', () => Readable.from(parts()), ['fetch', 'undici', 'axios']],
      ['an async iterator', parts, ['fetch', 'undici']],
      [
        'a stream of the web',
        () => Readable.toWeb(Readable.from(parts())),
        ['fetch', 'undici', 'axios over fetch'],
      ],
    ];
    const bodies = all.filter(([, , by]) => by.includes(name));
    it.each(bodies)('%s is sent once, and whole', async (_title, body) => {
      await using http = client();
      server.answer = status(503);
      const answer = await http.ask(server.url, { method: 'PUT', body: body() });
      expect([answer.status, server.arrived.map((each) => each.body)]).toEqual([503, ['one two']]);
    });

    it('waits for its own attempt: a circuit that is open does not use it up', async () => {
      await using http = client({
        maxAttempts: 1,
        circuitBreaker: { consecutiveFailures: 1, openFor: 20 },
      });
      server.answer = inTurn(status(500), status(200));
      await http.ask(server.url);
      const answer = await http.ask(server.url, { method: 'POST', body: upload(parts()) });
      expect([answer.status, server.arrived[1]?.body]).toEqual([200, 'one two']);
    });

    it('that breaks by itself is not sent again, and opens no circuit', async () => {
      await using http = client({ circuitBreaker: { consecutiveFailures: 3 } });
      for (let call = 0; call < 5; call++)
        await rejection(http.ask(server.url, { method: 'PUT', body: upload(broken()) }));
      expect(await http.ask(server.url)).toEqual({ status: 200, text: 'ok' });
      expect([seen.of('retry.scheduled'), seen.of('circuit.opened')]).toEqual([[], []]);
    });

    it('that stands still until the timeout opens no circuit', async () => {
      using clock = virtualClock();
      await using http = client({
        attemptTimeout: 100,
        circuitBreaker: { consecutiveFailures: 1 },
      });
      const error = rejection(http.ask(server.url, { method: 'PUT', body: upload(still()) }));
      await until(() => server.accepted > 0);
      await clock.advance(100);
      expect(await error).toBeInstanceOf(TimeoutError);
      expect(seen.of('circuit.opened')).toEqual([]);
    });
  });

  describe('a POST', () => {
    const post = { method: 'POST', body: 'x' } as const;

    it('is sent again when its connection was refused', async () => {
      await using http = client({ maxAttempts: Infinity, backoff: () => 20 });
      await using proxy = await tcpProxy(server.port);
      await proxy.stop();
      const answer = http.ask(`http://127.0.0.1:${proxy.port}/`, post);
      await until(() => seen.of('retry.scheduled').length > 1);
      await proxy.start();
      expect((await answer).text).toBe('ok');
      expect(methods()).toEqual(['POST']);
    });

    it.each(['refuses connections', 'says 429'])(
      'that was sent on to a place that %s was executed',
      async (place) => {
        await using http = client();
        await using proxy = await tcpProxy(server.port);
        await proxy.stop();
        const gone = `http://127.0.0.1:${proxy.port}/`;
        server.answer = ({ path }, response) => {
          if (path === '/busy') response.writeHead(429, { 'retry-after': '0' }).end();
          else {
            const location = place === 'says 429' ? '/busy' : gone;
            response.writeHead(303, { location }).end();
          }
        };
        await http.ask(server.url, post).catch(() => {});
        expect(methods().filter((method) => method === 'POST')).toHaveLength(1);
      },
    );

    it('is not sent again by a rule for results', async () => {
      if (name === 'undici') return;
      await using http = client({ retry: { handleResult: () => true } });
      await http.ask(server.url, post);
      expect(methods()).toEqual(['POST']);
      await http.ask(server.url);
      expect(methods()).toEqual(['POST', 'GET', 'GET', 'GET']);
    });

    it('is not sent again because handle says so, when it may have been executed', async () => {
      await using http = client({ retry: { handle: () => true } });
      server.answer = cutOff;
      await rejection(http.ask(server.url, post));
      expect(methods()).toEqual(['POST']);
    });
  });

  describe('rules of the user', () => {
    it('handle can forbid, and leave the rest to the default', async () => {
      await using http = client({ retry: { handle: exceptBadGateways } });
      server.answer = status(502);
      await http.ask(server.url);
      expect(server.arrived).toHaveLength(1);
      server.answer = status(503);
      await http.ask(server.url);
      expect(server.arrived).toHaveLength(4);
    });

    it('statuses are tried again where they are listed, and count as answers of a healthy host', async () => {
      await using http = client({
        statusCodes: [409, 423],
        circuitBreaker: { consecutiveFailures: 2 },
      });
      server.answer = status(423);
      expect((await http.ask(server.url)).status).toBe(423);
      expect(server.arrived).toHaveLength(3);
      server.answer = status(404);
      await http.ask(server.url);
      expect(server.arrived).toHaveLength(4);
      expect(seen.of('circuit.opened')).toEqual([]);
    });

    it.each([403, 413])('%i is tried again when it says when to come back', async (code) => {
      await using http = client();
      server.answer = inTurn(status(code, { 'retry-after': '0' }), status(200));
      expect((await http.ask(server.url, { method: 'POST', body: 'x' })).status).toBe(200);
      server.answer = status(code);
      expect((await http.ask(server.url)).status).toBe(code);
      expect(server.arrived).toHaveLength(3);
    });

    it('beforeRetry runs before each further attempt', async () => {
      const hooked: unknown[] = [];
      await using http = client({
        retry: { beforeRetry: async (error) => void hooked.push((error as Error).message) },
      });
      server.answer = inTurn(status(503), status(500), status(200));
      expect((await http.ask(server.url)).status).toBe(200);
      expect(hooked).toHaveLength(2);
    });
  });

  describe('limits of one call', () => {
    it('maxAttempts, below and above those of the client', async () => {
      await using http = client();
      server.answer = status(503);
      await http.ask(server.url, { maxAttempts: 1 });
      expect(server.arrived).toHaveLength(1);
      await http.ask(server.url, { maxAttempts: 5 });
      expect(server.arrived).toHaveLength(6);
      await http.ask(server.url);
      expect(server.arrived).toHaveLength(9);
      expect(seen.of('retry.exhausted')).toHaveLength(3);
    });

    it('share the circuit of their host', async () => {
      await using http = client({ circuitBreaker: { consecutiveFailures: 3, openFor: 60_000 } });
      server.answer = status(500);
      await http.ask(server.url, { maxAttempts: 2 });
      await http.ask(server.url, { maxAttempts: 1 });
      expect(await rejection(http.ask(server.url))).toBeInstanceOf(CircuitOpenError);
      expect(await rejection(http.ask(server.url, { maxAttempts: 5 }))).toBeInstanceOf(
        CircuitOpenError,
      );
      expect(seen.of('circuit.opened')).toHaveLength(1);
    });

    it('attemptTimeout and timeout, below and above those of the client', async () => {
      using clock = virtualClock();
      await using http = client({ attemptTimeout: 100, totalTimeout: 250, maxAttempts: 1 });
      server.answer = () => {};
      const ends = async (limits: object): Promise<number> => {
        let passed = 0;
        const arrived = server.arrived.length;
        const answer = track(http.ask(server.url, limits));
        await until(() => server.arrived.length > arrived);
        for (; answer.state === 'pending'; passed += 10) await clock.advance(10);
        expect(answer.reason).toBeInstanceOf(TimeoutError);
        return passed;
      };
      expect(await ends({})).toBe(100);
      expect(await ends({ attemptTimeout: 50 })).toBe(50);
      expect(await ends({ attemptTimeout: 200 })).toBe(200);
      expect(await ends({ timeout: 30 })).toBe(30);
      expect(await ends({ timeout: 1_000, attemptTimeout: 600 })).toBe(600);
    });

    it.each([
      ['maxAttempts', 0, RangeError],
      ['attemptTimeout', '5s', TypeError],
      ['idempotent', 'yes', TypeError],
    ])('%s: %j is refused', async (option, value, kind) => {
      await using http = client();
      expect(await rejection(http.ask(server.url, { [option]: value }))).toBeInstanceOf(kind);
      expect(server.arrived).toEqual([]);
    });
  });

  it.each([
    [{ totl: 1 }, TypeError, 'totl'],
    [{ totalTimeout: -1 }, RangeError, 'totalTimeout'],
    [{ statusCodes: [42] }, RangeError, 'statusCodes'],
    [{ statusCodes: '409' }, TypeError, 'statusCodes'],
    [{ retry: { handle: 1 } }, TypeError, 'handle'],
    [{ retry: null }, TypeError, 'retry'],
    [{ kedge: {} }, TypeError, 'kedge'],
    [{ key: 'host' }, TypeError, 'key'],
  ])('refuses the options %j with a sentence', (options, kind, word) => {
    const made = (): unknown => make(options as never);
    expect(made).toThrow(kind);
    expect(made).toThrow(word);
  });

  // axios reads bodies within the attempt.
  it.skipIf(name.startsWith('axios'))(
    'an answer that waits for Retry-After gives its connection back',
    async () => {
      using clock = virtualClock();
      await using http = client({ totalTimeout: 30_000 });
      // It never ends by itself.
      server.answer = inTurn((_request, response) => {
        response.writeHead(503, { 'retry-after': '5' }).write('x'.repeat(100));
      }, status(200));
      const answer = track(http.ask(server.url));
      await until(() => seen.of('retry.scheduled').length === 1);
      await clock.advance(100);
      await until(() => server.sockets === 0);
      await clock.advance(10_000);
      await until(() => answer.state === 'fulfilled');
      expect(answer.value).toEqual({ status: 200, text: '200' });
    },
  );
});
