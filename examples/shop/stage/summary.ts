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
}

export type Route = 'bare' | 'kedge';

export interface Calls {
  readonly api: number;
  readonly apiWasted: number;
  readonly db: number;
  readonly dbWasted: number;
}

export function summary({ seconds, tallies, calls, ledger, logFile }: Outcome): string {
  const endings = new Set(Object.values(tallies).flatMap(({ endings }) => [...endings.keys()]));
  const failures = [...endings].filter((ending) => ending !== 'page' && ending !== 'standard');

  const logged = ledger.lines + ledger.suppressed;
  return [
    '',
    head(row(`What users got in ${seconds} s`, (route) => route)),
    row('visits', (route) => tallies[route].visits),
    row('got their page', (route) => percent(tallies[route].success)),
    row('  of these with the standard price', (route) => tallies[route].count('standard')),
    row('waited, p50', (route) => milliseconds(tallies[route].waited(0.5))),
    row('waited, p99', (route) => milliseconds(tallies[route].waited(0.99))),
    ...failures.toSorted().map((ending) => row(ending, (route) => tallies[route].count(ending))),
    '',
    head('  What the dependencies got'),
    row('calls to the quotes API', (route) => calls[route].api),
    row('  while it was dead or stuck', (route) => calls[route].apiWasted),
    row('queries to the database', (route) => calls[route].db),
    row('  while it was dead', (route) => calls[route].dbWasted),
    '',
    head('  Failures of the wrapped calls'),
    `  logged   ${logged} (${ledger.lines} lines, ${ledger.suppressed} suppressed) in ${logFile}`,
    `  counted  ${ledger.counted} on /metrics`,
    ledger.agree ? styled('green', '  They agree.') : styled('red', '  They differ!'),
    '',
  ].join('\n');
}

function row(label: string, of: (route: Route) => string | number): string {
  return `  ${label.padEnd(40)}${String(of('bare')).padStart(10)}${String(of('kedge')).padStart(12)}`;
}

function head(text: string): string {
  return styled('bold', text);
}
