/** Ends a server without a request lost: what has begun is answered, and connections are closed after it. */
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';

/** Who sends a body so slowly is not waited for. */
const LONGEST = 10_000;

export class Ending {
  private readonly clock: Clock;
  private readonly open = new Set<ServerResponse>();
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

  /** Takes no more connections, and resolves when the last one is closed. */
  end(server: Server): Promise<void> {
    this.isOver = true;
    // Node keeps a connection whose answer is still to come, also when the server is closed.
    for (const response of this.open) response.shouldKeepAlive = false;
    const cancel = this.clock.after(LONGEST, () => server.closeAllConnections());
    return new Promise((resolve) => {
      server.close(() => {
        cancel();
        resolve();
      });
      server.closeIdleConnections();
    });
  }
}
