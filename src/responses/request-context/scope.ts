/** The request that the running code belongs to. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { keyedHash } from '../../failures/hash.ts';
import { newSpanId, newTraceId, requestIdFrom, traceIdFrom } from './ids.ts';

/** What came with a request, as it came: whatever is not in a safe shape is replaced. */
export interface IncomingRequest {
  /** The header `X-Request-ID`. */
  readonly requestId?: unknown;
  /** The header `traceparent`. */
  readonly traceparent?: unknown;
  /** The service's own key, under which users are hashed. @default a random one of the process */
  readonly hashKey?: string | Uint8Array | undefined;
}

/** What is known of a request; all of it is on its events, log lines and failures. */
export interface RequestContext {
  /** `X-Request-ID`, taken over or made. */
  readonly requestId: string;
  /** The trace of `traceparent`, or a new one. */
  readonly traceId: string;
  /** Of this request in its trace; always a new one. */
  readonly spanId: string;
  /** Tells whether it was the same user, and not who. */
  readonly userHash: string | undefined;
  /** The pattern (`/users/:id`), not the path. */
  readonly route: string | undefined;
  /** What the application has added. */
  readonly tags: Readonly<Record<string, Tag>>;
}

/** What can be added to a request. */
export type Tag = string | number | boolean;

/** What the application knows of its request. */
export interface RequestAdditions {
  /** The id of the user; only its HMAC is kept. */
  readonly user?: string | number | undefined;
  /** The pattern (`/users/:id`), not the path. */
  readonly route?: string | undefined;
  /** Anything else that lines should say, at most 20 in all and 256 characters each. */
  readonly [tag: string]: Tag | undefined;
}

const MOST_TAGS = 20;
const LONGEST = 256;

export class Scope {
  readonly requestId: string;
  userHash: string | undefined = undefined;
  route: string | undefined = undefined;
  readonly tags: Record<string, Tag> = {};
  private readonly incoming: IncomingRequest;
  private trace: string | undefined = undefined;
  private span: string | undefined = undefined;

  constructor(incoming: IncomingRequest) {
    this.incoming = incoming;
    this.requestId = requestIdFrom(incoming.requestId);
  }

  // Most requests end well, and nobody asks for these.
  get traceId(): string {
    return (this.trace ??= traceIdFrom(this.incoming.traceparent) ?? newTraceId());
  }

  get spanId(): string {
    return (this.span ??= newSpanId());
  }

  /** What may be shown to anybody: no key, and nothing that came unchecked. */
  snapshot(): RequestContext {
    const { requestId, traceId, spanId, userHash, route, tags } = this;
    return { requestId, traceId, spanId, userHash, route, tags: { ...tags } };
  }

  /** What the framework says of the route; the application knows better. */
  matched(route: string): void {
    this.route ??= route.slice(0, LONGEST);
  }

  add({ user, route, ...tags }: RequestAdditions): void {
    if (user !== undefined) this.userHash = keyedHash(String(user), this.incoming.hashKey);
    if (typeof route === 'string') this.route = route.slice(0, LONGEST);
    for (const [name, value] of Object.entries(tags)) {
      if (!isTag(value)) continue;
      const isNew = !Object.hasOwn(this.tags, name);
      if (isNew && Object.keys(this.tags).length >= MOST_TAGS) continue;
      const kept = typeof value === 'string' ? value.slice(0, LONGEST) : value;
      // Assigning to `__proto__` would change the object instead of filling it.
      const property = { value: kept, enumerable: true, configurable: true, writable: true };
      Object.defineProperty(this.tags, name, property);
    }
  }
}

function isTag(value: unknown): value is Tag {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

export const storage: AsyncLocalStorage<Scope> = new AsyncLocalStorage();

/** What the lines of a log say of the request that they are written in; `undefined` outside of requests. */
export function contextFields(): Record<string, string> | undefined {
  const scope = storage.getStore();
  if (scope === undefined) return undefined;
  const fields: Record<string, string> = {};
  for (const name of Object.keys(scope.tags)) fields[name] = String(scope.tags[name]);
  // After the application's own, which cannot take their place.
  return Object.assign(fields, idsOf(scope));
}

/** What can hold no secret: ids of safe shapes, a hash, and a pattern. */
export function idsOf(scope: Scope): Record<string, string> {
  const { requestId, traceId, spanId, userHash, route } = scope;
  return {
    requestId,
    traceId,
    spanId,
    ...(userHash !== undefined && { userHash }),
    ...(route !== undefined && { route }),
  };
}
