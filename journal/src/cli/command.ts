/** What a command is, and what it has to work with. */
import type { Clock } from '../clock.ts';
import type { Environment, Flags, Settings } from '../settings.ts';

export interface Terminal {
  out(text: string): void;
  complain(text: string): void;
  readonly env: Environment;
  readonly clock: Clock;
  /** Ends a command that would go on. */
  readonly signal: AbortSignal;
}

export interface Given {
  readonly settings: Settings;
  /** What stands behind the command. */
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

export interface Command {
  readonly does: string;
  /** A line each. */
  readonly usage: readonly string[];
  readonly flags?: Flags;
  run(given: Given, terminal: Terminal): Promise<void>;
}

/** Something was asked for that cannot be: told in one sentence. */
export class Usage extends Error {}

/** The only words there may be. */
export function wordsOf(words: readonly string[], ...names: readonly string[]): string[] {
  const missing = names.find((name, at) => !name.endsWith('?') && words[at] === undefined);
  if (missing !== undefined) throw new Usage(`${missing} is missing.`);
  const extra = words[names.length];
  if (extra !== undefined) throw new Usage(`there is nothing to do with '${extra}'.`);
  return [...words];
}

export function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw new Usage(`${name} is to be a whole number, and '${text}' is not.`);
  return Number(text);
}
