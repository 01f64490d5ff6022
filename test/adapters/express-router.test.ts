// What differs from one major of Express to the next, and whose application one is.
import express from 'express';
import { errorResponses } from 'kedge/express';
import { describe, expect, it, vi } from 'vitest';
import { forwardRejections, isOfNest } from '../../src/adapters/express/router.ts';

type Handler = (...given: never[]) => unknown;

/** As Express 4 keeps them, and as it calls them: what a handler returns is dropped. */
class Layer {
  readonly handle: Handler & { stack?: Layer[] };
  readonly route: { stack: Layer[] } | undefined;

  constructor(handle: Handler, route?: Layer[]) {
    this.handle = handle;
    this.route = route && { stack: route };
  }

  handle_request(request: object, response: object, next: (error?: unknown) => void): void {
    (this.handle as (...given: unknown[]) => unknown)(request, response, next);
  }

  handle_error(
    error: unknown,
    request: object,
    response: object,
    next: (error?: unknown) => void,
  ): void {
    (this.handle as (...given: unknown[]) => unknown)(error, request, response, next);
  }
}

const four = (stack: Layer[]): object => ({ lazyrouter: () => {}, _router: { stack } });
const failing = (): Promise<never> => Promise.reject(new Error('down'));

async function errorOf(layer: Layer): Promise<unknown> {
  return new Promise((resolve) => layer.handle_request({}, {}, resolve));
}

describe('Express 4', () => {
  it('hears of rejections in routes and routers, also of those that are added later', async () => {
    const [inner, routed, late] = [new Layer(failing), new Layer(failing), new Layer(failing)];
    const router = Object.assign((): void => {}, { stack: [inner] });
    const stack = [new Layer(() => {}, [routed]), new Layer(router)];
    const heed = forwardRejections(four(stack));
    heed?.();
    stack.push(late);
    heed?.();
    for (const layer of [inner, routed, late]) {
      expect(await errorOf(layer)).toMatchObject({ message: 'down' });
    }
  });

  it('hears of what middleware for errors rejects with, and of what is thrown', async () => {
    const [first, second] = [
      new Layer((_error: never, _request: never, _response: never, _next: never) => failing()),
      new Layer(() => {
        throw new RangeError('no');
      }),
    ];
    forwardRejections(four([first, second]))?.();
    const handled = new Promise((resolve) => first.handle_error(new Error('x'), {}, {}, resolve));
    expect(await handled).toMatchObject({ message: 'down' });
    expect(await errorOf(second)).toBeInstanceOf(RangeError);
  });

  it('skips middleware for errors while there is none, and others while there is one', () => {
    const ofErrors = vi.fn<Handler>();
    const other = vi.fn<Handler>();
    const layers = [
      new Layer(Object.defineProperty(ofErrors, 'length', { value: 4 })),
      new Layer(other),
    ];
    forwardRejections(four(layers))?.();
    const next = vi.fn<(error?: unknown) => void>();
    layers[0]?.handle_request({}, {}, next);
    layers[1]?.handle_error('x', {}, {}, next);
    expect(next.mock.calls).toEqual([[], ['x']]);
    expect(ofErrors).not.toHaveBeenCalled();
    expect(other).not.toHaveBeenCalled();
  });

  it('is told from Express 5, which needs nothing of that', () => {
    expect(forwardRejections(express())).toBeUndefined();
  });
});

describe('an application of Nest', () => {
  const adapter: { onRequestHook?: () => void } = {};

  it('is refused, as its filters answer before any error gets here', () => {
    const app = express();
    app.use((_request, _response, next) => {
      if (adapter.onRequestHook) adapter.onRequestHook();
      else next();
    });
    expect(isOfNest(app)).toBe(true);
    expect(() => errorResponses(app)).toThrow('an application of Nest');
    expect(() => errorResponses({ getHttpAdapter: () => app } as never)).toThrow('Nest');
  });

  it('is none where Express is used by itself', () => {
    const app = express();
    app.use(express.json());
    expect(isOfNest(app)).toBe(false);
  });

  it.each([undefined, null, 7, {}, () => {}, { handle: () => {}, disable: () => {}, stack: [] }])(
    'nor is %s one of Express',
    (app) => {
      expect(() => errorResponses(app as never)).toThrow(
        'expected an application of Express 4 or 5',
      );
    },
  );
});
