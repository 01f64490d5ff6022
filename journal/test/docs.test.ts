// What the pages promise is what the code does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failuresRequest } from '../src/intake/kedge.ts';
import { settingsHelp } from '../src/settings.ts';

const page = (name: string): string => readFileSync(join(import.meta.dirname, '..', name), 'utf8');

describe('documentation', () => {
  it('names every setting with its flag and its default', () => {
    const readme = page('README.md');
    for (const line of settingsHelp.split('\n')) {
      const [, flag, env, fallback] = /^ +(--[\w-]+) +(\w+) .*?(?:\(([^)]*)\))?$/.exec(line)!;
      const row = readme
        .split('\n')
        .find((row) => row.startsWith('|') && row.includes(`\`${env}\``));
      expect(row).toContain(`\`${flag}\``);
      expect(row).toContain(fallback ?? '|');
    }
  });

  it('shows a batch that is taken', () => {
    const [, json] = /```json\n(.*?)```/s.exec(page('docs/protocol.md'))!;
    expect(failuresRequest.safeParse(JSON.parse(json!)).error).toBeUndefined();
  });

  it('says where every package is used', () => {
    const { dependencies } = JSON.parse(page('package.json')) as { dependencies: object };
    for (const name of Object.keys(dependencies)) {
      expect(page('docs/architecture.md')).toContain(`\`${name}\``);
    }
  });
});
