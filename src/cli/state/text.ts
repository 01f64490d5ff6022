/** A state as tables for a terminal. */
import type { CircuitState, PipelineState, PolicyState, State } from '../../observe/state/state.ts';
import { duration, table } from './table.ts';

interface Look {
  readonly columns: number;
  readonly colors: boolean;
}

const styles: Readonly<Record<string, string>> = {
  open: '31',
  'half-open': '33',
  isolated: '35',
  heading: '1',
  faint: '2',
};

export function stateText({ version, at, pipelines, more }: State, look: Look): string {
  const sick = pipelines.filter(({ notClosed }) => notClosed > 0);
  const style = (text: string, name: string): string =>
    look.colors && styles[name] !== undefined ? `\u001B[${styles[name]}m${text}\u001B[0m` : text;
  const all = pipelines.length + more;
  const summary =
    sick.length === 0
      ? `All circuits of ${all} pipelines are closed.`
      : `${sick.length} of ${all} pipelines have circuits that are not closed.`;
  const parts = [`${style(summary, 'heading')} ${style(`${at}, kedge ${version}`, 'faint')}`];
  if (sick.length > 0) parts.push(table(circuitColumns, sick.flatMap(circuitRows), look, style));
  if (pipelines.length > 0)
    parts.push(table(pipelineColumns, pipelines.map(pipelineRow), look, style));
  if (more > 0) parts.push(`… and ${more} more pipelines.`);
  return `${parts.join('\n\n')}\n`;
}

const circuitColumns = [
  'PIPELINE',
  'CIRCUIT',
  'KEY',
  'STATE',
  '>NOT CLOSED',
  'WHY',
  '>OPENINGS',
  '>TURNED AWAY',
  '>NEXT PROBE',
  'ERROR',
];

function circuitRows({ name, circuits, notClosed }: PipelineState): string[][] {
  const open = circuits.filter(({ state }) => state !== 'closed');
  const rows = open.map((circuit) => [
    name,
    circuit.policy,
    circuit.key ?? circuit.keyHash ?? '',
    circuit.state,
    circuit.notClosedForMs === undefined ? '' : duration(circuit.notClosedForMs),
    circuit.reason ?? '',
    String(circuit.openings ?? ''),
    String(circuit.turnedAway ?? ''),
    probe(circuit),
    errorText(circuit),
  ]);
  const hidden = notClosed - open.length;
  if (hidden > 0) rows.push([name, `… ${hidden} more`]);
  return rows;
}

function probe({ nextProbeInMs, state }: CircuitState): string {
  if (state === 'isolated') return 'by hand';
  if (nextProbeInMs === undefined) return '';
  return nextProbeInMs <= 0 ? 'next call' : `in ${duration(nextProbeInMs)}`;
}

function errorText({ error }: CircuitState): string {
  if (error === undefined) return '';
  const { kind, type, code, message } = error;
  return [code ?? type ?? kind, message].filter((text) => text !== undefined).join(': ');
}

const pipelineColumns = [
  'PIPELINE',
  '>CALLS',
  '>GOOD',
  '>FAILED',
  '>REJECTED',
  '>IN FLIGHT',
  '>ABANDONED',
  '>BUDGET',
  '>IN USE',
  '>QUEUED',
  '>KEYS',
  'CIRCUITS',
];

function pipelineRow(state: PipelineState): string[] {
  const { name, executions, inFlight, abandoned, keys, policies } = state;
  const { success, fallback, stale, failure, timeout, rejected } = executions;
  const calls = Object.values(executions).reduce((sum, count) => sum + count, 0);
  return [
    name,
    String(calls),
    String(success + fallback + stale),
    String(failure + timeout),
    String(rejected),
    String(inFlight),
    String(abandoned),
    percent(gauge(policies, 'budget_available_ratio', Math.min)),
    limit(policies),
    text(gauge(policies, 'queued', sum)),
    text(keys?.size),
    circuitsText(policies),
  ];
}

function circuitsText(policies: readonly PolicyState[]): string {
  return ['closed', 'open', 'half_open', 'isolated']
    .map((name) => [gauge(policies, name, sum) ?? 0, name.replace('_', '-')] as const)
    .filter(([count]) => count > 0)
    .map(([count, name]) => (count === 1 ? name : `${count} ${name}`))
    .join(', ');
}

const sum = (one: number, other: number): number => one + other;

function gauge(
  policies: readonly PolicyState[],
  name: string,
  merge: (one: number, other: number) => number,
): number | undefined {
  const values = policies.flatMap(({ gauges }) => {
    const value = gauges[name];
    return value === undefined ? [] : [value];
  });
  return values.length === 0 ? undefined : values.reduce(merge);
}

function limit(policies: readonly PolicyState[]): string {
  const used = gauge(policies, 'in_use', sum);
  return used === undefined ? '' : `${used}/${gauge(policies, 'limit', sum)}`;
}

const text = (value: number | undefined): string => (value === undefined ? '' : String(value));

const percent = (value: number | undefined): string =>
  value === undefined ? '' : `${Math.round(value * 100)} %`;
