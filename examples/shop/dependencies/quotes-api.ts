/**
 * A process: the HTTP API of a carrier, which says what shipping costs. It fails as it is told to.
 */
import { createServer, type ServerResponse } from 'node:http';
import { endWithParent, listen } from '../stage/child.ts';

/** What is wrong with it; an empty object for nothing. */
export interface Trouble {
  /** The share of answers that are errors, 0–1. */
  readonly errors?: number;
  /** The share of connections that are reset in place of an answer. */
  readonly resets?: number;
  /** The share of answers that come late, and by how many milliseconds. */
  readonly late?: { readonly share: number; readonly by: number };
  /** It accepts requests and answers none, as a process does that is stuck. */
  readonly stuck?: boolean;
}

let trouble: Trouble = {};

endWithParent();

process.on('message', (message) => {
  trouble = message as Trouble;
});

const server = createServer((request, response) => {
  const sku = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
  const answer = (): void => json(response, 200, { sku, cents: 300 + 7 * sku.length });
  // Its own work takes a few milliseconds.
  setTimeout(
    () => {
      if (trouble.stuck) return;
      if (chance(trouble.resets)) request.socket.resetAndDestroy();
      else if (chance(trouble.errors)) json(response, 503, { error: 'try again' });
      else if (chance(trouble.late?.share)) setTimeout(answer, trouble.late?.by);
      else answer();
    },
    2 + Math.random() * 4,
  );
});

listen(server);

function chance(share = 0): boolean {
  return Math.random() < share;
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
