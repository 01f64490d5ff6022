/** What is used of Fastify 4 and 5, its own types left out. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../failures/report/logger.ts';

export interface Instance {
  readonly log: Logger;
  readonly genReqId?: unknown;
  setGenReqId?(make: (request: IncomingMessage) => string): unknown;
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: Reply, done: () => void) => void,
  ): unknown;
  addHook(
    name: 'onSend',
    hook: (request: FastifyRequest, reply: Reply, payload: unknown, done: () => void) => void,
  ): unknown;
  setErrorHandler(
    handler: (error: unknown, request: FastifyRequest, reply: Reply) => void,
  ): unknown;
  setNotFoundHandler(handler: (request: FastifyRequest, reply: Reply) => void): unknown;
}

export interface FastifyRequest {
  readonly id: unknown;
  readonly raw: IncomingMessage;
  readonly log: Logger;
  readonly is404?: boolean;
  readonly routeOptions?: { readonly url?: unknown };
}

export interface Reply {
  readonly raw: ServerResponse;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  getHeader(name: string): unknown;
  /** Those of the reply and those of the raw response. */
  getHeaders(): Readonly<Record<string, unknown>>;
  removeHeader(name: string): unknown;
  hijack(): unknown;
  send(payload: unknown): unknown;
}

/**
 * Members that Fastify has no public way to: who answers when an answer to an error fails, and who answers for the
 * router. Where a version has them no more, its own answers stand in, which are generic in all but the message.
 */
export function hidden(object: object, name: string): symbol | undefined {
  for (let one: unknown = object; typeof one === 'object' && one !== null;) {
    const found = Object.getOwnPropertySymbols(one).find(({ description }) => description === name);
    if (found !== undefined) return found;
    one = Object.getPrototypeOf(one);
  }
  return undefined;
}
