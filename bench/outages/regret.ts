/**
 * Regret: how much worse an outage was with kedge than with the best of the others, a bare call among them.
 */
import type { Library } from './libraries/library.ts';
import type { Outcome } from './measure.ts';
import type { Setting } from './grid.ts';
import type { Scenario } from './scenarios.ts';
import { simulate } from './simulate.ts';
import { common } from './parameters.ts';
import { text } from './table.ts';

export interface Measured {
  readonly setting: string;
  readonly scenario: string;
  /** By library, kedge first. */
  readonly outcomes: readonly (readonly [name: string, outcome: Outcome])[];
}

/** What a library does after an outage belongs to it: so long after its end calls are counted as well. */
const tail = 5_000;

export async function measure(
  settings: readonly Setting[],
  libraries: readonly Library[],
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const { name, scenario, parameters } of settings) {
    const outcomes: [string, Outcome][] = [];
    for (const library of libraries)
      outcomes.push([library.name, await simulate(lasting(scenario), library, parameters)]);
    // Where so little is asked that nobody asked during the outage, nothing was measured.
    if (outcomes[0]![1].asked > 0)
      measured.push({ setting: name, scenario: scenario.name, outcomes: outcomes.map(slim) });
  }
  return measured;
}

/** Without the goodput of each second, which nobody asks for here. */
function slim([name, outcome]: [string, Outcome]): [string, Outcome] {
  return [name, { ...outcome, series: [] }];
}

/** The same scenario, measured until a little after its end. */
function lasting(scenario: Scenario): Scenario {
  return {
    ...scenario,
    measured: (p) => {
      const [from, to] = scenario.measured?.(p) ?? [0, p.outage];
      return [from, Math.min(Math.max(to, p.outage + tail), p.outage + (p.after ?? common.after))];
    },
  };
}

const about = 0.03;

/** How many points of goodput the best of the others was ahead; below 0 where kedge was. */
export function goodputRegret({ outcomes: [own, ...others] }: Measured): number {
  return Math.max(...others.map(([, { goodput }]) => goodput)) - own![1].goodput;
}

/** How many times the least p99 of those that answered about as many. */
export function latencyRegret({ outcomes: [own, ...others] }: Measured): number {
  const { goodput, p99 } = own![1];
  const comparable = others.filter(
    ([, o]) => Math.abs(o.goodput - goodput) <= about && !Number.isNaN(o.p99),
  );
  if (comparable.length === 0 || Number.isNaN(p99)) return 1;
  // Below a millisecond or two it is the clock that is compared.
  return (p99 + 2) / (Math.min(...comparable.map(([, o]) => o.p99)) + 2);
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const mean = (list: readonly number[]): number =>
  list.reduce((sum, each) => sum + each, 0) / list.length;

/** How many points of goodput each library was behind the best of the others, by library. */
export function regrets(measured: readonly Measured[]): [name: string, regrets: number[]][] {
  return measured[0]!.outcomes.map(([name], index) => [
    name,
    measured.map(({ outcomes }) => {
      const others = outcomes.filter((_, other) => other !== index).map(([, o]) => o.goodput);
      return Math.max(0, Math.max(...others) - outcomes[index]![1].goodput);
    }),
  ]);
}

/** By library: goodput, calls each, the worst regret, and how often it was behind. */
export function overall(measured: readonly Measured[]): string[][] {
  const rows = regrets(measured).map(([name, behind], index) => {
    const of = measured.map(({ outcomes }) => outcomes[index]![1]);
    return [
      name,
      percent(mean(of.map((o) => o.goodput))),
      mean(of.map((o) => o.amplification)).toFixed(2),
      `${behind.filter((each) => each > about).length} of ${measured.length}`,
      percent(mean(behind)),
      percent(Math.max(...behind)),
      `${of.filter((o) => o.amplification > 1.5).length}`,
    ];
  });
  return [
    [
      '',
      'goodput',
      'calls each',
      'behind by 3 points',
      'mean regret',
      'worst',
      'above 1.5 calls each',
    ],
    ...rows,
  ];
}

/** Goodput and calls each of kedge and of the others, by the kind of outage. */
export function byScenario(measured: readonly Measured[]): string[][] {
  const kinds = [...new Set(measured.map(({ scenario }) => scenario))];
  return [
    ['', 'settings', 'behind by 3 points', ...measured[0]!.outcomes.map(([name]) => name)],
    ...kinds.map((kind) => {
      const of = measured.filter(({ scenario }) => scenario === kind);
      return [
        kind,
        `${of.length}`,
        `${of.filter((each) => goodputRegret(each) > about).length}`,
        ...of[0]!.outcomes.map((_, index) => {
          const outcomes = of.map((each) => each.outcomes[index]![1]);
          const calls = mean(outcomes.map((o) => o.amplification)).toFixed(2);
          return `${percent(mean(outcomes.map((o) => o.goodput)))} × ${calls}`;
        }),
      ];
    }),
  ];
}

/** The settings in which kedge was furthest behind. */
export function worstOf(measured: readonly Measured[], most = 10): readonly Measured[] {
  return measured
    .toSorted((one, other) => goodputRegret(other) - goodputRegret(one))
    .slice(0, most);
}

export function told({ outcomes }: Measured): string {
  return outcomes
    .map(([name, o]) => `${name} ${percent(o.goodput)} × ${o.amplification.toFixed(2)}`)
    .join(', ');
}

/** As many bars as there are twentieths: how far behind each library is, settings sorted by that. */
function bars(behind: readonly number[]): string {
  const sorted = behind.toSorted((one, other) => other - one);
  const at = Array.from({ length: 40 }, (_, i) => sorted[Math.floor((i / 40) * sorted.length)]!);
  return at.map((each) => ' ▁▂▃▄▅▆▇█'[Math.min(8, Math.ceil(each * 16))]).join('');
}

export function summary(measured: readonly Measured[], most = 10): string {
  const late = measured.toSorted((one, other) => latencyRegret(other) - latencyRegret(one));
  return [
    text(overall(measured)),
    '',
    'regret, settings sorted by it; a full bar is 50 points or more:',
    text(regrets(measured).map(([name, behind]) => [name, `|${bars(behind)}|`])),
    '',
    text(byScenario(measured)),
    '',
    'goodput, the worst:',
    text(worstOf(measured, most).map((each) => [`  ${each.setting}`, told(each)])),
    'p99, the worst:',
    text(late.slice(0, most).map((m) => [`  ${m.setting}`, `${latencyRegret(m).toFixed(1)} ×`])),
  ].join('\n');
}
