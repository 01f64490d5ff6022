/** A file of rules in Prometheus' own form. */
import { type Alert, alerts } from './alerts.ts';
import { Metrics, type Naming } from './metrics.ts';
import { means, type Recording, recordings } from './recordings.ts';

export interface RuleSettings extends Naming {
  /** What each `for` is multiplied with. */
  readonly scale: number;
  readonly severityLabel: string;
  /** Where the runbooks are. */
  readonly runbooks: string;
  /** The share of calls that is to be answered. */
  readonly objective: number;
}

export function rulesFile(settings: RuleSettings): string {
  const metrics = new Metrics(settings);
  const recorded = recordings(metrics).map(recordingText);
  const slowly = means(metrics).map(recordingText);
  const alerting = alerts(metrics, settings.objective, settings.scale).map((alert) =>
    alertText(alert, settings),
  );
  return (
    '# Made by `npx kedge rules`. For Prometheus 2.42 or newer.\n' +
    `groups:\n  - name: ${metrics.recorded}_recordings\n    rules:\n${recorded.join('')}` +
    `  - name: ${metrics.recorded}_means\n    interval: 2m\n    rules:\n${slowly.join('')}` +
    `  - name: ${metrics.recorded}_alerts\n    rules:\n${alerting.join('')}`
  );
}

function recordingText({ record, expr }: Recording): string {
  return `      - record: ${record}\n        expr: ${text(expr)}\n`;
}

function alertText(
  { name, lasting, keepFor, severity, expr, summary, description }: Alert,
  { scale, severityLabel, runbooks }: RuleSettings,
): string {
  const lines = [
    `      - alert: ${name}`,
    `        expr: ${text(expr)}`,
    ...(lasting > 0 ? [`        for: ${duration(lasting * scale)}`] : []),
    ...(keepFor === undefined ? [] : [`        keep_firing_for: ${duration(keepFor * scale)}`]),
    '        labels:',
    `          ${severityLabel}: ${severity}`,
    '        annotations:',
    `          summary: ${text(summary)}`,
    `          description: ${text(description)}`,
    `          runbook_url: ${text(`${runbooks}/${runbookOf(name)}.md`)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `KedgeCircuitNotClosed` is explained in `circuit-not-closed.md`. */
export function runbookOf(alert: string): string {
  return alert
    .replace(/^Kedge/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase();
}

/** A text of JSON is one of YAML. */
const text = (value: string): string => JSON.stringify(value);

function duration(seconds: number): string {
  const ms = Math.max(1, Math.round(seconds * 1_000));
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
