import { fc } from '../support/property.ts';
import { describe, expect, it } from 'vitest';
import { formFor } from '../../src/responses/responder/negotiate.ts';
import { varyWith } from '../../src/adapters/answers/headers.ts';

describe('the form of an answer', () => {
  it.each([
    [undefined, 'problem'],
    ['', 'problem'],
    ['*/*', 'problem'],
    ['text/html', 'page'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'page'],
    ['TEXT/HTML ; q=0.1', 'page'],
    ['text/*', 'page'],
    ['text/html;q=0', 'problem'],
    ['text/html;q=0.5, application/json', 'json'],
    ['text/html, application/json;q=0.9', 'page'],
    ['text/html, application/json', 'page'],
    ['application/json, text/html', 'json'],
    ['application/problem+json, text/html', 'problem'],
    ['application/json', 'json'],
    ['application/json;charset=utf-8', 'json'],
    ['application/json, text/plain, */*', 'problem'],
    ['application/json, */*;q=0.5', 'json'],
    ['application/problem+json, application/json', 'problem'],
    ['application/problem+json;q=0.5, application/json', 'json'],
    ['application/*', 'problem'],
    ['image/png', 'problem'],
    ['text/html;q=NaN', 'problem'],
    [',,;=;q', 'problem'],
  ])('for %j is a %s', (accept, form) => {
    expect(formFor(accept, true)).toBe(form);
  });

  it('is never a page where there are none', () => {
    expect(formFor('text/html', false)).toBe('problem');
  });

  it('is found in time for whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(20_000), (part, times) => {
        expect(['page', 'problem', 'json']).toContain(formFor(part.repeat(times % 500), true));
      }),
    );
    const begun = performance.now();
    formFor(`${'a;q=1,'.repeat(100_000)}text/html`, true);
    expect(performance.now() - begun).toBeLessThan(50);
  });
});

describe('Vary', () => {
  it.each([
    [undefined, 'Accept'],
    ['Origin', 'Origin, Accept'],
    ['accept', 'accept'],
    ['*', '*'],
    [['Origin', 'Cookie'], 'Origin, Cookie, Accept'],
  ])('of %j becomes %s', (known, value) => {
    expect(varyWith('Accept', known)).toBe(value);
  });
});
