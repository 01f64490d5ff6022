/** Finds the command, and tells what it cannot do in one sentence. */
import { type Command, Usage } from './command.ts';
import { dashboard } from './dashboard.ts';
import { rules } from './rules.ts';
import { state } from './state.ts';

/** Where a command reads and writes. */
export interface Terminal {
  out(text: string): void;
  complain(text: string): void;
  readonly fetch: typeof fetch;
  /** How wide a line may be. */
  readonly columns: number;
  readonly colors: boolean;
  /** Ends a command that would go on. */
  readonly signal?: AbortSignal;
}

const commands: Readonly<Record<string, Command>> = { state, rules, dashboard };

const usage = `kedge <command>

${Object.entries(commands)
  .map(([name, { does }]) => `  ${name.padEnd(10)} ${does}`)
  .join('\n')}

  kedge <command> --help says more.
`;

/** Returns the exit code: 0, or 2 where the command could not be carried out. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '--help', ...rest] = args;
  try {
    if (name === '--help' || name === '-h' || name === 'help') {
      terminal.out(usage);
      return 0;
    }
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) throw new Usage(`there is no command '${name}'.\n\n${usage}`);
    if (rest.includes('--help') || rest.includes('-h')) terminal.out(`${command.usage}\n`);
    else await command.run(rest, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof Usage)) throw error;
    terminal.complain(`kedge: ${error.message.trimEnd()}\n`);
    return 2;
  }
}
