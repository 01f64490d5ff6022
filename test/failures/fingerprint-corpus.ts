// Pairs of failures: the same, and different ones, in the styles in which they are met.

/** An error as it was thrown somewhere else: `frames` are lines of its stack. */
export function from(frames: readonly string[], members: object = {}, message = 'boom'): Error {
  const error = Object.assign(new Error(message), members);
  error.stack = [`${error.name}: ${message}`, ...frames.map((line) => `    at ${line}`)].join('\n');
  return error;
}

/** An error of which only the message is known. */
export function said(message: string, members: object = {}): Error {
  return from([], members, message);
}

/** An error of one function in one file. */
const at = (...frames: string[]): Error => from(frames);
const because = (cause: unknown, message = 'could not load'): Error =>
  from(['load (/srv/app/src/a.ts:1:1)'], { cause }, message);
const coded = (code: string | number, message: string, members: object = {}): Error =>
  said(message, { code, ...members });

export type Pair = readonly [one: unknown, other: unknown];

export interface Style {
  readonly name: string;
  readonly same: readonly Pair[];
  readonly different: readonly Pair[];
}

const texts = (...pairs: (readonly [string, string])[]): Pair[] =>
  pairs.map(([one, other]) => [said(one), said(other)]);

const query = 'select "id", "name" from "users" where "email" = $1';

/** What zod says of one field. */
const issues = (field: string | number, code: string, message = 'Wrong'): string =>
  JSON.stringify([{ code, path: ['user', field], message, input: Math.PI }]);

export const styles: readonly Style[] = [
  {
    name: 'numbers that are names, and words that are values',
    same: [
      ...texts(
        [
          `Unexpected token 'a', "abc" is not valid JSON`,
          `Unexpected token 'h', "hello worl"... is not valid JSON`,
        ],
        ['value "" is too short', 'value "ab" is too short'],
        ['bad "a \\" b" here', 'bad "c" here'],
        ['the flag was true', 'the flag was false'],
        ['got undefined', 'got null'],
        ['expected a number, received null', 'expected a number, received true'],
      ),
      [
        at('f (/app/dist/assets/index-BdF3k_2a.js:1:1)'),
        at('f (/app/dist/assets/index-Cz91xxQ0.js:1:1)'),
      ],
      [at('f (/app/dist/users-a_B3kd9x.js:1:1)'), at('f (/app/dist/users-Q1-rTy7u.js:1:1)')],
    ],
    different: texts(
      ['Request failed with status code 404', 'Request failed with status code 500'],
      ['payments answered 503', 'payments answered 404'],
      ['stock responded with HTTP 429', 'stock responded with HTTP 502'],
      ['the process ended with exit code 1', 'the process ended with exit code 137'],
      ['oauth2 failed', 'saml2 failed'],
      ['md5 is not supported', 'sha256 is not supported'],
      [
        "wrong number of arguments for 'get' command",
        "wrong number of arguments for 'set' command",
      ],
      ['config key "db.host" is unknown', 'config key "db.port" is unknown'],
    ),
  },
  {
    name: 'numbers, ids and times',
    same: texts(
      ['user 17 not found', 'user 4 not found'],
      [
        'order 0f8fad5b-d9cb-469f-a165-70867728950e is gone',
        'order 7c9e6679-7425-40de-944b-e07fc1f90ae7 is gone',
      ],
      ['no document 507f1f77bcf86cd799439011', 'no document 65f1c2aa9d3e4b0012ab34cd'],
      ['job 01HZX3KQVB8E7W2N5T6Y9R4M1P timed out', 'job 01J0A2B3C4D5E6F7G8H9JKMNPQ timed out'],
      ['took 1000 ms instead of 50 ms', 'took 3.2 s instead of 100 ms'],
      ['retry in 1 second', 'retry in 30 seconds'],
      ['1 item is out of stock', '3 items are out of stock'.replace('are', 'is')],
      ['body of 10MB is too large', 'body of 3.5kB is too large'],
      ['expired at 2026-11-20T12:00:00.000Z', 'expired at 2027-01-01T00:00:01+02:00'],
      [
        'not before Thu Nov 26 2026 12:00:00 GMT+0100',
        'not before Mon Jan 04 2027 08:30:00 GMT+0000',
      ],
      ['balance of €12.50 is too low', 'balance of €3 is too low'],
      ['commit deadbeefcafe is unknown', 'commit abcdefabcdef is unknown'],
      ['request V1StGXR8_Z5jdHi6B-myT was dropped', 'request IRFa-VaY2b_9xTq0LmNop was dropped'],
    ),
    different: texts(
      ['user 17 not found', 'order 17 not found'],
      ['retry in 5 seconds', 'expires in 5 seconds'],
      ['3 items are missing', '3 items are broken'],
      ['job 12 timed out', 'job 12 was cancelled'],
      ['12 connections are open', '12 connections are closed'],
      ['could not parse 17', 'could not format 17'],
      ['limit of 10 exceeded', 'quota of 10 exceeded'],
      ['user 17 not found', 'user not found'],
      ['expired at 2026-11-20', 'created at 2026-11-20'],
      ['port 80 is in use', 'port 80 is closed'],
    ),
  },
  {
    name: 'quoted text and names',
    same: texts(
      ['no user "ann"', 'no user "bob the builder"'],
      ["cannot parse 'abc' as a date", "cannot parse '31st of May' as a date"],
      ['unknown country `Atlantis`', 'unknown country `El Dorado`'],
      ['“Moby Dick” is sold out', '“Ulysses” is sold out'],
      ['„Faust“ ist vergriffen', '„Der Prozess“ ist vergriffen'],
      ['«Candide» est épuisé', '«Germinal» est épuisé'],
      ['tenant=acme has no plan', 'tenant=globex has no plan'],
      ['tenant="acme corp" has no plan', 'tenant="x" has no plan'],
      ['coupon "SUMMER" is not valid', 'coupon "WINTER" is not valid'],
      ['customer (ann) is blocked'.replace('(ann)', '"ann"'), 'customer "bob" is blocked'],
      ['user "ann" may not see "report"', 'user "bob" may not see "invoice"'],
    ),
    different: texts(
      ['relation "users" does not exist', 'relation "orders" does not exist'],
      [
        'column "email" of relation "users" does not exist',
        'column "name" of relation "users" does not exist',
      ],
      [
        "Cannot read properties of undefined (reading 'token')",
        "Cannot read properties of undefined (reading 'name')",
      ],
      ['x is not a function', 'y is not a function'],
      ["Cannot find module 'express'", "Cannot find module 'koa'"],
      [
        "environment variable 'DATABASE_URL' is missing",
        "environment variable 'REDIS_URL' is missing",
      ],
      ["Unexpected token '<' in JSON", "Unexpected token '}' in JSON"],
      ['"email" is required', '"name" is required'],
      ["can't open the door's lock", "can't close the door's lock"],
      ['no user "ann"', 'no order "ann"'],
      ["Unknown argument 'wher'. Did you mean 'where'?", "Missing argument 'data'."],
      ["property 'price' is missing", "property 'stock' is missing"],
    ),
  },
  {
    name: 'addresses, URLs and paths',
    same: texts(
      ['connect to 10.0.0.1:5432 failed', 'connect to 10.0.7.2:6000 failed'],
      ['connect ECONNREFUSED 10.0.0.1:41022', 'connect ECONNREFUSED 10.0.7.2:6000'],
      ['connect to ::1:5432 failed', 'connect to fe80::1:80 failed'],
      ['connect to localhost failed', 'connect to 127.0.0.1 failed'],
      ['getaddrinfo ENOTFOUND db-1.eu.example.com', 'getaddrinfo ENOTFOUND cache.us.example.com'],
      ['no route to db.internal', 'no route to cache.internal'],
      ['no answer from db:5432', 'no answer from cache:6379'],
      ['Route GET:/users/81 not found', 'Route GET:/users/17 not found'],
      [issues('age', 'too_small'), issues('age', 'too_small', 'Other words')],
      [issues(0, 'too_small'), issues(3, 'too_small')],
      [
        'GET https://example.com/users/1?a=b returned nothing',
        'GET http://localhost:3000/ returned nothing',
      ],
      ['mail to ann@example.com bounced', 'mail to bob.lee+x@b.co.uk bounced'],
      ['cannot open /tmp/a/b.txt', 'cannot open /var/lib/app/x'],
      ['cannot open C:\\data\\b.txt', 'cannot open D:\\x\\y z'.replace(' z', '')],
      ['upload to s3://bucket/key/1 failed', 'upload to s3://other/thing failed'],
      ['peer 2001:db8::8a2e:370:7334 left', 'peer 2001:db8:0:0:0:0:2:1 left'],
    ),
    different: texts(
      ['connect to 10.0.0.1:5432 failed', 'read from 10.0.0.1:5432 failed'],
      ['connect ECONNREFUSED 10.0.0.1:5432', 'connect ECONNREFUSED 10.0.0.1:6379'],
      ['topic orders.v1 is unknown', 'topic users.v1 is unknown'],
      ['Route GET:/users/81 not found', 'Route GET:/orders/81 not found'],
      ['The "path" argument must be of type string', 'The "data" argument must be of type string'],
      [
        'Cast to Number failed for value "x" (type string) at path "age"',
        'Cast to Number failed for value "x" (type string) at path "size"',
      ],
      ["Cannot find name 'foo'.", "Cannot find name 'bar'."],
      ["Cannot access 'a' before initialization", "Cannot access 'b' before initialization"],
      ['Exchange "orders" is gone', 'Exchange "users" is gone'],
      [issues('age', 'too_small'), issues('name', 'too_small')],
      [issues('age', 'too_small'), issues('age', 'invalid_type')],
      ['the v1 API is gone', 'the v2 API is gone'],
      ['Error 1040', 'Error 1205'],
      ['GET https://a.example/ timed out', 'POST https://a.example/ timed out'],
      ['cannot open /tmp/a', 'cannot write /tmp/a'],
      ['mail to ann@example.com bounced', 'mail to ann@example.com was refused'],
      ['getaddrinfo ENOTFOUND a.example', 'getaddrinfo EAI_AGAIN a.example'],
      ['host db.internal is down', 'host db.internal is draining'],
      ['no route to db.internal', 'no reply from db.internal'],
      ['upload to s3://a/b failed', 'download of s3://a/b failed'],
      ['unsupported type text/html', 'unsupported type application/json'],
      [
        'redirect to https://a.example is forbidden',
        'redirect from https://a.example is forbidden',
      ],
    ),
  },
  {
    name: 'lists',
    same: texts(
      ['ids 1, 2, 3 not found', 'ids 4, 5 not found'],
      ['ids 1 not found', 'ids 4, 5 and 6 not found'],
      ['got [1, 2, 3] instead of a number', 'got [] instead of a number'],
      ['got {"a":1,"b":[2]} instead of a text', 'got {"c":{}} instead of a text'],
      ['missing fields: name, email', 'missing fields: name, email, phone'],
      ['rows (1, 2), (3, 4) were refused', 'rows (5, 6) were refused'],
      ['no stock of "a", "b"', 'no stock of "c"'],
      ['hosts 10.0.0.1, 10.0.0.2 are down', 'hosts 10.0.0.3, 10.0.0.4, 10.0.0.5 are down'],
      ['colour must be red, green or blue', 'colour must be cyan, magenta, yellow or black'],
      ['expected one of [red, green]', 'expected one of [circle, square, line]'],
      ["tags ['a', 'b'] are unknown", "tags ['c'] are unknown"],
    ),
    different: texts(
      ['ids 1, 2, 3 not found', 'ids 1, 2, 3 not allowed'],
      ['missing fields: name, email', 'unknown fields: name, email'],
      ['got [1, 2] instead of a number', 'got [1, 2] instead of a text'],
      ['no connection, giving up', 'no connection, trying again'],
      ['[redis] connection lost', '[kafka] connection lost'],
      ['first, the order is gone', 'first, the user is gone'],
      ['rows (1, 2) were refused', 'rows (1, 2) were lost'],
      ['colour must be red, green or blue', 'shape must be red, green or blue'],
      ['closed by the server, and not by us', 'closed by the client, and not by us'],
      ['no stock of "a", "b"', 'no price of "a", "b"'],
    ),
  },
  {
    name: 'positions and callers',
    same: [
      [at('load (/srv/app/src/a.ts:1:1)'), at('load (/srv/app/src/a.ts:99:7)')],
      [at('load (/srv/app/src/a.ts:1:1)'), at('load (/home/ci/build/app/src/a.ts:1:1)')],
      [at('load (/srv/app/src/a.ts:1:1)'), at('load (/opt/out/app/src/a.ts:1:1)')],
      [at('async load (/srv/app/src/a.ts:1:1)'), at('load (/srv/app/src/a.ts:1:1)')],
      [at('/srv/app/src/a.ts:1:1'), at('async /srv/app/src/a.ts:1:1')],
      [at('/srv/app/src/a.ts:1:1'), at('<anonymous> (/srv/app/src/a.ts:7:1)')],
      [
        at('Object.<anonymous> (/srv/app/src/a.ts:1:1)'),
        at('async Object.<anonymous> (/srv/app/src/a.ts:4:4)'),
      ],
      [at('Socket.<anonymous> (/srv/app/src/a.ts:1:1)'), at('/srv/app/src/a.ts:1:1')],
      [
        at('f (/srv/app/src/a.ts:1:1)', 'node:internal/process/task_queues:95:5'),
        at('f (/srv/app/src/a.ts:1:1)'),
      ],
      [
        at('f (/srv/app/src/a.ts:1:1)', 'Array.map (<anonymous>)', 'g (/srv/app/src/a.ts:9:1)'),
        at('f (/srv/app/src/a.ts:1:1)', 'g (/srv/app/src/a.ts:9:1)'),
      ],
      [
        at('q (/srv/app/node_modules/pg/lib/client.js:1:1)', 'f (/srv/app/src/a.ts:1:1)'),
        at(
          'r (/srv/app/node_modules/.pnpm/pg@9/node_modules/pg/x.js:1:1)',
          'f (/srv/app/src/a.ts:1:1)',
        ),
      ],
      [
        at(
          'walk (/srv/app/src/a.ts:1:1)',
          'walk (/srv/app/src/a.ts:5:1)',
          'f (/srv/app/src/a.ts:1:1)',
        ),
        at(
          'walk (/srv/app/src/a.ts:1:1)',
          'walk (/srv/app/src/a.ts:5:1)',
          'walk (/srv/app/src/a.ts:5:1)',
          'f (/srv/app/src/a.ts:1:1)',
        ),
      ],
      [
        at('f (/srv/app/src/a.ts:1:1)', 'async Promise.all (index 3)'),
        at('f (/srv/app/src/a.ts:1:1)', 'async Promise.all (index 0)'),
      ],
    ],
    different: [
      [at('load (/srv/app/src/a.ts:1:1)'), at('save (/srv/app/src/a.ts:1:1)')],
      [at('load (/srv/app/src/a.ts:1:1)'), at('load (/srv/app/src/b.ts:1:1)')],
      [at('load (/srv/app/src/a/x.ts:1:1)'), at('load (/srv/app/src/b/x.ts:1:1)')],
      [
        at('load (/srv/app/src/a.ts:1:1)', 'api (/srv/app/src/api.ts:1:1)'),
        at('load (/srv/app/src/a.ts:1:1)', 'job (/srv/app/src/job.ts:1:1)'),
      ],
      [at('A.f (/srv/app/src/a.ts:1:1)'), at('B.f (/srv/app/src/a.ts:1:1)')],
      [at('/srv/app/src/a.ts:1:1'), at('f (/srv/app/src/a.ts:1:1)')],
      [at('/srv/app/src/a.ts:1:1'), at('/srv/app/src/b.ts:1:1')],
      [
        from(['f (/srv/app/src/a.ts:1:1)'], {}, 'no stock'),
        from(['f (/srv/app/src/a.ts:8:1)'], {}, 'payment failed'),
      ],
      [from(['/srv/app/src/a.ts:1:1'], {}, 'a'), from(['/srv/app/src/a.ts:8:1'], {}, 'b')],
      [at('new Users (/srv/app/src/a.ts:1:1)'), at('Users.load (/srv/app/src/a.ts:1:1)')],
    ],
  },
  {
    name: 'folders and images',
    same: [
      [at('f (/usr/src/app/x.js:1:1)'), at('f (/srv/shop/x.js:1:1)')],
      [at('f (/app/routes/x.js:1:1)'), at('f (/home/ann/code/shop/routes/x.js:1:1)')],
      [at('f (/var/task/x.mjs:1:1)'), at('f (/opt/shop/x.mjs:1:1)')],
      [at('f (C:\\shop\\src\\x.ts:1:1)'), at('f (/srv/shop/src/x.ts:1:1)')],
      [at('f (file:///C:/shop/src/x.ts:1:1)'), at('f (file:///srv/shop/src/x.ts:1:1)')],
      [at('f (/srv/a/dist/x.js:1:1)'), at('f (/home/runner/work/b/b/dist/x.js:1:1)')],
      [at('f (/opt/services/shop/dist/x.js:1:1)'), at('f (/app/dist/x.js:1:1)')],
      [
        at('f (/var/www/shop/releases/20261120/routes/x.js:1:1)'),
        at('f (/var/www/shop/releases/20261201/routes/x.js:1:1)'),
      ],
      [at('f (/workspace/x.js:1:1)'), at('f (/code/x.js:1:1)')],
      [at('f (/Users/ann/dev/shop/src/x.ts:1:1)'), at('f (/github/workspace/src/x.ts:1:1)')],
      [at('f (/tmp/build_a1/src/x.ts:1:1)'), at('f (/tmp/build_b2/src/x.ts:1:1)')],
    ],
    different: [
      [at('f (/app/routes/x.js:1:1)'), at('f (/app/jobs/x.js:1:1)')],
      [at('f (/app/x.js:1:1)'), at('f (/app/y.js:1:1)')],
      [at('f (/srv/shop/users/index.js:1:1)'), at('f (/srv/shop/orders/index.js:1:1)')],
      [at('f (/srv/a/dist/users/x.js:1:1)'), at('f (/srv/a/dist/orders/x.js:1:1)')],
      [
        at('f (/srv/shop/packages/a/src/index.ts:1:1)'),
        at('f (/srv/shop/packages/b/src/index.ts:1:1)'),
      ],
      [at('f (/usr/src/app/x.js:1:1)'), at('f (/usr/src/app/lib/x.js:1:1)')],
      [at('f (C:\\shop\\src\\x.ts:1:1)'), at('f (C:\\shop\\src\\y.ts:1:1)')],
      [at('f (/var/task/api/x.mjs:1:1)'), at('f (/var/task/cron/x.mjs:1:1)')],
      [at('f (/home/ann/shop/routes/a.js:1:1)'), at('f (/home/ann/shop/routes/b.js:1:1)')],
      [at('f (/srv/shop/src/features/a/x.ts:1:1)'), at('f (/srv/shop/src/features/b/x.ts:1:1)')],
    ],
  },
  {
    name: 'bundlers',
    same: [
      [at('f (/app/dist/chunk-AB12CD34.js:1:1)'), at('f (/app/dist/chunk-EF56GH78.js:1:1)')],
      [at('f (/app/dist/users-DiwrgTda.js:1:1)'), at('f (/app/dist/users-Bx9k2LmQ.js:1:1)')],
      [at('f (/app/dist/main.4f5e6a7b8c9d.js:1:1)'), at('f (/app/dist/main.00aa11bb22cc.js:1:1)')],
      [at('f (/app/dist/123.a1b2c3d4.js:1:1)'), at('f (/app/dist/456.e5f6a7b8.js:1:1)')],
      [at('f (webpack:///./src/users.ts:1:1)'), at('f (/srv/app/src/users.ts:1:1)')],
      [at('f (webpack://shop/./src/users.ts:1:1)'), at('f (webpack:///./src/users.ts:1:1)')],
      [at('f (webpack-internal:///(rsc)/./src/users.ts:1:1)'), at('f (/app/src/users.ts:1:1)')],
      [at('f (/srv/app/src/users.ts:10:5)'), at('f (/srv/app/dist/users.js:1:200)')],
      [at('f (/srv/app/src/users.mts:10:5)'), at('f (/srv/app/build/users.mjs:1:200)')],
      [
        at('f (file:///srv/src/a.ts?t=1732060800000:1:1)'),
        at('f (file:///srv/src/a.ts?t=1732060999999:1:1)'),
      ],
      [at('f (/app/.next/server/chunks/871.js:1:1)'), at('f (/app/.next/server/chunks/92.js:1:1)')],
      [
        at('f (/app/dist/a.js:1:1)', 'webpack:///webpack/bootstrap:19:1'),
        at('f (/app/dist/a.js:1:1)'),
      ],
    ],
    different: [
      [at('f (/app/dist/chunk-AB12CD34.js:1:1)'), at('g (/app/dist/chunk-AB12CD34.js:1:1)')],
      [at('f (/app/dist/users-DiwrgTda.js:1:1)'), at('f (/app/dist/orders-DiwrgTda.js:1:1)')],
      [at('f (webpack:///./src/users.ts:1:1)'), at('f (webpack:///./src/orders.ts:1:1)')],
      [at('f (/srv/app/src/users.ts:1:1)'), at('f (/srv/app/dist/orders.js:1:1)')],
      [at('f (/app/dist/user-handler.js:1:1)'), at('f (/app/dist/order-handler.js:1:1)')],
      [at('f (/app/dist/userForm.js:1:1)'), at('f (/app/dist/dataView.js:1:1)')],
      [
        at('f (/app/.next/server/app/users/route.js:1:1)'),
        at('f (/app/.next/server/app/orders/route.js:1:1)'),
      ],
      [
        at('f (/app/dist/api.v1.js:1:1)', 'a (/app/dist/x.js:1:1)'),
        at('f (/app/dist/api.v1.js:1:1)', 'b (/app/dist/x.js:1:1)'),
      ],
      [
        from(['f (/app/dist/chunk-AB12CD34.js:1:1)'], {}, 'a'),
        from(['f (/app/dist/chunk-AB12CD34.js:1:1)'], {}, 'b'),
      ],
      [at('f (/app/dist/users/page.js:1:1)'), at('f (/app/dist/orders/page.js:1:1)')],
    ],
  },
  {
    name: 'compilers',
    same: [
      [at('Object.load (/srv/app/src/a.js:1:1)'), at('load (/srv/app/src/a.js:1:1)')],
      [at('Module.load (/srv/app/src/a.js:1:1)'), at('load (/srv/app/src/a.js:1:1)')],
      [at('exports.load (/srv/app/src/a.js:1:1)'), at('async load (/srv/app/src/a.js:1:1)')],
      [at('Function.load (/srv/app/src/a.js:1:1)'), at('Object.load (/srv/app/src/a.js:1:1)')],
      [at('load$1 (/srv/app/dist/a.js:1:1)'), at('load (/srv/app/dist/a.js:1:1)')],
      [at('load2 (/srv/app/dist/a.js:1:1)'), at('load3 (/srv/app/dist/a.js:1:1)')],
      [at('_callee$ (/srv/app/dist/a.js:1:1)'), at('_callee2$ (/srv/app/dist/a.js:1:1)')],
      [at('_load (/srv/app/dist/a.js:1:1)'), at('load (/srv/app/dist/a.js:1:1)')],
      [
        at('load (/srv/app/dist/a.js:1:1)', '__awaiter (/srv/app/dist/a.js:1:1)'),
        at('load (/srv/app/dist/a.js:1:1)'),
      ],
      [
        at('Users.load [as fetch] (/srv/app/src/a.ts:1:1)'),
        at('Users.load (/srv/app/src/a.ts:1:1)'),
      ],
      [
        from(['f (/app/dist/a.js:1:1)'], { name: '_OutOfStock' }),
        from(['f (/app/dist/a.js:1:1)'], { name: 'OutOfStock' }),
      ],
    ],
    different: [
      [at('Object.load (/srv/app/src/a.js:1:1)'), at('Object.save (/srv/app/src/a.js:1:1)')],
      [at('load$1 (/srv/app/dist/a.js:1:1)'), at('save$1 (/srv/app/dist/a.js:1:1)')],
      [at('f1 (/srv/app/src/a.ts:1:1)'), at('f2 (/srv/app/src/a.ts:1:1)')],
      [at('_load (/srv/app/dist/a.js:1:1)'), at('_save (/srv/app/dist/a.js:1:1)')],
      [at('step1 (/srv/app/src/a.ts:1:1)'), at('step2 (/srv/app/src/a.ts:1:1)')],
      [at('Users.load (/srv/app/src/a.ts:1:1)'), at('Orders.load (/srv/app/src/a.ts:1:1)')],
      [
        at('get name [as name] (/srv/app/src/a.ts:1:1)'),
        at('get age [as age] (/srv/app/src/a.ts:1:1)'),
      ],
      [at('Users.#load (/srv/app/src/a.ts:1:1)'), at('Users.#save (/srv/app/src/a.ts:1:1)')],
      [
        from(['f (/app/src/a.ts:1:1)'], { name: 'OutOfStock' }),
        from(['f (/app/src/a.ts:1:1)'], { name: 'OutOfMoney' }),
      ],
      [
        at('load (/srv/app/dist/a.js:1:1)', '__awaiter (/srv/app/dist/a.js:1:1)'),
        at('save (/srv/app/dist/a.js:1:1)', '__awaiter (/srv/app/dist/a.js:1:1)'),
      ],
    ],
  },
  {
    name: 'causes and aggregates',
    same: [
      [
        because(coded('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:80')),
        because(coded('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.9:81')),
      ],
      [because(said('no row 17')), because(said('no row 18'))],
      [because('out of paper in tray 1'), because('out of paper in tray 2')],
      [because(because(said('no row 17'))), because(because(said('no row 18')))],
      [
        new AggregateError([
          coded('ECONNREFUSED', 'connect ECONNREFUSED ::1:80'),
          coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:80'),
        ]),
        new AggregateError([coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:81')]),
      ].map((error) => Object.assign(error, { stack: '' })) as never,
      [
        because(new AggregateError([said('a'), said('b')], 'all failed')),
        because(new AggregateError([said('b'), said('a')], 'all failed')),
      ].map((error) => (Object.assign(error.cause as Error, { stack: '' }), error)) as never,
      [because(from(['f (/srv/app/src/b.ts:1:1)'])), because(from(['f (/srv/app/src/b.ts:9:9)']))],
      [
        because(from(['f (/srv/app/src/b.ts:1:1)'])),
        because(from(['f (/usr/src/app/src/b.ts:1:1)'])),
      ],
      [because(said('x', { detail: 1 })), because(said('x', { detail: 2 }))],
      [because(undefined), because(null)],
    ],
    different: [
      [because(said('no row')), because(said('no table'))],
      [because(coded('ECONNREFUSED', 'x')), because(coded('ENOTFOUND', 'x'))],
      [because(said('x')), because(undefined)],
      [because(said('x')), because(said('x', { name: 'TypeError' }))],
      [because(because(said('a'))), because(because(said('b')))],
      [because(because(said('a'))), because(said('a'))],
      [
        because(from(['parse (/srv/app/src/p.ts:1:1)'])),
        because(from(['send (/srv/app/src/s.ts:1:1)'])),
      ],
      [new AggregateError([coded('A', 'x')], 'y'), new AggregateError([coded('B', 'x')], 'y')].map(
        (error) => Object.assign(error, { stack: '' }),
      ) as never,
      [because('out of paper'), because('out of ink')],
      [because(said('x', { status: 404 })), because(said('x', { status: 503 }))],
    ],
  },
  {
    name: 'databases and clients',
    same: [
      ...texts(
        [
          "Duplicate entry 'ann' for key 'users.email'",
          "Duplicate entry 'bob' for key 'users.email'",
        ],
        ['Key (email)=(ann@example.com) already exists.', 'Key (email)=(bob) already exists.'],
        [
          `Failed query: ${query}\nparams: ann`,
          `Failed query: ${query}\nparams: bob, with, commas`,
        ],
        [
          'E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "a" }',
          'E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "b@c.de" }',
        ],
        [
          'invalid input syntax for type integer: "abc"',
          'invalid input syntax for type integer: "x y"',
        ],
        [
          `insert into "users" ("name") values ('ann') - duplicate key`,
          `insert into "users" ("name") values ('bob'), ('eve') - duplicate key`,
        ],
        [
          'Timed out after 5000 ms while waiting for 3 connections',
          'Timed out after 1 s while waiting for 12 connections',
        ],
        [
          "Incorrect integer value: 'abc' for column 'age' at row 1",
          "Incorrect integer value: 'xyz' for column 'age' at row 7",
        ],
        [
          'Command failed: convert -size 10 /tmp/a.png',
          'Command failed: convert -size 20 /tmp/b.png',
        ],
      ),
      [
        coded('23505', 'duplicate key', { detail: 'a' }),
        coded('23505', 'duplicate key', { detail: 'b' }),
      ],
      [
        said('Request failed', { response: { status: 503 } }),
        said('Request failed', { status: 503 }),
      ],
    ],
    different: [
      ...texts(
        [
          `Failed query: ${query}\nparams: ann`,
          'Failed query: select "id" from "orders" where "id" = $1\nparams: ann',
        ],
        [
          "Duplicate entry 'ann' for key 'users.email'",
          "Duplicate entry 'ann' for key 'users.name'",
        ],
        ['Key (email)=(a) already exists.', 'Key (name)=(a) already exists.'],
        [
          'E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "a" }',
          'E11000 duplicate key error collection: shop.orders index: email_1 dup key: { email: "a" }',
        ],
        [
          'duplicate key value violates unique constraint "users_pkey"',
          'duplicate key value violates unique constraint "orders_pkey"',
        ],
        [
          'null value in column "name" violates not-null constraint',
          'null value in column "email" violates not-null constraint',
        ],
        ['no such table: users', 'no such table: orders'],
        ['WRONGTYPE Operation against a key', 'OOM command not allowed'],
      ),
      [coded('23505', 'x'), coded('23503', 'x')],
      [coded(11_000, 'x'), coded(121, 'x')],
      [said('Request failed', { status: 503 }), said('Request failed', { status: 404 })],
      [said('x', { response: { status: 503 } }), said('x', { response: { status: 500 } })],
    ],
  },
  {
    name: 'names of calls, actions, fields and routes',
    same: [
      ...texts(
        ['digest Zm9vYmFyYmF6MQ== differs', 'digest cXV4cXV1eGNvcmdlMjI= differs'],
        ['Unexpected token x in JSON at position 3', 'Unexpected token q in JSON at position 31'],
        ['no city "Par', 'no city "Lond'],
        ['POST /users/17/orders failed', 'POST /users/4/orders failed'],
        ['/lines/3/price must be number', '/lines/12/price must be number'],
        ['connection from port 50022 was cut', 'connection from port 61000 was cut'],
        ["EACCES: permission denied, open '/a'", "EACCES: permission denied, open '/b'"],
        ['getaddrinfo ENOTFOUND db-1.internal', 'getaddrinfo ENOTFOUND db-2.internal'],
        ['size must be small, medium or large', 'size must be narrow, wide, long or short'],
      ),
      [at('f (/srv/app/src/a.ts:1:1)'), at('f (/srv/app/src/a.ts:4)')],
      [
        at('Form_0a1b2c.send (/srv/app/src/a.js:1:1)'),
        at('Form_9f8e7d.send (/srv/app/src/a.js:1:1)'),
      ],
      [
        at('Object.get [as size] (/srv/app/src/a.ts:1:1)'),
        at('get size [as size] (/srv/app/src/a.ts:2:1)'),
      ],
      [{ error: 'row 17 is gone' }, { error: 'row 18 is gone' }],
    ],
    different: [
      ...texts(
        [
          "ENOTDIR: not a file or directory, open '/a'",
          "ENOTDIR: not a file or directory, unlink '/a'",
        ],
        ['AccessDenied: s3:ListBucket', 'AccessDenied: s3:DeleteObject'],
        ['getaddrinfo ENOTFOUND queue.internal', 'getaddrinfo ENOTFOUND store.internal'],
        [
          'Unique constraint failed on the fields: (`code`)',
          'Unique constraint failed on the fields: (`label`)',
        ],
        ["expected 'on' | 'off'", "expected 'up' | 'down'"],
        ['no answer on port 5432', 'no answer on port 6379'],
        ['Cannot POST /cart', 'Cannot POST /pay'],
        ['/user/email must be string', '/user/phone must be string'],
        [
          "The module does not provide an export named 'a'",
          "The module does not provide an export named 'b'",
        ],
      ),
      [
        at('Object.get [as size] (/srv/app/src/a.ts:1:1)'),
        at('Object.get [as colour] (/srv/app/src/a.ts:1:1)'),
      ],
      [said('x', { errno: 1205 }), said('x', { errno: 1213 })],
      [said('x', { syscall: 'open' }), said('x', { syscall: 'unlink' })],
      [{ error: 'no stock' }, { error: 'no money' }],
      [
        at('q (/app/node_modules/pg/lib/client.js:1:1)'),
        at('q (/app/node_modules/@redis/client/lib/client.js:1:1)'),
      ],
    ],
  },
];
