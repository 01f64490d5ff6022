/**
 * The processes that the example starts, and the promise that none of them outlives it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CannotRun } from '../options.ts';
import type { Answer, Question, Word } from './child.ts';

const running = new Set<ChildProcess>();

// Every way out passes here: a normal end, process.exit, an uncaught error, a signal that was handled.
process.on('exit', endAll);

/** Ends all parts, also those that are starting: whoever waits for one hears that it is gone. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts a part that `make` makes, with a folder of its own, which goes when the part does. */
export async function withFolder(
  prefix: string,
  make: (folder: string) => Part,
): Promise<{ readonly part: Part; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  const part = make(folder);
  const remove = async (): Promise<void> => {
    await part.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await part.start();
  } catch (error) {
    await remove();
    throw error;
  }
  return { part, remove };
}

/** A process of its own that listens on a port. It can be killed and started again. */
export class Part {
  /** Where it listens; kept when it is started again, so that its clients find it. */
  port = 0;
  /** What it had to say about itself when it started. */
  said = '';
  private readonly name: string;
  private readonly file: string;
  private readonly env: () => NodeJS.ProcessEnv;
  private readonly crashed: (error: CannotRun) => void;
  private readonly answer: (button: string) => Promise<string>;
  private child: ChildProcess | undefined = undefined;

  /**
   * `env` is asked whenever it starts; `crashed` is called when the process ends although nobody killed it; `answer`
   * does what the process asks for.
   */
  constructor(
    name: string,
    file: string,
    env: () => NodeJS.ProcessEnv,
    crashed: (error: CannotRun) => void,
    answer: (button: string) => Promise<string> = () =>
      Promise.reject(new Error('Nobody is here.')),
  ) {
    this.name = name;
    this.file = fileURLToPath(new URL(file, import.meta.url));
    this.env = env;
    this.crashed = crashed;
    this.answer = answer;
  }

  /** Starts the process and waits until it listens. */
  async start(): Promise<void> {
    const child = fork(this.file, {
      env: { ...process.env, PORT: String(this.port), ...this.env() },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child = child;
    running.add(child);
    // What it writes before it dies is the best explanation there is.
    let lastWords = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-2_000);
    });
    child.once('exit', () => running.delete(child));

    const word = await firstWord(child);
    if (word === undefined || 'cannot' in word) {
      child.kill('SIGKILL');
      throw new CannotRun(`${this.name} does not start: ${word?.cannot ?? lastWords.trim()}`);
    }
    this.port = word.port;
    this.said = word.said ?? '';
    child.on('message', (message) => void this.reply(message as Partial<Question>));
    child.once('exit', (code, signal) => {
      if (this.child !== child) return;
      this.crashed(
        new CannotRun(`${this.name} ended (${signal ?? `exit code ${code}`}): ${lastWords.trim()}`),
      );
    });
  }

  send(message: object | string): void {
    // A process that is gone has told so by its exit; its channel has nothing to add.
    this.child?.send(message, () => {});
  }

  /** Asks the process for something, and waits until it says `done`, or ends. */
  async ask(message: string, done: string): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    const answered = new Promise<void>((resolve) => {
      child.on('message', (said) => said === done && resolve());
      child.once('exit', () => resolve());
    });
    this.send(message);
    await answered;
  }

  private async reply({ question, button = '' }: Partial<Question>): Promise<void> {
    if (question === undefined) return;
    const answer: Answer = await this.answer(button).then(
      (said) => ({ answers: question, said }),
      (error: unknown) => ({ answers: question, cannot: (error as Error).message }),
    );
    this.send(answer);
  }

  /** Ends the process without a warning, as an out-of-memory killer would, and waits until it is gone. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

/** Undefined when it ends, or lets half a minute pass, without one. */
function firstWord(child: ChildProcess): Promise<Word | undefined> {
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, 30_000, undefined);
    const end = (word?: Word): void => {
      clearTimeout(patience);
      resolve(word);
    };
    child.once('message', (word: Word) => end(word));
    child.once('exit', () => end());
    child.once('error', () => end());
  });
}
