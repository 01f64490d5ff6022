import { classify } from 'kedge/failures';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failed } from './errors.ts';

/** What is made of these headers on a 429, in milliseconds. */
const after = (headers: unknown): number | undefined =>
  classify(failed({ status: 429, headers })).retryAfter;

const many = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-header-${n}`, 'x']));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 20, 12, 0, 0) });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['1.5', 1_500],
    [7, 7_000],
    [['3', '9'], 3_000],
    // The three dates of RFC 9110, 5.6.7.
    ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
    ['Friday, 20-Nov-26 12:00:30 GMT', 30_000],
    ['Fri Nov 20 12:00:30 2026', 30_000],
    ['2026-11-20T12:00:30Z', 30_000],
    ['Thu, 19 Nov 2026 12:00:00 GMT', 0],
  ])('%j is %d ms', (value, expected) => {
    expect(after({ 'retry-after': value })).toBe(expected);
  });

  it.each([
    '',
    'soon',
    '-5',
    '5s',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    'May 5',
    'Fri, nonsense',
    null,
  ])('%j is nothing', (value) => {
    expect(after({ 'retry-after': value })).toBeUndefined();
  });

  it('a wait of more than a year is cut to one, however many digits it has', () => {
    for (const digits of ['9999999999999999', '18446744073709551615', '9'.repeat(400)])
      expect(after({ 'retry-after': digits })).toBe(366 * 86_400_000);
    expect(after({ 'retry-after': '999999999999999' })).toBe(366 * 86_400_000);
    expect(after({ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' })).toBe(366 * 86_400_000);
  });
});

describe('where it is', () => {
  it.each(
    Object.entries({
      'a Headers': { headers: new Headers({ 'Retry-After': '2' }) },
      'lower case': { headers: { 'retry-after': '2' } },
      'upper case': { headers: { 'RETRY-AFTER': '2' } },
      'mixed case': { headers: { 'Retry-After': '2' } },
      'the response': { response: { headers: { 'Retry-After': '2' } } },
      "the response's Headers": { response: { headers: new Headers({ 'retry-after': '2' }) } },
      'the raw response': { $response: { headers: { 'retry-after': '2' } } },
      'a Map': { headers: new Map([['retry-after', '2']]) },
      'a Map in any case': { headers: new Map([['Retry-After', '2']]) },
      'a list of pairs': {
        headers: [
          ['date', 'x'],
          ['Retry-After', '2'],
        ],
      },
      'a flat list': { headers: ['Date', 'x', 'Retry-After', '2'] },
      'a flat list of bytes': { headers: [Buffer.from('Retry-After'), Buffer.from('2')] },
      axios: {
        response: { headers: { get: (name: string) => (name === 'retry-after' ? '2' : null) } },
      },
      'an object without a prototype': {
        headers: Object.assign(Object.create(null) as object, { 'retry-after': '2' }),
      },
    }),
  )('%s', (_, members) => {
    expect(classify(failed({ status: 503, ...members }))).toMatchObject({
      repeat: 'safe',
      retryAfter: 2_000,
    });
  });

  it('many headers do not hide it, a flood of them does', () => {
    expect(after({ ...many(100), 'retry-after': '2' })).toBe(2_000);
    expect(after({ ...many(1_000), 'retry-after': '2' })).toBeUndefined();
  });
});

describe('its relatives', () => {
  it.each([
    [{ 'retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'x-ms-retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9_000],
    [{ RateLimit: '"default";r=0;t=30' }, 30_000],
    [{ RateLimit: '"burst";r=7;t=1, "day";r=0;t=600' }, 600_000],
    [{ RateLimit: 'limit=100, remaining=0, reset=30' }, 30_000],
    [{ 'RateLimit-Remaining': '0', 'RateLimit-Reset': '12' }, 12_000],
    [{ 'RateLimit-Reset': '12' }, 12_000],
    [{ 'RateLimit-Reset': String(Date.UTC(2026, 10, 20, 12, 1) / 1_000) }, 60_000],
    [{ 'x-ratelimit-reset': String(Date.UTC(2026, 10, 20, 12, 1)) }, 60_000],
    [{ 'x-ratelimit-reset': '18446744073709551615' }, 366 * 86_400_000],
    [{ RateLimit: '"default";r=0;t=18446744073709551615' }, 366 * 86_400_000],
    [{ 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '12' }, 12_000],
    // GitHub: seconds of the epoch.
    [
      {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Date.UTC(2026, 10, 20, 12, 1) / 1_000),
      },
      60_000,
    ],
    [{ 'retry-after': '3', 'x-ratelimit-reset': '900' }, 3_000],
  ])('%j is %d ms', (headers, expected) => {
    expect(after(headers)).toBe(expected);
  });

  it.each([
    [{ RateLimit: '"default";r=5;t=30' }],
    [{ RateLimit: 'limit=100, remaining=5, reset=30' }],
    [{ 'X-RateLimit-Remaining': '5', 'X-RateLimit-Reset': '12' }],
    [{ RateLimit: 'x'.repeat(100_000) }],
  ])('a quota that is not used up is no reason to wait: %j', (headers) => {
    expect(after(headers)).toBeUndefined();
  });

  it('a quota tells nothing of a failure that is not its own', () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '900' };
    expect(classify(failed({ status: 500, headers }))).not.toHaveProperty('retryAfter');
  });

  it('a quota does not make a 503 safe: it does not say that nothing was executed', () => {
    const headers = { 'ratelimit-remaining': '0', 'ratelimit-reset': '9' };
    const classified = classify(failed({ status: 503, headers }));
    expect(classified).toMatchObject({ repeat: 'idempotent', retryAfter: 9_000 });
  });
});
