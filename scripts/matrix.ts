/**
 * All tests on every Node that is supported: `npm run test:matrix`, or `npm run test:matrix -- 22.19 26` for some.
 *
 * Each version comes from the package `node` of the registry, into a folder of its own; everything else is that of this
 * checkout. Fails when a test fails on one of them, or when it was another Node that has run. The tests need 22.19, for what
 * they are made with; `npm run check:consumer` runs the package on the oldest Node that it admits.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from './entries.ts';

/** The versions that are tested unless others are asked for: those that Node itself maintains. */
const usual = ['22', '24', '26'];

interface Ran {
  readonly version: string;
  readonly failed: boolean;
  readonly summary: string;
}

/** What is read of the report of Vitest. */
interface Report {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly name: string; readonly status: string }[];
}

/** Puts a Node into a folder, and returns the folder of its binary. */
function install(wanted: string, folder: string): string {
  const manifest = { private: true, allowScripts: { node: true } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', ...quietly, `node@${wanted}`], { cwd: folder, stdio: 'inherit' });
  return join(folder, 'node_modules/node/bin');
}

function run(wanted: string): Ran {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-matrix-'));
  try {
    const bin = install(wanted, folder);
    const node = join(bin, 'node');
    const version = execFileSync(node, ['--print', 'process.version'], { encoding: 'utf8' }).trim();
    console.log(`\n=== Node ${version} ===`);
    const begun = performance.now();
    const written = join(folder, 'report.json');
    const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${written}`];
    const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', ...reporters], {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        // What tests start by name is to be this Node too; test/node.test.ts holds that it is.
        PATH: `${bin}${delimiter}${process.env['PATH']}`,
        KEDGE_NODE: version,
      },
    });
    const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
    const report = JSON.parse(readFileSync(written, 'utf8')) as Report;
    const { testResults, numTotalTests, numPassedTests, numFailedTests, numPendingTests } = report;
    const files = testResults.filter((file) => file.status === 'failed').length;
    return {
      version,
      failed: status !== 0 || numPassedTests === 0,
      summary:
        `${testResults.length} files, ${numTotalTests} tests: ${numPassedTests} passed, ` +
        `${numFailedTests} failed (in ${files} files), ${numPendingTests} skipped, ${seconds} s`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const asked = process.argv.slice(2);
const ran = (asked.length > 0 ? asked : usual).map(run);
console.log();
for (const { version, failed, summary } of ran)
  console.log(`${failed ? '✗' : '✓'} ${version.padEnd(10)} ${summary}`);
process.exitCode = ran.some(({ failed }) => failed) ? 1 : 0;
