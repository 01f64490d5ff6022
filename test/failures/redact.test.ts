import { runInNewContext } from 'node:vm';
import { describeFailure, redact } from 'kedge/failures';
import { describe, expect, it } from 'vitest';
import { builtIn } from '../../src/failures/redact/options.ts';
import { spansIn } from '../../src/failures/redact/text.ts';
import { fc } from '../support/property.ts';
import { ordinary, planted } from './redact-corpus.ts';

const throws = (): never => {
  throw new Error('no');
};

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

function card(digits: string): string {
  for (let check = 0; check < 10; check++) {
    let sum = 0;
    const number = digits + String(check);
    for (let n = 0; n < number.length; n++) {
      const digit = Number(number[number.length - 1 - n]) * (n % 2 === 0 ? 1 : 2);
      sum += digit > 9 ? digit - 9 : digit;
    }
    if (sum % 10 === 0) return number;
  }
  return digits;
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const text = (alphabet: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet.split('')), minLength, maxLength });

/** Not by chance in a text, nor a part of what takes its place. */
function isNoWord(value: string): boolean {
  return /\d/.test(value.slice(0, 8)) && /\d/.test(value.slice(-8)) && value === value.trim();
}

/** Passwords have more signs. Without a quote around them, they end at white space, `&`, `;`, `<`, `>` and quotes. */
const bare = text(`${letters}!#$%()*+,-./:=?@[]^_{|}~`, 12, 40).filter(isNoWord);
const quoted = text(`${letters}!#$%()*+,-./:=?@[]^_{|}~ &;<>'`, 12, 40).filter(isNoWord);
const key = fc.constantFrom(
  ...[
    'password',
    'DB_PASSWORD',
    'user.passwd',
    'pwd',
    'secret',
    'clientSecret',
    'token',
    'api-key',
  ],
  ...['X-API-Key', 'accessToken', 'authorization', 'Set-Cookie', 'session', 'csrf_token', 'jwt'],
  ...['privateKey', 'connectionString', 'credentials', 'passphrase', 'ssn', 'cardNumber', 'otp'],
);
/** A secret with a shape of its own: it needs no name. */
const shaped = fc.oneof(
  text(letters, 20, 60).map((body) => `eyJhbGciOiJIUzI1NiJ9.${body}.${body}`),
  text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16, 16).map((body) => `AKIA${body}`),
  text(letters, 36, 36).map((body) => `ghp_${body}`),
  text(letters.toLowerCase().slice(0, 26), 5, 20).map((name) => `q${name}x@example.com`),
  text('0123456789', 14, 14).map((body) => card(`4${body}`)),
  text(letters, 40, 200).map((body) => `-----BEGIN KEY-----\n${body}\n-----END KEY-----`),
);
const words = fc.constantFrom(
  '',
  'could not log in: ',
  'user 17, ',
  '{"a":1} ',
  'at /srv/app ',
  '🎉 ',
);

/** Any 16 bits, halves of characters too. */
const anyUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code));

describe('what must not come out', () => {
  it.each(planted)('%s', (given, hidden) => {
    expect(given).toContain(hidden);
    expect(redact(given)).not.toContain(hidden);
  });

  it.each(planted)('nor out of a description: %s', (given, hidden) => {
    const error = new Error(given, { cause: new Error(given) });
    const failure = describeFailure(error, {
      context: { route: given, requestId: given, tags: { given }, note: given },
      service: given,
    });
    // Its id, the time and the process may have any digits in them.
    const { id: _, time: __, runtime: ___, ...said } = failure;
    expect(JSON.stringify(said)).not.toContain(hidden);
  });

  it('a value under a sensitive name, whatever is around it', () => {
    fc.assert(
      fc.property(key, quoted, (name, hidden) => {
        const carriers: unknown[] = [
          { [name]: hidden },
          { a: [{ b: { [name]: hidden } }] },
          { [name]: [hidden] },
          { [name]: { a: hidden } },
          new Map([[name, hidden]]),
          new Map([['a', new Set([{ [name]: hidden }])]]),
          [{ name, value: hidden }],
          [{ key: name, value: hidden }],
          Object.assign(new Error('x'), { [name]: hidden }),
          new Error('x', { cause: { [name]: hidden } }),
          JSON.stringify({ a: 1, [name]: hidden, b: 2 }),
          JSON.stringify({ a: 1, [name]: hidden, b: 2 }, undefined, 2),
          JSON.stringify(JSON.stringify({ [name]: hidden })),
          JSON.stringify({ [name]: { a: [hidden] }, b: 2 }),
          `https://example.com/?a=1&${new URLSearchParams({ [name]: hidden }).toString()}&b=2`,
        ];
        const encoded = new URLSearchParams({ x: hidden }).toString();
        for (const carrier of carriers) {
          const out = JSON.stringify(redact(carrier));
          expect(out).not.toContain(hidden.slice(0, 8));
          expect(out).not.toContain(hidden.slice(-8));
          expect(out).not.toContain(encoded.slice(-8));
        }
      }),
    );
  });

  it('a value behind a sensitive name in running text', () => {
    const separator = fc.constantFrom('=', ': ', ':', ' = ', '=>');
    const behind = fc.oneof(
      fc.tuple(separator, bare),
      fc.tuple(separator, quoted).map(([between, value]) => [between, `"${value}"`] as const),
    );
    fc.assert(
      fc.property(words, key, behind, words, (before, name, [between, hidden], after) => {
        const given = `${before}${name}${between}${hidden} ${after}`;
        const failure = describeFailure(
          Object.assign(new Error(given), { stack: `Error: ${given}` }),
        );
        for (const out of [redact(given), JSON.stringify(failure)]) {
          expect(out).not.toContain(hidden.slice(1, 9));
          expect(out).not.toContain(hidden.slice(-9, -1));
        }
      }),
    );
  });

  it('a value with a shape, anywhere', () => {
    fc.assert(
      fc.property(words, shaped, words, (before, hidden, after) => {
        const inside = hidden.replace(/-----(?:BEGIN|END) KEY-----/g, '').trim();
        const given = `${before}${hidden} ${after}`;
        const carriers: unknown[] = [
          given,
          { note: given },
          [given],
          new Error(given),
          { [given]: 1 },
        ];
        for (const carrier of carriers) {
          expect(JSON.stringify(redact(carrier))).not.toContain(inside);
        }
        expect(JSON.stringify(describeFailure(new Error(given)))).not.toContain(inside);
      }),
    );
  });

  it('a value that is cut off by the end of a long text', () => {
    fc.assert(
      fc.property(shaped, fc.integer({ min: 0, max: 250 }), (hidden, offset) => {
        const inside = hidden.replace(/-----(?:BEGIN|END) KEY-----/g, '').trim();
        for (const longest of [4_000, 16_000]) {
          const given = `${'x'.repeat(longest - offset - 1)} ${hidden} ${'y'.repeat(2_000)}`;
          const out = longest === 4_000 ? describeFailure(new Error(given)).message : redact(given);
          // Not even the first half of it.
          const half = inside.slice(0, Math.max(12, inside.length / 2));
          expect(out).not.toContain(half);
        }
      }),
    );
  });

  it('raw headers', () => {
    const raw = redact(['Host', 'a.b', 'Authorization', 'Bearer 1b2c', 'Cookie', 'a=1b2c']);
    expect(raw).toEqual(['Host', 'a.b', 'Authorization', '[redacted]', 'Cookie', '[redacted]']);
    expect(redact(new Headers({ authorization: 'Bearer 1b2c', accept: '*/*' }))).toEqual({
      accept: '*/*',
      authorization: '[redacted]',
    });
  });

  it('numbers that are cards, and numbers under a sensitive name', () => {
    expect(redact({ n: 4111111111111111, pin: 4711, cvv: 123 })).toEqual({
      n: '[redacted]',
      pin: '[redacted]',
      cvv: '[redacted]',
    });
  });

  it('bytes and functions', () => {
    expect(redact({ body: Buffer.from('hunter2'), fn: () => 'hunter2' })).toEqual({
      body: '[7 bytes]',
      fn: '[function]',
    });
  });
});

describe('what must stay readable', () => {
  it.each(ordinary)('%s', (given) => {
    expect(redact(given)).toBe(given);
  });

  it('plain data', () => {
    const data = {
      id: 17,
      name: 'ann',
      active: true,
      ratio: 0.25,
      tags: ['a', 'b'],
      nested: { at: '2026-11-20T12:00:00.000Z', none: null },
    };
    expect(redact(data)).toEqual(data);
  });

  it('amounts, kinds and switches that are called after secrets', () => {
    const data = {
      maxTokens: 100,
      tokens: 12,
      tokenCount: 3,
      tokenType: 'Bearer',
      sessionTimeout: 3_600,
      passwordPolicy: 'strict',
      passwordRequired: true,
      token: null,
      password: '',
      monkey: 'yes',
      author: 'ann',
      discard: 'x',
    };
    expect(redact(data)).toEqual(data);
  });

  it('what is already redacted', () => {
    for (const [given] of planted) {
      const once = redact(given);
      expect(redact(once)).toBe(once);
    }
  });
});

describe('JSON', () => {
  it('has a form for everything', () => {
    const shared = { x: 1 };
    expect(
      redact({
        date: new Date(0),
        invalid: new Date(Number.NaN),
        url: new URL('https://a.b/?x=1'),
        regexp: /a+/g,
        big: 12n,
        huge: 10n ** 100n,
        nan: Number.NaN,
        infinite: -Infinity,
        symbol: Symbol('s'),
        undefined: undefined,
        set: new Set([1, 2]),
        twice: [shared, shared],
        none: Object.create(null) as object,
      }),
    ).toEqual({
      date: '1970-01-01T00:00:00.000Z',
      invalid: null,
      url: 'https://a.b/?x=1',
      regexp: '/a+/g',
      big: '12',
      huge: '[bigint]',
      nan: 'NaN',
      infinite: '-Infinity',
      symbol: 'Symbol(s)',
      set: [1, 2],
      twice: [{ x: 1 }, { x: 1 }],
      none: {},
    });
    expect(redact(undefined)).toBeNull();
  });

  it('errors keep what they say, and their members', () => {
    const error = Object.assign(new RangeError('no', { cause: new Error('why') }), { code: 'X' });
    expect(redact(error)).toMatchObject({
      name: 'RangeError',
      message: 'no',
      code: 'X',
      cause: { message: 'why' },
    });
    expect(redact(runInNewContext("new Error('foreign')"))).toMatchObject({ message: 'foreign' });
  });

  it('a member called __proto__ stays a member', () => {
    const data: unknown = JSON.parse('{"__proto__":{"polluted":1}}');
    expect(JSON.stringify(redact(data))).toBe('{"__proto__":{"polluted":1}}');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('does not change what it is given', () => {
    const data = { password: 'x', list: [{ token: 'y' }] };
    redact(data);
    expect(data).toEqual({ password: 'x', list: [{ token: 'y' }] });
  });
});

describe('options', () => {
  it('more names', () => {
    const data = { 'Customer-No': 'a', customer_no: 'b', customer: 'c' };
    expect(redact(data, { keys: ['customerNo'] })).toEqual({
      'Customer-No': '[redacted]',
      customer_no: '[redacted]',
      customer: 'c',
    });
  });

  it('hashes agree under one key, and differ under another', () => {
    const hash = { hash: ['userId', 'email'], hashKey: 'k'.repeat(32) };
    const one = redact({ userId: 7, note: 'ann@example.com is away' }, hash);
    expect(one).toEqual(redact({ userId: '7', note: 'ann@example.com is away' }, hash));
    expect(one).toMatchObject({
      userId: expect.stringMatching(/^\[[\da-f]{16}\]$/),
      note: expect.stringMatching(/^\[email:[\da-f]{16}\] is away$/),
    });
    expect(redact({ userId: 7 }, { ...hash, hashKey: 'another' })).not.toEqual(
      redact({ userId: 7 }, hash),
    );
  });

  it('without a key, hashes agree within the process', () => {
    const hash = { hash: ['userId'] };
    expect(redact({ userId: 7 }, hash)).toEqual(redact({ userId: 7 }, hash));
  });
});

describe('limits', () => {
  let deep: object = {};
  for (let n = 0; n < 10_000; n++) deep = { deep };
  const circular: Record<string, unknown> = {};
  circular['self'] = { circular };

  it.each(
    Object.entries({
      'a long text': 'x'.repeat(10_000_000),
      'a long text of another script': '漢'.repeat(1_000_000),
      'control characters': '\0'.repeat(1_000_000),
      'halves of characters': '\uD83D'.repeat(100_000),
      'long members': { a: 'x'.repeat(1e6), b: 'y'.repeat(1e6), c: 'z'.repeat(1e6), d: ['x'] },
      'members of another script': { a: '漢'.repeat(1e5), b: '漢'.repeat(1e5) },
      'many members': Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, 'v'])),
      'long names': { ['n'.repeat(1e6)]: 1, ['m'.repeat(1e6)]: 2 },
      'a long array': Array.from({ length: 100_000 }, () => 'value'),
      'wide and deep': Array.from({ length: 99 }, () => Array.from({ length: 99 }, () => [[1, 2]])),
      'ten thousand levels': deep,
      'a circle': circular,
      'a large Map': new Map(Array.from({ length: 100_000 }, (_, n) => [n, n])),
      'a large Set': new Set(Array.from({ length: 100_000 }, (_, n) => n)),
    }),
  )('%s is at most 32 KiB of JSON', (_, value) => {
    expect(bytes(redact(value))).toBeLessThanOrEqual(32_768);
    expect(bytes(describeFailure(value))).toBeLessThanOrEqual(32_768);
    expect(bytes(describeFailure(new Error('x', { cause: value })))).toBeLessThanOrEqual(32_768);
    const failure = describeFailure(new Error('x'), { context: { tags: { value }, value } });
    expect(bytes(failure)).toBeLessThanOrEqual(32_768);
  });

  it('says where it was cut', () => {
    expect(redact('x'.repeat(50_000))).toMatch(/x… \[50000 characters\]$/);
    expect(redact(Array.from({ length: 103 }, () => 1))).toContain('[3 more]');
    expect(redact(circular)).toEqual({ self: { circular: '[circular]' } });
    expect(JSON.stringify(redact(deep))).toContain('[deep]');
  });

  it('does not cut a character in half', () => {
    const cut = redact(`${'x'.repeat(15_999)}🎉🎉🎉`);
    expect(cut).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
  });

  it('reads no more of a list than it shows', () => {
    let reads = 0;
    const list = new Proxy(Array.from({ length: 1_000_000 }), {
      get(target, property, receiver) {
        reads++;
        return Reflect.get(target, property, receiver) as unknown;
      },
    });
    redact(list);
    expect(reads).toBeLessThan(1_000);
  });
});

describe('hostile values', () => {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();

  it.each(
    Object.entries({
      'a revoked proxy': revoked,
      'a proxy that throws': new Proxy(
        {},
        { get: throws, ownKeys: throws, has: throws, getPrototypeOf: throws },
      ),
      'an iterator that throws': Object.assign(new Map([[1, 1]]), { [Symbol.iterator]: throws }),
      'a Symbol.toStringTag that throws': Object.defineProperty({}, Symbol.toStringTag, {
        get: throws,
      }),
    }),
  )('%s', (_, value) => {
    expect(() => redact(value)).not.toThrow();
    expect(() => redact([value, { value }])).not.toThrow();
  });

  it('a member that throws does not hide the others', () => {
    const data = {
      a: 1,
      get b() {
        return throws();
      },
      c: 3,
    };
    expect(redact(data)).toEqual({ a: 1, b: '[unreadable]', c: 3 });
    expect(redact({ revoked, c: 3 })).toEqual({ revoked: '[unreadable]', c: 3 });
  });

  it('anything becomes JSON', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const out = redact(value);
        expect(JSON.parse(JSON.stringify(out))).toEqual(out);
      }),
    );
  });

  it('any text stays a text, and no other is made of it than by taking away', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyUnit, maxLength: 200 }), (given) => {
        const out = redact(given);
        for (const part of out.split(/\[redacted[a-z ]*\]/)) expect(given).toContain(part);
      }),
    );
  });
});

describe('work', () => {
  const patterns = [
    'eyJ',
    'a@',
    '@',
    'password:',
    '=',
    'http://a ',
    'http://a@',
    '-----BEGIN ',
    '"',
  ];
  const more = ['token="', 'token=(', '4111 ', '4', 'GB82 ', 'bearer ', 'token%3D', '--password '];
  const others = [
    'ghp_',
    '\\"',
    'a.',
    'secret=[',
    "'",
    '://',
    'basic  ',
    '4111-1111-',
    'password "',
  ];

  // Without the limit on texts. If any search went to the end from each of these, this would take hours.
  it.each([...patterns, ...more, ...others])(
    'two hundred thousand characters of «%s» is read once',
    (part) => {
      const given = part.repeat(Math.ceil(200_000 / part.length));
      const spans = spansIn(given, { redaction: builtIn, rows: true });
      expect(spans.length).toBeLessThan(given.length);
    },
  );
});
