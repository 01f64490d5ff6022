/** Which answer the application itself has for an error. */
import type { HandlerPreset } from './handlers/presets.ts';
import type { HandlerAnswer } from './problem/explain.ts';
import { checkAnswer, isFailedStatus } from './problem/checked.ts';
import { isPublicError, type PublicError } from './public-error.ts';
import { isThrown } from '../failures/redact/forms.ts';
import { isObject } from '../verdict/error-like.ts';

export type { HandlerAnswer } from './problem/explain.ts';
export { type HandlerPreset, handlerPresets } from './handlers/presets.ts';

/** The request whose answer is looked for. */
export interface HandlerRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The status that the answer has without a handler. */
  readonly status: number;
  readonly requestId: string | undefined;
}

/** Says what to answer; all of it is shown. `undefined` leaves it to the next handler that is as fitting. */
export type ErrorHandler<E = unknown> = (
  error: E,
  request: HandlerRequest,
) => HandlerAnswer | PublicError | undefined;

/** A class of errors. */
export type ErrorClass<E extends Error = Error> = abstract new (...args: never[]) => E;

/** Handlers for errors, from which the most specific is taken. */
export interface ErrorHandlers {
  /** For what a type guard says yes to. */
  on<E>(matches: (error: unknown) => error is E, handler: ErrorHandler<E>): this;
  /** For what a predicate says yes to. */
  on(matches: (error: unknown) => boolean, handler: ErrorHandler): this;
  /** For errors of a class and of its children. */
  on<E extends Error>(type: ErrorClass<E>, handler: ErrorHandler<E>): this;
  /** For what would be answered with this status, unknown addresses (404) included. */
  on(status: number, handler: ErrorHandler): this;
  /** Handlers for paths that begin with `prefix`, at the border of a segment; they win over those outside. */
  scope(prefix: string, configure: (handlers: ErrorHandlers) => unknown): this;
}

type Found = (error: unknown, request: HandlerRequest) => HandlerAnswer | PublicError | undefined;

/**
 * Makes a registry of handlers. For each error the most specific answers: first predicates, in the order in which they
 * were added, then the exact class, its parents, the status, and at last `Error`.
 *
 * `presets` answer for what common libraries throw, where no handler but that for `Error` does. Handlers of a scope win over those of the application, and a longer prefix over a shorter one. One that returns
 * `undefined` leaves the error to the next; one that throws is answered with a generic 500, and logged. Throws a
 * `TypeError` for what is no status, class or predicate.
 *
 * @example
 * ```ts
 * import { errorHandlers, PublicError } from 'kedge/responses';
 *
 * class OutOfStock extends Error {}
 *
 * const handlers = errorHandlers()
 *   .on(OutOfStock, (error) => new PublicError('Sold out.', { status: 409, cause: error }))
 *   .on(404, () => ({ detail: 'No such page.' }))
 *   .scope('/api', (api) => api.on(404, () => ({ code: 'unknown-endpoint' })));
 * ```
 */
export function errorHandlers(...presets: readonly HandlerPreset[]): ErrorHandlers {
  for (const preset of presets) {
    if (typeof preset !== 'function') {
      throw new TypeError('errorHandlers: expected presets, such as `handlerPresets.zod`.');
    }
  }
  return new Registry('', presets);
}

/** Asks the handlers in their order; `undefined` where none has an answer. Throws what a handler throws. */
export function handle(
  handlers: ErrorHandlers | undefined,
  error: unknown,
  request: HandlerRequest,
): HandlerAnswer | PublicError | undefined {
  if (handlers === undefined) return undefined;
  for (const handler of (handlers as Registry).candidates(error, request)) {
    const answer = handler(error, request);
    if (answer !== undefined) return checked(answer);
  }
  return undefined;
}

function checked(answer: unknown): HandlerAnswer | PublicError {
  if (typeof answer !== 'object' || answer === null || 'then' in answer) {
    // A promise would have to be waited for, by a client that has waited long enough.
    if (answer instanceof Promise) answer.catch(() => {});
    throw new TypeError('errorHandlers: expected a handler to return an object or undefined.');
  }
  if (isPublicError(answer)) return answer;
  // Its message was not made to be shown.
  if (isThrown(answer)) {
    throw new TypeError('errorHandlers: expected a handler to return a PublicError, not another.');
  }
  return checkAnswer('errorHandlers', answer);
}

export function isErrorHandlers(value: unknown): value is ErrorHandlers {
  return value instanceof Registry;
}

class Registry implements ErrorHandlers {
  private readonly prefix: string;
  private readonly predicates: [(error: unknown) => boolean, Found][] = [];
  private readonly classes: Map<unknown, Found[]> = new Map();
  private readonly statuses: Map<number, Found[]> = new Map();
  private readonly scopes: Map<string, Registry> = new Map();

  private readonly presets: readonly HandlerPreset[];

  constructor(prefix: string, presets: readonly HandlerPreset[] = []) {
    this.prefix = prefix;
    this.presets = presets;
  }

  on(target: unknown, handler: unknown): this {
    if (typeof handler !== 'function') {
      throw new TypeError('errorHandlers: expected the handler to be a function.');
    }
    const found = handler as Found;
    if (typeof target === 'number') {
      if (!isFailedStatus(target)) {
        throw new TypeError('errorHandlers: expected a status from 400 to 599.');
      }
      push(this.statuses, target, found);
    } else if (typeof target !== 'function') {
      throw new TypeError('errorHandlers: expected a status, a class of errors or a predicate.');
    } else if (isErrorClass(target)) {
      push(this.classes, target, found);
    } else {
      this.predicates.push([target as (error: unknown) => boolean, found]);
    }
    return this;
  }

  scope(prefix: string, configure: (handlers: ErrorHandlers) => unknown): this {
    if (typeof prefix !== 'string' || !prefix.startsWith('/')) {
      throw new TypeError("errorHandlers: expected a scope to begin with '/'.");
    }
    const full = this.prefix + prefix.replace(/\/+$/, '');
    let scope = this.scopes.get(full);
    if (scope === undefined) {
      scope = new Registry(full);
      this.scopes.set(full, scope);
    }
    configure(scope);
    return this;
  }

  *candidates(error: unknown, request: HandlerRequest): Generator<Found> {
    const inner = [...this.scopes.values()]
      .filter(({ prefix }) => within(request.path, prefix))
      .toSorted((one, other) => other.prefix.length - one.prefix.length);
    for (const scope of inner) yield* scope.candidates(error, request);
    for (const [matches, handler] of this.predicates) if (matches(error)) yield handler;
    for (const type of classesOf(error)) {
      if (type !== Error) yield* this.classes.get(type) ?? [];
    }
    yield* this.statuses.get(request.status) ?? [];
    yield* this.presets;
    if (isObject(error) && error instanceof Error) yield* this.classes.get(Error) ?? [];
  }
}

function push<Key>(map: Map<Key, Found[]>, key: Key, handler: Found): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [handler]);
  else known.push(handler);
}

function within(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/');
}

function isErrorClass(target: object): boolean {
  const { prototype } = target as { prototype?: unknown };
  return target === Error || prototype instanceof Error;
}

const MOST_PARENTS = 20;

/** Its class and the parents of that, nearest first. */
function classesOf(error: unknown): unknown[] {
  const classes: unknown[] = [];
  if (!isObject(error)) return classes;
  let prototype: unknown = Object.getPrototypeOf(error);
  while (isObject(prototype) && classes.length < MOST_PARENTS) {
    classes.push(prototype.constructor);
    prototype = Object.getPrototypeOf(prototype);
  }
  return classes;
}
