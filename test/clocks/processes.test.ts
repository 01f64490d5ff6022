// Fake timers in processes of their own: those of Jest, in both kinds of modules, and those of Node's test runner.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, folder } from './bundle.ts';

const place = folder();
afterAll(() => place[Symbol.dispose]());

/** What a process says, whether it ends well or not. */
function output(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: place.path, timeout: 60_000, maxBuffer: 1e8 };
    execFile(process.execPath, args, options, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

interface JestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const kinds = [
  { kind: 'ESM', file: 'esm.test.mjs', banner: 'const { jest } = import.meta;', format: 'esm' },
  { kind: 'CommonJS', file: 'cjs.test.cjs', banner: '', format: 'cjs' },
] as const;

describe("under Jest's fake timers", { timeout: 60_000 }, () => {
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');

  beforeAll(async () => {
    for (const { file, banner, format } of kinds)
      await bundle('in-jest.ts', join(place.path, file), { format, banner: { js: banner } });
    writeFileSync(join(place.path, 'package.json'), '{}');
  });

  it.each([
    ['ESM', 'esm.test.mjs', {}],
    ['CommonJS', 'cjs.test.cjs', {}],
    ['CommonJS, loaded under them', 'cjs.test.cjs', { fakeTimers: { enableGlobally: true } }],
  ])('all programs hold, as %s', async (_kind, file, more) => {
    const config = { rootDir: place.path, testMatch: [`**/${file}`], transform: {}, ...more };
    const report = join(place.path, `${_kind}.json`);
    const said = await output([
      '--experimental-vm-modules',
      jest,
      '--runInBand',
      '--watchman=false',
      '--json',
      `--outputFile=${report}`,
      `--config=${JSON.stringify(config)}`,
    ]);
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as JestReport;
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const failed = tests.filter(({ status }) => status !== 'passed');
    expect(failed.map((each) => [each.fullName, each.failureMessages[0]?.split('\n')[0]])).toEqual(
      [],
    );
    if (tests.length <= 60) throw new Error(`only ${tests.length} tests ran: ${said}`);
  });
});

describe('under the mock timers of node:test', { timeout: 60_000 }, () => {
  it('all programs hold', async () => {
    const file = join(place.path, 'node.test.mjs');
    await bundle('in-node.ts', file, { format: 'esm', platform: 'node' });
    const said = await output(['--test', '--test-reporter=tap', file]);
    expect(said).toContain('# fail 0');
    expect(Number(/^# pass (\d+)$/m.exec(said)?.[1])).toBeGreaterThan(20);
  });
});
