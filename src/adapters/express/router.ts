/** What Express keeps of its routes: enough to know whose application it is, and to hear of rejections where it does not. */

type Next = (error?: unknown) => void;
type Handle = (request: object, response: object, next: Next) => unknown;
type HandleError = (error: unknown, request: object, response: object, next: Next) => unknown;

interface Layer {
  readonly handle: (Handle | HandleError) & { readonly stack?: Layer[] };
  readonly route?: { readonly stack?: Layer[] };
  handle_request?: typeof handleRequest;
  handle_error?: typeof handleError;
}

interface Application {
  /** Of Express 4. */
  lazyrouter?(): void;
  readonly _router?: { readonly stack?: Layer[] };
  /** Of Express 5; in Express 4 it throws. */
  readonly router?: { readonly stack?: Layer[] };
}

function isFour(app: Application): boolean {
  return typeof app.lazyrouter === 'function';
}

function stackOf(app: Application): readonly Layer[] {
  return (isFour(app) ? app['_router']?.stack : app.router?.stack) ?? [];
}

/** Whether Nest stands around it, whose exception filters answer before any error gets to Express. */
export function isOfNest(app: object): boolean {
  if ('getHttpAdapter' in app || 'getHttpServer' in app) return true;
  return stackOf(app).some(({ handle }) => /\bonRe(?:quest|sponse)Hook\b/.test(String(handle)));
}

/**
 * Hands rejections of handlers on to `next`, as Express 5 does by itself. Express 4 drops them: the request would wait for
 * ever, and the process end. Returns what is called before each request, for routes that have been added meanwhile.
 */
export function forwardRejections(app: object): (() => void) | undefined {
  const application = app as Application;
  if (!isFour(application)) return undefined;
  /** Each list of layers, and how many of them are done. */
  const done: Map<readonly Layer[], number> = new Map();
  const visit = (stack: readonly Layer[], from: number): void => {
    done.set(stack, stack.length);
    for (const layer of stack.slice(from)) {
      forward(layer);
      for (const inner of [layer.route?.stack, layer.handle.stack]) {
        if (Array.isArray(inner) && !done.has(inner)) visit(inner, 0);
      }
    }
  };
  return () => {
    const stack = application['_router']?.stack;
    if (stack !== undefined && !done.has(stack)) visit(stack, 0);
    for (const [known, count] of done) if (known.length > count) visit(known, count);
  };
}

function forward(layer: Layer): void {
  layer.handle_request = handleRequest;
  layer.handle_error = handleError;
}

/** As in Express 5: middleware for errors has four arguments, all other has fewer. */
function handleRequest(this: Layer, request: object, response: object, next: Next): void {
  const { handle } = this;
  if (handle.length > 3) next();
  else settle(() => (handle as Handle)(request, response, next), next);
}

function handleError(
  this: Layer,
  error: unknown,
  request: object,
  response: object,
  next: Next,
): void {
  const { handle } = this;
  if (handle.length !== 4) next(error);
  else settle(() => (handle as HandleError)(error, request, response, next), next);
}

function settle(run: () => unknown, next: Next): void {
  const fail = (error: unknown): void => next(error ?? unnamed());
  try {
    const made = run();
    if (made instanceof Promise) made.then(undefined, fail);
  } catch (error) {
    next(error);
  }
}

/** Express takes `undefined` for no error at all. */
function unnamed(): Error {
  return new Error('Rejected without a reason.');
}
