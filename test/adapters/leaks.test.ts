// No leak: generated errors with secrets in every part of them, through every framework, to clients and to the log.
import { observe } from 'kedge';
import { describeFailure } from 'kedge/failures';
import { errorPages, problem, PublicError, requestContext } from 'kedge/responses';
import { logs } from 'kedge/pino';
import { types } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { planted } from '../failures/redact-corpus.ts';
import { fc, patience, runs } from '../support/property.ts';
import { ask, browser } from './client.ts';
import { frameworks, type Running } from './frameworks.ts';

/** In everything that an error says; in no answer of ours. */
const mark = 'pLaNtEd';

/** Texts that could be anywhere in an error; all of them have the mark. */
const text = fc.oneof(
  fc.constantFrom(
    `${mark} password=hunter2`,
    `<script>${mark}</script>`,
    `${mark}\r\nSet-Cookie: ${mark}`,
    `select * from users where card = '4111111111111111' -- ${mark}`,
    `postgres://ann:${mark}@db-7.internal:5432/shop`,
    `Bearer ${mark}`,
  ),
  fc.string().map((random) => `${random}${mark}${random}`),
);

const status = fc.oneof(
  fc.constantFrom<unknown>(
    200,
    204,
    301,
    400,
    401,
    403,
    404,
    405,
    413,
    422,
    429,
    500,
    502,
    503,
    599,
  ),
  fc.constantFrom<unknown>(0, -1, 404.5, 999, NaN, Infinity, '404', null, {}, []),
  text,
);

const headers = fc.oneof(
  text,
  fc.dictionary(
    fc.constantFrom('x-secret', 'allow', 'Allow', 'content-range', 'retry-after', 'set-cookie'),
    text,
  ),
  text.map((value) => ({ [value]: value })),
  text.map((value) => ({ get: () => value, forEach: () => value })),
);

const members = fc.record(
  {
    name: text,
    code: fc.oneof(text, fc.constantFrom('FST_ERR_VALIDATION', 'ECONNREFUSED', '23505', 14)),
    status,
    statusCode: status,
    expose: fc.boolean(),
    headers,
    body: text,
    sql: text,
    detail: text,
    title: text,
    type: text,
    payload: fc.record({ secret: text }),
    errors: fc.array(fc.oneof(text, fc.record({ detail: text })), { maxLength: 3 }),
    validation: fc.constant([
      {
        keyword: mark,
        instancePath: '/age',
        schemaPath: mark,
        params: { allowed: mark },
        message: mark,
      },
    ]),
    response: fc.record({ status, headers, data: text }),
    config: fc.record({ url: text, headers }),
    retryAfter: fc.oneof(fc.nat(), text),
    res: text.map((value) => new Response(value, { headers: { 'x-secret': mark } })),
    getResponse: text.map((value) => () => new Response(value)),
    toJSON: text.map((value) => () => value),
    toString: text.map((value) => () => value),
    stack: text,
  },
  { requiredKeys: [] },
);

/** Assigns what can be assigned: some members of some errors are fixed. */
function withMembers(error: object, more: object): object {
  for (const [name, value] of Object.entries(more)) {
    try {
      Object.defineProperty(error, name, { value, configurable: true, enumerable: true });
    } catch {
      // Frozen.
    }
  }
  return error;
}

const { thrown } = fc.letrec<{ thrown: unknown; error: object }>((tie) => ({
  error: fc
    .tuple(
      fc.constantFrom<new (message: string, options?: ErrorOptions) => Error>(
        Error,
        TypeError,
        RangeError,
        class pLaNtEdError extends Error {},
      ),
      text,
      members,
      fc.option(tie('thrown'), { nil: undefined }),
    )
    .map(([type, message, more, cause]) => withMembers(new type(message, { cause }), more)),
  thrown: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('error'),
    tie('error'),
    text,
    members,
    fc
      .tuple(fc.array(tie('thrown'), { maxLength: 3 }), text)
      .map(([errors, message]) => new AggregateError(errors, message)),
    text.map((message) => new DOMException(message, 'TimeoutError')),
    tie('thrown').map((cause) => new PublicError('Shown.', { status: 409, cause })),
    text.map(
      (message) =>
        new Proxy(new Error(message), {
          get() {
            throw new Error(message);
          },
        }),
    ),
  ),
}));

const accepts = fc.constantFrom(browser, '*/*', 'application/json', 'text/html');

let error: unknown;
const fail = (): unknown => error;

describe('nothing that was not made to be shown', { timeout: patience }, () => {
  const services: (Running & { name: string })[] = [];
  beforeAll(async () => {
    for (const { name, start } of frameworks) {
      services.push(Object.assign(await start({ fail }, { logger: false }), { name }));
    }
  });
  afterAll(async () => {
    for (const service of services) await service[Symbol.asyncDispose]();
  });

  it('gets to a client of any framework', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    let answers = 0;
    await fc.assert(
      fc.asyncProperty(
        thrown,
        accepts,
        fc.constantFrom('/sync', '/async/7', '/late', '/stream'),
        async (given, accept, path) => {
          // Node's own streams do not survive an error that cannot be read.
          fc.pre(path.startsWith('/sync') || path.startsWith('/async') || !types.isProxy(given));
          error = given;
          const all = await Promise.all(
            services.map(({ url }) => ask(url + path, { headers: { accept } })),
          );
          const named = all.map((got, index) => [services[index]?.name, got]);
          expect(JSON.stringify(named)).not.toMatch(/planted|hunter2|4111111111111111/i);
          answers += all.length;
        },
      ),
      runs(200),
    );
    expect(answers).toBeGreaterThanOrEqual(200 * frameworks.length);
  });

  it('is in a problem document or a page', () => {
    const pages = errorPages({ name: 'Acme' });
    fc.assert(
      fc.property(thrown, (given) => {
        const made = problem(given);
        const page = pages.render(made.document);
        expect(JSON.stringify([made, page])).not.toMatch(/planted|hunter2/i);
        expect(made.status).toBeGreaterThanOrEqual(400);
        expect(made.status).toBeLessThan(600);
      }),
      runs(2_000),
    );
  });
});

/** Secrets that no id has in it by chance. */
const secrets = planted.filter(([, secret]) => !/^[\da-f-]{1,8}$/i.test(secret));

/** Errors that say the same in several places. */
const secretive = fc
  .tuple(fc.constantFrom(...secrets), fc.nat(8))
  .map(([[said, secret], place]) => {
    const inner = Object.assign(new Error(said), { headers: { cookie: said }, config: said });
    const all: unknown[] = [
      inner,
      new Error('outer', { cause: inner }),
      new AggregateError([inner, said], said),
      said,
      { message: said },
      { password: secret, said },
      Object.assign(new Error('x'), {
        stack: `Error: ${said}\n    at load (/srv/app/src/a.ts:1:1)`,
      }),
      new PublicError('Shown.', { status: 500, cause: inner }),
      new PublicError('Shown.', { status: 409, cause: inner }),
    ];
    return { said, secret, error: all[place] };
  });

describe('no secret', { timeout: patience }, () => {
  it('gets into the log of any framework, or into what developers are shown', async () => {
    vi.stubEnv('NODE_ENV', 'development');
    const written: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line) => void written.push(line) });
    using _ = observe(logs(logger, { burst: Infinity }));
    const services = await Promise.all(
      frameworks.map(({ start }) => start({ fail }, { expose: 'development' })),
    );
    try {
      await fc.assert(
        fc.asyncProperty(secretive, accepts, async ({ said, secret, error: given }, accept) => {
          error = given;
          written.length = 0;
          const all = await requestContext.run({}, () =>
            Promise.all(services.map(({ url }) => ask(`${url}/sync`, { headers: { accept } }))),
          );
          expect(JSON.stringify(all)).not.toContain(secret);
          expect(all.every(({ status: code }) => code >= 400)).toBe(true);
          expect(written).toHaveLength(frameworks.length);
          expect(written.join('')).not.toContain(secret);
          expect(JSON.stringify(describeFailure(given, { context: { note: said } }))).not.toContain(
            secret,
          );
        }),
        runs(200),
      );
    } finally {
      for (const service of services) await service[Symbol.asyncDispose]();
      vi.unstubAllEnvs();
    }
  });
});
