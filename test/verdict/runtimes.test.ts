// How browsers and runtimes say that fetch failed, and what is a mistake in the program instead.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { classify, withEvidence } from 'kedge';
import { describe, expect, it } from 'vitest';
import { failed, fetchFailed, named } from '../failures/errors.ts';

async function refusal(url: string, init?: RequestInit): Promise<unknown> {
  await using server = createServer(({ url: path }, response) => {
    if (path === '/407') response.writeHead(407, { 'proxy-authenticate': 'Basic' });
    if (path === '/307') response.writeHead(307, { location: '/' });
    if (path === '/loop') response.writeHead(302, { location: '/loop' });
    if (path === '/away') response.writeHead(302, { location: 'http://u:p@localhost:1/' });
    if (path === '/file') response.writeHead(302, { location: 'file:///etc/passwd' });
    response.end('text');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const error = await fetch(`http://127.0.0.1:${port}${url}`, init).then(
    (answer) => expect.unreachable(`answered with ${answer.status}`),
    (thrown: unknown) => thrown,
  );
  server.closeAllConnections();
  return error;
}

describe('a failed fetch', () => {
  it.each([
    ['Chromium', 'Failed to fetch'],
    ['Chromium', 'Failed to fetch (example.com)'],
    ['Chromium, a body', 'network error'],
    ['Chromium, a module', 'Failed to fetch dynamically imported module: https://example.com/a.js'],
    ['Electron', 'net::ERR_CONNECTION_REFUSED'],
    ['Firefox', 'NetworkError when attempting to fetch resource.'],
    ['Firefox, a body', 'Error in input stream'],
    ['WebKit', 'Load failed'],
    ['WebKit', 'Load failed (example.com)'],
    ['older WebKit', 'The Internet connection appears to be offline.'],
    ['older WebKit', 'The network connection was lost.'],
    ['React Native', 'Network request failed'],
    ['Workers', 'Network connection lost.'],
    ['Workers', 'internal error; reference = abc'],
    ['Bun', 'Unable to connect. Is the computer able to access the url?'],
    ['Bun', 'The socket connection was closed unexpectedly. For more information, pass `verbose`'],
    ['Deno', 'error sending request for url (http://localhost/): client error (Connect)'],
    ['Deno', 'error sending request from 127.0.0.1:1 for http://localhost/'],
    ['Node', 'fetch failed'],
  ])('%s: %s', (_, message) => {
    for (const error of [new TypeError(message), new Error(message)]) {
      expect(classify(error)).toMatchObject({
        kind: 'transient',
        blame: 'dependency',
        repeat: 'idempotent',
        source: 'network',
      });
    }
  });

  it('is told by names and codes as well', () => {
    expect(classify(named('ConnectionRefused'))).toMatchObject({
      kind: 'transient',
      repeat: 'safe',
    });
    expect(classify(failed({ code: 'ConnectionRefused' }))).toMatchObject({ repeat: 'safe' });
    expect(classify(new DOMException('x', 'NetworkError'))).toMatchObject({
      kind: 'transient',
      repeat: 'idempotent',
    });
  });

  it('other TypeErrors of browsers are bugs', () => {
    const error = new TypeError("Failed to execute 'fetch' on 'Window': Invalid name");
    expect(classify(error)).toMatchObject({ kind: 'bug', blame: 'self' });
  });
});

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return expect.unreachable('it should have thrown');
};

describe('mistakes in the program', () => {
  it.each<[string, () => unknown]>([
    ['an argument of the wrong type', () => join('/srv', undefined as never)],
    ['a size that is out of range', () => Buffer.alloc(-1)],
    ['a method that is none', () => request('http://127.0.0.1/', { method: 'a b' })],
    ['a header that is none', () => request('http://127.0.0.1/', { headers: { 'a b': '1' } })],
    ['a path that is none', () => request('http://127.0.0.1/', { path: 'a b' })],
    ['a protocol that is none', () => request('ftp://127.0.0.1/')],
    ['an address that is none', () => new URL('nowhere')],
    ['an algorithm that is none', () => createHash(undefined as never)],
    ['an encoding that is none', () => Buffer.from('x', 'x' as never)],
    ['a failed assertion', () => thrownAssertion()],
  ])('%s', (_, act) => {
    expect(classify(thrownBy(act))).toMatchObject({
      kind: 'bug',
      blame: 'self',
      repeat: 'never',
      source: 'application',
    });
  });

  it('is none what a system call has brought', () => {
    const error = Object.assign(new TypeError('x'), {
      code: 'ERR_INVALID_IP_ADDRESS',
      syscall: 'connect',
    });
    expect(classify(error)).toMatchObject({ kind: 'permanent', blame: 'self', source: 'network' });
  });
});

function thrownAssertion(): never {
  throw Object.assign(new Error('1 == 2'), { name: 'AssertionError', code: 'ERR_ASSERTION' });
}

describe('what fetch refuses by itself', () => {
  it.each<[string, string, RequestInit?]>([
    ['a proxy that wants credentials', '/407'],
    ['a wrong integrity', '/', { integrity: `sha256-${'A'.repeat(43)}=` }],
    ['too many redirects', '/loop'],
    ['a redirect that is an error', '/307', { redirect: 'error' }],
    ['a redirect with credentials', '/away'],
    ['a redirect to a file', '/file'],
    [
      'a stream that would have to be sent again',
      '/307',
      {
        method: 'POST',
        body: Readable.toWeb(Readable.from(['a'])) as never,
        duplex: 'half',
      } as never,
    ],
  ])('%s', async (_, url, init) => {
    expect(classify(await refusal(url, init))).toMatchObject({
      kind: 'permanent',
      blame: 'self',
      repeat: 'never',
      source: 'network',
    });
  });

  it.each(['nowhere', 'http://', 'ftp://127.0.0.1/', 'http://127.0.0.1:1/'])(
    'the address %s',
    async (address) => {
      const error = await fetch(address).catch((thrown: unknown) => thrown);
      expect(classify(error)).toMatchObject({ kind: 'permanent', blame: 'self', repeat: 'never' });
    },
  );

  it('an address or option that Node does not take', () => {
    const cause = Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' });
    expect(classify(fetchFailed(cause))).toMatchObject({
      kind: 'permanent',
      blame: 'self',
      source: 'network',
      code: 'ERR_INVALID_URL',
    });
  });

  it('but not what somebody has noted as another', () => {
    const cause = withEvidence(new Error(''), { blame: 'caller' });
    expect(classify(fetchFailed(cause))).toMatchObject({ blame: 'caller', repeat: 'idempotent' });
  });

  it('an error that says nothing else is one of the network', () => {
    expect(classify(fetchFailed(undefined)).kind).toBe('transient');
    expect(classify(fetchFailed(new Error('something'))).kind).toBe('transient');
    expect(classify(new TypeError('fetch failed', { cause: new AggregateError([]) })).kind).toBe(
      'transient',
    );
  });
});
