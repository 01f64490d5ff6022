// What an application adds to the built-in rules.
import { describeFailure, redact, type RedactOptions } from 'kedge/failures';
import { describe, expect, it, vi } from 'vitest';
import { fc } from '../support/property.ts';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe('own names', () => {
  it.each([
    'kundennummer=1007x',
    'kundennummer: 1007x',
    'Kunden-Nummer = "1007x"',
    '{"kundenNummer":"1007x"}',
    'user[kundennummer]=1007x',
    'user%5Bkundennummer%5D=1007x',
    '<kundennummer>1007x</kundennummer>',
    'run --kundennummer 1007x',
    '[{"name":"kundennummer","value":"1007x"}]',
    '["kundennummer", "1007x"]',
    'Kunden Nummer: 1007x',
  ])('hold in text: %s', (text) => {
    const keys = ['kundennummer'];
    expect(redact(text)).toContain('1007x');
    expect(redact(text, { keys })).not.toContain('1007x');
    expect(JSON.stringify(describeFailure(new Error(text), { keys }))).not.toContain('1007x');
  });

  it.each([
    ['κωδικός', 'όνομα'],
    ['имя', 'имена'],
    ['名前', '名'],
    ['größe', 'grosse'],
    ['ключ доступа', 'ключи'],
    ['customer-no', 'customer'],
  ])('in any script hide %s, and not %s', (name, other) => {
    const out = redact({ [name]: 'hunter2x', [other]: 'shop' }, { keys: [name] });
    expect(JSON.stringify(out)).not.toContain('hunter2x');
    expect(JSON.stringify(out)).toContain('shop');
  });

  it('are refused where they would hide everything or nothing', () => {
    for (const keys of [[''], ['-'], 'password', [7]]) {
      expect(() => redact({}, { keys } as never)).toThrow(/redact: expected `keys`/);
      expect(() => describeFailure(0, { keys } as never)).toThrow(
        /describeFailure: expected `keys`/,
      );
    }
    expect(() => redact({}, { key: ['x'] } as never)).toThrow('there is no option `key`');
    expect(() => describeFailure(0, { key: ['x'] } as never)).toThrow('no option `key`');
  });
});

describe('own patterns', () => {
  it('hide what they match, everywhere, and keep the rest', () => {
    const options: RedactOptions = { patterns: [/\bEMP-\d{6}\b/, /\b[A-Z]{2}\d{6}[A-Z]\b/i] };
    expect(redact({ note: 'by EMP-123456', list: ['ab123456c'] }, options)).toEqual({
      note: 'by [redacted]',
      list: ['[redacted]'],
    });
    const failure = describeFailure(new Error('EMP-123456 left'), options);
    expect(failure.message).toBe('[redacted] left');
    expect(failure.stack).not.toContain('123456');
  });

  it('are none of the application any more: flags and state do not matter', () => {
    const pattern = /x\d/gy;
    pattern.lastIndex = 3;
    expect(redact('a x1 x2', { patterns: [pattern] })).toBe('a [redacted] [redacted]');
    expect(pattern.lastIndex).toBe(3);
    expect(redact('abc', { patterns: [/(?:)/] })).toBe('abc');
    expect(() => redact('', { patterns: ['x'] } as never)).toThrow('a list of regular expressions');
  });
});

describe('an own last word', () => {
  it('is had on every text that comes out, with the name it stands under', () => {
    const scrub = vi.fn<(text: string, name: string | undefined) => string>((text) =>
      text.replaceAll('Ann', 'N.'),
    );
    expect(redact({ by: 'Ann', list: ['Ann Lee', 7] }, { scrub })).toEqual({
      by: 'N.',
      list: ['N. Lee', 7],
    });
    expect(scrub).toHaveBeenCalledWith('Ann', 'by');
    expect(scrub).toHaveBeenCalledWith('Ann Lee', undefined);
    const { message, causes } = describeFailure(new Error('Ann', { cause: new Error('Ann') }), {
      scrub,
    });
    expect([message, causes[0]?.message]).toEqual(['N.', 'N.']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['returns nothing', () => undefined],
    ['returns a number', () => 7],
  ])('that %s lets nothing out', (_, scrub) => {
    expect(redact({ a: 'x' }, { scrub } as never)).toEqual({ a: '[redacted]' });
    expect(redact('x', { scrub } as never)).toBe('[redacted]');
  });
});

describe('a value that was taken out by its name', () => {
  it.each<[string, unknown]>([
    ['in another member', { password: 'hunter2x', note: 'tried hunter2x twice' }],
    ['in a name', { password: 'hunter2x', ['x hunter2x']: 1 }],
    ['before it', { note: 'tried hunter2x', z: { password: 'hunter2x' } }],
    ['encoded', { token: 'a b/c+d9', url: 'https://x/?q=a%20b%2Fc%2Bd9' }],
    ['in one text', 'password=hunter2x; tried hunter2x twice'],
    ['in a list', ['password=hunter2x', ['hunter2x']]],
    ['of several', { passwords: ['hunter2x', 'hunter2y'], note: 'tried hunter2x' }],
    ['of a Set', { passwords: new Set(['hunter2x']), note: 'tried hunter2x' }],
    ['further in', { credentials: { key: { id: 'a1b2C3d4e5F6g7H8' } }, note: 'a1b2C3d4e5F6g7H8' }],
    ['in a Map', { secrets: new Map([['a', 'a1b2C3d4e5F6g7H8']]), note: 'a1b2C3d4e5F6g7H8' }],
    ['behind its scheme', { authorization: 'Bearer a1b2C3d4e5', note: 'a1b2C3d4e5 is expired' }],
  ])('is looked for in the rest: %s', (_, value) => {
    expect(JSON.stringify(redact(value))).not.toMatch(/hunter2x|a%20b|a1b2C3/);
  });

  it('is not taken for one of the words that stand beside a secret', () => {
    const credentials = { region: 'frankfurt', key: 'a1b2C3d4e5F6g7H8' };
    const shown = redact({ credentials, note: 'frankfurt is down' });
    expect(shown).toEqual({ credentials: '[redacted]', note: 'frankfurt is down' });
  });

  it('is looked for in the whole description', () => {
    const cause = new Error('hunter2x was tried');
    const error = new Error('login with password=hunter2x', { cause });
    expect(JSON.stringify(describeFailure(error))).not.toContain('hunter2x');
    const plain = describeFailure(new Error('hunter2y failed'), {
      context: { password: 'hunter2y', tags: { note: 'hunter2y' } },
    });
    expect(JSON.stringify(plain)).not.toContain('hunter2y');
  });

  it('is left where it is a common word, or part of a longer one', () => {
    expect(redact({ password: 'on', note: 'the light is on' })).toMatchObject({
      note: 'the light is on',
    });
    expect(redact({ pin: 4711, note: 'order 14711' })).toMatchObject({ note: 'order 14711' });
    expect(redact({ token: 'abc123', note: 'xabc1234' })).toMatchObject({ note: 'xabc1234' });
  });
});

describe('limits', () => {
  const long = 'x'.repeat(5_000);
  const members = {
    a: long,
    b: long,
    deep: { one: { two: { three: long } } },
    requestId: 'r-1',
    code: 'E_FULL',
    count: 7,
    list: Array.from({ length: 200 }, () => long),
  };

  it('cut what is less telling first, whatever the order of members', () => {
    const limits = { bytes: 2_000 };
    const orders = [members, Object.fromEntries(Object.entries(members).toReversed())];
    const outs = orders.map((one) => redact(one, { limits }) as Record<string, unknown>);
    for (const out of outs) {
      expect(out).toMatchObject({ requestId: 'r-1', code: 'E_FULL', count: 7 });
      expect(bytes(out)).toBeLessThanOrEqual(2_400);
    }
    expect(Object.keys(outs[0] ?? {}).toSorted()).toEqual(Object.keys(outs[1] ?? {}).toSorted());
  });

  it('keep the same members of a wide object in any order', () => {
    const wide = Object.entries({ ...members, list: 0, deep: 0 }).concat(
      Array.from({ length: 300 }, (_, n): [string, number] => [`k${n}`, n]),
    );
    const names = [wide, wide.toReversed()].map((entries) =>
      Object.keys(
        redact(Object.fromEntries(entries), { limits: { width: 10 } }) as object,
      ).toSorted(),
    );
    expect(names[0]).toEqual(names[1]);
    expect(names[0]).toEqual(expect.arrayContaining(['code', 'requestId', '…']));
    expect(names[0]).toHaveLength(11);
  });

  it('never cut what is named', () => {
    const text = 'y'.repeat(3_000);
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`k${n}`, long]));
    const limits = { bytes: 1_000, width: 5, keep: ['Z-Order'] };
    expect(redact({ ...wide, zOrder: text }, { limits })).toMatchObject({ zOrder: text });
    const failure = describeFailure(new Error(long), {
      context: { zOrder: 'o-17', tags: wide },
      limits: { bytes: 1_500, keep: ['zOrder'] },
    });
    expect(failure.tags).toEqual({ zOrder: 'o-17' });
    expect(bytes(failure)).toBeLessThanOrEqual(1_500);
  });

  it('bound a description to less than usual, and keep its ids', () => {
    let error: Error = new Error(long);
    for (let n = 0; n < 5; n++) error = new Error(long, { cause: error });
    for (const most of [1_000, 2_000, 8_000]) {
      const failure = describeFailure(error, {
        context: { requestId: 'r-1', tags: { a: long } },
        limits: { bytes: most },
      });
      expect(bytes(failure)).toBeLessThanOrEqual(most);
      expect(failure).toMatchObject({ requestId: 'r-1', kind: 'unknown', type: 'Error' });
      expect(failure.fingerprint).toMatch(/^v2:/);
    }
  });

  it('of depth, width and texts are one by one', () => {
    const value = { a: { b: { c: 1 } }, list: [1, 2, 3], text: 'abcdefghijklmnopqrstuvwxyz' };
    expect(redact(value, { limits: { depth: 2 } })).toMatchObject({ a: { b: '[deep]' } });
    expect(redact(value, { limits: { width: 2 } })).toMatchObject({ list: [1, 2, '[1 more]'] });
    expect(redact(value, { limits: { text: 16 } })).toMatchObject({
      text: 'abcdefghijklmnop… [26 characters]',
    });
  });

  it('of time end a walk that takes too long', () => {
    let time = 0;
    vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout'] });
    const slow = Array.from({ length: 50 }, (_, n) => ({
      get value() {
        vi.advanceTimersByTime(10);
        time += 10;
        return n;
      },
    }));
    const out = redact(slow, { limits: { time: 100 } }) as unknown[];
    vi.useRealTimers();
    expect(time).toBeLessThan(200);
    expect(out.at(-1)).toBe('[cut]');
  });

  it('are refused where they cannot be', () => {
    for (const limits of [
      { depth: 0 },
      { width: 1.5 },
      { bytes: 10 },
      { time: -1 },
      { keep: 'a' },
      { size: 1 },
      7,
    ]) {
      expect(() => redact({}, { limits } as never)).toThrow(/limits/);
    }
  });

  it('hold for anything', () => {
    fc.assert(
      fc.property(
        fc.anything({ maxDepth: 5 }),
        fc.integer({ min: 256, max: 5_000 }),
        (value, most) => {
          const out = redact(value, { limits: { bytes: most } });
          expect(bytes(out)).toBeLessThanOrEqual(most * 1.3 + 200);
        },
      ),
    );
  });
});
