// The proxy makes the faults that it says it makes.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from './origin.ts';
import { tcpProxy, type TcpProxy, type Weather } from './tcp-proxy.ts';

let echo: Server;
let proxy: TcpProxy;
let reached = '';

beforeEach(async () => {
  reached = '';
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      reached += String(chunk);
      socket.write(chunk);
    });
    socket.on('end', () => socket.end());
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await tcpProxy((echo.address() as AddressInfo).port);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await until(() => proxy.open === 0);
  echo.close();
});

interface Client {
  readonly socket: Socket;
  readonly got: () => string;
  readonly end: () => string;
}

function client(): Client {
  const socket = connect(proxy.port, proxy.host);
  let got = '';
  let end = '';
  socket.on('data', (chunk) => (got += String(chunk)));
  socket.on('end', () => (end ||= 'FIN'));
  socket.on('error', (error: Error & { code?: string }) => (end = error.code ?? ''));
  return { socket, got: () => got, end: () => end };
}

it('passes everything, both ends included', async () => {
  const { socket, got, end } = client();
  socket.end('hello');
  await until(() => end() === 'FIN');
  expect([got(), proxy.accepted]).toEqual(['hello', 1]);
});

it.each<[string, Weather, string, string, string]>([
  ['resets at once', { atOnce: 'reset' }, '', '', 'ECONNRESET'],
  ['resets behind bytes to the server', { after: { up: 3 } }, 'hel', '', 'ECONNRESET'],
  [
    'closes behind bytes from the server',
    { after: { down: 3, ending: 'close' } },
    'hello',
    'hel',
    'FIN',
  ],
  ['half-closes', { after: { down: 2, ending: 'half-close' } }, 'hello', 'he', 'FIN'],
])('%s', async (_title, weather, sent, answered, ending) => {
  proxy.weather = weather;
  const { socket, got, end } = client();
  socket.write('hello');
  await until(() => end() !== '' && reached.length >= sent.length);
  expect([reached, got(), end()]).toEqual([sent, answered, ending]);
  socket.destroy();
});

it('holds back and drips, in order', async () => {
  for (const weather of [{ delay: 5 }, { drip: { bytes: 2, every: 1 } }]) {
    proxy.weather = weather;
    const { socket, got } = client();
    socket.write('one ');
    socket.write('two');
    await until(() => got().length === 7);
    expect(got()).toBe('one two');
    socket.destroy();
  }
});

it('swallows, on connections that were there before too', async () => {
  const { socket, got } = client();
  socket.write('one');
  await until(() => got() === 'one');
  proxy.weather = { blackHole: 'down' };
  socket.write('two');
  await until(() => reached === 'onetwo');
  expect([got(), proxy.end()]).toEqual(['one', 1]);
  socket.destroy();
});

it('refuses while it is stopped, and comes back on its port', async () => {
  const { port } = proxy;
  await proxy.stop();
  const refused = client();
  await until(() => refused.end() === 'ECONNREFUSED');
  await proxy.start();
  const { socket, got } = client();
  socket.write('back');
  await until(() => got() === 'back');
  expect(proxy.port).toBe(port);
  socket.destroy();
});
