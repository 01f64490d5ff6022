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
  /** By library, kedge first. */
  readonly outcomes: readonly (readonly [name: string, outcome: Outcome])[];
}

/** What a library does after an outage belongs to it: so long after its end calls are counted as well. */
const tail = 5_000;

export async function measure(
  settings: readonly Setting[],
  libraries: readonly Library[],
  told: (done: number) => void = () => {},
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const { name, scenario, parameters } of settings) {
    const outcomes: [string, Outcome][] = [];
    for (const library of libraries)
      outcomes.push([library.name, await simulate(lasting(scenario), library, parameters)]);
    measured.push({ setting: name, outcomes });
    told(measured.length);
  }
  return measured;
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

export function summary(measured: readonly Measured[], most = 10): string {
  const names = measured[0]!.outcomes.map(([name]) => name);
  const rows = names.map((name, index) => {
    const of = measured.map(({ outcomes }) => outcomes[index]![1]);
    const regrets = measured.map(({ outcomes }) => {
      const others = outcomes.filter((_, other) => other !== index);
      return Math.max(...others.map(([, o]) => o.goodput)) - outcomes[index]![1].goodput;
    });
    return [
      name,
      `goodput ${percent(mean(of.map((o) => o.goodput)))}`,
      `calls each ${mean(of.map((o) => o.amplification)).toFixed(2)}`,
      `worst regret ${percent(Math.max(...regrets))}`,
      `behind by 3 points in ${regrets.filter((regret) => regret > about).length} of ${measured.length}`,
    ];
  });
  const worst = (by: (m: Measured) => number, show: (m: Measured) => string): string[][] =>
    measured
      .toSorted((one, other) => by(other) - by(one))
      .slice(0, most)
      .map((each) => [`  ${each.setting}`, show(each)]);
  const told = ({ outcomes }: Measured): string =>
    outcomes
      .map(([name, o]) => `${name} ${percent(o.goodput)} × ${o.amplification.toFixed(2)}`)
      .join(', ');
  const tooMany = measured.filter(({ outcomes }) => outcomes[0]![1].amplification > 1.5).length;
  return [
    text(rows),
    `kedge makes more than 1.5 calls each in ${tooMany} of ${measured.length}`,
    'goodput, the worst:',
    text(worst(goodputRegret, told)),
    'p99, the worst:',
    text(worst(latencyRegret, (m) => `${latencyRegret(m).toFixed(1)} ×`)),
  ].join('\n');
}
