// Pairs of failures that were written before the rules were looked at, to measure fingerprints by.
import { from, said, type Pair } from '../fingerprint-corpus.ts';

const texts = (...pairs: (readonly [string, string])[]): Pair[] =>
  pairs.map(([one, other]) => [said(one), said(other)]);
const at = (...frames: string[]): Error => from(frames);

/** The same failure, at other times, on other hosts, with other values. */
export const same: readonly Pair[] = [
  ...texts(
    ['checksum q83vEjRWeJA= does not match', 'checksum Zm9vYmFyYmF6cXV4MTI= does not match'],
    ['cursor eyJpZCI6MTd9 is stale', 'cursor eyJpZCI6MTgsIngiOjF9 is stale'],
    ['could not decode aGVsbG8gd29ybGQ==', 'could not decode Z29vZGJ5ZSBtb29uIQ=='],
    ['no player "ann', 'no player "bob'],
    ["cannot parse 'abc", "cannot parse 'x y"],
    ['Unexpected token o in JSON at position 1', 'Unexpected token u in JSON at position 12'],
    ['Unexpected identifier x in template', 'Unexpected identifier y in template'],
    ['order 12/34 is gone', 'order 56/78 is gone'],
    ['GET /users/17/orders answered too late', 'GET /users/9/orders answered too late'],
    ['Route GET:/users/17 not found', 'Route GET:/users/18 not found'],
    ['/items/3/price must be >= 0', '/items/12/price must be >= 0'],
    ['items[3].price must be positive', 'items[12].price must be positive'],
    ['body.items.0.price is required', 'body.items.7.price is required'],
    [
      "EXDEV: cross-device link not permitted, rename '/a/1' -> '/b/1'",
      "EXDEV: cross-device link not permitted, rename '/a/2' -> '/b/2'",
    ],
    [
      "ENOENT: no such file or directory, open '/srv/a.json'",
      "ENOENT: no such file or directory, open '/srv/b.json'",
    ],
    ['ENOSPC: no space left on device, write', 'ENOSPC: no space left on device, write'],
    ['getaddrinfo ENOTFOUND shard-3.db.internal', 'getaddrinfo ENOTFOUND shard-8.db.internal'],
    ['connect ECONNREFUSED 10.1.2.3:5432', 'connect ECONNREFUSED 10.9.9.9:5432'],
    [
      'AccessDenied: User arn:aws:iam::1234:user/a1 cannot do it',
      'AccessDenied: User arn:aws:iam::9876:user/b2 cannot do it',
    ],
    ['lease 3h4m5s left', 'lease 1h2m left'],
    ['worker-7 died', 'worker-12 died'],
    ['ratio 0.93 below 0.95', 'ratio .5 below 0.95'],
  ),
  [at('f (/srv/app/src/a.ts:1:1)'), at('f (/srv/app/src/a.ts:9)')],
  [at('Repo_3f9a1c.load (/srv/app/src/a.js:1:1)'), at('Repo_b2d804.load (/srv/app/src/a.js:1:1)')],
  [
    at('q (/app/node_modules/pg/lib/a.js:1:1)'),
    at('q (/srv/x/node_modules/.pnpm/pg@8.2.0/node_modules/pg/lib/a.js:7:1)'),
  ],
  [
    at('Object.get [as total] (/srv/app/src/a.ts:1:1)'),
    at('get total [as total] (/srv/app/src/a.ts:3:1)'),
  ],
  [said('x', { errno: -111 }), said('x', { errno: -111, address: '10.0.0.1' })],
  [{ error: 'user 17 is gone' }, { error: 'user 18 is gone' }],
  [
    { reason: 'no row 1', at: 1 },
    { reason: 'no row 2', at: 2 },
  ],
  [
    from(['f (/app/src/a.ts:1:1)'], { cause: said('blob YWJjZGVmZ2hpag== is bad') }),
    from(['f (/app/src/a.ts:1:1)'], { cause: said('blob enl4d3Z1dHNycQ== is bad') }),
  ],
];

/** Different failures, which look alike. */
export const different: readonly Pair[] = [
  ...texts(
    ["EACCES: permission denied, mkdir '/data'", "EACCES: permission denied, rmdir '/data'"],
    ["EPERM: operation not permitted, chmod '/a'", "EPERM: operation not permitted, chown '/a'"],
    ['EMFILE: too many open files, open', 'EMFILE: too many open files, watch'],
    ['not authorized to perform: sqs:SendMessage', 'not authorized to perform: sqs:ReceiveMessage'],
    ['AccessDenied: dynamodb:Query', 'AccessDenied: dynamodb:Scan'],
    ['denied: kms:Decrypt', 'denied: kms:Encrypt'],
    ['getaddrinfo ENOTFOUND mail.internal', 'getaddrinfo ENOTFOUND search.internal'],
    ['getaddrinfo EAI_AGAIN postgres', 'getaddrinfo EAI_AGAIN rabbitmq'],
    [
      'Unique constraint failed on the fields: (`slug`)',
      'Unique constraint failed on the fields: (`title`)',
    ],
    [
      'Foreign key constraint failed on the field: `authorId`',
      'Foreign key constraint failed on the field: `postId`',
    ],
    ['UNIQUE constraint failed: users.email', 'UNIQUE constraint failed: users.phone'],
    ["Unknown column 'price' in 'field list'", "Unknown column 'total' in 'field list'"],
    ["Table 'shop.users' doesn't exist", "Table 'shop.orders' doesn't exist"],
    ['Route GET:/health not found', 'Route GET:/ready not found'],
    ['Cannot GET /cart', 'Cannot GET /checkout'],
    ['/user/email must match format', '/user/name must match format'],
    ['body/items must be array', 'body/total must be array'],
    ["Invalid option 'a', expected 'on' | 'off'", "Invalid option 'a', expected 'up' | 'down'"],
    ['port 5432 is not reachable', 'port 6379 is not reachable'],
    ['missing role orders:admin', 'missing role orders:viewer'],
    ['Unknown argument `titel`', 'Unknown argument `autor`'],
    ['invalid_scope: mail.read', 'invalid_scope: mail.send'],
    [
      "The requested module './a.js' does not provide an export named 'x'",
      "The requested module './a.js' does not provide an export named 'y'",
    ],
    ['first step, parse, failed', 'first step, write, failed'],
  ),
  [
    at('Object.get [as total] (/srv/app/src/a.ts:1:1)'),
    at('Object.get [as tax] (/srv/app/src/a.ts:1:1)'),
  ],
  [said('x', { errno: 1045 }), said('x', { errno: 1049 })],
  [{ error: 'no stock' }, { error: 'no money' }],
  [
    at('q (/app/node_modules/pg/lib/client.js:1:1)'),
    at('q (/app/node_modules/redis/lib/client.js:1:1)'),
  ],
  [
    said('x', { syscall: 'open', code: 'EACCES' }),
    said('x', { syscall: 'unlink', code: 'EACCES' }),
  ],
  [at('Cart.add (/srv/app/src/a.ts:1:1)'), at('Cart.drop (/srv/app/src/a.ts:1:1)')],
];
