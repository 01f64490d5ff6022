/** Safe answers for Fastify 4 and 5, as a plugin. */
import type { IncomingMessage } from 'node:http';
import { Stream } from 'node:stream';
import { notFound } from '../responses/public-error.ts';
import { requestIdFrom } from '../failures/request/ids.ts';
import {
  type ErrorResponse,
  ErrorResponder,
  lastResort,
} from '../responses/responder/responder.ts';
import { breakOff } from './answers/break-off.ts';
import { staleHeaders, varyWith } from './answers/headers.ts';
import { infoOf, begin, finish, inScope, send } from './answers/node.ts';
import type { ErrorResponsesOptions } from '../responses/responder/options.ts';
import { type FastifyRequest, hidden, type Instance, type Reply } from './fastify/instance.ts';
import { describeErrorsIn, loggerOf } from './fastify/logs.ts';

export type { ErrorResponsesOptions } from '../responses/responder/options.ts';

/** An instance of Fastify. */
export interface FastifyApplication {
  readonly version: string;
}

/**
 * A plugin that gives an application safe answers: every error, and every unknown address, becomes a problem document
 * or a page, a log line and an event.
 *
 * Register it before the routes. It holds for the instance that it is registered on and all of its children, as if
 * `fastify-plugin` were around it; error handlers of children come first. Each request has its id (`X-Request-ID`, and
 * `request.id`) and context. Lines go to `request.log`, and errors in Fastify's own lines are described and redacted.
 * Registering throws a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * import Fastify from 'fastify';
 * import { errorResponses } from 'kedge/fastify';
 *
 * const app = Fastify({ logger: true });
 * await app.register(errorResponses, { pages: { name: 'Acme' } });
 * app.get('/orders/:id', async () => {
 *   throw new Error('no connection');
 * });
 * await app.listen({ port: 3000 });
 */
export function errorResponses(
  instance: FastifyApplication,
  options: ErrorResponsesOptions,
  done: (error?: Error) => void,
): void {
  try {
    install(instance as FastifyApplication & Instance, new ErrorResponder('fastify', options));
  } catch (error) {
    // What a plugin throws ends the process; what it hands over rejects `register`.
    done(error as Error);
    return;
  }
  done();
}

// What fastify-plugin would set.
Object.assign(errorResponses, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'kedge',
  [Symbol.for('plugin-meta')]: { name: 'kedge', fastify: '4.x || 5.x' },
});

function install(app: Instance, responder: ErrorResponder): void {
  describeErrorsIn(app.log);
  if (isDefault(app)) {
    app.setGenReqId?.((request) => requestIdFrom(request.headers['x-request-id']));
  }
  app.addHook('onRequest', (request, reply, next) => {
    begin(responder, request.raw, reply.raw, next, request.id);
  });
  app.addHook('onSend', (request, reply, payload, next) => {
    if (payload instanceof Stream) {
      // Once the answer has begun, Fastify only cuts it off.
      payload.once('error', (error) => {
        if (reply.raw.headersSent)
          finish(responder, error, request.raw, reply.raw, undefined, loggerOf(request.log));
      });
    }
    next();
  });
  app.setErrorHandler((error, request, reply) => answer(error, request, reply));
  app.setNotFoundHandler((request, reply) => answer(notFound(), request, reply));
  answerForRouter(app, responder);

  function answer(error: unknown, request: FastifyRequest, reply: Reply): void {
    const { raw } = request;
    const route = request.is404 === true ? undefined : request.routeOptions?.url;
    inScope(raw, typeof route === 'string' ? route : undefined, () => {
      const logger = loggerOf(request.log);
      if (reply.raw.headersSent) {
        reply.hijack();
        finish(responder, error, raw, reply.raw, undefined, logger);
        return;
      }
      const made = responder.respond(error, infoOf(raw), logger);
      ifItFails(reply, (failed) => {
        responder.respond(failed, infoOf(raw), logger);
        sendRaw(raw, reply, lastResort());
      });
      sendBy(reply, made, raw);
    });
  }
}

/** Through Fastify, so that its hooks see the answer. A buffer passes by all serializers. */
function sendBy(
  reply: Reply,
  { status, headers, body }: ErrorResponse,
  request: IncomingMessage,
): void {
  for (const name of staleHeaders(Object.keys(reply.getHeaders()))) {
    reply.removeHeader(name);
    reply.raw.removeHeader(name);
  }
  for (const [name, value] of Object.entries(headers)) {
    reply.header(name, name === 'vary' ? varyWith(value, reply.getHeader(name)) : value);
  }
  if (request.httpVersionMajor < 2) reply.raw.statusMessage = '';
  reply.code(status);
  passOn.call(reply, Buffer.from(body));
}

function passOn(this: Reply, payload: unknown): void {
  (Object.getPrototypeOf(this) as Reply).send.call(this, payload);
}

/** A hook that fails while an error is answered: Fastify's default handler would send what that one says. */
function ifItFails(reply: Reply, then: (error: unknown) => void): void {
  const next = hidden(reply, 'fastify.reply.nextErrorHandler');
  if (next !== undefined) {
    const handler = Object.assign(Object.create(null) as object, { func: then });
    Object.defineProperty(reply, next, { value: handler, writable: true, configurable: true });
  }
  // The default handler sends the second error itself.
  Object.defineProperty(reply, 'send', { value: then, writable: true, configurable: true });
}

function sendRaw(request: IncomingMessage, reply: Reply, answer: ErrorResponse): void {
  reply.hijack();
  if (reply.raw.headersSent) breakOff(reply.raw);
  else send(answer, request, reply.raw);
}

/** Addresses that the router itself refuses: they are no request of any route, so no hook has seen them. */
function answerForRouter(app: object, responder: ErrorResponder): void {
  const settings = optionsOf(app);
  if (settings === undefined || Object.isFrozen(settings)) return;
  settings.frameworkErrors ??= (error: unknown, request: FastifyRequest, reply: Reply) => {
    const { raw, log } = request;
    const logger = loggerOf(log);
    begin(responder, raw, reply.raw, () => {
      finish(responder, error, raw, reply.raw, undefined, logger);
    });
  };
}

/** Whether ids are made as Fastify makes them by itself: nobody has chosen a function or a header. */
function isDefault(app: Instance): boolean {
  const { genReqId } = app;
  if (typeof genReqId !== 'function') return false;
  if (genReqId.name === 'defaultGenReqId') return true;
  // Fastify 4 looks for a header by itself.
  const { genReqId: chosen, requestIdHeader } = optionsOf(app) ?? {};
  return chosen === undefined && requestIdHeader === 'request-id';
}

interface Settings {
  frameworkErrors?: unknown;
  readonly genReqId?: unknown;
  readonly requestIdHeader?: unknown;
}

function optionsOf(app: object): Settings | undefined {
  const options = hidden(app, 'fastify.options');
  return options === undefined ? undefined : (app as Record<symbol, Settings>)[options];
}
