// What common libraries throw about a request, and what a client is told of it.
import { errorHandlers, handlerPresets, PublicError } from 'kedge/responses';
import { describe, expect, it } from 'vitest';
import { ErrorResponder } from '../../src/responses/responder/responder.ts';
import { failed, named } from '../failures/errors.ts';

const request = { method: 'POST', url: '/orders', header: () => undefined };

function answer(
  error: unknown,
  handlers = errorHandlers(...Object.values(handlerPresets)),
): object {
  const responder = new ErrorResponder('test', { handlers, logger: false });
  return JSON.parse(responder.respond(error, request).body) as object;
}

const secret = 'hunter2x9';

/** What zod 3 and 4 throw. */
const rejected = (...issues: object[]): Error =>
  named('ZodError', JSON.stringify(issues), { issues });

describe('presets of handlers', () => {
  it('make of what zod throws a 422 with pointers', () => {
    const error = rejected(
      { code: 'invalid_type', path: ['items', 0, 'amount'], message: 'expected number' },
      { code: 'invalid_type', path: ['name'], message: 'expected string' },
    );
    expect(answer(error)).toMatchObject({
      status: 422,
      code: 'invalid',
      errors: [
        { pointer: '#/items/0/amount', code: 'invalid_type' },
        { pointer: '#/name', code: 'invalid_type' },
      ],
    });
  });

  it('make of what Joi throws a 422, without the rejected value', () => {
    const details = [
      {
        message: `"name" with value "${secret}" fails to match`,
        path: ['name'],
        type: 'string.pattern.base',
      },
    ];
    const made = answer(named('ValidationError', 'x', { isJoi: true, details, _original: {} }));
    expect(made).toMatchObject({
      status: 422,
      errors: [{ pointer: '#/name', code: 'string.pattern.base' }],
    });
    expect(JSON.stringify(made)).not.toContain(secret);
  });

  it('make of what class-validator throws a 422, whatever lies within', () => {
    const inner = { property: 'zip', value: secret, constraints: { isZip: 'zip is too short' } };
    const list = [
      {
        property: 'password',
        value: secret,
        target: { password: secret },
        constraints: { minLength: 'is too short' },
      },
      { property: 'address', children: [inner] },
    ];
    for (const thrown of [list, failed({ errors: list })]) {
      const made = answer(thrown);
      expect(made).toMatchObject({
        status: 422,
        errors: [
          { pointer: '#/password', code: 'minLength', detail: 'is too short' },
          { pointer: '#/address/zip', code: 'isZip' },
        ],
      });
      expect(JSON.stringify(made)).not.toContain(secret);
    }
  });

  it.each([
    [
      'Boom',
      failed({ isBoom: true, output: { statusCode: 402, payload: { message: 'Pay first.' } } }),
      402,
      'Pay first.',
    ],
    [
      'GraphQL by its status',
      failed({ extensions: { http: { status: 418 } } }, 'Tea.'),
      418,
      'Tea.',
    ],
    [
      'GraphQL by its code',
      failed({ extensions: { code: 'UNAUTHENTICATED' } }, 'Who?'),
      401,
      'Who?',
    ],
    ['tRPC', named('TRPCError', 'No such order.', { code: 'NOT_FOUND' }), 404, 'No such order.'],
  ])('keep status and message of %s', (_, error, status, detail) => {
    expect(answer(error)).toMatchObject({ status, detail });
  });

  it.each([
    ['P2002', 409, 'already-exists'],
    ['P2025', 404, 'not-found'],
    ['P2003', 409, 'conflict'],
    ['P2011', 422, 'invalid'],
  ])('tell what Prisma means by %s', (prisma, status, code) => {
    const made = answer(failed({ code: prisma, clientVersion: '6.0.0' }, `value ${secret}`));
    expect(made).toMatchObject({ status, code });
    expect(JSON.stringify(made)).not.toContain(secret);
  });

  it.each([
    [
      'a 500 of Boom',
      failed({ isBoom: true, output: { statusCode: 500, payload: { message: secret } } }),
    ],
    ['a 500 of tRPC', named('TRPCError', secret, { code: 'INTERNAL_SERVER_ERROR' })],
    [
      'what a resolver threw',
      failed({ originalError: new Error('x'), extensions: { code: 'FORBIDDEN' } }, secret),
    ],
    [
      'what tRPC was caused by',
      named('TRPCError', secret, { code: 'CONFLICT', cause: new Error('x') }),
    ],
    ['an error of nobody', failed({ code: 'P2002' }, secret)],
  ])('show nothing of %s', (_, error) => {
    expect(JSON.stringify(answer(error))).not.toContain(secret);
  });

  it('come behind handlers of the application, and before that for Error', () => {
    const error = rejected({ code: 'invalid_type', path: [], message: 'expected string' });
    const own = errorHandlers(handlerPresets.zod)
      .on(
        (thrown) => thrown === error,
        () => new PublicError('Mine.', { status: 400 }),
      )
      .on(Error, () => ({ detail: 'Any.' }));
    expect(answer(error, own)).toMatchObject({ status: 400, detail: 'Mine.' });
    const general = errorHandlers(handlerPresets.zod).on(Error, () => ({ detail: 'Any.' }));
    expect(answer(error, general)).toMatchObject({ status: 422 });
    expect(answer(new Error('x'), general)).toMatchObject({ status: 500, detail: 'Any.' });
  });

  it('are refused where they are none', () => {
    expect(() => errorHandlers('zod' as never)).toThrow('expected presets');
  });
});
