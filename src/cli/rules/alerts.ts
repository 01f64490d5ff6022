/** What a person is told of. `docs/runbooks` has a page for each. */
import { asked, bad, type Metrics, pipelines, policies } from './metrics.ts';
import { notClosed } from './recordings.ts';

export interface Alert {
  readonly name: string;
  /** For how many seconds it has to hold. */
  readonly lasting: number;
  /** For how many seconds it goes on when it holds no more: a process that starts anew has forgotten its circuits. */
  readonly keepFor?: number;
  /** `page` wakes somebody, `ticket` waits for the morning. */
  readonly severity: 'page' | 'ticket';
  readonly expr: string;
  /** One sentence, and what else is worth knowing. */
  readonly summary: string;
  readonly description: string;
}

const where = '{{ $labels.pipeline }}{{ with $labels.key }} ({{ . }}){{ end }}';
const share = '{{ $value | humanizePercentage }}';

/** Each `lasting` will be multiplied with `scale`; the sentences know it. */
export function alerts(m: Metrics, objective: number, scale: number): readonly Alert[] {
  return [...circuits(m, scale), ...load(m), ...failures(m), ...burns(m, objective)];
}

function circuits(m: Metrics, scale: number): readonly Alert[] {
  const span = (seconds: number): string => spanOf(seconds * scale);
  // In a template a matcher of the user's own could mean something else.
  const bare = m.withoutSelector();
  const calls = m.rate('executions_total', '5m');
  const lasting = `${notClosed(m)} and on (${pipelines}) ${calls} > 0`;
  const since =
    `{{ with printf \`min(${m.recorded}:circuit_not_closed_since:timestamp{job=%q,pipeline=%q,policy=%q,key=%q})\` ` +
    '$labels.job $labels.pipeline $labels.policy $labels.key | query }}' +
    ' since {{ . | first | value | humanizeTimestamp }}{{ end }}';
  const turnedAway =
    `{{ with printf \`sum(increase(${bare.of('rejections_total', 'job=%q', 'pipeline=%q', 'reason="circuit-open"')}[5m]))\` ` +
    '$labels.job $labels.pipeline | query }}' +
    ' In the last five minutes {{ . | first | value | printf "%.0f" }} calls of the pipeline were turned away.{{ end }}';
  const told = `{{ $value }} circuit(s) of {{ $labels.policy }} in {{ $labels.job }} have not closed${since}.${turnedAway} npx kedge state URL names the error that opened them.`;
  const openings = m.increase(
    'circuit_breaker_transitions_total',
    '15m',
    ['from="closed"', 'to="open"', 'reason!~"manual|restored"'],
    'job, pipeline, policy',
  );
  const all = `sum by (job, pipeline, policy) (${m.of('circuit_breaker_state')})`;
  return [
    {
      name: 'KedgeCircuitNotClosed',
      lasting: 120,
      keepFor: 60,
      severity: 'page',
      expr: lasting,
      summary: `${where} is down: its circuit has not closed for ${span(120)}.`,
      description: told,
    },
    {
      name: 'KedgeCircuitNotClosedLong',
      lasting: 900,
      keepFor: 60,
      severity: 'page',
      expr: lasting,
      summary: `${where} is still down: its circuit has not closed for ${span(900)}.`,
      description: told,
    },
    {
      name: 'KedgeManyCircuitsNotClosed',
      lasting: 120,
      keepFor: 60,
      severity: 'page',
      expr:
        `sum by (job, pipeline, policy) (${notClosed(m)}) > 10 ` +
        `and sum by (job, pipeline, policy) (${notClosed(m)}) / ${all} > 0.25`,
      summary: `${where} is down for many hosts: their circuits have not closed for ${span(120)}.`,
      description:
        '{{ $value }} circuits of {{ $labels.policy }} in {{ $labels.job }} are not closed, more than a quarter of them. It is one outage, and not one for each host.',
    },
    {
      name: 'KedgeCircuitIsolated',
      lasting: 900,
      severity: 'ticket',
      expr: `sum by (${policies}) (${m.of('circuit_breaker_state', 'state="isolated"')}) > 0`,
      summary: `${where} is switched off by hand: somebody has isolated its circuit.`,
      description:
        '{{ $value }} circuit(s) of {{ $labels.policy }} in {{ $labels.job }} let nothing through until they are closed by hand.',
    },
    {
      name: 'KedgeCircuitFlapping',
      lasting: 0,
      severity: 'ticket',
      // By the number of circuits: five hundred hosts that go down once are one outage.
      expr: `${openings} / ${all} > 3`,
      summary: `${where} comes and goes: its circuit opened again and again.`,
      description:
        'Circuits of {{ $labels.policy }} in {{ $labels.job }} opened {{ $value | printf "%.0f" }} times each in a quarter of an hour, and closed in between.',
    },
  ];
}

function load(m: Metrics): readonly Alert[] {
  const executions = m.rate('executions_total', '5m');
  const reasons = 'reason!~"circuit-open|throttled"';
  const fullest = (of: string): string =>
    `max by (${policies}) (avg_over_time(${m.of('bulkhead_fullest_ratio', of)}[5m]))`;
  const fixed = 'policy!~"adaptiveLimiter.*"';
  const inUse = `avg_over_time(${m.of('bulkhead_in_use', fixed)}[5m]) / ${m.of('bulkhead_limit', fixed)}`;
  const abandoned = m.of('abandoned');
  return [
    {
      name: 'KedgeRetryStorm',
      lasting: 300,
      severity: 'ticket',
      expr: `${m.rate('retries_total', '5m', ['result="scheduled"'])} / (${executions} > 0.05) > 0.25`,
      summary: `${where} is sent much more than was asked for: calls are retried all the time.`,
      description: `{{ $labels.job }} retries ${share} of its calls to {{ $labels.pipeline }}. Retries hide the failures from users, and add to the load of the dependency.`,
    },
    {
      name: 'KedgeRetryBudgetExhausted',
      lasting: 600,
      severity: 'ticket',
      expr:
        `min by (${policies}) (max_over_time(${m.of('retry_budget_available_ratio')}[5m])) < 0.1 ` +
        `and on (${pipelines}) ${m.increase('retries_total', '10m', ['result="refused_budget"'])} > 0`,
      summary: `${where} gets no more retries: their budget is spent.`,
      description: `${share} of the budget of {{ $labels.policy }} in {{ $labels.job }} is left. Failures reach the callers at once, which protects the dependency.`,
    },
    {
      name: 'KedgeRejections',
      lasting: 300,
      severity: 'ticket',
      expr:
        `${m.rate('rejections_total', '5m', [reasons], 'job, pipeline, policy, reason')} ` +
        `/ on (${pipelines}) group_left () ${executions} > 0.05`,
      summary: `${where} turns calls away: {{ $labels.reason }}.`,
      description: `{{ $labels.policy }} in {{ $labels.job }} turned ${share} of the calls away before they were sent.`,
    },
    {
      name: 'KedgeBulkheadNearlyFull',
      lasting: 600,
      severity: 'ticket',
      expr: `max by (${policies}) (${inUse}) > 0.9 or ${fullest(fixed)} > 0.9`,
      summary: `${where} has hardly any room left for calls at the same time.`,
      description: `On average ${share} of the permits of {{ $labels.policy }} in {{ $labels.job }} are in use. Further calls will be queued, then turned away.`,
    },
    {
      name: 'KedgeAbandonedWorkGrowing',
      lasting: 600,
      severity: 'ticket',
      expr:
        `sum by (${pipelines}) (min_over_time(${abandoned}[10m])) > 10 ` +
        `and sum by (${pipelines}) (deriv(${abandoned}[30m])) > 0`,
      summary: `${where} piles up work that nobody waits for any more.`,
      description:
        '{{ $value }} operations in {{ $labels.job }} still run although their callers were answered, and they become more. They ignore their signal, or hang.',
    },
    {
      name: 'KedgeThrottleRefusing',
      lasting: 300,
      severity: 'ticket',
      expr: `max by (${policies}) (avg_over_time(${m.of('throttle_refusal_ratio')}[5m])) > 0.1`,
      summary: `${where} is sent less than was asked for: the dependency rejects too much.`,
      description: `{{ $labels.policy }} in {{ $labels.job }} refuses ${share} of the calls by itself, since the dependency rejects many of them.`,
    },
  ];
}

function failures(m: Metrics): readonly Alert[] {
  const of = (outcome: string): string =>
    `${m.rate('executions_total', '5m', [`outcome="${outcome}"`])} / ${m.rate('executions_total', '5m', [asked])} > 0.05`;
  const sinkErrors = m.of('sink_errors_total');
  return [
    {
      name: 'KedgeFallbackRatio',
      lasting: 600,
      severity: 'ticket',
      expr: of('fallback'),
      summary: `${where} is answered by its fallback.`,
      description: `${share} of the calls in {{ $labels.job }} got the fallback's answer in place of the dependency's.`,
    },
    {
      name: 'KedgeStaleRatio',
      lasting: 600,
      severity: 'ticket',
      expr: of('stale'),
      summary: `${where} is answered with old values.`,
      description: `${share} of the calls in {{ $labels.job }} got a value that was kept from before. Those get older until \`maxAge\`, and then the calls fail.`,
    },
    {
      name: 'KedgePermanentErrors',
      lasting: 600,
      severity: 'ticket',
      expr: `${m.rate('failures_total', '5m', ['kind="permanent"'])} / ${m.rate('attempts_total', '5m')} > 0.05`,
      summary: `${where} says no: its errors will not pass by themselves.`,
      description: `${share} of the attempts in {{ $labels.job }} end in errors that no retry repairs, such as a wrong password or a request that is refused.`,
    },
    {
      name: 'KedgeBugs',
      lasting: 0,
      severity: 'ticket',
      expr: `${m.increase('failures_total', '10m', ['kind="bug"'])} > 0`,
      summary: `${where} fails by a mistake in the program.`,
      description:
        '{{ $value | printf "%.0f" }} calls in {{ $labels.job }} failed within ten minutes by an error of the kind bug, such as a TypeError.',
    },
    {
      name: 'KedgeLogLinesSuppressed',
      lasting: 600,
      severity: 'ticket',
      expr: `${m.increase('log_lines_suppressed_total', '10m')} > 0`,
      summary: `${where} fails so often that its log lines are counted in place of being written.`,
      description:
        '{{ $value | printf "%.0f" }} lines in {{ $labels.job }} were held back within ten minutes. The lines that were written say how many, and the counters are exact.',
    },
    {
      name: 'KedgeSinkErrors',
      lasting: 0,
      severity: 'ticket',
      // A sink that has not failed yet has no series, and a first value is no increase.
      expr:
        `sum by (job, sink) (increase(${sinkErrors}[10m])) > 0 ` +
        `or sum by (job, sink) (${sinkErrors} unless ${sinkErrors} offset 10m) > 0`,
      summary: 'The sink {{ $labels.sink }} throws on events: what it should have told is missing.',
      description:
        '{{ $labels.sink }} in {{ $labels.job }} threw {{ $value | printf "%.0f" }} times within ten minutes. Calls are not affected.',
    },
  ];
}

/** As in the SRE workbook of Google: a budget of errors that is spent too fast, in a long window and still in a short one. */
function burns(m: Metrics, objective: number): readonly Alert[] {
  const burn = (long: string, short: string, factor: number, fewest: number): string => {
    const most = Number((factor * (1 - objective)).toPrecision(6));
    const ratio = (window: string): string => `${m.recorded}:executions_bad:ratio${window}`;
    const count = m.increase('executions_total', long, [bad]);
    return `${ratio(long)} > ${most} and ${ratio(short)} > ${most} and on (${pipelines}) ${count} > ${fewest}`;
  };
  const percent = Number((objective * 100).toPrecision(6));
  return [
    {
      name: 'KedgeErrorBudgetBurnFast',
      lasting: 120,
      severity: 'page',
      expr: burn('1h', '5m', 14.4, 10),
      summary: `${where} fails for its callers: at this rate the errors of a month are used up in two days.`,
      description: `${share} of the calls in {{ $labels.job }} failed within the last hour. The objective is ${percent} %.`,
    },
    {
      name: 'KedgeErrorBudgetBurnSlow',
      lasting: 900,
      severity: 'ticket',
      expr: burn('6h', '30m', 6, 10),
      summary: `${where} fails a little all the time: at this rate the errors of a month are used up in five days.`,
      description: `${share} of the calls in {{ $labels.job }} failed within the last six hours. The objective is ${percent} %.`,
    },
  ];
}

function spanOf(seconds: number): string {
  const [count, unit] =
    seconds >= 60
      ? [Number((seconds / 60).toPrecision(2)), 'minute']
      : [Number(seconds.toPrecision(2)), 'second'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
