/** What must hold whenever nothing is under way: each law that does not is a sentence. */
import type { PipelineStats } from 'kedge';
import type { Scrape } from '../observe/scraping.ts';
import type { Ledger } from './ledger.ts';
import type { Sinks } from './sinks.ts';

/** Gauges of what calls hold only while they are under way. */
const held = ['in_use', 'queued', 'under_way'];

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, each) => total + each, 0);

const these = (counts: Readonly<Record<string, number>>, outcomes: readonly string[]): number =>
  outcomes.reduce((so, outcome) => so + (counts[outcome] ?? 0), 0);

/** What the laws need to know of a pipeline's own numbers. */
type Numbers = Pick<PipelineStats, 'inFlight' | 'abandoned' | 'policies'> & {
  readonly executions: Readonly<Record<string, number>>;
  readonly attempts: Readonly<Record<string, number>>;
};

/** Of the pipelines of one name: what their callers got is what each of the three ways of counting says. */
export function lawsOf(
  name: string,
  ledger: Ledger,
  stats: Numbers,
  sinks: Sinks,
  metrics: Scrape,
): string[] {
  const broken: string[] = [];
  const same = (what: string, one: number, other: number): void => {
    if (one !== other) broken.push(`${name}: ${what} ${one}, and should be ${other}`);
  };
  const { executions, attempts, inFlight, abandoned, policies } = stats;
  const metric = (family: string, ...outcomes: readonly string[]): number =>
    outcomes.reduce(
      (so, outcome) => so + metrics.sum(`kedge_${family}`, { pipeline: name, outcome }),
      0,
    );

  same('calls answered are', ledger.answered, ledger.started);
  same('executions in the stats are', sum(executions), ledger.started);
  same('attempts in the stats are', sum(attempts), ledger.operations);
  for (const [way, got, outcomes] of [
    ['succeeded', ledger.succeeded, ['success', 'fallback', 'stale']],
    ['failed', ledger.failed, ['failure', 'timeout']],
    ['rejected', ledger.rejected, ['rejected']],
    ['cancelled', ledger.cancelled, ['cancelled']],
  ] as const) {
    const events =
      way === 'succeeded' || way === 'cancelled'
        ? sinks.of(name, `execution.${way}`)
        : outcomes.reduce((so, outcome) => so + sinks.of(name, 'execution.failed', outcome), 0);
    same(`executions in the stats that ${way} are`, these(executions, outcomes), got);
    same(`executions in the events that ${way} are`, events, got);
    same(`executions in the metrics that ${way} are`, metric('executions_total', ...outcomes), got);
  }
  for (const [way, event, outcomes] of [
    ['succeeded', 'attempt.succeeded', ['success']],
    ['failed', 'attempt.failed', ['failure', 'timeout']],
  ] as const) {
    const counted = these(attempts, outcomes);
    same(`attempts in the events that ${way} are`, sinks.of(name, event), counted);
    same(`attempts in the metrics that ${way} are`, metric('attempts_total', ...outcomes), counted);
  }
  same(
    'rejections in the events are',
    sinks.of(name, 'call.rejected'),
    metrics.sum('kedge_rejections_total', { pipeline: name }),
  );

  same('executions under way are', inFlight, 0);
  same('operations left behind are', abandoned, 0);
  same(
    'executions under way in the metrics are',
    metrics.sum('kedge_in_flight', { pipeline: name }),
    0,
  );
  for (const { name: policy, gauges } of policies) {
    for (const gauge of held) same(`${gauge} of ${policy} is`, gauges[gauge] ?? 0, 0);
  }
  return broken;
}

/** Of all together. */
export function commonLaws(sinks: Sinks, metrics: Scrape): string[] {
  const broken: string[] = [];
  if (sinks.lines !== sinks.events)
    broken.push(
      `the log has ${sinks.lines} lines, written or held back, of ${sinks.events} events`,
    );
  const errors = metrics.sum('kedge_sink_errors_total');
  if (errors !== sinks.thrown)
    broken.push(
      `the metrics say that sinks threw ${errors} times, and they did ${sinks.thrown} times`,
    );
  return broken;
}
