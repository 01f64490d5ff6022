/**
 * Outages in virtual time.
 *
 *   node bench/outages/index.ts                                     every scenario through every library
 *   node bench/outages/index.ts --scenario slow --library kedge     one of each
 *   node bench/outages/index.ts --scenario slow --rate 400 --seed 7 any parameter of parameters.ts
 *   node bench/outages/index.ts --scenario slow --policies 'timeout(5_000), retry(), circuitBreaker()'
 *   node bench/outages/index.ts --sweep --scenario slow             many settings, and the worst of them
 *
 *   node bench/outages/index.ts --regret 200 --draw 7                 200 settings drawn by seed 7, and the listed ones with 0
 *
 * `--peers published|documented|tuned` says how the peers are set, `--seeds 5` shows the median and the worst of so
 * many, `--policies` (again and again, for several variants) takes the place of kedge's preset, `--built` takes the
 * built package instead of the sources, `--series` draws goodput second by second.
 */
import { loadKedge } from '../kedge.ts';
import { goals } from './goals.ts';
import { drawn, listed } from './grid.ts';
import { libraries, withoutHedging } from './libraries.ts';
import type { Library, Tuning } from './libraries/library.ts';
import { bare } from './libraries/nothing.ts';
import type { Outcome } from './measure.ts';
import { readCommandLine } from './options.ts';
import { common, type Parameters, readParameters } from './parameters.ts';
import { measure, summary } from './regret.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { simulate } from './simulate.ts';
import { sweep, worst } from './sweep.ts';
import { outcomeTable, sparkline, text } from './table.ts';

const own = [
  'scenario',
  'library',
  'peers',
  'policies',
  'seeds',
  'built',
  'series',
  'sweep',
  'regret',
  'draw',
];
const { options, all } = readCommandLine(process.argv.slice(2), [...own, ...Object.keys(common)]);
const given = readParameters(options);
const kedge = await loadKedge(options['built'] === undefined ? 'source' : 'package');
const peers = (options['peers'] ?? 'published') as Tuning;
const chosen = libraries(kedge, peers, all('policies')).filter(({ name }) =>
  matches(name, options['library']),
);
const seeds = Number(options['seeds'] ?? 1);

if (options['regret'] !== undefined) await showRegret(Number(options['regret']));
else
  for (const scenario of scenarios.filter(({ name }) => matches(name, options['scenario']))) {
    if (options['sweep'] === undefined)
      await show(scenario, { ...common, ...scenario.parameters, ...given });
    else await showSweep(scenario);
  }

async function showRegret(count: number): Promise<void> {
  const began = performance.now();
  const settings = (count === 0 ? listed() : drawn(count, Number(options['draw'] ?? 1))).filter(
    ({ scenario }) => matches(scenario.name, options['scenario']),
  );
  const rivals = [...chosen.filter(({ name }) => name !== 'nothing'), bare];
  console.log(summary(await measure(settings, rivals), Number(options['seeds'] ?? 10)));
  console.log(`${settings.length} settings, ${((performance.now() - began) / 1_000).toFixed(0)} s`);
}

async function show(scenario: Scenario, p: Parameters): Promise<void> {
  const began = performance.now();
  const rows: [string, Outcome][] = [];
  const found: string[] = [];
  const series: string[][] = [];
  for (const library of chosen) {
    const outcomes = await runs(scenario, library, p);
    const median = outcomes[Math.floor(seeds / 2)]!;
    rows.push([library.name, median]);
    if (seeds > 1) rows.push([`  worst of ${seeds}`, outcomes[0]!]);
    if (library.name.startsWith('kedge'))
      found.push(`${library.name}: ${await judged(scenario, p, median)}`);
    series.push([library.name, sparkline(median.series)]);
  }
  const best = scenario.possible?.(p);
  const about = best === undefined ? '' : `, ${(best * 100).toFixed(0)} % possible`;
  console.log(
    `\n${scenario.name}: ${scenario.title} (${rows[0]?.[1].asked ?? 0} calls asked${about})`,
  );
  console.log(text(outcomeTable(rows)));
  if (options['series'] !== undefined) console.log(text(series));
  for (const line of found) console.log(line);
  console.log(`${((performance.now() - began) / 1_000).toFixed(1)} s`);
}

async function showSweep(scenario: Scenario): Promise<void> {
  const began = performance.now();
  // Retrying without a breaker, or nothing, is no rival in an overload, and takes millions of calls to simulate.
  const rivals = options['library'] === undefined ? chosen.slice(0, 3) : chosen;
  const swept = await sweep(scenario, rivals, given);
  console.log(
    `\n${scenario.name}: ${swept.length} settings, kedge against ${rivals
      .slice(1)
      .map(({ name }) => name)
      .join(' and ')}`,
  );
  console.log(worst(scenario, swept));
  console.log(`${((performance.now() - began) / 1_000).toFixed(1)} s`);
}

/** One outcome a seed, the worst goodput first. */
async function runs(scenario: Scenario, library: Library, p: Parameters): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let seed = p.seed; seed < p.seed + seeds; seed++)
    outcomes.push(await simulate(scenario, library, { ...p, seed }));
  return outcomes.toSorted((one, other) => one.goodput - other.goodput);
}

async function judged(scenario: Scenario, p: Parameters, outcome: Outcome): Promise<string> {
  const asked = goals.filter((goal) => goal.scenario === scenario.name);
  const plain =
    scenario.name === 'tail' ? await simulate(scenario, withoutHedging(kedge), p) : outcome;
  return asked
    .map((goal) => {
      const [value, met] = goal.check(outcome, p, plain);
      return `${met ? '✓' : '✗'} ${goal.what}: ${value}`;
    })
    .join(' · ');
}

/** One of several names, or the beginning of one; everything when nothing was asked for. */
function matches(name: string, wanted: string | undefined): boolean {
  return wanted === undefined || wanted.split(',').some((each) => name.startsWith(each));
}
