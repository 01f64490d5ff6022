/**
 * The same outages with other numbers than the published ones: a default that only fits those is no default.
 */
import type { Library } from './libraries/library.ts';
import type { Outcome } from './measure.ts';
import { common, type Parameters } from './parameters.ts';
import type { Scenario } from './scenarios.ts';
import { simulate } from './simulate.ts';
import { duration, text } from './table.ts';

/** What is varied in each scenario; all combinations are run. */
export const variations: Readonly<
  Record<string, Readonly<Partial<Record<keyof Parameters, readonly number[]>>>>
> = {
  blackout: { rate: [5, 50, 200], outage: [2_000, 10_000, 60_000, 300_000] },
  brownout: {
    rate: [5, 50, 200],
    errorRate: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7],
    workers: [5, 40],
  },
  slow: { rate: [50, 200], workers: [50, 400, 1_600], slowdown: [5, 20, 100, 500] },
  overload: { rate: [100, 200, 240], spike: [260, 390, 1_000], outage: [5_000, 60_000] },
  surge: { rate: [50, 200, 400], workers: [5, 10, 20], outage: [5_000, 30_000] },
  host: { rate: [50, 200], badHosts: [1, 3, 6], outage: [5_000, 60_000] },
  tail: { rate: [20, 200], tailShare: [0.005, 0.015, 0.05], tailFactor: [10, 50, 200] },
  flapping: { rate: [20, 200], period: [300, 1_000, 3_000, 10_000, 30_000] },
  stampede: { clients: [10, 100, 1_000], outage: [5_000, 20_000, 60_000] },
};

export interface Swept {
  readonly setting: string;
  readonly parameters: Parameters;
  /** What was found by library, kedge first. */
  readonly outcomes: readonly (readonly [name: string, outcome: Outcome])[];
}

export async function sweep(
  scenario: Scenario,
  libraries: readonly Library[],
  given: Partial<Parameters>,
): Promise<Swept[]> {
  const swept: Swept[] = [];
  for (const varied of combinations(variations[scenario.name] ?? {})) {
    const parameters = { ...common, ...scenario.parameters, ...varied, ...given };
    const outcomes: [string, Outcome][] = [];
    for (const library of libraries) {
      outcomes.push([library.name, await simulate(scenario, library, parameters)]);
    }
    const setting = Object.entries(varied)
      .map(([name, value]) => `--${name} ${value}`)
      .join(' ');
    swept.push({ setting, parameters, outcomes });
  }
  return swept;
}

export function combinations(
  of: Readonly<Partial<Record<keyof Parameters, readonly number[]>>>,
): Partial<Parameters>[] {
  let all: Partial<Parameters>[] = [{}];
  for (const [name, values] of Object.entries(of)) {
    all = all.flatMap((each) => values.map((value) => ({ ...each, [name]: value })));
  }
  return all;
}

interface Criterion {
  readonly what: string;
  /** Of which scenario alone. @default all */
  readonly of?: string;
  /** The higher the worse; at most 0 is as it should be. */
  badness(kedge: Outcome, peers: readonly Outcome[], p: Parameters): number;
  show(kedge: Outcome, peers: readonly Outcome[]): string;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const best = (outcomes: readonly Outcome[], value: (o: Outcome) => number): number =>
  Math.max(...outcomes.map(value));
const least = (outcomes: readonly Outcome[], value: (o: Outcome) => number): number =>
  Math.min(...outcomes.map(value));

/** Who answers only the quick ones is quick: those count that answer about as many. */
const comparable = (kedge: Outcome, peers: readonly Outcome[]): Outcome[] =>
  peers.filter((o) => o.goodput > 0.5 * kedge.goodput && !Number.isNaN(o.p99));

/** What is to hold whatever the numbers are. */
export const criteria: readonly Criterion[] = [
  {
    what: 'goodput below the best peer’s',
    badness: (k, peers) => best(peers, (o) => o.goodput) - k.goodput - 0.005,
    show: (k, peers) => `${percent(k.goodput)} against ${percent(best(peers, (o) => o.goodput))}`,
  },
  {
    what: 'goodput after the outage below 95 % and the best peer’s',
    badness: (k, peers) =>
      Math.min(
        0.95,
        best(peers, (o) => o.afterwards),
      ) - k.afterwards,
    show: (k, peers) =>
      `${percent(k.afterwards)} against ${percent(best(peers, (o) => o.afterwards))}`,
  },
  {
    what: 'recovery later than 2 s and the best peer’s',
    badness: (k, peers) =>
      Math.min(k.recovery, 1e9) -
      Math.max(
        2_000,
        least(peers, (o) => o.recovery),
      ),
    show: (k, peers) =>
      `${duration(k.recovery)} against ${duration(least(peers, (o) => o.recovery))}`,
  },
  {
    what: 'more than 1.5 calls each',
    badness: (k) => k.amplification - 1.5,
    show: (k, peers) =>
      `${k.amplification.toFixed(2)} against ${least(peers, (o) => o.amplification).toFixed(2)}`,
  },
  {
    what: 'a peak after the outage above 1.15 and the best peer’s',
    of: 'stampede',
    badness: (k, peers) =>
      k.peak -
      Math.max(
        1.15,
        least(peers, (o) => o.peak),
      ),
    show: (k, peers) => `${k.peak.toFixed(2)} against ${least(peers, (o) => o.peak).toFixed(2)}`,
  },
  {
    what: 'p99 above 1.2 × the best peer’s',
    badness: (k, peers) => k.p99 / least(comparable(k, peers), (o) => o.p99) - 1.2,
    show: (k, peers) =>
      `${duration(k.p99)} against ${duration(least(comparable(k, peers), (o) => o.p99))}`,
  },
];

/** For each criterion in how many settings it is broken, and the worst ones. */
export function worst(scenario: Scenario, swept: readonly Swept[], show = 3): string {
  const lines: string[][] = [];
  for (const criterion of criteria.filter(({ of }) => of === undefined || of === scenario.name)) {
    const broken = swept
      .map(({ setting, parameters, outcomes: [kedge, ...peers] }) => {
        const others = peers.map(([, outcome]) => outcome);
        return {
          setting,
          badness: criterion.badness(kedge![1], others, parameters),
          found: criterion.show(kedge![1], others),
        };
      })
      .filter(({ badness }) => badness > 0)
      .toSorted((one, other) => other.badness - one.badness);
    lines.push([`  ${criterion.what}`, `${broken.length} of ${swept.length}`]);
    for (const { setting, found } of broken.slice(0, show)) lines.push([`    ${setting}`, found]);
  }
  return text(lines);
}
