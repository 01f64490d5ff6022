import type { Outcome } from './measure.ts';

type Column = readonly [title: string, value: (outcome: Outcome) => string];

const share = (value: number): string => `${(value * 100).toFixed(value >= 0.9995 ? 0 : 1)} %`;
const factor = (value: number): string => value.toFixed(2);
const count = (value: number): string => value.toFixed(0);

export function duration(ms: number | undefined): string {
  if (ms === undefined) return '–';
  if (ms === Infinity) return 'never';
  if (Number.isNaN(ms)) return '–';
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export const columns: readonly Column[] = [
  ['goodput', (o) => share(o.goodput)],
  ['calls each', (o) => factor(o.amplification)],
  ['sent in outage', (o) => count(o.sent)],
  ['wasted', (o) => count(o.wasted)],
  ['p50', (o) => duration(o.p50)],
  ['p99', (o) => duration(o.p99)],
  ['p99.9', (o) => duration(o.p999)],
  ['concurrent', (o) => count(o.mostConcurrent)],
  ['opened', (o) => duration(o.opened)],
  ['recovered', (o) => duration(o.recovery)],
  ['afterwards', (o) => share(o.afterwards)],
  ['peak', (o) => factor(o.peak)],
];

const number = /^[±–<>≤]?[\d.,]+( ?(%|×|ms|s|B|kB))?$|^(–|never)$/;

/** Aligned text, columns of numbers to the right. */
export function text(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const numeric = rows[0]!.map((_, column) => rows.some((row) => number.test(row[column] ?? '')));
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column]!;
          return numeric[column]! ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function outcomeTable(
  rows: readonly (readonly [name: string, outcome: Outcome])[],
): string[][] {
  return [
    ['', ...columns.map(([title]) => title)],
    ...rows.map(([name, outcome]) => [name, ...columns.map(([, value]) => value(outcome))]),
  ];
}

/** Shares from 0 to 1 as a row of little bars. */
export function sparkline(shares: readonly number[]): string {
  return shares.map((share) => '▁▂▃▄▅▆▇█'[Math.min(7, Math.floor(share * 8))]).join('');
}
