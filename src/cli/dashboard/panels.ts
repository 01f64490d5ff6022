/** What the board shows: rows of panels, each with its expressions. */
import { asked, type Metrics } from '../rules/metrics.ts';

export interface Panel {
  readonly title: string;
  readonly says: string;
  readonly type: 'stat' | 'state-timeline' | 'table' | 'timeseries';
  /** Of 24. */
  readonly width: number;
  readonly unit?: string;
  readonly max?: number;
  readonly stacked?: boolean;
  /** Names of values, such as the states of a circuit. */
  readonly words?: readonly (readonly [value: number, word: string, color: string])[];
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const chosen = ['job=~"$job"', 'pipeline=~"$pipeline"'];
const window = '$__rate_interval';

const one = (expr: string, legend: string): Panel['queries'] => [{ expr, legend }];

/** Each answers with something wherever there is such a policy. */
export function rowsOf(m: Metrics): readonly Row[] {
  const of = (name: string, ...more: readonly string[]): string => m.of(name, ...chosen, ...more);
  const rate = (name: string, by: string, ...more: readonly string[]): string =>
    `sum by (job, pipeline${by}) (rate(${of(name, ...more)}[${window}]))`;
  const state = (name: string, weight: number): string =>
    `(max by (job, pipeline, policy) (${of('circuit_breaker_state', `state="${name}"`)}) > bool 0) * ${weight}`;
  const quantile = (share: number): string =>
    `histogram_quantile(${share}, sum by (job, pipeline, le) (rate(${of('execution_duration_seconds_bucket')}[${window}])))`;
  const executions = rate('executions_total', '');
  return [
    {
      title: 'Circuits',
      panels: [
        {
          title: 'Not closed',
          says: 'Circuits that have opened and not closed since, and are still called.',
          type: 'stat',
          width: 4,
          queries: one(`sum(${of('circuit_breaker_not_closed')})`, 'not closed'),
        },
        {
          title: 'Answered',
          says: 'The share of calls that got an answer, fallbacks and old values included.',
          type: 'stat',
          width: 4,
          unit: 'percentunit',
          queries: one(
            `sum(rate(${of('executions_total', 'outcome=~"success|fallback|stale"')}[${window}])) / sum(rate(${of('executions_total', asked)}[${window}]))`,
            'answered',
          ),
        },
        {
          title: 'State',
          says: 'The worst state of the circuits of each policy.',
          type: 'state-timeline',
          width: 16,
          words: [
            [0, 'closed', 'green'],
            [1, 'half-open', 'yellow'],
            [2, 'open', 'red'],
            [3, 'isolated', 'purple'],
          ],
          queries: one(
            `${state('isolated', 3)} > 0 or ${state('open', 2)} > 0 or ${state('half_open', 1)}`,
            '{{pipeline}} {{policy}}',
          ),
        },
        {
          title: 'Who is open, and since when',
          says: 'When circuits opened last that are not closed, in milliseconds since the epoch. With `keys: true` by key.',
          type: 'table',
          width: 12,
          unit: 'dateTimeAsIso',
          queries: one(
            `1000 * max by (job, instance, pipeline, policy, key) (${of('circuit_breaker_last_opened_timestamp_seconds')} and ${of('circuit_breaker_not_closed')} > 0)`,
            '{{pipeline}} {{key}}',
          ),
        },
        {
          title: 'Openings by reason',
          says: 'How often circuits opened, and why.',
          type: 'timeseries',
          width: 12,
          queries: one(
            `sum by (job, pipeline, reason) (increase(${of('circuit_breaker_transitions_total', 'to="open"')}[${window}]))`,
            '{{pipeline}} {{reason}}',
          ),
        },
        {
          title: 'Failure rate as judged',
          says: 'Of the latest window that a circuit judged; kept while it is open.',
          type: 'timeseries',
          width: 12,
          unit: 'percentunit',
          max: 1,
          queries: one(
            `max by (job, pipeline, policy) (${of('circuit_breaker_failure_rate')})`,
            '{{pipeline}} {{policy}}',
          ),
        },
        {
          title: 'Time not closed',
          says: 'Circuits that are not closed, on average.',
          type: 'timeseries',
          width: 12,
          queries: one(
            rate('circuit_breaker_not_closed_seconds_total', ', policy'),
            '{{pipeline}} {{policy}}',
          ),
        },
      ],
    },
    {
      title: 'Calls',
      panels: [
        {
          title: 'Goodput',
          says: 'Calls a second that got what they asked for.',
          type: 'timeseries',
          width: 8,
          unit: 'ops',
          queries: one(rate('executions_total', '', 'outcome="success"'), '{{pipeline}}'),
        },
        {
          title: 'How calls end',
          says: 'Calls a second, by how they ended for the caller.',
          type: 'timeseries',
          width: 8,
          unit: 'ops',
          stacked: true,
          queries: one(
            `sum by (outcome) (rate(${of('executions_total')}[${window}]))`,
            '{{outcome}}',
          ),
        },
        {
          title: 'Failures by kind',
          says: 'Failed attempts and rejected calls a second.',
          type: 'timeseries',
          width: 8,
          unit: 'ops',
          stacked: true,
          queries: one(`sum by (kind) (rate(${of('failures_total')}[${window}]))`, '{{kind}}'),
        },
        {
          title: 'Latency',
          says: 'From the call to the answer, waits included.',
          type: 'timeseries',
          width: 12,
          unit: 's',
          queries: [
            { expr: quantile(0.5), legend: '{{pipeline}} p50' },
            { expr: quantile(0.95), legend: '{{pipeline}} p95' },
            { expr: quantile(0.99), legend: '{{pipeline}} p99' },
          ],
        },
        {
          title: 'Rejections by reason',
          says: 'Calls a second that were turned away before they were sent.',
          type: 'timeseries',
          width: 12,
          unit: 'ops',
          queries: one(rate('rejections_total', ', reason'), '{{pipeline}} {{reason}}'),
        },
      ],
    },
    {
      title: 'Retries and hedges',
      panels: [
        {
          title: 'Retries by result',
          says: 'What retries decided, a second.',
          type: 'timeseries',
          width: 8,
          unit: 'ops',
          queries: one(rate('retries_total', ', result'), '{{pipeline}} {{result}}'),
        },
        {
          title: 'Amplification',
          says: 'Attempts for each call: 1 means that nothing is sent twice.',
          type: 'timeseries',
          width: 8,
          queries: one(`${rate('attempts_total', '')} / (${executions} > 0)`, '{{pipeline}}'),
        },
        {
          title: 'Budgets',
          says: 'The share of the budget for further attempts that is left, the scarcest.',
          type: 'timeseries',
          width: 8,
          unit: 'percentunit',
          max: 1,
          queries: one(
            `min by (job, pipeline, policy) (${of('retry_budget_available_ratio')})`,
            '{{pipeline}} {{policy}}',
          ),
        },
        {
          title: 'Hedges by result',
          says: 'Further attempts beside a slow one, a second.',
          type: 'timeseries',
          width: 12,
          unit: 'ops',
          queries: one(rate('hedges_total', ', result'), '{{pipeline}} {{result}}'),
        },
        {
          title: 'Fallbacks and old values',
          says: 'Failures a second that were answered by something else.',
          type: 'timeseries',
          width: 12,
          unit: 'ops',
          queries: one(rate('fallbacks_total', ', result'), '{{pipeline}} {{result}}'),
        },
      ],
    },
    {
      title: 'Limits',
      panels: [
        {
          title: 'Bulkheads',
          says: 'The share of permits in use; of a keyed pipeline, those of its fullest key.',
          type: 'timeseries',
          width: 8,
          unit: 'percentunit',
          max: 1,
          queries: [
            {
              expr: `max by (job, pipeline, policy) (${of('bulkhead_in_use')} / ${of('bulkhead_limit')})`,
              legend: '{{pipeline}} {{policy}}',
            },
            {
              expr: `max by (job, pipeline, policy) (${of('bulkhead_fullest_ratio')})`,
              legend: '{{pipeline}} {{policy}}, fullest key',
            },
          ],
        },
        {
          title: 'Queues',
          says: 'Calls that wait for a permit.',
          type: 'timeseries',
          width: 8,
          queries: one(
            `sum by (job, pipeline, policy) (${of('bulkhead_queued')})`,
            '{{pipeline}} {{policy}}',
          ),
        },
        {
          title: 'In flight and abandoned',
          says: 'Calls that have not been answered yet, and work that nobody waits for any more.',
          type: 'timeseries',
          width: 8,
          queries: [
            { expr: `sum by (job, pipeline) (${of('in_flight')})`, legend: '{{pipeline}}' },
            {
              expr: `sum by (job, pipeline) (${of('abandoned')})`,
              legend: '{{pipeline}} abandoned',
            },
          ],
        },
        {
          title: 'Throttles',
          says: 'The share of calls that an adaptive throttle refuses.',
          type: 'timeseries',
          width: 12,
          unit: 'percentunit',
          max: 1,
          queries: one(
            `max by (job, pipeline, policy) (${of('throttle_refusal_ratio')})`,
            '{{pipeline}} {{policy}}',
          ),
        },
        {
          title: 'Rate limiters',
          says: 'How many calls would be let through at once.',
          type: 'timeseries',
          width: 12,
          queries: one(
            `min by (job, pipeline, policy) (${of('rate_limiter_available')})`,
            '{{pipeline}} {{policy}}',
          ),
        },
      ],
    },
  ];
}
