/** Finds the command, and tells what it cannot do in one sentence. */
import { readSettings, SettingsError, settingsHelp } from '../settings.ts';
import { StoreError } from '../store/store.ts';
import { backup, restore } from './backup.ts';
import { check } from './check.ts';
import { type Command, type Terminal, Usage } from './command.ts';
import { key, project } from './projects.ts';
import { serve } from './serve.ts';
import { erase, exportRecords } from './users.ts';
import { user } from './accounts.ts';

const commands: Readonly<Record<string, Command>> = {
  serve,
  project,
  key,
  user,
  check,
  backup,
  restore,
  export: exportRecords,
  erase,
};

const usage = `kedge-journal [command] [flags]

${Object.entries(commands)
  .map(([name, { does }]) => `  ${name.padEnd(9)} ${does}`)
  .join('\n')}

Settings, by flag or by environment:

${settingsHelp}

kedge-journal <command> --help says more.
`;

/** Returns the exit code: 0, 1 where it failed, 2 where it could not be understood. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first = 'serve'] = args;
  const isNamed = !first.startsWith('-');
  const name = isNamed ? first : 'serve';
  const rest = isNamed ? args.slice(1) : args;
  const isHelp = rest.includes('--help') || rest.includes('-h');
  if (name === 'help' || (isHelp && !isNamed)) {
    terminal.out(usage);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined)
    return complain(terminal, `there is no command '${name}'.\n\n${usage}`, 2);
  if (isHelp) {
    terminal.out(
      `${command.does}\n\n${command.usage.map((line) => `  kedge-journal ${line}\n`).join('')}`,
    );
    return 0;
  }
  try {
    await command.run(readSettings(rest, terminal.env, command.flags ?? {}), terminal);
    return 0;
  } catch (error) {
    if (error instanceof Usage || error instanceof SettingsError)
      return complain(terminal, error.message, 2);
    if (error instanceof StoreError || isExpected(error))
      return complain(terminal, error.message, 1);
    throw error;
  }
}

/** Of the file system, of SQLite, and of the network: a stack would say nothing more. */
const isExpected = (error: unknown): error is Error => error instanceof Error && 'code' in error;

function complain(terminal: Terminal, message: string, code: number): number {
  terminal.complain(`kedge-journal: ${message.trimEnd()}\n`);
  return code;
}
