/** Request bodies of unchanged clients; test/samples/README.md says which. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Sample {
  readonly file: string;
  readonly what: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Same label, same group. */
  readonly pair?: string;
}

const folder = join(import.meta.dirname, '../samples');

export const samples: readonly Sample[] = (
  JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Sample[]
).filter(({ file }) => !file.startsWith('sourcemaps'));

export const bodyOf = (file: string): Buffer => readFileSync(join(folder, file));

/** What was planted where it does not belong. */
export const planted: RegExp = /PLANTED-\d+|4111111111111111|someone@example\.org|203\.0\.113\.\d/g;
