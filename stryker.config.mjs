// `npm run test:mutation`: changes the sources in one place at a time, and asks whether a test notices.
/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [
    'src/core/**/*.ts',
    'src/verdict/**/*.ts',
    'src/mechanisms/**/*.ts',
    'src/policies/**/*.ts',
    'src/presets.ts',
  ],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', pool: 'threads', related: false },
  // None: Stryker would rewrite it by an API that TypeScript 7 no longer has, and Vitest reads none.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // Mutants that never end are mostly noticed by how often they come by; this is for the others.
  timeoutMS: 5_000,
  incremental: true,
  incrementalFile: 'node_modules/.cache/stryker/incremental.json',
  ignorePatterns: ['coverage', 'dist', '*.log'],
  reporters: ['clear-text', 'progress-append-only', 'html', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: 'coverage/mutation.html' },
  jsonReporter: { fileName: 'coverage/mutation.json' },
  thresholds: { high: 95, low: 90, break: 90 },
};
