/**
 * Millions of calls through all policies, and what must hold in the end: `npm run soak`.
 *
 *   npm run soak                              ten million calls in virtual time, and one million on the machine's clock
 *   npm run soak -- --calls 100000 --seed 3   fewer, by another chance
 *
 * Fails with a sentence for each law that does not hold. Time is virtual in the first part, so that waits cost nothing
 * and a seed says all of what happens; the second shows that the machine's own timers are put away as well.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHistogram } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { soak } from '../test/soak/soak.ts';
import type { Kind } from '../test/soak/time.ts';

/** How much more may be kept at the end than after the first tenth, in bytes. */
const growth = 2_000_000;
/**
 * Milliseconds that a step may keep the thread busy: any step, and all but one in a hundred. It is the thread's own time
 * that is measured, so that a machine with other work does not fail; the event loop is never held up for longer.
 */
const longest = 100;
const usual = 10;
/** The heap is measured so many times, the first time when all that is bounded is full. */
const rests = 10;

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '1' },
  },
});
const calls = Number(values.calls);
const seed = Number(values.seed);
if (!Number.isInteger(calls) || calls < 100_000 || !Number.isInteger(seed)) {
  console.error('--calls is a whole number from 100000, and --seed is a whole number.');
  process.exit(2);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is kept when nothing is under way. */
async function heap(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    await setImmediate();
    collect();
  }
  return process.memoryUsage().heapUsed;
}

/** Microseconds that this thread has worked. */
function worked(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

const number = (value: number): string =>
  Math.round(value).toLocaleString('en').replaceAll(',', ' ');

async function run(time: Kind, many: number): Promise<string[]> {
  console.log(`\n${number(many)} calls on the ${time} clock, seed ${seed}`);
  console.log('     calls   heap, MB   busy a step, ms: 99 %    most   µs a call');
  const busy = createHistogram();
  const heaps: number[] = [];
  const broken: string[] = [];
  let before = 0;
  let spent = 0;
  let used = worked();
  const figures = await soak({
    calls: many,
    seed,
    time,
    rests,
    onStep() {
      const now = worked();
      busy.record(Math.max(1, now - used));
      spent += now - used;
      used = now;
    },
    async atRest({ started }) {
      heaps.push(await heap());
      const [p99, max] = [busy.percentile(99) / 1_000, busy.max / 1_000];
      const columns = [
        number(started).padStart(10),
        (heaps.at(-1)! / 1e6).toFixed(2).padStart(11),
        p99.toFixed(1).padStart(25),
        max.toFixed(0).padStart(8),
        number(spent / (started - before)).padStart(12),
      ];
      console.log(columns.join(''));
      if (p99 > usual || max > longest) {
        broken.push(
          `a step kept the thread busy for ${max.toFixed(0)} ms, and one in a hundred for ${p99.toFixed(1)} ms: ` +
            `${longest} and ${usual} are allowed`,
        );
      }
      busy.reset();
      spent = 0;
      before = started;
      used = worked();
    },
  });
  const grown = heaps.at(-1)! - heaps[0]!;
  const { started, succeeded, failed, rejected, cancelled } = figures;
  console.log(
    `started ${number(started)} = succeeded ${number(succeeded)} + failed ${number(failed)} ` +
      `+ rejected ${number(rejected)} + cancelled ${number(cancelled)}\n` +
      `operations ${number(figures.operations)}, events ${number(figures.events)}, ` +
      `changes of policies ${number(figures.changes)}, ${number(figures.elapsed / 1_000)} s of that clock, ` +
      `heap ${grown < 0 ? '−' : '+'}${number(Math.abs(grown) / 1_000)} kB`,
  );
  if (grown > growth) {
    broken.push(
      `the heap grew by ${number(grown / 1_000)} kB from the first tenth of the calls to the last: ` +
        `${number(growth / 1_000)} kB are allowed`,
    );
  }
  // A seed says whether all of them come; the machine's clock does not.
  if (time === 'virtual' && figures.missing.length > 0)
    broken.push(`these events never came: ${figures.missing.join(', ')}`);
  return [...figures.broken, ...broken].map((law) => `${time} clock: ${law}`);
}

const broken = [...(await run('virtual', calls)), ...(await run('machine', Math.ceil(calls / 10)))];
for (const law of broken) console.error(`✗ ${law}.`);
console.log(
  broken.length === 0 ? '\nAll laws held.' : `\nLaws that did not hold: ${broken.length}.`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
