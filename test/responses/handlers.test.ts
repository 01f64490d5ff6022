import { type ErrorHandler, errorHandlers, PublicError } from 'kedge/responses';
import { describe, expect, it, vi } from 'vitest';
import { handle, type HandlerRequest } from '../../src/responses/handlers.ts';

class Parent extends Error {}
class Child extends Parent {}

const asked = (path = '/', status = 500): HandlerRequest => ({
  method: 'GET',
  path,
  status,
  requestId: undefined,
});
const says = (detail: string) => () => ({ detail });

describe('errorHandlers', () => {
  it('takes the exact class before its parents, a class before a status, a status before Error', () => {
    const all = [
      ['exact', (handlers = errorHandlers()) => handlers.on(Child, says('exact'))],
      ['parent', (handlers = errorHandlers()) => handlers.on(Parent, says('parent'))],
      ['status', (handlers = errorHandlers()) => handlers.on(500, says('status'))],
      ['error', (handlers = errorHandlers()) => handlers.on(Error, says('error'))],
    ] as const;
    for (let first = 0; first < all.length; first++) {
      // In the order that would be wrong if it mattered.
      const handlers = errorHandlers();
      for (const [, add] of all.slice(first).toReversed()) add(handlers);
      expect(handle(handlers, new Child(), asked())).toEqual({ detail: all[first]?.[0] });
    }
  });

  it('takes predicates first, in their order', () => {
    const handlers = errorHandlers()
      .on(Child, says('class'))
      .on((error) => (error as Error).message === 'x', says('first'))
      .on((error): error is Child => error instanceof Child, says('second'));
    expect(handle(handlers, new Child('x'), asked())).toEqual({ detail: 'first' });
    expect(handle(handlers, new Child('y'), asked())).toEqual({ detail: 'second' });
  });

  it('takes a scope before the application, and a longer prefix before a shorter one', () => {
    const handlers = errorHandlers()
      .on(Child, says('application'))
      .scope('/api', (api) => {
        api.on(Error, says('api'));
        api.scope('/v2', (inner) => inner.on(500, says('v2')));
      })
      .scope('/api/v2/orders/', (orders) => orders.on(404, says('orders')));
    const at = (path: string, status = 500): unknown =>
      handle(handlers, new Child(), asked(path, status));
    expect(at('/')).toEqual({ detail: 'application' });
    expect(at('/api')).toEqual({ detail: 'api' });
    expect(at('/api/v1')).toEqual({ detail: 'api' });
    expect(at('/apis')).toEqual({ detail: 'application' });
    expect(at('/api/v2/x')).toEqual({ detail: 'v2' });
    expect(at('/api/v2', 404)).toEqual({ detail: 'api' });
    expect(at('/api/v2/orders/7', 404)).toEqual({ detail: 'orders' });
  });

  it('goes on to the next where a handler has nothing to say', () => {
    const silent = vi.fn<() => undefined>();
    const handlers = errorHandlers()
      .on(Child, silent)
      .scope('/api', (api) => api.on(Child, silent))
      .on(500, says('status'));
    expect(handle(handlers, new Child(), asked('/api'))).toEqual({ detail: 'status' });
    expect(silent).toHaveBeenCalledTimes(2);
    expect(handle(handlers, 'x', asked('/', 404))).toBeUndefined();
    expect(handle(undefined, 'x', asked())).toBeUndefined();
  });

  it('gives handlers the error and the request', () => {
    const handler = vi.fn<ErrorHandler>(() => new PublicError('x'));
    const handlers = errorHandlers().on(Child, handler);
    const error = new Child();
    const request = asked('/orders/7');
    handle(handlers, error, request);
    expect(handler).toHaveBeenCalledWith(error, request);
  });

  it('knows what is thrown and is no error by predicate and status', () => {
    const handlers = errorHandlers()
      .on((thrown) => thrown === 'x', says('x'))
      .on(500, says('status'))
      .on(Error, says('error'));
    expect(handle(handlers, 'x', asked())).toEqual({ detail: 'x' });
    expect(handle(handlers, null, asked())).toEqual({ detail: 'status' });
    const request = asked('/', 404);
    expect(handle(handlers, 'y', request)).toBeUndefined();
  });

  it('refuses answers that are none, and what would have to be waited for', () => {
    for (const answer of ['x', 1, null, Promise.reject(new Error('x'))]) {
      const handlers = errorHandlers().on(Error, () => answer as never);
      expect(() => handle(handlers, new Error('x'), asked())).toThrow(
        'expected a handler to return',
      );
    }
  });

  it('refuses what is no status, class, predicate, handler or prefix', () => {
    const handlers = errorHandlers();
    expect(() => handlers.on(200, says('x'))).toThrow('a status from 400 to 599');
    expect(() => handlers.on('404' as never, says('x'))).toThrow('a status, a class of errors');
    expect(() => handlers.on(404, 'x' as never)).toThrow('to be a function');
    expect(() => handlers.scope('api', () => {})).toThrow("to begin with '/'");
  });
});
