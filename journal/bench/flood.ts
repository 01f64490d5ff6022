/** A flood of one group, with rates as they are: counted to the last, hardly stored, and of no harm to others. */
import { DatabaseSync } from 'node:sqlite';
import { bare } from './bare.ts';
import { eventOf, requests } from './events.ts';
import { load } from './load.ts';
import { command, sizeOf, start, temporary } from './program.ts';
import { ms, perSecond, type Row, share } from './rows.ts';

const SECONDS = 8;
const goals = [
  { bytes: 2_000, goal: 15_000 },
  { bytes: 50_000, goal: 3_000 },
] as const;

export async function flood(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { bytes, goal } of goals) {
    using place = temporary();
    const added = await command(place.database, 'project', 'add', 'other');
    const other = new URL(/(http\S+)/.exec(added)?.[1] as string).username;
    const journal = await start(place.database);
    const event = eventOf(bytes);
    const beside = await bare(requests('/', event, 1));
    const next = requests(`/api/1/store/?sentry_key=${journal.key}`, event, 1);
    const plan = { port: journal.port, milliseconds: SECONDS * 1_000 };
    await load({ ...plan, milliseconds: 2_000, connections: 64, next });
    const [before, size] = [seen(place.database), sizeOf(place.database)];
    const [flooding, calm] = await Promise.all([
      load({ ...plan, connections: 64, next }),
      load({
        ...plan,
        connections: 4,
        rate: 40,
        next: requests(`/api/2/store/?sentry_key=${other}`, eventOf(2_000), 50),
      }),
    ]);
    const counted = seen(place.database) - before;
    const grown = sizeOf(place.database) - size;
    const sent = flooding.answered * bytes;
    const kB = `${bytes / 1_000} kB`;
    rows.push(
      {
        what: `flood of one group, ${kB}`,
        goal: `≥ ${perSecond(goal)}, counted exactly`,
        found: `${perSecond(flooding.rate)}, ${share(flooding.rate, beside.rate)} of a bare answer (${perSecond(beside.rate)}); ${counted === flooding.answered ? 'counted exactly' : `${counted} of ${flooding.answered} counted`}`,
        met: flooding.rate >= goal && counted === flooding.answered,
      },
      {
        what: `its growth of the disk, ${kB}`,
        goal: '≤ 2 % of it',
        found: `${((100 * grown) / sent).toFixed(1)} %`,
        met: grown <= 0.02 * sent,
      },
      {
        what: `another project meanwhile, ${kB}`,
        goal: 'refused nothing, p99 ≤ 100 ms',
        found: `${calm.failed} of ${calm.failed + calm.answered} refused, p99 ${ms(calm.p99)}`,
        met: calm.failed === 0 && calm.p99 <= 100,
      },
    );
    await journal.end('SIGTERM');
  }
  return rows;
}

/** Failures of project 1. */
function seen(database: string): number {
  const db = new DatabaseSync(database, { readOnly: true });
  const row = db.prepare('SELECT coalesce(sum(seen), 0) AS n FROM failure_group WHERE project = 1');
  const { n } = row.get() as { n: number };
  db.close();
  return n;
}
