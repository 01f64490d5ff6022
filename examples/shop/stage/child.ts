/**
 * The child's side of `processes.ts`: what the processes of the example tell the one that started them.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a child says once: where it listens, or why it cannot. */
export type Word = { readonly port: number; readonly said?: string } | { readonly cannot: string };

/** What a child asks of whoever started it, and what it is answered: a sentence, or why there is none. */
export interface Question {
  readonly question: number;
  readonly button: string;
}
export interface Answer {
  readonly answers: number;
  readonly said?: string;
  readonly cannot?: string;
}

/** Never outlives the process that started it, however that one ended. */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches the whole group of processes; the first of them decides what happens then.
  process.on('SIGINT', () => {});
}

/** Listens where `PORT` says, on this machine only. */
export function listen(server: Server): void {
  server.on('error', (error: NodeJS.ErrnoException) => {
    giveUp(error.code === 'EADDRINUSE' ? `port ${process.env['PORT']} is in use` : error.message);
  });
  server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    announce((server.address() as AddressInfo).port);
  });
}

export function announce(port: number, said = ''): void {
  if (process.send === undefined) console.log(`listening on http://127.0.0.1:${port}`);
  else process.send({ port, said } satisfies Word);
}

/** Ends the process once the reason is on its way. */
export function giveUp(cannot: string): void {
  console.error(cannot);
  if (process.send === undefined) process.exit(1);
  process.send({ cannot } satisfies Word, () => process.exit(1));
}

let questions = 0;

/** Asks whoever started this process to do what a button is for, and waits for what comes of it. */
export function askStage(button: string): Promise<string> {
  const question = ++questions;
  return new Promise((resolve, reject) => {
    const listen = (message: unknown): void => {
      const { answers, said, cannot } = message as Partial<Answer>;
      if (answers !== question) return;
      process.off('message', listen);
      if (said === undefined) reject(new Error(cannot));
      else resolve(said);
    };
    process.on('message', listen);
    process.send?.({ question, button } satisfies Question);
  });
}
