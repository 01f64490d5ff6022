/**
 * Sees which requests an attempt makes, by the diagnostics channels of Node's own clients (undici, which is behind
 * `fetch`, and `node:http`).
 *
 * A client that follows redirects by itself tells neither by its errors nor always by its answers that it did. But a
 * request that was redirected was executed. So `safe` is believed only of an attempt that is seen to have made one
 * request; and an attempt whose request is seen to have never left may be repeated, however it ended.
 */

interface Module {
  subscribe?(name: string, listener: (message: unknown) => void): void;
  AsyncLocalStorage?: new () => Store;
}

interface Store {
  run<T>(trace: Trace, run: () => T): T;
  getStore(): Trace | undefined;
}

// Asked for at run time instead of imported: this entry also loads where there is no Node API.
const builtin = (
  globalThis as { process?: { getBuiltinModule?: (id: string) => Module | undefined } }
).process?.getBuiltinModule;
const channels = builtin?.('node:diagnostics_channel')?.subscribe;
const LocalStorage = builtin?.('node:async_hooks')?.AsyncLocalStorage;

/** Where a request of undici keeps its trace: the channels tell of the same object each time. */
const traceOf: unique symbol = Symbol('kedge.trace');

/** A request of any of Node's clients. */
interface Seen {
  readonly method?: unknown;
  readonly path?: unknown;
  [traceOf]?: Trace;
  once?(event: 'socket', listener: (socket: SocketLike) => void): void;
}

interface SocketLike {
  readonly connecting?: boolean;
  readonly secureConnecting?: boolean;
  readonly encrypted?: boolean;
  once(event: 'connect' | 'secureConnect', listener: () => void): void;
}

/** The requests of one attempt. */
export class Trace {
  private readonly method: string;
  private readonly paths: readonly string[];
  private begun = 0;
  private left = 0;
  private own = 0;
  private followed = false;

  constructor(method: string, url: string | URL) {
    this.method = method.toUpperCase();
    const parsed = URL.parse(String(url));
    const path = parsed === null ? '' : parsed.pathname + parsed.search;
    // A proxy is asked for the whole address.
    this.paths = parsed === null ? [] : [path, parsed.origin + path];
  }

  /** Whether nothing was seen at all: a double in a test, or a client that is none of Node's. */
  get isEmpty(): boolean {
    return this.begun === 0;
  }

  /** Whether there was one step only: what an error says about a connection, it says about this request. */
  get isOneStep(): boolean {
    return !this.followed && (this.own > 0 || this.begun <= 1);
  }

  /** Whether requests were made, and none of them has left this process. */
  get isUnsent(): boolean {
    return this.begun > 0 && this.left === 0;
  }

  /** A request begins. */
  begin(request: Seen): void {
    this.begun++;
    // One that comes before its own may be for a token; whatever comes after it may be where it was sent on to.
    if (this.own > 0) this.followed = true;
    else if (request.method === this.method && this.paths.includes(String(request.path)))
      this.own++;
  }

  /** The bytes of a request leave. */
  sent(): void {
    this.left++;
  }
}

let store: Store | undefined;

/** Calls `send`, and notes in `trace` which requests it makes; where nothing can be seen it stays empty. */
export function traced<T>(trace: Trace, send: () => T): T {
  if (channels === undefined || LocalStorage === undefined) return send();
  store ??= listen(channels, new LocalStorage());
  return store.run(trace, send);
}

/** Whether requests can be seen here. */
export const canTrace: boolean = channels !== undefined && LocalStorage !== undefined;

function listen(subscribe: Exclude<Module['subscribe'], undefined>, local: Store): Store {
  const on = (name: string, listener: (request: Seen) => void): void =>
    subscribe(name, (message) => listener((message as { request: Seen }).request));

  on('undici:request:create', (request) => {
    const trace = local.getStore();
    // A way through a proxy is no request of its own.
    if (trace === undefined || request.method === 'CONNECT') return;
    trace.begin(request);
    request[traceOf] = trace;
  });
  on('undici:client:sendHeaders', (request) => request[traceOf]?.sent());
  on('http.client.request.created', (request) => {
    const trace = local.getStore();
    if (trace === undefined || request.method === 'CONNECT') return;
    trace.begin(request);
    request.once?.('socket', (socket) => {
      const secure =
        socket.secureConnecting === true ||
        (socket.encrypted === true && socket.connecting === true);
      if (socket.connecting === true || secure)
        socket.once(secure ? 'secureConnect' : 'connect', () => trace.sent());
      else trace.sent();
    });
  });
  return local;
}
