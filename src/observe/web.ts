/**
 * Handlers that any framework can mount: given a `Request` they answer with a `Response`; given the request and the
 * response of Node, as `node:http` and Express have them, they answer by themselves.
 */

/** What is used of a request of Node; those of Express, Fastify (`raw`) and Koa (`req`) fit. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What is used of a response of Node. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(chunk: Uint8Array): boolean;
  end(body?: string): unknown;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
  readonly writableLength: number;
}

/** Answers requests, in the form that they come in. */
export interface Handler<Answer = Response | Promise<Response>> {
  (request: Request | NodeRequest): Answer;
  (request: NodeRequest, response: NodeResponse): void;
}

/** Where a stream of chunks goes. Returns false when its reader is too slow and was cut off. */
export type Push = (chunk: Uint8Array) => boolean;

/** Begins a stream; what it returns is called when its reader has gone. */
export type Stream = (push: Push, end: () => void) => () => void;

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Stream;
}

/** Who has so much waiting for him reads no more. */
const mostWaiting = 4_194_304;

/** Makes a handler of a function that answers a request. */
export function handlerOf(answer: (request: Request) => Reply | Promise<Reply>): Handler {
  const handle = (given: Request | NodeRequest, response?: unknown): unknown => {
    const reply = answer(requestOf(given));
    if (isNodeResponse(response)) {
      if (reply instanceof Promise) void reply.then((each) => send(each, response));
      else send(reply, response);
      return undefined;
    }
    return reply instanceof Promise ? reply.then(responseOf) : responseOf(reply);
  };
  return handle as Handler;
}

/** What nothing may keep, frame or take for something else. */
export const strict: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

export function json(status: number, value: unknown, more: Record<string, string> = {}): Reply {
  const headers = { ...strict, 'content-type': 'application/json; charset=utf-8', ...more };
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}

/** Says no in one sentence. */
export function refusal(status: number, title: string, more: Record<string, string> = {}): Reply {
  return json(status, { status, title }, { 'content-type': 'application/problem+json', ...more });
}

function isNodeResponse(value: unknown): value is NodeResponse {
  return typeof (value as Partial<NodeResponse> | undefined)?.writeHead === 'function';
}

function requestOf(given: Request | NodeRequest): Request {
  if (typeof (given as Request).headers.get === 'function') return given as Request;
  const { method = 'GET', url = '/', headers } = given as NodeRequest;
  const copied = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    // HTTP/2 has its pseudo headers among them.
    if (value === undefined || name.startsWith(':')) continue;
    copied.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  // Whatever the client said its path is: only what follows the `?` is looked at.
  const path = url.startsWith('/') ? url.replace(/^\/+/, '/') : '/';
  // Methods that a Request cannot have are none of ours.
  const known = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) ? method : 'OPTIONS';
  return new Request(`http://${hostOf(headers)}${path}`, { method: known, headers: copied });
}

function hostOf(headers: NodeRequest['headers']): string {
  const host = headers['host'] ?? headers[':authority'];
  return typeof host === 'string' &&
    /^[\w.[\]:-]{1,255}$/.test(host) &&
    URL.canParse(`http://${host}`)
    ? host
    : 'localhost';
}

function send({ status, headers, body }: Reply, response: NodeResponse): void {
  response.writeHead(status, { ...headers });
  if (typeof body === 'string') {
    response.end(body);
    return;
  }
  const leave = body(
    (chunk) => {
      if (response.writableLength > mostWaiting) response.destroy();
      else response.write(chunk);
      return response.writableLength <= mostWaiting;
    },
    () => response.end(),
  );
  response.once('close', leave);
}

function responseOf({ status, headers, body }: Reply): Response {
  return new Response(typeof body === 'string' ? body : streamOf(body), { status, headers });
}

function streamOf(stream: Stream): ReadableStream<Uint8Array> {
  let leave: (() => void) | undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let isOpen = true;
        const end = (): void => {
          if (isOpen) controller.close();
          isOpen = false;
        };
        leave = stream((chunk) => {
          if (!isOpen) return false;
          if ((controller.desiredSize ?? 0) < 0) end();
          else controller.enqueue(chunk);
          return isOpen;
        }, end);
      },
      cancel: () => leave?.(),
    },
    { highWaterMark: mostWaiting, size: (chunk) => chunk?.byteLength ?? 0 },
  );
}
