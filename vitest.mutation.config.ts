// What `npm run test:mutation` runs for every mutant: the tests of policies, mechanisms and core.
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import base from './vitest.config.ts';

/** Neighbours are mostly noticed by the same tests, so those that failed last come first; and before long ones, short ones. */
class Noticing extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification): number => {
      const last = this.ctx.cache.getTestSpecificationResult(file);
      if (last?.failed === true) return -1;
      return last?.duration ?? (file.moduleId.includes('/models/') ? 1_000 : 10);
    };
    return files
      .map((file) => ({ file, rank: rank(file) }))
      .toSorted((one, other) => one.rank - other.rank)
      .map(({ file }) => file);
  }
}

const config: ViteUserConfig = defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [
      'test/{core,verdict,mechanisms,policies,compositions,models,traps,testing}/**/*.test.ts',
      'test/presets.test.ts',
      // What the pages promise: defaults, and how loud each event is.
      'test/docs/pages.test.ts',
    ],
    // The processes of the one load the sources by themselves, and no mutant is active in them; the other has real sockets.
    exclude: ['test/traps/process.test.ts', 'test/verdict/classify-real.test.ts'],
    // Fewer runs of every property, and always the same ones: the same mutant gets the same verdict.
    env: { KEDGE_RUNS: '30' },
    // One worker for all files: one for each would take longer than its tests.
    isolate: false,
    sequence: { sequencer: Noticing },
    runner: './test/support/first-failure.ts',
    // What a mutant hangs is to end soon; the sources that it is in run several times slower than they are.
    testTimeout: 5_000,
  },
});

export default config;
