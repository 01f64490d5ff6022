// Rules, tried on made-up series by Prometheus' own tool. It comes with Debian's package `prometheus`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasPromtool: boolean = spawnSync('promtool', ['--version']).status === 0;

/** Values by series, in promtool's own notation: one every 15 seconds. */
export type Series = Readonly<Record<string, string>>;

/** What is asked of the rules at a time, and the values that must come back by their labels. */
export interface Question {
  readonly at: string;
  readonly expr: string;
  readonly gives: Readonly<Record<string, number>>;
}

export interface Trial {
  readonly name: string;
  readonly series: Series;
  readonly asks: readonly Question[];
}

/** What promtool says of the trials, '' when they hold. */
export function tried(rules: string, trials: readonly Trial[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-rules-'));
  try {
    writeFileSync(join(folder, 'rules.yml'), relevant(rules, JSON.stringify(trials)));
    // JSON is YAML.
    const file = {
      rule_files: ['rules.yml'],
      evaluation_interval: '15s',
      tests: trials.map(({ name, series, asks }) => ({
        name,
        interval: '15s',
        input_series: Object.entries(series).map(([each, values]) => ({ series: each, values })),
        promql_expr_test: asks.map(({ at, expr, gives }) => ({
          expr,
          eval_time: at,
          exp_samples: Object.entries(gives).map(([labels, value]) => ({ labels, value })),
        })),
      })),
    };
    writeFileSync(join(folder, 'trials.yml'), JSON.stringify(file));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'trials.yml'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return status === 0 ? '' : stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Those rules that are asked for, and those that they ask for: evaluating all of them is most of the time. */
function relevant(rules: string, asked: string): string {
  const rule = /^ {6}- (?:alert|record): (\S+)\n(?: {8}.*\n)*/gm;
  const all = [...rules.matchAll(rule)].map(([text, name = '']) => ({ text, name }));
  const wanted = new Set<string>();
  const want = (text: string): void => {
    for (const each of all) {
      const isNamed = text.includes(`${each.name}"`) || text.includes(`${each.name}\\"`);
      const isUsed = each.name.includes(':') && text.includes(each.name);
      if (wanted.has(each.name) || !(isNamed || isUsed)) continue;
      wanted.add(each.name);
      want(each.text.slice(each.text.indexOf('expr:')));
    }
  };
  want(asked);
  const kept = rules.replaceAll(rule, (text, name: string) => (wanted.has(name) ? text : ''));
  return kept.replaceAll(/^ {4}rules:\n(?! {6})/gm, '    rules: []\n');
}

/** At these times the alert fires, and at those it does not. */
export function fires(alert: string, at: readonly string[], not: readonly string[]): Question[] {
  const expr = `count by (alertname) (ALERTS{alertname="${alert}",alertstate="firing"})`;
  const ask = (time: string, gives: Question['gives']): Question => ({ at: time, expr, gives });
  return [
    ...at.map((time) => ask(time, { [`{alertname="${alert}"}`]: 1 })),
    ...not.map((time) => ask(time, {})),
  ];
}
