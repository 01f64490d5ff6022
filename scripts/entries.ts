import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One public entry of the package, as `exports` in package.json declares it. */
export interface Entry {
  /** What users import: `kedge`, `kedge/pino`. */
  readonly specifier: string;
  /** A name for files: `kedge`, `kedge-pino`. */
  readonly slug: string;
  /** Absolute paths of the built files. */
  readonly types: string;
  readonly code: string;
}

export const root: string = fileURLToPath(new URL('..', import.meta.url));

export const manifest: {
  readonly name: string;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<
    Record<string, string | { readonly types: string; readonly default: string }>
  >;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
} = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** The programs, by absolute paths of the built files. */
export const programs: readonly string[] = Object.values(manifest.bin).map(
  (path) => root + path.slice(2),
);

export const entries: readonly Entry[] = Object.entries(manifest.exports).flatMap(
  ([subpath, target]) => {
    if (typeof target === 'string') return []; // ./package.json
    const specifier = manifest.name + subpath.slice(1);
    return [
      {
        specifier,
        slug: specifier.replaceAll('/', '-'),
        types: root + target.types.slice(2),
        code: root + target.default.slice(2),
      },
    ];
  },
);
