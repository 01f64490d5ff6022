/** Benchmarks in processes of their own: a quiet heap, flags, or nothing learnt from other code. */
import { fork } from 'node:child_process';

/** Runs a module of this folder, and returns what it passes to `answer`. */
export function inChild<T>(
  path: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL(path, import.meta.url), args, {
      execArgv: ['--expose-gc', ...flags],
      // Keeps Infinity and NaN, which JSON does not.
      serialization: 'advanced',
    });
    child.once('message', (answer) => resolve(answer as T));
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`${path} ended with ${code} and without an answer`)),
    );
  });
}

/** In the child: the last thing it does. */
export function answer(value: unknown): void {
  process.send?.(value, () => process.exit());
}

/** Runs tasks, as many at a time as there are processors to spare. */
export async function inParallel<T>(
  tasks: readonly (() => Promise<T>)[],
  width: number,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < tasks.length) {
      const index = next++;
      results[index] = await tasks[index]!();
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
