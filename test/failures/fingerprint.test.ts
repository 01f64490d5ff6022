import { fingerprint, template } from 'kedge/failures';
import { describe, expect, it } from 'vitest';
import { withoutVariables } from '../../src/failures/fingerprint/template.ts';
import { failed, named } from './errors.ts';
import { from, said, styles } from './fingerprint-corpus.ts';

const load = ['load (file:///srv/shop/src/users.ts:10:5)', 'handle (/srv/shop/src/http.ts:3:1)'];

type Pair = readonly [why: string, one: unknown, other: unknown];

const same: readonly Pair[] = [
  ['itself', from(load), from(load)],
  [
    'another line and column',
    from(load),
    from(['load (file:///srv/shop/src/users.ts:99:1)', 'handle (/srv/shop/src/http.ts:3:1)']),
  ],
  [
    'another host, where the program is elsewhere',
    from(load),
    from(['load (/home/ann/code/src/users.ts:10:5)', 'handle (/home/ann/code/src/http.ts:3:1)']),
  ],
  [
    'another host, without a folder that is known',
    from(['load (/srv/shop/users.js:1:1)', 'run (/srv/shop/lib2/main.js:1:1)']),
    from(['load (/app/users.js:1:1)', 'run (/app/lib2/main.js:1:1)']),
  ],
  [
    'the same program on Windows',
    from(load),
    from(['load (C:\\shop\\src\\users.ts:10:5)', 'handle (C:\\shop\\src\\http.ts:3:1)']),
  ],
  [
    'the same program on Windows, as a module',
    from(load),
    from(['load (file:///C:/shop/src/users.ts:10:5)', 'handle (file:///C:/shop/src/http.ts:3:1)']),
  ],
  ['another value in the message', from(load, {}, 'user 1'), from(load, {}, 'user 2')],
  ['other members', from(load, { detail: 1 }), from(load, { detail: 2, at: 'x' })],
  [
    'another version of Node',
    from([...load, 'node:internal/process/task_queues:95:5']),
    from([...load, 'process.processTicksAndRejections (node:internal/process/task_queues:103:5)']),
  ],
  [
    'another version of a dependency',
    from(['query (/srv/shop/node_modules/pg/lib/client.js:1:1)', ...load]),
    from(['_query (/srv/shop/node_modules/pg/lib/client2.js:9:9)', ...load]),
  ],
  [
    'a dependency of pnpm',
    from(['q (/srv/shop/node_modules/.pnpm/pg@8.1.0/node_modules/pg/a.js:1:1)', ...load]),
    from(load),
  ],
  [
    'with and without async',
    from(['async load (/srv/src/a.ts:1:1)']),
    from(['load (/srv/src/a.ts:1:1)']),
  ],
  [
    'frames of the engine between',
    from(['load (/srv/src/a.ts:1:1)', 'Array.map (<anonymous>)', 'run (/srv/src/a.ts:9:1)']),
    from(['load (/srv/src/a.ts:1:1)', 'run (/srv/src/a.ts:9:1)']),
  ],
  [
    'Promise.all between',
    from(['load (/srv/src/a.ts:1:1)', 'async Promise.all (index 3)']),
    from(['load (/srv/src/a.ts:1:1)', 'async Promise.all (index 0)']),
  ],
  [
    'called under another name',
    from(['Users.load [as fetch] (/srv/src/a.ts:1:1)']),
    from(['Users.load (/srv/src/a.ts:1:1)']),
  ],
  [
    'a reloaded module',
    from(['load (file:///srv/src/a.ts?t=1732060800000:1:1)']),
    from(['load (file:///srv/src/a.ts?t=1732060999999:1:1)']),
  ],
  [
    'the sixth caller is another',
    from([
      ...Array.from({ length: 5 }, (_, n) => `f${n} (/srv/src/a.ts:1:1)`),
      'x (/srv/src/x.ts:1:1)',
    ]),
    from([
      ...Array.from({ length: 5 }, (_, n) => `f${n} (/srv/src/a.ts:1:1)`),
      'y (/srv/src/y.ts:1:1)',
    ]),
  ],
  [
    'another cause message',
    from(load, { cause: said('connect ECONNREFUSED 10.0.0.1:80', { code: 'ECONNREFUSED' }) }),
    from(load, { cause: said('connect ECONNREFUSED 10.0.0.9:81', { code: 'ECONNREFUSED' }) }),
  ],
  ['numbers', said('user 17 not found'), said('user 4 not found')],
  ['a number with a sign and a fraction', said('got -1.5 of 3'), said('got 27 of 4')],
  [
    'a UUID',
    said('order 123e4567-e89b-12d3-a456-426614174000 failed'),
    said('order 00000000-0000-4000-8000-000000000000 failed'),
  ],
  ['an id with digits', said('session a8f3c0 lost'), said('session 99bb01 lost')],
  ['a hash without digits', said('commit deadbeef is bad'), said('commit facefeed is bad')],
  ['an object id', said('no 507f1f77bcf86cd799439011'), said('no 507f191e810c19729de860ea')],
  ['quoted text', said('no user "ann"'), said('no user "bob the builder"')],
  [
    'text in single quotes',
    said("Duplicate entry 'ann' for key"),
    said("Duplicate entry 'bob' for key"),
  ],
  ['text in backticks', said('Expected `retries` to be more'), said('Expected `limit` to be more')],
  ['an address', said('connect to 10.0.0.1:5432 failed'), said('connect to 10.0.0.2:6000 failed')],
  ['an address of IPv6', said('connect to ::1:5432 failed'), said('connect to fe80::1:80 failed')],
  [
    'a host',
    said('getaddrinfo ENOTFOUND db-1.eu.example.com'),
    said('getaddrinfo ENOTFOUND cache.us.example.com'),
  ],
  ['a short host', said('no route to db.internal'), said('no route to cache.internal')],
  ['a host with a port', said('no answer from db:5432'), said('no answer from cache:6379')],
  [
    'a URL',
    said('GET https://example.com/users/1?a=b returned nothing'),
    said('GET http://localhost:3000/ returned nothing'),
  ],
  [
    'a mail address',
    said('mail to ann@example.com bounced'),
    said('mail to bob@b.example bounced'),
  ],
  ['a path', said('cannot open /tmp/a/b.txt today'), said('cannot open /var/lib/x today')],
  ['a path of Windows', said('cannot open C:\\a\\b.txt today'), said('cannot open D:\\c\\d today')],
  [
    'a time',
    said('at 2026-11-20T12:00:00.000Z it broke'),
    said('at 2027-01-01T00:00:01Z it broke'),
  ],
  ['a duration', said('ended after 1000 ms'), said('ended after 2.5 ms')],
  ['a size', said('body of 10MB is too large'), said('body of 3kB is too large')],
  ['white space', said('a  b\n c'), said('a b c')],
  ['a thrown text', 'user 17 not found', 'user 4 not found'],
  ['nothing', undefined, undefined],
  ['an object of the same kind', { message: 'no 1' }, { message: 'no 2' }],
  [
    'a failed fetch to another host',
    named('TypeError', 'fetch failed', {
      stack: 'TypeError: fetch failed',
      cause: failed({ code: 'ECONNREFUSED', stack: '' }, 'connect ECONNREFUSED 10.0.0.1:80'),
    }),
    named('TypeError', 'fetch failed', {
      stack: 'TypeError: fetch failed',
      cause: failed({ code: 'ECONNREFUSED', stack: '' }, 'connect ECONNREFUSED 10.0.0.2:443'),
    }),
  ],
  [
    'only frames of Node',
    from(['TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)'], {}, 'read 17'),
    from(['Socket.onread (node:internal/stream:1:1)'], {}, 'read 18'),
  ],
];

const different: readonly Pair[] = [
  ['another message in one function', from(load, {}, 'no stock'), from(load, {}, 'no money')],
  ['another status', from(load, { status: 404 }), from(load, { statusCode: 503 })],
  [
    'a cause with another message',
    from(load, { cause: said('x') }),
    from(load, { cause: said('y') }),
  ],
  [
    'the second of three causes',
    from(load, { cause: said('a', { cause: said('b', { cause: said('d') }) }) }),
    from(load, { cause: said('a', { cause: said('c', { cause: said('d') }) }) }),
  ],
  ['an object with other members', { status: 404 }, { reason: 404 }],
  ['another function', from(load), from(['save (/srv/shop/src/users.ts:10:5)', load[1]!])],
  ['another file', from(load), from(['load (/srv/shop/src/orders.ts:10:5)', load[1]!])],
  ['another caller', from(load), from([load[0]!, 'job (/srv/shop/src/jobs.ts:3:1)'])],
  ['one more caller', from(load), from([...load, 'main (/srv/shop/src/main.ts:1:1)'])],
  [
    'the same file name in another folder',
    from(['f (/srv/src/a/x.ts:1:1)']),
    from(['f (/srv/src/b/x.ts:1:1)']),
  ],
  [
    'the same file in another package',
    from(['f (/srv/packages/a/src/index.ts:1:1)']),
    from(['f (/srv/packages/b/src/index.ts:1:1)']),
  ],
  ['another class', from(load), from(load, { name: 'RangeError' })],
  ['another code', from(load, { code: 'A' }), from(load, { code: 'B' })],
  ['a code and none', from(load, { code: 'A' }), from(load)],
  ['another number in code', from(load, { code: 11_000 }), from(load, { code: 13 })],
  ['a cause and none', from(load, { cause: said('x') }), from(load)],
  [
    'a cause of another class',
    from(load, { cause: said('x') }),
    from(load, { cause: said('x', { name: 'TypeError' }) }),
  ],
  [
    'a cause with another code',
    from(load, { cause: said('x', { code: 'ECONNREFUSED' }) }),
    from(load, { cause: said('x', { code: 'ENOTFOUND' }) }),
  ],
  [
    'another root below the same cause',
    from(load, { cause: said('x', { cause: said('y', { code: 'A' }) }) }),
    from(load, { cause: said('x', { cause: said('y', { code: 'B' }) }) }),
  ],
  [
    'an anonymous function and a named one',
    from(['/srv/src/a.ts:1:1']),
    from(['f (/srv/src/a.ts:1:1)']),
  ],
  [
    'a method of another class',
    from(['A.f (/srv/src/a.ts:1:1)']),
    from(['B.f (/srv/src/a.ts:1:1)']),
  ],
  ['another text', said('user not found'), said('order not found')],
  ['another text around a number', said('user 17 not found'), said('order 17 not found')],
  ['one word more', said('connection closed'), said('connection closed early')],
  ['a number and none', said('user 17 not found'), said('user not found')],
  [
    "apostrophes are no quotes: can't",
    said("can't open the door's lock"),
    said("can't close the door's lock"),
  ],
  ['a thrown text and an error', 'boom', said('boom')],
  ['nothing and null', undefined, null],
  ['true and a text', true, 'true'],
  ['another thrown text', 'not found', 'not allowed'],
  [
    'another reason of a failed fetch',
    named('TypeError', 'fetch failed', {
      stack: '',
      cause: failed({ code: 'ECONNREFUSED', stack: '' }),
    }),
    named('TypeError', 'fetch failed', {
      stack: '',
      cause: failed({ code: 'UND_ERR_SOCKET', stack: '' }),
    }),
  ],
  [
    'only frames of Node, another message',
    from(['Socket.onread (node:net:1:1)'], {}, 'read failed'),
    from(['Socket.onread (node:net:1:1)'], {}, 'write failed'),
  ],
  [
    'a driver error of another place',
    from(['q (/srv/node_modules/pg/a.js:1:1)'], { cause: from(load) }),
    from(['q (/srv/node_modules/pg/a.js:1:1)'], { cause: from(['save (/srv/src/b.ts:1:1)']) }),
  ],
  [
    'an aggregate of others',
    new AggregateError([said('a', { code: 'A' })]),
    new AggregateError([said('b', { code: 'B' })]),
  ],
];

const broken = (): never => {
  throw new Error(`at ${Math.random()}`);
};
const caught = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe('the same failure', () => {
  it.each(same)('%s', (_, one, other) => {
    expect(fingerprint(one)).toBe(fingerprint(other));
  });
});

describe('another failure', () => {
  it.each(different)('%s', (_, one, other) => {
    expect(fingerprint(one)).not.toBe(fingerprint(other));
  });
});

describe('a fingerprint', () => {
  it('has a version and 64 bits', () => {
    for (const error of [new Error('x'), undefined, 'x', {}, Object.create(null)]) {
      expect(fingerprint(error)).toMatch(/^v2:[\da-f]{16}$/);
    }
  });

  it('does not change from one version of kedge to the next', () => {
    expect(fingerprint(from(load, { code: 'X' }))).toBe('v2:ba11aa2d82fda0eb');
    expect(fingerprint('user 17 not found')).toBe('v2:2b6d3e95ac888d98');
  });

  it('is that of really thrown errors too', () => {
    const [one, other] = [1, 2].map(() => caught(broken));
    expect(fingerprint(one)).toBe(fingerprint(other));
    expect(fingerprint(one)).not.toBe(fingerprint(caught(() => JSON.parse('{'))));
  });

  it('is not moved by a message with lines like frames', () => {
    const [one, other] = ['fake', 'more'].map((name) => {
      const message = `no\n    at fake (/srv/src/${name}.ts:1:1)`;
      return from(load, {}, message);
    });
    expect(fingerprint(one)).toBe(fingerprint(other));
  });

  it('is not moved by a message that was changed after it was thrown', () => {
    const [one, other] = ['a', 'b'.repeat(200)].map((name) =>
      Object.assign(from(load, {}, 'no row'), { message: `no row of "${name}"` }),
    );
    expect(fingerprint(one)).toBe(fingerprint(other));
  });

  it('does not depend on the working directory', () => {
    const local = from([`load (${process.cwd()}/src/users.ts:10:5)`, load[1]!]);
    expect(fingerprint(local)).toBe(fingerprint(from(load)));
  });

  it('takes frames as data', () => {
    const frames = [
      { file: '/srv/shop/src/users.ts', function: 'load' },
      { file: '/srv/shop/node_modules/pg/lib/client.js', function: 'query' },
      { file: '/srv/shop/src/http.ts', function: 'handle' },
    ];
    const plain = said('boom');
    expect(fingerprint(plain, { frames })).toBe(fingerprint(from(load)));
    expect(fingerprint(plain, { frames: [] })).toBe(fingerprint(plain));
    const elsewhere = frames.map((frame) => ({ ...frame, inApp: false }));
    expect(fingerprint(plain, { frames: elsewhere })).toBe(fingerprint(plain));
  });

  it('of a failure that comes as data is that of the error, with its causes', () => {
    const data = (filename: string): object[] => [
      { filename: `${filename}/src/users.ts`, function: 'load', inApp: true },
      { filename: `${filename}/src/http.ts`, function: 'handle', inApp: true },
    ];
    const cause = from(load, { name: 'OutOfStock' }, 'row 17 is gone');
    for (const folder of ['/srv/shop', '/home/ann/code/other', process.cwd()]) {
      const frames = data(folder);
      const inner = { type: 'OutOfStock', message: 'row 4 is gone', frames };
      expect(fingerprint({ type: 'Error', message: 'boom', frames, cause: inner })).toBe(
        fingerprint(from(load, { cause })),
      );
    }
    expect(fingerprint({ type: 'Error', message: 'boom', frames: [null, 7, {}] })).toMatch(/^v2:/);
  });

  it('reads the call sites that an application has made of a stack', () => {
    const sites = load.map((line) => ({ toString: () => line }));
    expect(fingerprint(Object.assign(new Error('boom'), { stack: sites }))).toBe(
      fingerprint(from(load)),
    );
  });

  it('of what cannot be read is one all the same', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(fingerprint(proxy)).toMatch(/^v2:/);
    const error = new Error('x', { cause: proxy });
    Object.defineProperty(error, 'stack', {
      get() {
        throw new Error('no');
      },
    });
    expect(fingerprint(error)).toMatch(/^v2:/);
  });

  it('circles and long chains end', () => {
    const one: Error = new Error('one');
    one.cause = new Error('two', { cause: one });
    expect(fingerprint(one)).toMatch(/^v2:/);
    let deep: unknown = new Error('root');
    for (let n = 0; n < 10_000; n++) deep = new Error('wrapper', { cause: deep });
    expect(fingerprint(deep)).toMatch(/^v2:/);
  });
});

describe('two hundred labelled pairs', () => {
  const count = styles.reduce(
    (sum, { same, different }) => sum + same.length + different.length,
    0,
  );

  it('are there, half of them the same', () => {
    expect(count).toBeGreaterThanOrEqual(200);
    expect(styles.length).toBeGreaterThanOrEqual(10);
  });

  it.each(styles)('are told apart as a person would: $name', ({ same, different }) => {
    const apart = same.filter(([one, other]) => fingerprint(one) !== fingerprint(other));
    const together = different.filter(([one, other]) => fingerprint(one) === fingerprint(other));
    expect({ apart, together }).toEqual({ apart: [], together: [] });
  });
});

describe('a template', () => {
  it.each([
    ['user 17 of 10.0.0.1 not found', 'user ? of ? not found'],
    ['relation "users" does not exist', 'relation users does not exist'],
    ['no user "ann"', 'no user ?'],
    ['1 second', '? unit'],
    ['', ''],
  ])('of %s', (message, expected) => {
    expect(template(message)).toBe(expected);
  });

  const parts = [
    ...[
      'a-',
      'a.',
      'a@',
      '@',
      '"',
      '" ',
      "'",
      '`a` ',
      '“a” ',
      '1 ',
      ':',
      '.',
      '/',
      'a/',
      '::',
      '{',
      '[',
    ],
    ...[
      '(',
      '{}',
      '[]',
      '()',
      '=',
      'a=',
      '=(',
      'a://',
      'aA',
      'a, ',
      'a and ',
      'a, b or ',
      '漢1',
      'é',
      '🎉',
      'Mon ',
    ],
    ...['1 s ', 'params: ', 'table "a" ', '{"a":[', '\\', ' \n', "a'"],
    ...['“', ' “a', "'a' | ", 'GET /a/b ', '/a.b must ', 'dGhpcyBpcw== ', '(`a`)', 'port 5432 '],
  ];
  // If any search went to the end from each of these, this would take hours.
  it.each(parts)('of half a megabyte of «%s» is read once', (part) => {
    const given = part.repeat(Math.ceil(500_000 / part.length));
    expect(withoutVariables(given).length).toBeLessThanOrEqual(given.length * 2);
  });
});
