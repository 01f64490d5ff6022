/**
 * How one function compares with another.
 *
 * Everything is taken in rounds: each round runs every function for some milliseconds, in another order each time. What
 * is taken is the processor time of the thread: on a machine that others use as well, the time by the clock says more
 * about them. Collections of garbage on the thread are part of it: who allocates more pays. (What V8 leaves to helper
 * threads is not, which spares whoever allocates most.)
 */
import { compileFunction } from 'node:vm';

export type Call = () => Promise<unknown>;

export interface Contender {
  readonly name: string;
  readonly call: Call;
  /** How many calls are started before their answers are awaited. @default 1 */
  readonly concurrent?: number;
}

export interface Measured {
  readonly name: string;
  /** Processor time of a call, in nanoseconds. */
  readonly time: number;
  /** The same in units of the reference. */
  readonly ratio: number;
  /** How far that ratio was off at most in any fifth of the rounds, as a share of it. */
  readonly noise: number;
}

type Loop = (call: Call, times: number) => Promise<void>;

/**
 * Each function gets a loop of its own: one that all share learns from all of them, and can inline none. Compiled
 * under a new name each time, or the engine would recognise the text and share what it learnt all the same.
 */
function loopFor(index: number, concurrent: number): Loop {
  const body =
    concurrent === 1
      ? `for (let i = 0; i < times; i++) await call();`
      : `for (let done = 0; done < times; done += ${concurrent}) {
           const answers = new Array(${concurrent});
           for (let i = 0; i < ${concurrent}; i++) answers[i] = call();
           for (let i = 0; i < ${concurrent}; i++) await answers[i];
         }`;
  const source = `return async function loop${index}(call, times) { /* ${Math.random()} */ ${body} }`;
  return (compileFunction(source) as () => Loop)();
}

/** Calls before anything is timed: engines change their mind about a function for a while. */
export const warmUp = 20_000;

export interface Effort {
  readonly rounds: number;
  /** How long each function runs in a round, in milliseconds. */
  readonly slice: number;
}

export async function compare(
  contenders: readonly Contender[],
  reference: (contender: Contender) => string,
  { rounds, slice }: Effort,
): Promise<Measured[]> {
  const runners = contenders.map((contender, index) => {
    const { concurrent = 1 } = contender;
    const loop = loopFor(index, concurrent);
    return { contender, loop, times: concurrent, every: 1, samples: [] as number[] };
  });
  for (const { contender, loop } of runners) await loop(contender.call, warmUp);
  const references = new Set(contenders.map(reference));
  for (const runner of runners) {
    // A reference is in every ratio: its own noise must be the least.
    const share = references.has(runner.contender.name) ? 3 * slice : slice;
    // By the clock: few calls may take less than a tick of the other.
    const start = performance.now();
    await runner.loop(runner.contender.call, warmUp);
    const took = ((performance.now() - start) * 1e6) / warmUp;
    const { concurrent = 1 } = runner.contender;
    runner.times = Math.ceil(Math.max(1, (share * 1e6) / took) / concurrent) * concurrent;
    // One that takes ten slices for the least there is to do takes part in every tenth round.
    runner.every = Math.ceil((runner.times * took) / (share * 2e6));
  }
  for (let round = 0; round < rounds; round++) {
    for (const { contender, loop, times, every, samples } of shuffled(runners)) {
      // Or it would pay for what the one before it has left behind.
      collect();
      samples.push(round % every === 0 ? (await timed(loop, contender.call, times)) / times : NaN);
    }
    // Timers, deferred work and finished handles get their turn, outside of what is timed.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const byName = new Map(runners.map(({ contender, samples }) => [contender.name, samples]));
  return runners.map(({ contender, samples }) => {
    const unit = byName.get(reference(contender))!;
    const ratio = mean(samples) / mean(unit);
    const off = fifths.map((part) => {
      const inPart = (_: number, round: number): boolean => round % fifths.length === part;
      return Math.abs(mean(samples.filter(inPart)) / mean(unit.filter(inPart)) / ratio - 1);
    });
    const noise = Math.max(...off.filter((each) => !Number.isNaN(each)));
    return { name: contender.name, time: mean(samples), ratio, noise };
  });
}

const fifths = [0, 1, 2, 3, 4];

function mean(numbers: readonly number[]): number {
  const taken = numbers.filter((each) => !Number.isNaN(each));
  return taken.reduce((sum, each) => sum + each, 0) / taken.length;
}

async function timed(loop: Loop, call: Call, times: number): Promise<number> {
  const start = process.threadCpuUsage();
  await loop(call, times);
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) * 1_000;
}

/** A small collection; needs `--expose-gc`. */
function collect(): void {
  (globalThis as { gc?: (options: { type: 'minor' }) => void }).gc?.({ type: 'minor' });
}

function shuffled<T>(list: readonly T[]): T[] {
  const copy = list.slice();
  for (let index = copy.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1));
    [copy[index], copy[other]] = [copy[other]!, copy[index]!];
  }
  return copy;
}
