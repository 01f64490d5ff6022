import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../src/console/query.ts';
import { ago, grouped, shown } from '../../src/record/shown.ts';

describe('queries', () => {
  it.each([
    ['is:unresolved', { state: 'unresolved' }],
    [
      'service:checkout "connection refused" 42',
      { service: 'checkout', text: '"connection refused" 42' },
    ],
    ['release:"shop@2.4.0 beta"', { release: 'shop@2.4.0 beta' }],
    ['is:odd http://x', { text: 'is:odd http://x' }],
    ['', {}],
  ])('%s', (text, query) => {
    expect(parseQuery(text)).toEqual(query);
  });
});

describe('texts', () => {
  it('are cut, and lose what cannot be seen', () => {
    expect(shown('a\u0000b\u202Ec\uD800')).toBe('a\uFFFDb\uFFFDc\uFFFD');
    expect(shown('x'.repeat(10), 4)).toBe('xxxx…');
    expect(shown('line\n\tnext')).toBe('line\n\tnext');
  });

  it('say how long ago something was, and large numbers in groups', () => {
    expect(['0 s ago', '59 s ago', '2 h ago', '3 d ago']).toEqual(
      [0, 59_999, 2.5 * 3_600_000, 3 * 86_400_000].map((passed) => ago(1e12 - passed, 1e12)),
    );
    expect(grouped(1234567)).toBe('1\u2009234\u2009567');
  });
});
