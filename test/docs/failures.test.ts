// What the pages about failures say of secrets and of ASVS is what the code does.
import { redact } from 'kedge/failures';
import { securityLog } from 'kedge/security';
import { describe, expect, it } from 'vitest';
import { Lines } from '../adapters/logger.ts';
import { read } from './blocks.ts';
import { plain, rowsOf, section } from './tables.ts';

describe('docs/redaction.md', () => {
  const page = read('docs/redaction.md');

  it('names words under which values are secrets', () => {
    const quoted = page.match(/^>.*$/gm)?.join(' ').replaceAll('>', ' ') ?? '';
    const words = quoted.split(/[,\s]{2,}|,/).map((word) => word.trim());
    expect(words.length).toBeGreaterThan(40);
    const shown = words
      .filter((word) => word !== '')
      .filter((word) => {
        const camel = word.replaceAll(/ (.)/g, (_, letter: string) => letter.toUpperCase());
        return !JSON.stringify(redact({ [camel]: 'abc' })).includes('[redacted]');
      });
    expect(shown).toEqual([]);
  });

  it('has a row for every shape', () => {
    const marks = rowsOf(section(page, 'By shape')).map(([, mark = '']) => plain(mark));
    const examples = [
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc',
      'Bearer abcdef123456',
      'https://ann:pw@host/',
      '-----BEGIN PRIVATE KEY-----\nMII',
      '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
      '4111111111111111',
      'DE89370400440532013000',
      'ann@example.com',
      '078-05-1120',
      'AKIAIOSFODNN7EXAMPLE',
    ];
    expect(marks).toHaveLength(examples.length);
    for (const [index, example] of examples.entries()) {
      expect(redact(example)).toContain(/\[redacted \w+\]/.exec(marks[index] ?? '')?.[0] ?? 'none');
    }
  });
});

describe('docs/asvs.md', () => {
  const page = read('docs/asvs.md');

  it('goes through the chapter row by row', () => {
    const ids = [...page.matchAll(/^\| (16\.\d\.\d) \|/gm)].map(([, id]) => id);
    const chapter = { 1: 1, 2: 5, 3: 4, 4: 3, 5: 4 };
    const wanted = Object.entries(chapter).flatMap(([part, last]) =>
      Array.from({ length: last }, (_, index) => `16.${part}.${index + 1}`),
    );
    expect(ids).toEqual(wanted);
  });

  it('has the names and levels of all security events', () => {
    for (const row of rowsOf(section(page, 'Security events'))) {
      const [method = '', event, owasp, level] = row.map(plain);
      const logger = new Lines();
      const security = securityLog({ hashKey: 'k'.repeat(32), logger });
      security[method as keyof typeof security]('ann');
      expect(logger.lines).toMatchObject([{ event, owasp, level }]);
    }
  });
});
