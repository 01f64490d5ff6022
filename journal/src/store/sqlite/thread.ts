/** Asks a thread for its operations, by name. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StoreError } from '../store.ts';
import type { Database } from './database.ts';

/** What a thread can do. */
export type Operations = Readonly<Record<string, (db: Database, ...args: never[]) => unknown>>;
export type ArgsOf<F> = F extends (db: Database, ...args: infer Args) => unknown ? Args : never;
export type ResultOf<F> = F extends (...args: never[]) => infer Result ? Result : never;

export interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly isFull: boolean };

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class Thread<Ops> {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;
  private ended: StoreError | undefined;
  /** Of this tick, so that many calls are one message. */
  private outgoing: Call[] = [];

  constructor(name: 'writer' | 'reader', file: string) {
    // `.ts` in the repository, `.js` in the package.
    const program = new URL(`./${name}${extname(import.meta.filename)}`, import.meta.url);
    this.worker = new Worker(program, { workerData: { file }, name: `journal ${name}` });
    this.worker.on('message', (answers: readonly Answer[]) => this.settle(answers));
    // Nobody listens to `error`: a thread that dies takes the process with it, which is started again.
    this.worker.on('exit', () => this.end());
  }

  /** Opens the database. Throws, and ends, where it cannot be opened. */
  async open(): Promise<void> {
    try {
      await this.ask('open', []);
    } catch (error) {
      await this.worker.terminate();
      throw error;
    }
  }

  call<Name extends keyof Ops & string>(
    name: Name,
    ...args: ArgsOf<Ops[Name]>
  ): Promise<ResultOf<Ops[Name]>> {
    return this.ask(name, args) as Promise<ResultOf<Ops[Name]>>;
  }

  async close(): Promise<void> {
    if (this.ended !== undefined) return;
    await this.ask('close', []);
    await this.worker.terminate();
  }

  private ask(name: string, args: readonly unknown[]): Promise<unknown> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      const id = (this.last += 1);
      this.waiting.set(id, { resolve, reject });
      if (this.outgoing.push({ id, name, args }) === 1) setImmediate(() => this.send());
    });
  }

  private send(): void {
    const calls = this.outgoing;
    this.outgoing = [];
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
    this.worker.postMessage(calls);
  }

  private settle(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const call = this.waiting.get(answer.id);
      this.waiting.delete(answer.id);
      if ('error' in answer) call?.reject(new StoreError(answer.error, answer.isFull));
      else call?.resolve(answer.result);
    }
  }

  private end(): void {
    this.ended = new StoreError('The database is closed.', false);
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }
}
