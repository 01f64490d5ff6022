/** Ends a server without a request lost: what has begun is answered, and connections are closed after it. */
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';

/** Who sends a body so slowly is not waited for. */
const LONGEST = 10_000;
/** Browsers open connections that they may need. A request may be on its way on one, but not for long. */
const LONGEST_UNUSED = 1_000;

export class Ending {
  private readonly clock: Clock;
  private readonly open = new Set<ServerResponse>();
  private readonly sockets = new Set<Socket>();
  private isOver = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** `listener`, and a note of what it has not answered yet. */
  around(listener: RequestListener): RequestListener {
    return (request, response) => {
      if (this.isOver) response.shouldKeepAlive = false;
      this.open.add(response);
      response.once('close', () => this.open.delete(response));
      listener(request, response);
    };
  }

  /** To be told of each connection. */
  meet(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }

  private endUnused(): void {
    const used = new Set([...this.open].map(({ req }) => req.socket));
    for (const socket of this.sockets) if (!used.has(socket)) socket.destroy();
  }

  /** Takes no more connections, and resolves when the last one is closed. */
  end(server: Server): Promise<void> {
    this.isOver = true;
    // Node keeps a connection whose answer is still to come, also when the server is closed.
    for (const response of this.open) response.shouldKeepAlive = false;
    const cancels = [
      this.clock.after(LONGEST_UNUSED, () => this.endUnused()),
      this.clock.after(LONGEST, () => server.closeAllConnections()),
    ];
    return new Promise((resolve) => {
      server.close(() => {
        for (const cancel of cancels) cancel();
        resolve();
      });
      server.closeIdleConnections();
    });
  }
}
