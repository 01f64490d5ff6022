/**
 * A TCP proxy between a client and a server, for the faults that networks have: it refuses, cuts, resets, half-closes,
 * delays, drips and black-holes.
 *
 * Directions are seen from the client: `up` is to the server, `down` is from it.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { deferred } from './lab.ts';

export type Direction = 'up' | 'down';

/** How a connection ends: by FIN on both sides, by RST on both sides, or by FIN to the client alone. */
export type Ending = 'close' | 'reset' | 'half-close';

/** What happens to what passes. Nothing is the default of each. */
export interface Weather {
  /** Ends connections as they come, before the server sees them. */
  readonly atOnce?: Ending;
  /** Ends a connection when so many bytes of a direction have come; those are still passed on. */
  readonly after?: { readonly [way in Direction]?: number } & { readonly ending?: Ending };
  /** Swallows everything, or one direction, and says nothing. What is swallowed never comes. */
  readonly blackHole?: boolean | Direction;
  /** Holds everything back so long, in milliseconds. */
  readonly delay?: number;
  /** Passes so many bytes at a time, `every` so many milliseconds. */
  readonly drip?: { readonly bytes: number; readonly every: number };
}

export interface TcpProxy extends AsyncDisposable {
  readonly host: string;
  /** It stays the same over `stop` and `start`. */
  readonly port: number;
  /** Connections of clients that are open now. */
  readonly open: number;
  /** Connections of clients so far. */
  readonly accepted: number;
  /** Holds at once, for the connections that there are too; a function is asked once a connection, with its number from 1. */
  weather: Weather | ((connection: number) => Weather);
  /** Where new connections go: a server may come back on another port. */
  target: number;
  /** Ends all present connections, and returns how many they were. */
  end(ending?: Ending): number;
  /** Refuses new connections (ECONNREFUSED) until `start`; present ones stay. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const host = '127.0.0.1';

/** Starts a proxy on a free port of the loopback interface, in front of `target` there. */
export async function tcpProxy(
  target: number,
  weather: TcpProxy['weather'] = {},
): Promise<TcpProxy> {
  const links = new Set<Link>();
  let server: Server | undefined;
  let port = 0;

  const proxy: Omit<TcpProxy, 'port' | 'open' | 'accepted'> & { accepted: number } = {
    host,
    accepted: 0,
    weather,
    target,
    end(ending = 'reset') {
      const present = [...links];
      for (const link of present) link.end(ending);
      return present.length;
    },
    async stop() {
      const closing = server;
      server = undefined;
      // Its callback waits for the connections; that nobody is let in any more holds at once.
      closing?.close();
    },
    start() {
      return new Promise((resolve, reject) => {
        if (server !== undefined) {
          resolve();
          return;
        }
        const starting = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
          const number = ++proxy.accepted;
          const { weather: given } = proxy;
          const own = typeof given === 'function' ? given(number) : undefined;
          const now = (): Weather =>
            own ?? (typeof proxy.weather === 'function' ? {} : proxy.weather);
          const link = new Link(client, proxy.target, now);
          links.add(link);
          client.once('close', () => links.delete(link));
        });
        server = starting;
        starting.once('error', reject);
        starting.listen(port, host, () => {
          ({ port } = starting.address() as AddressInfo);
          resolve();
        });
      });
    },
    async [Symbol.asyncDispose]() {
      await proxy.stop();
      proxy.end();
    },
  };
  await proxy.start();
  return Object.defineProperties(proxy as TcpProxy, {
    port: { get: () => port },
    open: { get: () => links.size },
  });
}

/** One connection of a client, and the one to the server that stands for it. */
class Link {
  private readonly client: Socket;
  private readonly server: Socket | undefined;
  private readonly weather: () => Weather;
  private readonly timers: Set<NodeJS.Timeout> = new Set();

  constructor(client: Socket, target: number, weather: () => Weather) {
    this.client = client;
    this.weather = weather;
    client.on('error', () => {});
    const { atOnce } = weather();
    if (atOnce !== undefined) {
      client.resume();
      this.end(atOnce);
      return;
    }
    const server = connect({ port: target, host, allowHalfOpen: true, noDelay: true });
    this.server = server;
    server.on('error', () => client.resetAndDestroy());
    client.once('close', () => this.over(server));
    server.once('close', () => this.over(client));
    this.pass('up', client, server);
    this.pass('down', server, client);
  }

  end(ending: Ending): void {
    for (const socket of [this.client, this.server]) {
      if (socket === undefined) continue;
      if (ending === 'reset') socket.resetAndDestroy();
      // What has been passed on is still delivered, and then nothing.
      else if (ending === 'close') socket.destroySoon();
      else if (socket === this.client) socket.end();
    }
  }

  private over(other: Socket): void {
    // What is still on its way to the other side is delivered first.
    if (this.timers.size === 0) other.destroySoon();
    else this.later(this.weather().delay ?? 0, () => this.over(other));
  }

  private pass(way: Direction, from: Socket, to: Socket): void {
    let passed = 0;
    let queue: Promise<void> | undefined;
    const forward = (chunk: Buffer): void => {
      const { after, blackHole } = this.weather();
      if (blackHole === true || blackHole === way) return;
      const most = after?.[way];
      const rest = most === undefined ? chunk : chunk.subarray(0, Math.max(0, most - passed));
      passed += chunk.length;
      if (rest.length > 0 && !to.destroyed && !to.writableEnded && !to.write(rest)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
      if (most !== undefined && passed >= most) this.end(after?.ending ?? 'reset');
    };
    /** In order, and each in its own time. */
    const inTurn = (wait: number, then: () => void): void => {
      const { promise, resolve } = deferred<void>();
      const before = queue;
      const due = (): void => {
        then();
        resolve(undefined);
      };
      queue = promise;
      if (before === undefined) this.later(wait, due);
      else void before.then(() => this.later(wait, due));
    };
    from.on('data', (chunk: Buffer) => {
      const { delay = 0, drip } = this.weather();
      if (drip !== undefined) {
        for (let at = 0; at < chunk.length; at += drip.bytes) {
          inTurn(drip.every, () => forward(chunk.subarray(at, at + drip.bytes)));
        }
      } else if (delay > 0) inTurn(delay, () => forward(chunk));
      else if (queue !== undefined) inTurn(0, () => forward(chunk));
      else forward(chunk);
    });
    from.on('end', () => {
      const { blackHole } = this.weather();
      if (blackHole === true || blackHole === way) return;
      if (queue === undefined) to.end();
      else inTurn(0, () => to.end());
    });
  }

  private later(wait: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      then();
    }, wait);
    this.timers.add(timer);
    timer.unref();
  }
}
