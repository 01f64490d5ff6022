/** Request bodies of unchanged clients; test/samples/README.md says which. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

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

/** The key that the samples were sent with. */
const KEY = '0123456789abcdef0123456789abcdef';

/** As the client has sent it, with a key and a project that there are. */
export function requestOf(
  sample: Sample,
  { key, project }: { key: string; project: number },
): { path: string; body: Uint8Array<ArrayBuffer>; headers: Record<string, string> } {
  const own = (text: string): string => text.replaceAll(KEY, key).replaceAll('/42', `/${project}`);
  const raw = bodyOf(sample.file);
  const isText = sample.file.endsWith('tunnel.envelope');
  const body = isText ? Buffer.from(own(raw.toString('utf8'))) : raw;
  const { 'x-was-encoded': encoding, 'transfer-encoding': _, ...given } = sample.headers;
  const headers = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, own(value)]),
  );
  if (encoding === 'gzip') headers['content-encoding'] = 'gzip';
  const packed = encoding === 'gzip' ? gzipSync(body) : body;
  return { path: own(sample.path), body: new Uint8Array(packed), headers };
}
