/** How many failures a second are on the disk when they are answered, and how long one waits at half of that. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bare } from './bare.ts';
import { eventOf, requests } from './events.ts';
import { load, type Result } from './load.ts';
import { command, noticed, type Running, start, temporary } from './program.ts';
import { ms, perSecond, type Row, share } from './rows.ts';

const SECONDS = 8;
/** Bytes of an event, failures a second to reach, and those with ten million records there. */
export const sizes = [
  { bytes: 2_000, goal: 5_000, fullGoal: 3_000 },
  { bytes: 50_000, goal: 500, fullGoal: 400 },
] as const;

export const unlimited = [
  '--rate',
  '1000000',
  '--burst',
  '1000000',
  '--keep-per-hour',
  '100000000',
];

interface Intake {
  readonly whole: Result;
  readonly half: Result;
  /** Microseconds of a core for each. */
  readonly cost: number;
}

export async function intakeOf(journal: Running, bytes: number): Promise<Intake> {
  const next = requests(`/api/1/store/?sentry_key=${journal.key}`, eventOf(bytes));
  const plan = { port: journal.port, connections: 64, milliseconds: SECONDS * 1_000, next };
  await load({ ...plan, milliseconds: 2_000 });
  const before = journal.used();
  const whole = await load(plan);
  const cost = (journal.used() - before) / whole.answered;
  const half = await load({ ...plan, rate: whole.rate / 2 });
  return { whole, half, cost };
}

export async function intake(): Promise<Row[]> {
  const rows: Row[] = [];
  {
    using place = temporary();
    const journal = await start(place.database);
    await command(place.database, 'project', 'set', '1', ...unlimited);
    await noticed();
    for (const { bytes, goal } of sizes) {
      const beside = await bare(requests('/', eventOf(bytes)));
      const { whole, half, cost } = await intakeOf(journal, bytes);
      const size = `${bytes / 1_000} kB`;
      rows.push(
        {
          what: `durable intake of ${size}, empty database`,
          goal: `≥ ${perSecond(goal)}`,
          found: `${perSecond(whole.rate)}, ${share(whole.rate, beside.rate)} of a bare answer (${perSecond(beside.rate)}), ${Math.round(cost)} µs of a core each`,
          met: whole.rate >= goal,
        },
        {
          what: `its p99 at half of that`,
          goal: '≤ 50 ms',
          found: `${ms(half.p99)} at ${perSecond(half.rate)}`,
          met: half.p99 <= 50,
        },
      );
    }
    await journal.end('SIGTERM');
  }
  return [...rows, ...(await onSlowDisk())];
}

const shim = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int fsync(int fd) { int (*real)(int) = dlsym(RTLD_NEXT, "fsync"); usleep(5000); return real(fd); }
int fdatasync(int fd) { int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync"); usleep(5000); return real(fd); }
`;

/** With a C compiler each sync of the disk is made to take 5 ms longer. */
async function onSlowDisk(): Promise<Row[]> {
  using place = temporary();
  const library = join(place.folder, 'slow.so');
  writeFileSync(join(place.folder, 'slow.c'), shim);
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, join(place.folder, 'slow.c'), '-ldl']);
  } catch {
    return [];
  }
  const journal = await start(place.database, { LD_PRELOAD: library });
  await command(place.database, 'project', 'set', '1', ...unlimited);
  await noticed();
  const rows: Row[] = [];
  for (const { bytes } of sizes) {
    const { whole, half } = await intakeOf(journal, bytes);
    rows.push({
      what: `p99 at half load, ${bytes / 1_000} kB, a disk that syncs in 5 ms`,
      goal: '≤ 100 ms',
      found: `${ms(half.p99)} at ${perSecond(half.rate)} (whole: ${perSecond(whole.rate)})`,
      met: half.p99 <= 100,
    });
  }
  await journal.end('SIGTERM');
  return rows;
}
