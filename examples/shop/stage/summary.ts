import { type Route, routes, titles } from '../routes.ts';
import type { Kept } from './journal.ts';
import type { Ledger } from './ledger.ts';
import { milliseconds, percent, styled } from './screen.ts';
import type { Tally } from './users.ts';

export interface Outcome {
  readonly seconds: number;
  readonly tallies: Readonly<Record<Route, Tally>>;
  /** Calls to each dependency, and those of them while it could not answer. */
  readonly calls: Readonly<Record<Route, Calls>>;
  readonly ledger: Ledger;
  readonly logFile: string;
  /** What the shop sent there, and what it had no room for. */
  readonly journal: (Kept & { readonly dropped: number }) | undefined;
}

export interface Calls {
  readonly api: number;
  readonly apiWasted: number;
  readonly db: number;
  readonly dbWasted: number;
}

export function summary(outcome: Outcome): string {
  const sections = [users(outcome), dependencies(outcome), failures(outcome), kept(outcome)];
  return sections.map((lines) => `\n${lines.join('\n')}\n`).join('');
}

function users({ seconds, tallies }: Outcome): string[] {
  const endings = new Set(Object.values(tallies).flatMap(({ endings }) => [...endings.keys()]));
  const failed = [...endings].filter((ending) => ending !== 'page' && ending !== 'standard');
  return [
    head(row(`What users got in ${seconds} s`, (route) => titles[route])),
    row('visits', (route) => tallies[route].visits),
    row('got their page', (route) => percent(tallies[route].success)),
    row('  of these with the standard price', (route) => tallies[route].count('standard')),
    row('waited, p50', (route) => milliseconds(tallies[route].waited(0.5))),
    row('waited, p99', (route) => milliseconds(tallies[route].waited(0.99))),
    ...failed.toSorted().map((ending) => row(ending, (route) => tallies[route].count(ending))),
  ];
}

function dependencies({ calls }: Outcome): string[] {
  return [
    head('  What the dependencies got'),
    row('calls to the quotes API', (route) => calls[route].api),
    row('  while it was dead or stuck', (route) => calls[route].apiWasted),
    row('queries to the database', (route) => calls[route].db),
    row('  while it was dead', (route) => calls[route].dbWasted),
  ];
}

function failures({ ledger, logFile }: Outcome): string[] {
  const { lines, suppressed, counted, agree } = ledger;
  return [
    head('  Failures of the wrapped calls'),
    `  logged   ${lines + suppressed} (${lines} lines, ${suppressed} suppressed) in ${logFile}`,
    `  counted  ${counted} on /metrics`,
    agree ? styled('green', '  They agree.') : styled('red', '  They differ!'),
  ];
}

function kept({ journal }: Outcome): string[] {
  if (journal === undefined) return ['  No journal: it needs Node 24.'];
  const { kept, counted, groups, dropped } = journal;
  return [
    head('  What the journal has of all that failed'),
    `  sent     ${kept + counted + dropped} failures, each once, whoever reported them; ${dropped} were dropped`,
    `  kept     ${kept} with all that is known of them; those like them within half a second are counted`,
    `  grouped  into ${groups}`,
  ];
}

function row(label: string, of: (route: Route) => string | number): string {
  const cells = routes.map((route) => String(of(route)).padStart(titles[route].length + 4));
  return `  ${label.padEnd(36)}${cells.join('')}`;
}

function head(text: string): string {
  return styled('bold', text);
}
