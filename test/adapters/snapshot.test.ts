// Copies of arguments: what a copy has, and what it shares.
import { describe, expect, it } from 'vitest';
import { copyOfArguments } from '../../src/adapters/snapshot.ts';

describe('a copy of arguments', () => {
  it('has every member, also one that is called `__proto__`', () => {
    const given: unknown = JSON.parse('[{"__proto__":{"isAdmin":true},"sku":"7"}]');
    const copy = copyOfArguments(given);
    expect(JSON.stringify(copy)).toBe(JSON.stringify(given));
    expect((copy as { isAdmin?: boolean }[])[0]!.isAdmin).toBeUndefined();
  });

  it('does not change with what was given, however deep', () => {
    const given = [
      { tags: ['a'], at: new Date(0), bytes: Buffer.from('abc'), more: new Map([['k', [1]]]) },
    ];
    const copy = copyOfArguments(given);
    given[0]!.tags.push('b');
    given[0]!.at.setTime(1);
    given[0]!.bytes.fill('x');
    given[0]!.more.get('k')!.push(2);
    expect(copy).toEqual([
      { tags: ['a'], at: new Date(0), bytes: Buffer.from('abc'), more: new Map([['k', [1]]]) },
    ]);
  });

  it('ends with arguments that stand inside themselves', () => {
    const given: unknown[] = [1];
    given.push(given);
    const copy = copyOfArguments(given);
    expect(copy[1]).toBe(copy);
  });
});
