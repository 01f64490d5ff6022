/** The request that the running code belongs to. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { checkHashKey, keyedHash } from '../hash.ts';
import { isReserved } from '../report/fields.ts';
import { requestIdFrom, spanFrom } from './ids.ts';

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
  /** The trace of `traceparent`, where one came with the request. */
  readonly traceId: string | undefined;
  /** The span of `traceparent`, from which the request comes. */
  readonly spanId: string | undefined;
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
  readonly user?: string | number | null | undefined;
  /** The pattern (`/users/:id`), not the path. */
  readonly route?: string | null | undefined;
  /** Anything else that lines should say, at most 20 in all; texts are cut at 256 characters. */
  readonly [tag: string]: Tag | null | undefined;
}

const MOST_TAGS = 20;
const LONGEST = 256;

export class Scope {
  readonly requestId: string;
  userHash: string | undefined = undefined;
  route: string | undefined = undefined;
  readonly tags: Record<string, Tag> = {};
  private readonly incoming: IncomingRequest;
  private span: ReturnType<typeof spanFrom> | null = undefined;

  constructor(incoming: IncomingRequest) {
    this.incoming = incoming;
    this.requestId = requestIdFrom(incoming.requestId);
  }

  // Most requests end well, and nobody asks for these.
  get traceId(): string | undefined {
    return this.origin?.traceId;
  }

  get spanId(): string | undefined {
    return this.origin?.spanId;
  }

  private get origin(): ReturnType<typeof spanFrom> {
    if (this.span === undefined) this.span = spanFrom(this.incoming.traceparent) ?? null;
    return this.span ?? undefined;
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

  add(known: RequestAdditions): void {
    const { user, route, ...tags } = known;
    const given = Object.entries(tags).filter(([, value]) => value !== undefined && value !== null);
    const added = given.filter(([name]) => !Object.hasOwn(this.tags, name)).length;
    if (Object.keys(this.tags).length + added > MOST_TAGS) {
      throw new RangeError(`requestContext.add: expected at most ${MOST_TAGS} additions in all.`);
    }
    if (user !== undefined && user !== null) {
      this.userHash = keyedHash(String(user), this.incoming.hashKey);
    }
    if (typeof route === 'string') this.route = route.slice(0, LONGEST);
    for (const [name, value] of given) {
      const kept = typeof value === 'string' ? value.slice(0, LONGEST) : value;
      // Assigning to `__proto__` would change the object instead of filling it.
      const property = { value: kept, enumerable: true, configurable: true, writable: true };
      Object.defineProperty(this.tags, name, property);
    }
  }
}

/** Throws a `TypeError` for what no line could show, or what would take the place of what it says by itself. */
export function checkAdditions(known: RequestAdditions): void {
  if (typeof known !== 'object' || known === null) refuse('an object');
  const { user, route, ...tags } = known;
  if (!isAbsent(user) && typeof user !== 'string' && typeof user !== 'number') {
    refuse('`user` to be the id of a user, a text or a number');
  }
  if (!isAbsent(route) && typeof route !== 'string') refuse('`route` to be a text');
  for (const [name, value] of Object.entries(tags)) {
    if (isReserved(name)) refuse(`no \`${name}\`, which has its own meaning in lines`);
    if (!isAbsent(value) && !isTag(value)) {
      refuse(`\`${name.slice(0, 64)}\` to be a text, a finite number, true or false`);
    }
  }
}

function refuse(expected: string): never {
  throw new TypeError(`requestContext.add: expected ${expected}.`);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isTag(value: unknown): value is Tag {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

const known: ReadonlySet<string> = new Set<keyof IncomingRequest>([
  'requestId',
  'traceparent',
  'hashKey',
]);

/** Throws a `TypeError` or a `RangeError` for what cannot come with a request. Values of a client's own are not looked at. */
export function checkIncoming(incoming: IncomingRequest): void {
  for (const name in incoming) {
    if (!known.has(name)) {
      throw new TypeError(
        `requestContext.run: there is no \`${name.slice(0, 64)}\`. It has requestId, traceparent, hashKey.`,
      );
    }
  }
  checkHashKey('requestContext.run', incoming.hashKey);
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
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
    ...(userHash !== undefined && { userHash }),
    ...(route !== undefined && { route }),
  };
}
