// The directions that imports may take, and the only file that may ask what time it is.
// docs/architecture.md says why.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');

/** What a folder of src may import, besides itself. `index` stands for the files directly in src. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  index: ['policies', 'mechanisms', 'verdict', 'core'],
  policies: ['mechanisms', 'verdict', 'core'],
  mechanisms: ['core'],
  verdict: ['core'],
  core: [],
  // A sink that sends goes through a pipeline of its own, as users make one.
  observe: ['core', 'failures', 'responses', 'verdict', 'index'],
  failures: ['core', 'verdict'],
  responses: ['core', 'failures', 'verdict'],
  process: ['core', 'failures', 'responses', 'verdict'],
  security: ['core', 'failures', 'responses'],
  // Adapters and test helpers stand outside and use what users use.
  adapters: ['core', 'verdict', 'failures', 'responses', 'index'],
  testing: ['core', 'index'],
  // The command line reads what the handlers say.
  cli: ['core', 'observe'],
};

/** The only files that may read a clock or start a timer: all others ask them, so tests can be virtual. */
const clock = 'core/time';
const clocks =
  /\bDate\.now\b|\bnew Date\(\)|\bperformance\b(?=\s*\.|\s*\[)|\bhrtime\b|\b(?:set|clear)(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bAbortSignal\.timeout\b|\bnode:timers/;

interface Import {
  /** `import type`, which is gone when the program runs. */
  readonly typeOnly: boolean;
  readonly from: string;
  /** A file of src, by its path; or whatever was written, for a package or a builtin. */
  readonly to: string;
  readonly local: boolean;
}

/** What a package's own import leads to, in each environment. */
const { imports: own } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
};
const ownFile = (built: string): string =>
  built.replace(/^\.\/(?:dist|src)\//, '').replace(/\.js$/, '.ts');

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8');
  // Statements begin a line; the examples in comments do not.
  const patterns = [
    /^(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})?\s*from\s+'([^']+)'/gm,
    /^import\s+'([^']+)'/gm,
    /^(?!\s*(?:\*|\/\/)).*\bimport\(\s*'([^']+)'/gm,
  ];
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .flatMap((match) => {
      const written = match[1]!;
      const variants = own[written];
      if (variants !== undefined) {
        const leads = new Set(Object.values(variants).map(ownFile));
        return [...leads].map((to) => ({ typeOnly: false, from: file, to, local: true }));
      }
      const local = written.startsWith('.');
      return {
        typeOnly: /^(?:import|export)\s+type\b/.test(match[0]),
        from: file,
        to: local ? relative(src, resolve(src, dirname(file), written)) : written,
        local,
      };
    });
}

const layer = (file: string): string =>
  file.includes('/') ? file.slice(0, file.indexOf('/')) : 'index';

/** `policies/retry.ts` and all of `policies/retry/` are one policy. */
const unit = (file: string): string => file.split('/').slice(0, 2).join('/').replace(/\.ts$/, '');

function permitted({ from, to }: Import): boolean {
  if (layer(from) === layer(to))
    return layer(from) !== 'policies' || unit(from) === unit(to) || unit(to) === 'policies/shared';
  return (allowed[layer(from)] ?? []).some((target) => target === layer(to) || target === unit(to));
}

const arrow = ({ from, to }: Import): string => `${from} → ${to}`;

/** `file` and all that it imports, directly or not. */
function closure(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { from, to, local, typeOnly } of imports)
    if (local && !typeOnly && from === file) closure(to, seen);
  return seen;
}

/** Blanks comments, so that they may speak of what code may not do. */
const code = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');

describe('architecture', () => {
  it('knows every folder of src', () => {
    expect(files.filter((file) => allowed[layer(file)] === undefined)).toEqual([]);
  });

  it('finds the file behind every relative import', () => {
    expect(imports.filter(({ to, local }) => local && !files.includes(to)).map(arrow)).toEqual([]);
  });

  it('lets imports run one way: index → policies → mechanisms → core, integrations → core', () => {
    expect(imports.filter((edge) => edge.local && !permitted(edge)).map(arrow)).toEqual([]);
  });

  it('has no circular imports but of types, within one folder', () => {
    const circular = imports.filter(
      ({ from, to, local, typeOnly }) =>
        local && !(typeOnly && layer(from) === layer(to)) && closure(to).has(from),
    );
    expect(circular.map(arrow)).toEqual([]);
  });

  it('keeps the root entry free of packages and of Node', () => {
    const reached = closure('index.ts');
    expect(imports.filter(({ from, local }) => !local && reached.has(from)).map(arrow)).toEqual([]);
  });

  it('imports only builtins elsewhere: what an integration goes with is handed to it', () => {
    const foreign = imports.filter(({ to, local }) => !local && !to.startsWith('node:'));
    // The way to axios is an adapter, which axios does not tell of its others: they are loaded when nobody gives them.
    expect(foreign.map(arrow)).toEqual(['adapters/axios/config.ts → axios']);
  });

  it(`reads clocks and starts timers in ${clock} alone`, () => {
    const found = files
      // What runs in a browser has that one's clock.
      .filter((file) => !file.startsWith(clock) && file !== 'observe/live/script.ts')
      .flatMap((file) =>
        code(readFileSync(join(src, file), 'utf8'))
          .split('\n')
          .filter((line) => clocks.test(line))
          .map((line) => `${file}: ${line.trim()}`),
      );
    expect(found).toEqual([]);
  });
});
