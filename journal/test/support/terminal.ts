/** Runs commands in this process, and keeps what they say. */
import { join } from 'node:path';
import { run } from '../../src/cli/run.ts';
import { TestClock } from './clock.ts';
import { temporaryFolder } from './store.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly complaints: string;
}

export class TestTerminal {
  readonly clock: TestClock = new TestClock();
  readonly folder: string = temporaryFolder();
  readonly env: Record<string, string> = {
    DATABASE_URL: join(this.folder, 'journal.db'),
    PORT: '0',
  };

  async run(...args: string[]): Promise<Said> {
    let out = '';
    let complaints = '';
    const code = await run(args, {
      out: (text) => void (out += text),
      complain: (text) => void (complaints += text),
      env: this.env,
      clock: this.clock,
      signal: new AbortController().signal,
    });
    return { code, out, complaints };
  }
}
