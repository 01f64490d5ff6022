/**
 * The network between the shop and its database: a TCP proxy that can be slow, cut connections and go down.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline, Transform } from 'node:stream';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export class Link {
  /** Where it leads. */
  target: Target;
  /** Where it begins. */
  port = 0;
  /** How much longer each answer takes, in milliseconds. */
  delay = 0;
  private server: Server | undefined = undefined;
  private readonly clients = new Set<Socket>();

  constructor(target: Target) {
    this.target = target;
  }

  async up(): Promise<void> {
    const server = createServer((client) => this.join(client));
    this.server = server;
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
  }

  /** Nobody listens any more: new connections are refused, the present ones are cut. */
  async down(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.cut();
    await closed;
  }

  /** Resets all connections, those with a query under way too. */
  cut(): void {
    for (const client of this.clients) {
      // A reset of what has been shut down already leaves a handle in Node that is never closed.
      if (client.writable) client.resetAndDestroy();
      else client.destroy();
    }
  }

  private join(client: Socket): void {
    const upstream = connect({ ...this.target, noDelay: true });
    client.setNoDelay();
    this.clients.add(client);
    client.once('close', () => {
      this.clients.delete(client);
      upstream.destroy();
    });
    pipeline(client, upstream, whenEnded);
    pipeline(upstream, this.slowdown(), client, whenEnded);
  }

  private slowdown(): Transform {
    return new Transform({
      transform: (chunk, _encoding, pass) => {
        if (this.delay === 0) pass(null, chunk);
        else setTimeout(pass, this.delay, null, chunk);
      },
    });
  }
}

/** Whatever ends one side ends the other, which is all there is to do. */
function whenEnded(): void {}
