// The directions that imports may take; docs/architecture.md says why.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** What a folder of src may import besides itself, by folder or file. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  clock: [],
  settings: [],
  record: ['clock'],
  store: ['record', 'clock'],
  intake: ['record', 'store', 'clock'],
  access: ['store', 'settings', 'clock'],
  notices: ['record', 'store', 'settings', 'clock'],
  console: ['access', 'notices', 'record', 'store', 'clock'],
  server: ['intake', 'notices', 'console', 'access', 'store', 'record', 'settings', 'clock'],
  cli: ['server', 'access', 'notices', 'store', 'record', 'settings', 'clock'],
  // Loads the rest only where the runtime has all that it needs.
  main: ['runtime', 'cli', 'clock'],
  runtime: [],
};

const packages: Readonly<Record<string, readonly string[]>> = {
  kedge: ['record', 'intake', 'console', 'server', 'notices', 'cli'],
  nodemailer: ['notices'],
  zod: ['intake', 'console'],
  hono: ['console'],
  '@hono/node-server': ['server'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.tsx?$/.test(file),
);

const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(join(src, from), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm)].map(
    ([, named, bare]) => {
      const written = (named ?? bare) as string;
      const to = written.startsWith('.')
        ? relative(src, resolve(src, dirname(from), written))
        : written;
      return { from, to };
    },
  );
});

const layer = (file: string): string => file.replace(/\/.*$|\.tsx?$/, '');
const isLocal = ({ to }: Import): boolean => /\.tsx?$/.test(to);
const packageOf = (to: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(to)?.[0] as string;
const arrow = ({ from, to }: Import): string => `${from} → ${to}`;

function reaches(from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return imports.some((edge) => edge.from === from && reaches(edge.to, to, seen));
}

describe('architecture', () => {
  it('knows every folder of src', () => {
    expect(files.filter((file) => allowed[layer(file)] === undefined)).toEqual([]);
  });

  it('lets imports run one way: intake → store → record', () => {
    const wrong = imports.filter(
      (edge) =>
        isLocal(edge) &&
        layer(edge.from) !== layer(edge.to) &&
        !allowed[layer(edge.from)]?.includes(layer(edge.to)),
    );
    expect(wrong.map(arrow)).toEqual([]);
  });

  it('has no circular imports', () => {
    expect(
      imports.filter((edge) => isLocal(edge) && reaches(edge.to, edge.from)).map(arrow),
    ).toEqual([]);
  });

  it('asks each package in its own folders only, and kedge by its public entries', () => {
    const foreign = imports.filter((edge) => !isLocal(edge) && !edge.to.startsWith('node:'));
    const wrong = foreign.filter(
      ({ from, to }) => !packages[packageOf(to)]?.includes(layer(from)) || to.includes('/src/'),
    );
    expect(wrong.map(arrow)).toEqual([]);
  });

  it('writes SQL in store alone', () => {
    const sql = /\b(?:SELECT\s.+\sFROM|INSERT INTO|DELETE FROM|UPDATE \w+ SET)\b/;
    const found = files.filter(
      (file) => layer(file) !== 'store' && sql.test(readFileSync(join(src, file), 'utf8')),
    );
    expect(found).toEqual([]);
  });

  it('reads clocks and starts timers in clock.ts alone', () => {
    const clocks =
      /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bhrtime\b|\bset(?:Timeout|Interval)\b|\bAbortSignal\.timeout\b/;
    const found = files.filter(
      (file) => file !== 'clock.ts' && clocks.test(readFileSync(join(src, file), 'utf8')),
    );
    expect(found).toEqual([]);
  });

  it('has no file over 300 lines', () => {
    const long = files.filter(
      (file) => readFileSync(join(src, file), 'utf8').split('\n').length > 300,
    );
    expect(long).toEqual([]);
  });
});
