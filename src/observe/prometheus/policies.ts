/** What is shown of policies: one table, which says where each kind of policy keeps the number. */
import { circuitTransitions, counterOf } from '../../core/transitions.ts';
import type { Facts } from './ledger.ts';
import type { Aggregator, Heading, Labels, Sample } from './registry.ts';
import { merged } from './totals.ts';

/** The values of a row's own labels, by the name of the counter or gauge. */
type Members = Readonly<Record<string, readonly string[]>>;

interface Row extends Heading {
  readonly type: 'counter' | 'gauge';
  /** Besides `pipeline` and `policy`. */
  readonly labels: readonly string[];
  /** By the kind of policy. Counters are shown from 0 on, since Prometheus sees no increase in a first value. */
  readonly of: Readonly<Record<string, Members>>;
}

const each = (...values: readonly string[]): Members =>
  Object.fromEntries(values.map((value) => [value, [value]]));

const only = (member: string): Members => ({ [member]: [] });

const rejected = (...reasons: readonly string[]): Members =>
  Object.fromEntries(
    reasons.map((reason) => [`rejected_${reason.replaceAll('-', '_')}`, [reason]]),
  );

const transitions: Members = Object.fromEntries(
  circuitTransitions.map((each) => {
    const [from, to] = [each.from, each.to].map((state) => state.replace('-', '_'));
    return [counterOf(each), [from as string, to as string, each.reason]];
  }),
);

const table: readonly Row[] = [
  {
    name: 'retries_total',
    help: 'What a retry decided about failures that it may try again, and how calls ended that were retried.',
    type: 'counter',
    labels: ['result'],
    of: {
      retry: each(
        'scheduled',
        'recovered',
        'exhausted',
        'refused_budget',
        'refused_deadline',
        'refused_circuit',
      ),
    },
  },
  {
    name: 'retry_budget_available_ratio',
    help: 'The share of the budget for further attempts that is left.',
    type: 'gauge',
    aggregator: 'min',
    labels: [],
    of: { retry: only('budget_available_ratio'), hedge: only('budget_available_ratio') },
  },
  {
    name: 'circuit_breaker_state',
    help: 'How many circuits are in each state; an open one is half-open from the next call on.',
    type: 'gauge',
    labels: ['state'],
    of: { circuitBreaker: each('closed', 'open', 'half_open', 'isolated') },
  },
  {
    name: 'circuit_breaker_transitions_total',
    help: 'Changes of a circuit from one state to another.',
    type: 'counter',
    labels: ['from', 'to', 'reason'],
    of: { circuitBreaker: transitions },
  },
  {
    name: 'circuit_breaker_failure_rate',
    help: 'The share of failures in the window of a circuit; NaN below the minimum of calls.',
    type: 'gauge',
    aggregator: 'max',
    labels: [],
    of: { circuitBreaker: only('failure_rate') },
  },
  {
    name: 'circuit_breaker_slow_rate',
    help: 'The share of slow calls in the window of a circuit; NaN below the minimum of calls.',
    type: 'gauge',
    aggregator: 'max',
    labels: [],
    of: { circuitBreaker: only('slow_rate') },
  },
  {
    name: 'rejections_total',
    help: 'Calls that a policy turned away before their operation ran.',
    type: 'counter',
    labels: ['reason'],
    of: {
      circuitBreaker: rejected('circuit-open'),
      bulkhead: rejected('bulkhead-full', 'queue-timeout'),
      adaptiveLimiter: rejected('bulkhead-full', 'queue-timeout'),
      rateLimiter: rejected('rate-limited'),
      adaptiveThrottle: rejected('throttled'),
    },
  },
  {
    name: 'timeouts_total',
    help: 'Calls that a timeout ended.',
    type: 'counter',
    labels: [],
    of: { timeout: only('exceeded') },
  },
  {
    name: 'fallbacks_total',
    help: 'Failures that were answered by something else, or for which that failed too.',
    type: 'counter',
    labels: ['result'],
    of: { fallback: each('used', 'failed'), staleIfError: each('stale') },
  },
  {
    name: 'hedges_total',
    help: 'Further attempts beside a slow one, and what came of them.',
    type: 'counter',
    labels: ['result'],
    of: { hedge: each('launched', 'won', 'wasted') },
  },
  ...(
    [
      ['in_use', 'Permits of a concurrency limit that are in use.'],
      ['queued', 'Calls that wait for a permit of a concurrency limit.'],
      ['limit', 'How many calls a concurrency limit lets run at once.'],
    ] as const
  ).map(([gauge, help]): Row => ({
    name: `bulkhead_${gauge}`,
    help,
    type: 'gauge',
    labels: [],
    of: { bulkhead: only(gauge), adaptiveLimiter: only(gauge) },
  })),
];

/** A row as a metric. */
export interface PolicyFamily extends Heading {
  samples(facts: Facts, add: (labels: Labels, value: number) => void): void;
}

export const policyFamilies: readonly PolicyFamily[] = table.map((row) => ({
  ...row,
  labels: ['pipeline', 'policy', ...row.labels],
  samples(facts, add) {
    for (const { labels, value } of samplesOf(row, facts)) add(labels, value);
  },
}));

function samplesOf(row: Row, { pipelines }: Facts): Iterable<Sample> {
  // Policies of several kinds may be folded into one name: two lines with the same labels are no text format.
  const samples = new Map<string, Sample>();
  const how: Aggregator = row.aggregator ?? 'sum';
  for (const { pipeline, totals } of pipelines) {
    for (const { name: policy, kind, counters, gauges } of totals.policies) {
      for (const [member, values] of Object.entries(row.of[kind] ?? {})) {
        const value = row.type === 'counter' ? (counters[member] ?? 0) : gauges[member];
        if (value === undefined) continue;
        const key = [pipeline, policy, ...values].join('\n');
        const known = samples.get(key)?.value;
        const labels: Labels = { pipeline, policy };
        for (const [index, label] of row.labels.entries()) labels[label] = values[index] as string;
        samples.set(key, { labels, value: merged(how, known, value) });
      }
    }
  }
  return samples.values();
}
