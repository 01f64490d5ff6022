import { readFileSync } from 'node:fs';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const { exports, imports } = JSON.parse(
  readFileSync(new URL('package.json', import.meta.url), 'utf8'),
) as {
  exports: Record<string, string | { default: string }>;
  imports: Record<string, { default: string }>;
};

// Tests import 'kedge' as users do, and get the sources behind each entry instead of dist.
const entries = Object.entries(exports).map(
  ([subpath, target]) => [`kedge${subpath.slice(1)}`, target] as const,
);
const alias = [...entries, ...Object.entries(imports)].flatMap(([specifier, target]) => {
  if (typeof target === 'string') return [];
  const source = target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
  return [
    {
      find: new RegExp(`^${specifier}$`),
      replacement: new URL(source, import.meta.url).pathname,
    },
  ];
});

// The journal is an application of Node 24; the library runs on older ones.
const runsJournal = Number(process.versions.node.split('.')[0]) >= 24;

// Set by `npm run test:long`: many more runs of every property, and the time they take.
const long = process.env['KEDGE_RUNS'] !== undefined;

const config: ViteUserConfig = defineConfig({
  resolve: { alias },
  test: {
    include: ['test/**/*.test.ts', ...(runsJournal ? ['journal/test/**/*.test.ts'] : [])],
    // Programs that tests start load the sources as well; `dist` need not be there.
    env: { NODE_OPTIONS: '--conditions=kedge-sources' },
    // Needs servers of Debian's: `npm run test:services`.
    exclude: ['test/services/**'],
    // Processes, not threads: some tests listen to the process's own events.
    pool: 'forks',
    // The default leaves one core idle, which is half of a small CI machine.
    maxWorkers: '100%',
    // Time is virtual, so this only ends what hangs: what computes for a second takes ten on a machine with other work.
    testTimeout: long ? 3_600_000 : 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
});

export default config;
