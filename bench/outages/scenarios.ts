import { type Condition, healthy } from './host.ts';
import type { Parameters } from './parameters.ts';

/** A scripted outage. Times are milliseconds since it began. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What it differs in from the common parameters. */
  readonly parameters: Partial<Parameters>;
  /** How the bad hosts are. */
  condition(time: number, parameters: Parameters): Condition;
  /** Calls a second, where it is not the common rate. */
  rate?(time: number, parameters: Parameters): number;
  /** From when to when the calls are asked that are measured. @default during the outage */
  measured?(parameters: Parameters): readonly [from: number, to: number];
  /** Clients call by the clock, each at instants of its own, instead of at random. */
  readonly periodic?: boolean;
  /** The best goodput that anybody could reach. @default 1 */
  possible?(parameters: Parameters): number;
}

const during = (time: number, { outage }: Parameters): boolean => time >= 0 && time < outage;

const capacity = ({ workers, service }: Parameters): number => (workers / service) * 1_000;

export const scenarios: readonly Scenario[] = [
  {
    name: 'blackout',
    title: 'Blackout: every call is refused',
    parameters: {},
    condition: (time, p) => ({ ...healthy, dead: during(time, p) }),
    possible: () => 0,
  },
  {
    name: 'brownout',
    title: 'Brownout: a share of the calls fails',
    parameters: { after: 20_000 },
    condition: (time, p) => ({ ...healthy, errorRate: during(time, p) ? p.errorRate : 0 }),
  },
  {
    name: 'slow',
    title: 'Every answer takes a hundred times as long',
    // As many workers as just keep up with the calls when those take so long.
    parameters: { workers: 400 },
    condition: (time, p) => ({ ...healthy, slowdown: during(time, p) ? p.slowdown : 1 }),
  },
  {
    name: 'overload',
    title: 'Overload: nearly twice the load, a good half more than the capacity',
    // 250 calls a second, of which the ordinary load takes 80 %: retries alone can keep it overloaded afterwards.
    parameters: { spike: 390, workers: 5, outage: 30_000 },
    condition: () => healthy,
    rate: (time, p) => (during(time, p) ? p.spike : p.rate),
    possible: (p) => Math.min(1, capacity(p) / p.spike),
  },
  {
    name: 'surge',
    title: 'Surge: twice the capacity, and the minute after it',
    parameters: { spike: 1_000, outage: 30_000 },
    condition: () => healthy,
    rate: (time, p) => (during(time, p) ? p.spike : p.rate),
    // With the time after it: what an overload leaves behind is the worst of it.
    measured: (p) => [0, p.outage + p.after],
    possible: (p) => {
      const asked = p.spike * p.outage + p.rate * p.after;
      return (
        (Math.min(p.spike, capacity(p)) * p.outage + Math.min(p.rate, capacity(p)) * p.after) /
        asked
      );
    },
  },
  {
    name: 'host',
    title: 'One of ten hosts is dead',
    parameters: { hosts: 10 },
    condition: (time, p) => ({ ...healthy, dead: during(time, p) }),
  },
  {
    name: 'tail',
    title: 'Slow tail: one call of a hundred takes fifty times as long',
    // Narrow, or the tail of the ordinary calls would hide the one in question. And somewhat more than 1 %: with just
    // that, p99 lies between the fast calls and the slow ones, and chance says on which side.
    parameters: { distribution: 'lognormal', tailShare: 0.015, workers: 50, after: 10_000 },
    condition: (_time, p) => ({ ...healthy, tailShare: p.tailShare }),
  },
  {
    name: 'flapping',
    title: 'Flapping: down and up by turns',
    parameters: { after: 20_000 },
    condition: (time, p) => ({
      ...healthy,
      dead: during(time, p) && time % (2 * p.period) < p.period,
    }),
  },
  {
    name: 'blackhole',
    title: 'Black hole: calls are taken and never answered',
    parameters: { outage: 30_000, after: 20_000 },
    condition: (time, p) => ({ ...healthy, hangs: during(time, p) }),
    possible: () => 0,
  },
  {
    name: 'bursts',
    title: 'Bursts: every few seconds all calls fail for a moment',
    parameters: { period: 400, after: 20_000 },
    condition: (time, p) => ({
      ...healthy,
      errorRate: during(time, p) && time % (10 * p.period) < p.period ? 1 : 0,
    }),
  },
  {
    name: 'ramp',
    title: 'Ramp: ever more calls fail, then ever fewer',
    parameters: { errorRate: 0.8, after: 20_000 },
    condition: (time, p) => ({
      ...healthy,
      errorRate: during(time, p) ? p.errorRate * (1 - Math.abs((2 * time) / p.outage - 1)) : 0,
    }),
  },
  {
    name: 'partial',
    title: 'Partial: one of several endpoints behind a host fails',
    // The others answer all the same: it is the calls to that endpoint that cannot be helped.
    parameters: { errorRate: 0.2, maxAttempts: 3, after: 20_000 },
    condition: (time, p) => ({ ...healthy, errorRate: during(time, p) ? p.errorRate : 0 }),
  },
  {
    name: 'cold',
    title: 'Cold start into an outage',
    parameters: { warmUp: 0, outage: 10_000, after: 20_000 },
    condition: (time, p) => ({ ...healthy, dead: during(time, p) }),
    measured: (p) => [0, p.outage + p.after],
  },
  {
    name: 'storm',
    title: 'Storm: other clients retry without measure, and leave little room',
    parameters: { spike: 300, workers: 10, outage: 20_000, after: 20_000 },
    condition: (time, p) => ({ ...healthy, slowdown: during(time, p) ? 1 + p.spike / 200 : 1 }),
  },
  {
    name: 'stampede',
    title: 'A thousand clients, and one dependency that comes back',
    parameters: { rate: 1_000, clients: 1_000, workers: 50, outage: 30_000, after: 30_000 },
    periodic: true,
    condition: (time, p) => ({ ...healthy, dead: during(time, p) }),
    measured: (p) => [p.outage, p.outage + p.after],
  },
];
