import type { Outcome } from './measure.ts';
import type { Parameters } from './parameters.ts';
import { duration } from './table.ts';

/** What `presets.http` is to reach in one scenario. */
export interface Goal {
  readonly scenario: string;
  readonly what: string;
  /** What was found, and whether that is what was asked for. `plain`: without hedging. */
  check(found: Outcome, p: Parameters, plain: Outcome): readonly [found: string, met: boolean];
}

const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`;

/** A circuit opens for so long at most between two probes: the calls of that time are what one probe may cost. */
const probeWindow = (p: Parameters): number => p.maxOpenFor / p.outage / p.hosts;

const least =
  (share: number, value: (o: Outcome) => number): Goal['check'] =>
  (o) => [percent(value(o)), value(o) >= share];

const most =
  (limit: number, value: (o: Outcome) => number): Goal['check'] =>
  (o) => [value(o).toFixed(2), value(o) <= limit];

const within =
  (ms: number): Goal['check'] =>
  (o) => [duration(o.recovery), o.recovery <= ms];

/** One lucky run is no proof. */
export const seeds = 5;

export const goals: readonly Goal[] = [
  {
    scenario: 'blackout',
    what: '≤ 0.6 % of the calls sent to the dead dependency',
    check: (o) => [percent(o.sent / o.asked, 2), o.sent / o.asked <= 0.006],
  },
  { scenario: 'blackout', what: 'full goodput ≤ 2 s after it heals', check: within(2_000) },
  { scenario: 'brownout', what: 'success ≥ 99.3 %', check: least(0.993, (o) => o.goodput) },
  { scenario: 'brownout', what: 'calls each ≤ 1.45', check: most(1.45, (o) => o.amplification) },
  { scenario: 'slow', what: 'goodput ≥ 20 %', check: least(0.2, (o) => o.goodput) },
  {
    scenario: 'slow',
    what: 'concurrency at the dependency ≤ 1.5 × its workers',
    check: (o, p) => [
      `${(o.mostConcurrent / p.workers).toFixed(2)} ×`,
      o.mostConcurrent <= 1.5 * p.workers,
    ],
  },
  { scenario: 'slow', what: 'recovery ≤ 2 s', check: within(2_000) },
  {
    scenario: 'overload',
    what: 'goodput ≥ 60 % where 64 % is possible',
    check: least(0.6, (o) => o.goodput),
  },
  { scenario: 'overload', what: 'recovery ≤ 1 s', check: within(1_000) },
  {
    scenario: 'surge',
    what: 'goodput ≥ 60 % where 64 % is possible',
    check: least(0.6, (o) => o.goodput),
  },
  { scenario: 'surge', what: 'recovery ≤ 1 s', check: within(1_000) },
  {
    scenario: 'host',
    what: 'loss ≤ the share of one probe window',
    check: (o, p) => [
      `${percent(1 - o.goodput, 2)} (≤ ${percent(probeWindow(p), 2)})`,
      1 - o.goodput <= probeWindow(p),
    ],
  },
  {
    scenario: 'host',
    what: 'the other nine untouched',
    check: (o) => [percent(o.goodputOfOthers ?? NaN, 2), (o.goodputOfOthers ?? 0) >= 0.9999],
  },
  {
    scenario: 'tail',
    what: 'hedging cuts p99 by ≥ 5 ×',
    check: (o, _p, plain) => [`${(plain.p99 / o.p99).toFixed(1)} ×`, plain.p99 >= 5 * o.p99],
  },
  {
    scenario: 'tail',
    what: 'for ≤ 5 % more calls',
    check: (o, _p, plain) => {
      const more = o.amplification / plain.amplification - 1;
      return [percent(more), more <= 0.05];
    },
  },
  { scenario: 'flapping', what: 'goodput ≥ 85 %', check: least(0.85, (o) => o.goodput) },
  { scenario: 'flapping', what: 'calls each ≤ 1.5', check: most(1.5, (o) => o.amplification) },
  { scenario: 'stampede', what: 'peak ≤ 1.15 × the steady rate', check: most(1.15, (o) => o.peak) },
];
