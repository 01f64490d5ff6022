/** Follows a request through everything that runs on its behalf. */
import {
  checkAdditions,
  checkIncoming,
  type IncomingRequest,
  type RequestAdditions,
  type RequestContext,
  Scope,
  storage,
} from '../failures/request/scope.ts';

export type {
  IncomingRequest,
  RequestAdditions,
  RequestContext,
  Tag,
} from '../failures/request/scope.ts';

/** The request that the running code belongs to. The adapters of web frameworks start one for each request. */
export interface RequestContextStore {
  /**
   * Runs `fn`, and all that it starts, as one request. Ids are taken over only in a safe shape, else made. Throws a
   * `TypeError` or a `RangeError` for a name that is none of an incoming request's, and for a key that hides nothing.
   */
  run<T>(incoming: IncomingRequest, fn: () => T): T;
  /** What is known of the present request; `undefined` outside of one. */
  current(): RequestContext | undefined;
  /**
   * Adds to what is known of the present request; does nothing outside of one. Throws a `TypeError` for what no line could
   * show and for names with a meaning of their own (`level`, `event`, `requestId`), a `RangeError` for more than 20.
   */
  add(known: RequestAdditions): void;
}

/**
 * The request that the running code belongs to, by `AsyncLocalStorage`.
 *
 * An `X-Request-ID` is taken over when it is 1 to 255 characters of `[\w\-=]`, a `traceparent` when it is of the W3C's
 * form; else new ones are made. Events, log lines and descriptions of failures inside carry them, and what is added:
 * the user as an HMAC, the route, and up to 20 tags of the application's own.
 *
 * @example
 * ```ts
 * import { requestContext } from 'kedge/responses';
 *
 * requestContext.run({ requestId: 'r-17' }, () => {
 *   requestContext.add({ user: 42, route: '/orders/:id', tenant: 'acme' });
 *   console.log(requestContext.current()?.requestId); // r-17
 * });
 * ```
 */
export const requestContext: RequestContextStore = {
  run(incoming, fn) {
    checkIncoming(incoming);
    return storage.run(new Scope(incoming), fn);
  },
  current: () => storage.getStore()?.snapshot(),
  add(known) {
    checkAdditions(known);
    storage.getStore()?.add(known);
  },
};
