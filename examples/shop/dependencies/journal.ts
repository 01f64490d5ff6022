/**
 * A process: a kedge-journal, which keeps and groups the failures of the shop. It is the built one, as `npx` brings it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { announce, endWithParent, giveUp } from '../stage/child.ts';

interface Terminal {
  out(text: string): void;
  complain(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: unknown;
  readonly signal: AbortSignal;
}

const program =
  process.env['JOURNAL_PROGRAM'] ??
  fileURLToPath(new URL('../../../journal/dist', import.meta.url));

endWithParent();
if (!existsSync(program)) giveUp('it is not built: npm run build');
else await keep();

async function keep(): Promise<void> {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(program, file)).href);
  const { run } = (await load('cli/run.js')) as {
    run(args: readonly string[], terminal: Terminal): Promise<number>;
  };
  const { systemClock } = (await load('clock.js')) as { systemClock: unknown };
  let complaint = '';
  const code = await run(['serve'], {
    // It says once where it is, and how to get in.
    out: (text) => announce(Number(/:(\d+)$/m.exec(text)?.[1]), text),
    complain: (text) => void (complaint = text),
    env: { PORT: process.env['PORT'], DATABASE_URL: process.env['JOURNAL_DATABASE'] },
    clock: systemClock,
    signal: new AbortController().signal,
  });
  if (code !== 0) giveUp(complaint.trim());
}
