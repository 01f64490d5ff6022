import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../src/console/query.ts';

const id = '0123456789abcdef0123456789abcdef';

describe('what people type', () => {
  it.each([
    ['is:unresolved kind:timeout', { state: 'unresolved', kind: 'timeout' }],
    ['release:2.4 platform:python', { release: '2.4', platform: 'python' }],
    ['user:ann@example.org service:"check out"', { user: 'ann@example.org', service: 'check out' }],
    ['trace:abc request:r-1', { trace: 'abc', request: 'r-1' }],
    [id, { event: id }],
    [`event:${id.toUpperCase()}`, { event: id }],
    ['01234567-89ab-cdef-0123-456789abcdef', { event: '01234567-89ab-cdef-0123-456789abcdef' }],
    [
      'event:17 colour:red "connection refused"',
      { text: 'event:17 colour:red "connection refused"' },
    ],
    ['', {}],
  ])('%s', (text, found) => {
    expect(parseQuery(text)).toEqual(found);
  });
});
