/** `npx kedge state URL`: which circuits are not closed, since when and why. */
import { Timer } from '../core/time.ts';
import type { State } from '../observe/state/state.ts';
import { type Command, parsed, Usage } from './command.ts';
import type { Terminal } from './run.ts';
import { stateText } from './state/text.ts';

const usage = `kedge state URL [options]

  Prints the answer of stateHandler() as a table: circuits that are not closed first.

  URL                where the handler is mounted; http:// may be left out
  --watch            again every two seconds, until Ctrl-C
  --header 'a: b'    sent with the request, such as an authorization; may stand several times`;

const options = {
  watch: { type: 'boolean', default: false },
  header: { type: 'string', multiple: true, default: [] as string[] },
} as const;

const pause = 2_000;
const patience = 10_000;
const mostBytes = 16_777_216;
const clear = '\u001B[2J\u001B[H';

export const state: Command = {
  does: 'prints the state of all pipelines of a running process',
  usage,
  async run(args, terminal) {
    const { values, positionals } = parsed(args, options, 1);
    const [given] = positionals;
    if (given === undefined) throw new Usage(`expected the address of a state.\n\n${usage}`);
    const url = addressOf(given);
    const headers = values.header.map(headerOf);
    if (!values.watch) {
      terminal.out(stateText(await read(url, headers, terminal), terminal));
      return;
    }
    while (terminal.signal?.aborted !== true) {
      const text = await read(url, headers, terminal).then(
        (found) => stateText(found, terminal),
        // A process that is being started again comes back.
        (error: unknown) => {
          if (!(error instanceof Usage)) throw error;
          return `${error.message}\n`;
        },
      );
      terminal.out(terminal.colors ? clear + text : `${text}\n`);
      await wait(terminal.signal);
    }
  },
};

function addressOf(given: string): URL {
  const text = /^https?:\/\//.test(given) ? given : `http://${given}`;
  if (!URL.canParse(text)) throw new Usage(`'${given}' is no address.`);
  return new URL(text);
}

function headerOf(given: string): [string, string] {
  const at = given.indexOf(':');
  if (at < 1) throw new Usage("--header: expected 'name: value'.");
  return [given.slice(0, at).trim(), given.slice(at + 1).trim()];
}

async function read(
  url: URL,
  headers: readonly [string, string][],
  { fetch }: Terminal,
): Promise<State> {
  const late = new AbortController();
  const timer = new Timer(() => late.abort(new Error('no answer in time')), patience, true);
  try {
    const response = await fetch(url, { headers: [...headers], signal: late.signal });
    if (!response.ok) throw new Usage(`${url.href} answered ${response.status}.`);
    const text = await response.text();
    if (text.length > mostBytes) throw new Usage(`${url.href} answered more than a state.`);
    const found = JSON.parse(text) as Partial<State> | null;
    if (!Array.isArray(found?.pipelines)) throw new SyntaxError('no pipelines');
    return found as State;
  } catch (error) {
    if (error instanceof Usage) throw error;
    if (error instanceof SyntaxError)
      throw new Usage(`${url.href} does not answer as stateHandler() does.`);
    throw new Usage(`${url.href} cannot be read: ${reasonOf(error)}.`);
  } finally {
    timer.stop();
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  return (cause?.message || message) ?? 'unknown';
}

function wait(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = new Timer(resolve, pause, true);
    signal?.addEventListener('abort', () => {
      timer.stop();
      resolve();
    });
  });
}
