/** What the journal takes of memory at half load, and whether that grows. */
import { eventOf, requests } from './events.ts';
import { load } from './load.ts';
import { intakeOf, unlimited } from './intake.ts';
import { command, noticed, start, temporary } from './program.ts';
import type { Row } from './rows.ts';

const MINUTE = 60_000;

export async function memory(minutes: number): Promise<Row[]> {
  using place = temporary();
  const journal = await start(place.database);
  await command(place.database, 'project', 'set', '1', ...unlimited);
  await noticed();
  const { whole } = await intakeOf(journal, 2_000);
  const next = requests(`/api/1/store/?sentry_key=${journal.key}`, eventOf(2_000));
  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(journal.memory().now), 1_000);
  const plan = { port: journal.port, connections: 64, rate: whole.rate / 2, next };
  await load({ ...plan, milliseconds: minutes * MINUTE });
  clearInterval(sampling);
  // Whatever comes: many connections, large events.
  const large = requests(`/api/1/store/?sentry_key=${journal.key}`, eventOf(1_000_000));
  await load({ port: journal.port, connections: 512, milliseconds: 10_000, next: large });
  const { most } = journal.memory();
  await journal.end('SIGTERM');
  const third = Math.floor(samples.length / 3);
  const mean = (list: readonly number[]): number =>
    list.reduce((sum, one) => sum + one, 0) / Math.max(1, list.length);
  const [middle, last] = [mean(samples.slice(third, 2 * third)), mean(samples.slice(-third))];
  const highest = Math.max(...samples);
  return [
    {
      what: `memory at half load, ${minutes} min (2 kB)`,
      goal: '≤ 350 MB, flat',
      found: `${Math.round(highest)} MB at most; ${Math.round(middle)} MB in the second third, ${Math.round(last)} MB in the last`,
      met: highest <= 350 && last <= middle * 1.1,
    },
    {
      what: 'memory under 512 connections that send 1 MB each',
      goal: '≤ 512 MB',
      found: `${Math.round(most)} MB`,
      met: most <= 512,
    },
  ];
}
