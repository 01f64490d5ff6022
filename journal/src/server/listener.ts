/** From Node's requests to those of the journal, and back. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Intake, Reply } from '../intake/intake.ts';

export interface Routes {
  readonly intake: Intake;
  /** Health and metrics. Nothing where the path is none of theirs. */
  system(method: string, path: string): Promise<Reply> | undefined;
  /** All other paths. */
  readonly others: RequestListener;
  /** The path that the journal is reached by: empty, or `/errors`. */
  readonly basePath: string;
}

export function listenerOf({ intake, system, others, basePath }: Routes): RequestListener {
  return (request, response) => {
    const method = request.method ?? 'GET';
    const { path, query } = addressOf(request.url ?? '/', basePath);
    const head = { method, path, query, headers: request.headers };
    const reply = intake.answer(head, request) ?? system(method, path);
    if (reply === undefined) {
      // Pages need not know where they are.
      request.url = `${path}${query.size === 0 ? '' : `?${query.toString()}`}`;
      others(request, response);
    } else {
      reply.then((answer) => send(request, response, answer)).catch(() => response.destroy());
    }
  };
}

/** A proxy may have taken the base path away. */
function addressOf(url: string, basePath: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?');
  const whole = mark === -1 ? url : url.slice(0, mark);
  const path = whole.startsWith(`${basePath}/`) ? whole.slice(basePath.length) : whole;
  return { path, query: new URLSearchParams(mark === -1 ? '' : url.slice(mark)) };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Reply,
): void {
  // The rest of a body that nobody reads: the connection is of no more use.
  if (!request.complete) {
    response.shouldKeepAlive = false;
    request.resume();
  }
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
