/**
 * Everything that docs/benchmarks.md shows.
 *
 *   npm run bench                        measures all, prints the goals and writes docs/benchmarks.md
 *   npm run bench -- --only micro,size   some parts again; the page keeps what was found last of the others
 *   npm run bench -- outages             the outages, and how far behind the best each library was: prints both
 *   npm run bench -- journal             kedge-journal against its goals: journal/bench/index.ts
 *   npm run bench -- --only page         only writes the page
 *   npm run bench -- --check             fails where a ratio is worse than its bound of bench/bounds.json
 *   npm run bench -- --record            writes bench/bounds.json
 *
 * The parts are micro, memory, scale, size, storm, limits, outages, regret and sweep. For one scenario or other numbers
 * see bench/outages/index.ts.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { check, record } from './check.ts';
import { writePage } from './docs.ts';
import { readCommandLine } from './outages/options.ts';
import { summary } from './outages/regret.ts';
import { text } from './outages/table.ts';
import { parts } from './parts.ts';
import { keep, kept, type Results } from './results.ts';

const [first, ...others] = process.argv.slice(2);
if (first === 'journal') {
  const program = fileURLToPath(new URL('../journal/bench/index.ts', import.meta.url));
  const { status } = spawnSync(process.execPath, [program, ...others], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
const isPart = first !== undefined && first in parts;
const { options } = readCommandLine(isPart ? others : process.argv.slice(2), [
  'only',
  'check',
  'record',
]);

if (options['check'] !== undefined) process.exitCode = (await check()) ? 0 : 1;
else if (options['record'] !== undefined) await record();
else if (isPart) await measure(first === 'outages' ? [first, 'regret'] : [first]);
else await measure(options['only']?.split(',') ?? Object.keys(parts));

async function measure(wanted: readonly string[]): Promise<void> {
  for (const part of Object.keys(parts) as (keyof Results)[]) {
    if (!wanted.includes(part)) continue;
    const began = performance.now();
    keep(part, await parts[part]());
    console.log(`${part}: ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  }
  const regret = kept('regret')?.found;
  if (wanted.includes('regret') && regret !== undefined) console.log(summary(regret));
  const goals = writePage();
  const rows = goals.map(({ what, goal, peer, kedge, met }) => [
    met ? '✓' : '✗',
    what,
    goal,
    kedge,
    `(${peer})`,
  ]);
  console.log(text(rows));
  console.log(
    `docs/benchmarks.md: ${goals.filter(({ met }) => met).length} of ${goals.length} goals met`,
  );
}
