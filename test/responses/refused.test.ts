// What was meant for a client is shown whole, or refused: nothing of it is dropped without a word.
import { observe } from 'kedge';
import {
  errorHandlers,
  errorPages,
  html,
  invalid,
  problem,
  PublicError,
  toResponse,
} from 'kedge/responses';
import { describe, expect, it, vi } from 'vitest';
import { Lines } from '../adapters/logger.ts';

const request = (headers: Record<string, string> = {}, method = 'GET'): Request =>
  new Request('https://shop.example/orders/7?a=1', { headers, method });

describe('an error that is made to be shown', () => {
  it.each<[string, object]>([
    ['an option that it does not know', { statusCode: 404 }],
    ['a code that is none', { code: 'a b' }],
    ['a payload that is a list', { payload: [1] }],
    ['errors that are no list', { errors: {} }],
    ['an error of another form', { errors: [{ field: 'sku', message: 'is gone' }] }],
    ['an error without a detail', { errors: [{ pointer: '#/sku' }] }],
    ['a time that is none', { retryAfter: -1 }],
    ['a title that is no text', { title: 7 }],
    ['headers that are none', { headers: 'Allow: GET' }],
    ['a header that is not sent', { headers: { 'X-Hint': 'b' } }],
    ['a header of two lines', { headers: { 'WWW-Authenticate': 'a\r\nset-cookie: x=1' } }],
    ['a header that is no text', { headers: { Allow: 7 } }],
  ])('refuses %s', (_, options) => {
    expect(() => new PublicError('No.', options as never)).toThrow(TypeError);
    expect(() => new PublicError('No.', options as never)).toThrow(/PublicError: /);
  });

  it.each([
    [[{ field: 'sku', message: 'is gone' }]],
    [[{ detail: 'is gone', path: 'sku' }]],
    [[{ detail: '' }]],
    [[7]],
    ['is gone'],
  ])('refuses what invalid() could not show: %j', (errors) => {
    expect(() => invalid(errors as never)).toThrow(/invalid: expected/);
  });

  it('shows all that it takes', () => {
    const error = invalid([{ detail: 'is gone', pointer: '#/sku', code: 'gone' }, 'Too many.']);
    expect(problem(error).document.errors).toEqual([
      { detail: 'is gone', pointer: '#/sku', code: 'gone' },
      { detail: 'Too many.' },
    ]);
  });
});

describe('the answer of a handler', () => {
  it.each([
    { message: 'No.' },
    { body: 'No.' },
    { status: 200 },
    { status: '404' },
    new Error('No.'),
  ])('is refused, and the refusal told, where it could not be shown: %j', async (made) => {
    const logger = new Lines();
    const handlers = errorHandlers().on(Error, () => made as never);
    const response = toResponse(new Error('x'), request(), { handlers, logger });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('No.');
    expect(logger.lines[0]).toMatchObject({
      event: 'handler.failed',
      err: { message: expect.stringContaining('errorHandlers') as string },
    });
  });
});

describe('what there is no room for', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;

  it.each<[object, object]>([
    [{ payload: { text: 'x'.repeat(200_000) } }, { payload: 'too large' }],
    [{ payload: circle }, { payload: 'not JSON' }],
    [{ payload: { status: 1, type: 2, sku: 3 } }, { taken: 'status, type' }],
    [{ errors: Array.from({ length: 150 }, () => ({ detail: 'x' })) }, { errors: 150 }],
  ])('is told in the log', (options, told) => {
    const logger = new Lines();
    toResponse(new PublicError('No.', options), request(), { logger });
    expect(logger.lines[0]).toMatchObject({ level: 'warn', event: 'answer.shortened', ...told });
  });

  it('is told by problem() too', () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    problem(new PublicError('No.', { payload: circle }));
    expect(written.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)).toMatchObject([
      { event: 'answer.shortened', payload: 'not JSON' },
    ]);
  });
});

describe('a template of a page', () => {
  const document = problem(new PublicError('No.', { status: 404 })).document;

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('typo');
      },
    ],
    ['makes no markup', () => 7],
    ['is async', async () => html`<p>typo</p>`],
  ])('that %s is reported, and replaced', (_, template) => {
    const seen: unknown[] = [];
    const pages = errorPages({ templates: { 404: template as never } });
    const page = pages.render(document, {}, (error) => seen.push(error));
    expect(page.html).toMatch(/^<!doctype html>/);
    expect(seen).toHaveLength(1);

    const events: string[] = [];
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    using watching = observe((event) => void events.push(event.type));
    expect(watching).toBeDefined();
    pages.render(document);
    expect(events).toEqual(['template.failed']);
  });

  it('that is no function is refused at once', () => {
    expect(() => errorPages({ templates: { 404: '<p>' as never } })).toThrow('templates.404');
  });
});

describe('toResponse', () => {
  const options = { logger: false } as const;

  it.each([
    ['', 'application/problem+json'],
    ['application/json', 'application/json; charset=utf-8'],
    ['text/html,*/*;q=0.8', 'text/html; charset=utf-8'],
  ])('answers in the form that is asked for: %s', async (accept, type) => {
    const response = toResponse(
      new Error('users'),
      request({ accept, 'x-request-id': 'r-1' }),
      options,
    );
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('x-request-id')).toBe('r-1');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).not.toContain('users');
  });

  it('has no body for HEAD', async () => {
    expect(await toResponse(new Error('x'), request({}, 'HEAD'), options).text()).toBe('');
  });

  it('writes one line, and refuses options that cannot be', () => {
    const logger = new Lines();
    toResponse(new Error('down'), request(), { logger });
    expect(logger.lines).toMatchObject([{ event: 'request.failed', pipeline: 'web', status: 500 }]);
    expect(() => toResponse(0, request(), { page: {} } as never)).toThrow(/errorResponses/);
  });
});
