/** Writes docs/benchmarks.md and its charts from what was found last. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  type GoalRow,
  memoryGoals,
  microGoals,
  scaleGoals,
  sizeGoals,
  stormGoals,
} from './goals.ts';
import type { Passed } from './limits/run.ts';
import { chart, distribution } from './outages/chart.ts';
import { seeds } from './outages/goals.ts';
import { byScenario, goodputRegret, overall, regrets, told, worstOf } from './outages/regret.ts';
import type { ScenarioResult } from './outages/run.ts';
import { outcomeTable } from './outages/table.ts';
import { behind, reasons } from './reasons.ts';
import { kept, type Results } from './results.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Writes the page; returns the goals that it shows. */
export function writePage(): readonly GoalRow[] {
  mkdirSync(`${root}docs/benchmarks`, { recursive: true });
  const outages = found('outages');
  const goals: GoalRow[] = [
    ...show(found('micro'), microGoals),
    ...show(found('memory'), memoryGoals),
    ...show(found('scale'), scaleGoals),
    ...show(found('size'), sizeGoals),
    ...show(found('storm'), stormGoals),
    ...(outages ?? []).flatMap(outageGoals),
  ];
  const page = [
    introduction(),
    section('Goals', goalsTable(goals)),
    ...show(found('micro'), micro),
    ...show(found('memory'), memory),
    ...show(found('scale'), scale),
    ...show(found('size'), size),
    ...show(found('storm'), storm),
    ...show(outages, (all) => [section('Outages', outagesText), ...all.map(scenario)]),
    ...show(found('regret'), regret),
    ...show(found('limits'), limits),
    ...show(found('sweep'), sweep),
  ];
  writeFileSync(`${root}docs/benchmarks.md`, `${page.join('\n\n')}\n`);
  return goals;
}

function found<Part extends keyof Results>(part: Part): Results[Part] | undefined {
  return kept(part)?.found;
}

/** Nothing for what was not measured. */
function show<T, Shown>(
  found: T | undefined,
  by: (found: T) => readonly Shown[],
): readonly Shown[] {
  return found === undefined ? [] : by(found);
}

type Row = readonly string[];

/** A table in Markdown, numbers to the right. */
function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function section(title: string, ...paragraphs: readonly string[]): string {
  return [`## ${title}`, ...paragraphs].join('\n\n');
}

function version(name: string): string {
  const manifest = readFileSync(`${root}node_modules/${name}/package.json`, 'utf8');
  return `${name} ${(JSON.parse(manifest) as { version: string }).version}`;
}

function introduction(): string {
  const peers = ['cockatiel', 'opossum', 'p-retry', 'prom-client', 'pino', 'mitata']
    .map(version)
    .join(', ');
  const dates = (
    ['micro', 'memory', 'scale', 'size', 'storm', 'limits', 'outages', 'regret', 'sweep'] as const
  )
    .map((part) => kept(part)?.at)
    .filter((at) => at !== undefined)
    .toSorted((one, other) => one.getTime() - other.getTime());
  return [
    '# Benchmarks',
    'Written by `npm run bench`; do not edit. Ratios can be compared between machines, times cannot.',
    `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${dates.at(-1)?.toISOString().slice(0, 10) ?? 'never'}. ${peers}.`,
  ].join('\n\n');
}

function reason({ what, goal, met }: GoalRow): string {
  return met ? '' : (reasons[`${what}: ${goal}`] ?? reasons[what] ?? 'open');
}

function goalsTable(goals: readonly GoalRow[]): string {
  return table(
    ['what', 'goal', 'peers', 'kedge', 'met', 'why not'],
    goals.map((row) => [
      row.what,
      row.goal,
      row.peer,
      row.kedge,
      row.met ? 'yes' : '**no**',
      reason(row),
    ]),
  );
}

function outageGoals({ name, goals }: ScenarioResult): GoalRow[] {
  return goals.map(({ what, found, peers, met, metIn }) => ({
    what: name,
    goal: what,
    peer: peers,
    kedge: `${found}${met ? '' : ` (met in ${metIn} of ${seeds} seeds)`}`,
    met,
  }));
}

const groups = {
  success: 'A call that succeeds',
  policies: 'How the cost grows with the policies',
  ways: 'Ways of calling, four policies',
  rejected: 'Rejected by an open circuit',
  failing: 'A failing attempt',
  concurrent: 'Many at once',
  'drop-ins': 'The exports of p-retry and opossum, and those of the entries with their names',
} as const;

function micro({ together, alone, bytes }: Results['micro']): readonly string[] {
  const parts = Object.entries(groups).map(([group, title]) => {
    const rows = together
      .filter((each) => each.group === group)
      .map((each) => [
        each.name,
        `${each.time.toFixed(0)} ns`,
        `${each.ratio.toFixed(2)} ± ${(each.noise * each.ratio).toFixed(2)}`,
        Number.isNaN(each.mitata) ? '–' : each.mitata.toFixed(2),
        alone.get(each.name)?.toFixed(2) ?? '–',
        bytes.has(each.name) ? `${bytes.get(each.name)!.toFixed(0)} B` : '–',
      ]);
    const unit =
      group === 'drop-ins'
        ? '× the original'
        : group === 'concurrent'
          ? '× bare at once'
          : '× bare';
    return `### ${title}\n\n${table(['', 'time', unit, 'by mitata', 'alone', 'allocated'], rows)}`;
  });
  return [
    section(
      'A call',
      'All stacks in one process and run, in rounds of random order, with `kedge/prometheus` attached. *Time* is processor time of the thread, so that a busy neighbour does not count; *× bare* is it in units of the bare call of the same rounds, ± how far any fifth of the rounds was off. *By mitata* is the same ratio by mitata’s median, each function warm before it. *Alone* is the ratio in a fresh process where only the bare call runs beside it: what a process with many stacks in it has unlearnt is the difference.',
      ...parts,
    ),
  ];
}

function memory({ weights, million }: Results['memory']): readonly string[] {
  const rows = [...weights].map(([name, { bytes, timers }]) => [
    name,
    `${bytes.toFixed(0)} B`,
    String(timers),
  ]);
  return [
    section(
      'Memory',
      'Growth of the heap for each, after full collections; timers of all together.',
      table(['', 'each', 'timers'], rows),
      `A million executions in flight under one timeout: ${million.bytesEach.toFixed(0)} bytes each with the caller’s own promise, ${million.timers} timer, started in ${(million.started / 1_000).toFixed(1)} s, and all expired ${(million.expired / 1_000).toFixed(2)} s after they were due, of which ${(million.worked / 1_000).toFixed(2)} s were work of the thread.`,
    ),
  ];
}

function scale(curves: Results['scale']): readonly string[] {
  const rows = [...curves].map(([name, curve]) => [
    name,
    curve
      .map(([many, micros]) => `${many.toLocaleString('en')}: ${micros.toPrecision(3)} µs`)
      .join(', '),
  ]);
  return [section('Scale', table(['', 'by number'], rows))];
}

function kb(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}

function size(sizes: Results['size']): readonly string[] {
  const rows = sizes.map(({ code, minified, gzip, brotli }) => [
    `\`${code}\``,
    kb(minified),
    kb(gzip),
    kb(brotli),
  ]);
  return [
    section(
      'Size',
      'Bundled and minified by esbuild.',
      table(['', 'minified', 'gzip', 'brotli'], rows),
    ),
  ];
}

function storm({
  ways,
  seconds,
  failures,
  lines,
  suppressed,
}: Results['storm']): readonly string[] {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const many = (value: number): string => value.toLocaleString('en');
  const rows = ways.map(({ name, cpu, p50, p99, worst, ratio }) => [
    name,
    `${cpu.toFixed(0)} µs`,
    ms(p50),
    ms(p99),
    ms(worst),
    ratio.toFixed(2),
  ]);
  return [
    section(
      'A storm of failures',
      'A service of `node:http` that answers 20 000 failed requests a second, all of them alike: bare, with a line of pino for each, and with `errorResponses`, a pipeline of three policies, `logs` and `prometheus`. The three take turns of a second in one process. A second has 1 000 turns of the event loop of 20 requests each, however fast the machine is, and what they take is processor time of the thread.',
      table(['', 'a request', 'a turn, p50', 'p99', 'p99.9', 'p99, × bare'], rows),
      `In ${seconds + 1} seconds ${many(failures)} attempts failed; the log has ${many(lines)} lines of them, and says that ${many(suppressed)} more were suppressed${lines + suppressed === failures ? ', which is all of them' : ''}.`,
    ),
  ];
}

const outagesText = `\`bench/outages\` runs each scenario in virtual time, the same for all libraries and determined by a seed: 200 calls a second, at random, to a dependency of ten workers that take 20 ms for a call. An answer is good that comes within 5 s. kedge is \`presets.http({ totalTimeout: 5_000, attemptTimeout: 1_000, maxAttempts: 4 })\`, one set of defaults in all rows, and its calls say that they are idempotent, which lets it hedge; the peers retry them as well. The peers have kedge’s numbers wherever they have an option, and in the rows called *documented* the settings of their readme files. Goals are asked of ${seeds} seeds; the tables show the first. What is possible in an overload is told for the time of the spike; a few calls more can be answered in the 5 s after it.

\`node bench/outages/index.ts --scenario slow --rate 400\` runs one of them with other numbers; \`bench/outages/parameters.ts\` lists them all.

*Calls each*: calls that reached the dependency for each that was asked for. *Sent in outage*: calls that reached it while it was ill. *Wasted*: calls that led to no useful answer. *Recovered*: how long after the outage calls are answered as before. *Afterwards*: goodput after it. *Peak*: the most calls in a second after it, in units of the ordinary rate.`;

function scenario({ name, title, outage, possible, rows }: ScenarioResult): string {
  const picture = `benchmarks/${name}.svg`;
  const shown = rows.filter(([library]) => !library.includes('documented'));
  const lines = shown.map(([library, { series }]) => ({ name: library, values: series }));
  writeFileSync(`${root}docs/${picture}`, chart(`${title}: goodput`, lines, outage / 1_000));
  const best =
    possible === undefined ? '' : ` ${(possible * 100).toFixed(0)} % goodput are possible.`;
  const [head, ...body] = outcomeTable(rows);
  return `### ${title}\n\n![Goodput over time](${picture})\n\n${rows[0]![1].asked} calls asked.${best}\n\n${table(head!, body)}`;
}

const regretText = (settings: number): string =>
  `Nobody chooses his outage: these are ${settings} settings drawn from distributions by a seed or, in a whole run, listed by \`bench/outages/sweep.ts\`: kedge with one set of defaults for all, the others with its numbers wherever they have an option, and a bare call with the same time limit for an attempt. The regret of a library is how many points of goodput the best of the others was ahead. Calls are measured during the outage and for five seconds after it; each setting is shortened to some thousand calls.`;

function regret(measured: Results['regret']): readonly string[] {
  const picture = 'benchmarks/regret.svg';
  const lines = regrets(measured).map(([name, values]) => ({ name, values }));
  const title = 'Regret: points of goodput behind the best of the others, settings sorted';
  writeFileSync(`${root}docs/${picture}`, distribution(title, lines));
  const [head, ...rows] = overall(measured);
  const [kinds, ...each] = byScenario(measured);
  const worst = worstOf(measured).map((one) => [
    one.setting,
    (goodputRegret(one) * 100).toFixed(1),
    told(one),
    behind[one.setting] ?? behind[one.scenario] ?? 'open',
  ]);
  return [
    section(
      'Regret',
      regretText(measured.length),
      `![Regret by library](${picture})`,
      table(head!, rows),
      'By the kind of outage, goodput × calls each:',
      table(kinds!, each),
      'The ten settings in which kedge is furthest behind:',
      table(['setting', 'points', 'goodput × calls each', 'why'], worst),
    ),
  ];
}

function limits(results: Results['limits']): readonly string[] {
  return [
    section(
      'Limits that follow latency',
      'The arithmetic of `adaptiveLimiter` beside that of other libraries, by `bench/limits`: a dependency with one queue, asked by 1 000 callers (by 100 and then 190 where there is no queue) who ask again as soon as they are answered. What is shown: the limit at the end; calls answered, of those that were possible; and the latency in the last minute, in units of an idle worker’s.',
      table(
        ['', 'by', 'limit, answered, latency'],
        results.map(({ scenario, algorithm, phases }) => [
          scenario,
          algorithm,
          phases.map(phase).join(' · '),
        ]),
      ),
    ),
  ];
}

function phase({ limit, throughput, latency }: Passed): string {
  return `${Math.floor(limit)}, ${(throughput * 100).toFixed(1)} %, ${latency.toFixed(1)} ×`;
}

function sweep(all: Results['sweep']): readonly string[] {
  const settings = all.reduce((sum, each) => sum + each.settings, 0);
  return [
    section(
      'Other numbers',
      `The same outages in ${settings} other settings, kedge against the peers with kedge’s numbers: in how many of them something is not as it should be, and the worst two.`,
      ...all.map(({ name, text }) => `### ${name}\n\n\`\`\`\n${text}\n\`\`\``),
    ),
  ];
}
