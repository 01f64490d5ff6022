import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Terminal } from './run.ts';

export interface Command {
  /** What it does, for the list of commands. */
  readonly does: string;
  readonly usage: string;
  run(args: readonly string[], terminal: Terminal): void | Promise<void>;
}

/** Something was asked for that cannot be: told in one sentence. */
export class Usage extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;

/** Reads options, and at most so many words beside them. */
export function parsed<const O extends Options>(
  args: readonly string[],
  options: O,
  words: number,
): ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>> {
  let read;
  try {
    read = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new Usage((error as Error).message);
  }
  const [unknown] = read.positionals.slice(words);
  if (unknown !== undefined) throw new Usage(`there is nothing to do with '${unknown}'.`);
  return read;
}
