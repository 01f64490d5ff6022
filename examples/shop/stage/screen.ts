/**
 * The terminal: a table that is drawn anew in place each second, or a line a second where that is not possible.
 */
import { styleText } from 'node:util';
import { type Route, routes, titles } from '../routes.ts';

export interface Row {
  readonly second: number;
  readonly sides: Readonly<Record<Route, Side>>;
  /** The state of each circuit breaker, by its pipeline. */
  readonly breakers: Readonly<Record<string, string>>;
}

/** What one route did in a second. */
export interface Side {
  /** The share of users that got their page; NaN for nobody came. */
  readonly success: number;
  /** The share of users whose page has the standard price. */
  readonly standard: number;
  /** In milliseconds. */
  readonly p99: number;
  /** Calls that were sent to each dependency. */
  readonly api: number;
  readonly db: number;
}

const { stdout } = process;

type Style = Parameters<typeof styleText>[0];

/** With colour where the terminal has it and nobody asked for none (`NO_COLOR`). */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: stdout });
}

export class Screen {
  private readonly inPlace: boolean =
    stdout.isTTY && stdout.columns >= 80 && process.env['TERM'] !== 'dumb';
  private readonly duration: number;
  private block: string[] = [];
  private readonly shown: Row[] = [];

  /** `duration` in seconds. */
  constructor(duration: number) {
    this.duration = duration;
  }

  /** Prints a line that stays. */
  say(text: string): void {
    this.erase();
    stdout.write(`${text}\n`);
    this.draw();
  }

  show(row: Row): void {
    if (!this.inPlace) {
      if (this.shown.push(row) % 20 === 1) stdout.write(`${plainHead(row)}\n`);
      stdout.write(`${plainLine(row)}\n`);
      return;
    }
    this.erase();
    this.shown.push(row);
    this.block = blockOf(this.shown, this.duration);
    this.draw();
  }

  /** Leaves the table as it is; what follows is printed below. */
  close(): void {
    this.block = [];
  }

  private erase(): void {
    if (this.block.length > 0) stdout.write(`\u001B[${this.block.length}A\u001B[J`);
  }

  private draw(): void {
    if (this.block.length > 0) stdout.write(`${this.block.join('\n')}\n`);
  }
}

function blockOf(rows: readonly Row[], duration: number): string[] {
  const [last] = rows.slice(-1) as [Row];
  // Each second is one bar behind the numbers, which take 58 columns; the last column stays free.
  const recent = rows.slice(59 - stdout.columns);
  const line = (route: Route): string => {
    const { success, standard, p99, api, db } = last.sides[route];
    return [
      styled('bold', titles[route].padEnd(16)),
      healthy(percent(success).padStart(8), success),
      percent(standard).padStart(10),
      milliseconds(p99).padStart(10),
      String(api).padStart(6),
      String(db).padStart(6),
      '  ',
      ...recent.map(({ sides }) => healthy(bar(sides[route].success), sides[route].success)),
    ].join('');
  };
  const states = Object.entries(last.breakers).map(([name, state]) => `${name} ${coloured(state)}`);
  return [
    '',
    styled(
      'dim',
      `${`${last.second}/${duration} s`.padEnd(18)} pages  standard       p99 API/s  DB/s`,
    ),
    ...routes.map(line),
    styled('dim', 'circuit breakers: ') + states.join(', '),
  ];
}

/** A low one for no page at all, so that a second without users can be told from it. */
function bar(success: number): string {
  return Number.isNaN(success) ? ' ' : '▁▂▃▄▅▆▇█'.charAt(Math.floor(success * 7));
}

function plainHead({ breakers }: Row): string {
  const side = '   pages      p99 API/s  DB/s';
  return [
    `       ${routes.map((route) => titles[route].padEnd(side.length)).join('')}`.trimEnd(),
    `   s${side.repeat(routes.length)}  standard  breakers: ${Object.keys(breakers).join(', ')}`,
  ].join('\n');
}

function plainLine({ second, sides, breakers }: Row): string {
  const side = ({ success, p99, api, db }: Side): string =>
    percent(success).padStart(8) +
    milliseconds(p99).padStart(9) +
    String(api).padStart(6) +
    String(db).padStart(6);
  return [
    String(second).padStart(4),
    ...routes.map((route) => side(sides[route])),
    percent(sides.kedge.standard).padStart(10),
    `  ${Object.values(breakers).join(', ')}`,
  ].join('');
}

function healthy(text: string, share: number): string {
  return styled(share >= 0.99 ? 'green' : share >= 0.9 ? 'yellow' : 'red', text);
}

function coloured(state: string): string {
  return styled(state === 'closed' ? 'green' : state === 'open' ? 'red' : 'yellow', state);
}

/** 0.9996 is not 100 %. */
export function percent(share: number): string {
  return Number.isNaN(share) ? '-' : `${(Math.floor(share * 1_000) / 10).toFixed(1)}%`;
}

export function milliseconds(duration: number): string {
  if (Number.isNaN(duration)) return '-';
  return duration < 1_000 ? `${Math.round(duration)} ms` : `${(duration / 1_000).toFixed(2)} s`;
}
