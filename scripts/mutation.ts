// Mutation testing: `npm run test:mutation`. With `--changed=<ref>` only the files that differ from where this branch
// left that ref (`--changed` alone: from the last commit); everything else is handed on to Stryker.
import { execFileSync, spawnSync } from 'node:child_process';
import { matchesGlob } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './entries.ts';

const { default: config } = (await import(pathToFileURL(`${root}stryker.config.mjs`).href)) as {
  default: { readonly mutate: readonly string[] };
};

const git = (...args: string[]): string[] =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);

/** The files to be mutated that differ from `ref`, those that are not committed included. */
function changedSince(ref: string): string[] {
  const [base = ref] = git('merge-base', ref, 'HEAD');
  const files = [
    ...git('diff', '--name-only', '--diff-filter=d', base),
    ...git('ls-files', '--others', '--exclude-standard'),
  ];
  return files.filter((file) => config.mutate.some((pattern) => matchesGlob(file, pattern)));
}

const args = process.argv.slice(2);
const changed = args.find((arg) => /^--changed(=|$)/.test(arg));
if (changed !== undefined) {
  const files = changedSince(changed.slice('--changed='.length) || 'HEAD');
  if (files.length === 0) {
    console.log('Nothing that mutation testing covers has changed.');
    process.exit(0);
  }
  args.splice(args.indexOf(changed), 1, '--mutate', files.join(','));
}
process.exitCode =
  spawnSync('stryker', ['run', ...args], { cwd: root, stdio: 'inherit' }).status ?? 1;
