/** Series that are recorded: what boards and alerts ask for again and again. */
import { asked, bad, type Metrics, policies } from './metrics.ts';

export interface Recording {
  readonly record: string;
  readonly expr: string;
}

/** The windows over which the share of bad answers is taken, for the burn of a budget of errors. */
export const burnWindows = ['5m', '30m', '1h', '6h'] as const;

/** How many circuits have opened and not closed since, and are neither isolated nor forgotten by their callers. */
export function notClosed(m: Metrics): string {
  const open = m.of('circuit_breaker_state', 'state=~"open|half_open"');
  return `(sum by (${policies}) (${open}) > 0 and sum by (${policies}) (${m.of('circuit_breaker_not_closed')}) > 0)`;
}

export function recordings(m: Metrics): readonly Recording[] {
  const named = (name: string, expr: string): Recording => ({
    record: `${m.recorded}:${name}`,
    expr,
  });
  const since = `${m.recorded}:circuit_not_closed_since:timestamp`;
  const last = m.of('circuit_breaker_last_opened_timestamp_seconds');
  const opened = `min by (${policies}) (${last} and ${m.of('circuit_breaker_not_closed')} > 0)`;
  const quantile = (share: number): string =>
    `histogram_quantile(${share}, ${m.rate('execution_duration_seconds_bucket', '5m', [], 'job, pipeline, le')})`;
  const failing = [
    m.rate('attempts_total', '1m', ['outcome=~"failure|timeout"']),
    m.rate('attempts_total', '1m', ['outcome!="cancelled"']),
  ].join(' / ');
  const undetected = `${m.recorded}:failing_undetected:bool`;
  return [
    named(
      'executions:success_ratio5m',
      `${m.rate('executions_total', '5m', ['outcome=~"success|fallback|stale"'])} / ${m.rate('executions_total', '5m', [asked])}`,
    ),
    ...burnWindows.map((window) =>
      named(
        `executions_bad:ratio${window}`,
        `${m.rate('executions_total', window, [bad])} / ${m.rate('executions_total', window, [asked])}`,
      ),
    ),
    named('execution_duration_seconds:p50_5m', quantile(0.5)),
    named('execution_duration_seconds:p99_5m', quantile(0.99)),
    // Goes on with what was recorded before, as long as it lasts: circuits open again and again.
    {
      record: since,
      expr: `(${since} and ${notClosed(m)}) or (${opened} and ${notClosed(m)}) or (${notClosed(m)} * 0 + time())`,
    },
    // Most attempts fail, and no circuit has noticed.
    {
      record: undetected,
      expr:
        `(${failing} > bool 0.5) * on (job, pipeline) ` +
        `(max by (job, pipeline) (${m.of('circuit_breaker_not_closed')}) == bool 0)`,
    },
  ];
}

/** Means of a whole day, which need not be taken all the time. */
export function means(m: Metrics): readonly Recording[] {
  const named = (name: string, expr: string): Recording => ({
    record: `${m.recorded}:${name}`,
    expr,
  });
  const openings = ['from="closed"', 'to="open"'];
  return [
    named(
      'time_to_detect_seconds:mean1d',
      `sum_over_time(${m.recorded}:failing_undetected:bool[1d:15s]) * 15 / on (job, pipeline) ` +
        `(${m.increase('circuit_breaker_transitions_total', '1d', openings)} > 0)`,
    ),
    named(
      'time_to_recover_seconds:mean1d',
      `${m.increase('circuit_breaker_not_closed_seconds_total', '1d', [], 'job, pipeline, policy')} / ` +
        `(${m.increase('circuit_breaker_transitions_total', '1d', openings, 'job, pipeline, policy')} > 0)`,
    ),
  ];
}
