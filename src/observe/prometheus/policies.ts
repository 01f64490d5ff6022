/** What is shown of policies: one table, which says where each kind of policy keeps the number. */
import { aggregationOf, merged } from '../../core/gauges.ts';
import { circuitTransitions, counterOf } from '../../core/transitions.ts';
import type { PipelineFacts } from './facts.ts';
import type { Aggregator, Heading } from './registry.ts';

/** The values of a row's own labels, by the name of the counter or gauge. */
type Members = Readonly<Record<string, readonly string[]>>;

interface Row {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** Besides `pipeline` and `policy`. */
  readonly labels: readonly string[];
  /** What the number is multiplied with: metrics are in seconds. @default 1 */
  readonly scale?: number;
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
  circuitTransitions.map((transition) => {
    const { from, to, reason } = transition;
    return [counterOf(transition), [...[from, to].map((state) => state.replace('-', '_')), reason]];
  }),
);

const circuitGauge = (name: string, help: string, member: string, scale = 1): Row => ({
  name: `circuit_breaker_${name}`,
  help,
  type: 'gauge',
  labels: [],
  scale,
  of: { circuitBreaker: only(member) },
});

const limitGauge = (member: string, help: string): Row => ({
  name: `bulkhead_${member}`,
  help,
  type: 'gauge',
  labels: [],
  of: { bulkhead: only(member), adaptiveLimiter: only(member) },
});

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
  circuitGauge(
    'not_closed',
    'How many circuits have opened and not closed since, and are still being called.',
    'not_closed',
  ),
  {
    name: 'circuit_breaker_not_closed_seconds_total',
    help: 'For how long circuits were not closed, all of them together.',
    type: 'counter',
    labels: [],
    scale: 1 / 1_000,
    of: { circuitBreaker: only('not_closed_ms') },
  },
  circuitGauge(
    'last_opened_timestamp_seconds',
    'When a circuit opened last; none before the first time.',
    'last_opened_timestamp_seconds',
  ),
  {
    name: 'circuit_breaker_transitions_total',
    help: 'Changes of a circuit from one state to another, and why.',
    type: 'counter',
    labels: ['from', 'to', 'reason'],
    of: { circuitBreaker: transitions },
  },
  circuitGauge(
    'failure_rate',
    'The share of failures in the latest window of a circuit that was judged; none before.',
    'failure_rate',
  ),
  circuitGauge(
    'slow_rate',
    'The share of slow calls in the latest window of a circuit that was judged; none before.',
    'slow_rate',
  ),
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
    help: 'Further attempts beside a slow one, what came of them, and those that were refused.',
    type: 'counter',
    labels: ['result'],
    of: { hedge: each('launched', 'won', 'wasted', 'refused') },
  },
  {
    name: 'coalesced_total',
    help: 'Calls that led a shared execution, and calls that joined one.',
    type: 'counter',
    labels: ['result'],
    of: { coalesce: each('led', 'joined') },
  },
  limitGauge('in_use', 'Permits of a concurrency limit that are in use.'),
  limitGauge('queued', 'Calls that wait for a permit of a concurrency limit.'),
  limitGauge('limit', 'How many calls a concurrency limit lets run at once.'),
  limitGauge('queue_limit', 'How many calls may wait for a permit of a concurrency limit.'),
  limitGauge('fullest_ratio', 'How full the fullest limit of a keyed pipeline is.'),
  {
    name: 'rate_limiter_available',
    help: 'How many calls a rate limiter would let through at once.',
    type: 'gauge',
    labels: [],
    of: { rateLimiter: only('available') },
  },
  {
    name: 'throttle_refusal_ratio',
    help: 'The share of calls that an adaptive throttle refuses.',
    type: 'gauge',
    labels: [],
    of: { adaptiveThrottle: only('refusal_ratio') },
  },
];

/** Adds one line, by the values of its labels; without `key` there is no such label. */
type AddLine = (
  value: number,
  key: string | undefined,
  pipeline: string,
  policy: string,
  one?: string,
  two?: string,
  three?: string,
) => void;

/** A row as a metric. */
export interface PolicyFamily extends Heading {
  write(pipelines: readonly PipelineFacts[], add: AddLine): void;
}

/** A member of a row, ready to be read. */
type Column = readonly [member: string, one?: string, two?: string, three?: string];

export const policyFamilies: readonly PolicyFamily[] = table.map((row) => {
  const { name, help, type } = row;
  const aggregator = type === 'gauge' ? aggregatorOf(row) : 'sum';
  const columns = new Map(
    Object.entries(row.of).map(([kind, members]): [string, readonly Column[]] => [
      kind,
      Object.entries(members).map(([member, values]) => [member, ...values] as unknown as Column),
    ]),
  );
  return {
    name,
    help,
    type,
    aggregator,
    labels: ['pipeline', 'policy', ...row.labels],
    write(pipelines, add) {
      for (const facts of pipelines) {
        if (facts.hasNamesakes) writeMerged(row, columns, aggregator, facts, add);
        else write(row, columns, facts, add);
      }
    },
  };
});

function write(
  { type, scale = 1 }: Row,
  columns: ReadonlyMap<string, readonly Column[]>,
  { pipeline, policies }: PipelineFacts,
  add: AddLine,
): void {
  for (const { policy, kind, key, counters, gauges } of policies) {
    const members = columns.get(kind);
    if (members === undefined || (type === 'counter' && key !== undefined)) continue;
    for (const [member, one, two, three] of members) {
      const value = type === 'gauge' ? gauges[member] : (counters?.[member] ?? 0);
      if (value !== undefined) add(value * scale, key, pipeline, policy, one, two, three);
    }
  }
}

/** Two policies of one name and of different kinds may have the same line, which must not be there twice. */
function writeMerged(
  row: Row,
  columns: ReadonlyMap<string, readonly Column[]>,
  how: Aggregator,
  facts: PipelineFacts,
  add: AddLine,
): void {
  const lines = new Map<string, Parameters<AddLine>>();
  write(row, columns, facts, (value, ...labels) => {
    const id = labels.join('\n');
    lines.set(id, [merged(how, lines.get(id)?.[0], value), ...labels]);
  });
  for (const line of lines.values()) add(...line);
}

function aggregatorOf({ of }: Row): Aggregator {
  const [member = ''] = Object.values(of).flatMap((members) => Object.keys(members));
  return aggregationOf(member);
}
