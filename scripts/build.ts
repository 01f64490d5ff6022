// src → dist: one file for the core, one for each policy and each entry, chunks for what several of them share.
//
// Twenty files load in a third of the time of seventy. The sources are not
// part of the package: what a debugger shows is readable as it is.
import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { type OutputOptions, rolldown, type RolldownOptions, type RolldownPlugin } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { entries, programs, root } from './entries.ts';

const source = (built: string): string =>
  built.replace(`${root}dist/`, `${root}src/`).replace(/\.js$/, '.ts');

/** What `classify` knows by heart: a file of its own, since browsers get a shorter one. */
const sources = ['verdict/sources/index', 'verdict/sources/index.browser'];

const inputOf = (built: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    built.map((file) => [file.slice(`${root}dist/`.length).replace(/\.js$/, ''), source(file)]),
  );

const input = inputOf(entries.map(({ code }) => code));

const all = {
  ...input,
  ...inputOf(programs),
  ...Object.fromEntries(sources.map((name) => [name, `${root}src/${name}.ts`])),
};

/** The files that the root loads; they become one, so that none of them is loaded for itself. */
function reached(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const imports = /^(?:import|export)\s(?!type\b)[^;]*?from\s+'(\.[^']+)'/gm;
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(imports))
    reached(resolve(file, '..', specifier as string), seen);
  return seen;
}

const apart = new Set<string>();
for (const name of sources) reached(`${root}src/${name}.ts`, apart);
const core = reached(`${root}src/index.ts`);

/**
 * In which file a module of the root goes: the core, the verdict, and each policy by itself. Bundlers leave out files
 * that nobody needs; what stands in one file they have to keep where a single statement of it might do something.
 */
function chunkOf(id: string): string | null {
  if (!core.has(id) || apart.has(id)) return null;
  const [layer = '', unit = ''] = id.slice(`${root}src/`.length).replace(/\.ts$/, '').split('/');
  if (layer === 'policies') return unit;
  if (layer === 'core' || layer === 'mechanisms') return 'core';
  return layer === 'verdict' || layer === 'presets' ? layer : null;
}

const common: RolldownOptions = {
  platform: 'neutral',
  preserveEntrySignatures: 'allow-extension',
  // Node's own modules and other packages stay as they are written.
  external: /^[^./]/,
};

const output: OutputOptions = {
  dir: `${root}dist`,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
};

rmSync(`${root}dist`, { recursive: true, force: true });

const code = await rolldown({
  ...common,
  input: all,
  tsconfig: false,
  transform: {
    target: 'es2023',
    // Fields by assignment: an object with twenty of them is made in half of the time.
    assumptions: { setPublicClassFields: true },
    typescript: { removeClassFieldsWithoutInitializer: true },
  },
});
await code.write({
  ...output,
  // Docstrings are in the declarations.
  comments: { annotation: true, jsdoc: false, legal: false },
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [{ debugName: 'root', name: chunkOf }],
  },
});

/** That a class has private members is of no use to others, and the defaults of TypeScript 5 do not take the words. */
const withoutPrivate: RolldownPlugin = {
  name: 'without-private',
  renderChunk: (declarations) => declarations.replaceAll(/^\s*#private;\n/gm, ''),
};

const types = await rolldown({
  ...common,
  input,
  plugins: [
    dts({ oxc: { stripInternal: true }, emitDtsOnly: true, tsconfig: false }),
    withoutPrivate,
  ],
});
// For those whose `lib` is older, as that of TypeScript 5 is unless one says otherwise.
const libraries = ['es2020', 'esnext.disposable'].map((lib) => `/// <reference lib="${lib}" />`);
await types.write({ ...output, banner: libraries.join('\n') });
