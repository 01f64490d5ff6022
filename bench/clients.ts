// What kedge adds to a real query: the bare pool of pg beside the protected one, alternating, at the median.
// node bench/clients.ts; needs PostgreSQL's programs (Debian's `postgresql`).
import { resilientPg } from 'kedge/pg';
import { Pool } from 'pg';
import { postgres, postgresAt } from '../test/services/support/servers.ts';

await using server = await postgres();

/** One after the other, in microseconds. */
async function measure(
  pool: Pick<Pool, 'query'>,
  sql: string,
  values: unknown[],
  times: number,
): Promise<number[]> {
  const each: number[] = [];
  for (let n = 0; n < times; n++) {
    const start = performance.now();
    await pool.query(sql, values);
    each.push((performance.now() - start) * 1_000);
  }
  return each;
}

const at = (list: readonly number[], quantile: number): number =>
  list.toSorted((one, two) => one - two)[Math.floor(list.length * quantile)] ?? NaN;

async function compare(
  title: string,
  sql: string,
  values: unknown[],
  perRound: number,
): Promise<void> {
  const bare = new Pool({ ...postgresAt(server.port), max: 1 });
  const other = new Pool({ ...postgresAt(server.port), max: 1 });
  const pools = { bare, kept: resilientPg(other) };
  const times = { bare: [] as number[], kept: [] as number[] };
  for (const pool of Object.values(pools)) await measure(pool, sql, values, 10 * perRound);
  for (let round = 0; round < 60; round++) {
    const order = round % 2 === 0 ? (['bare', 'kept'] as const) : (['kept', 'bare'] as const);
    for (const which of order) {
      times[which].push(...(await measure(pools[which], sql, values, perRound)));
    }
  }
  await bare.end();
  await other.end();
  console.log(title);
  for (const quantile of [0.25, 0.5, 0.9, 0.99]) {
    const [without, beside] = [at(times.bare, quantile), at(times.kept, quantile)];
    const more = ((beside / without - 1) * 100).toFixed(1);
    console.log(
      `  p${quantile * 100}: pg ${without.toFixed(1)} µs, kedge/pg ${beside.toFixed(1)} µs (${more} %)`,
    );
  }
}

await compare('over loopback', 'select * from pg_catalog.pg_class where oid = $1', [1259], 200);
// As long as one that goes to another machine.
await compare('of a millisecond', 'select pg_sleep($1)', [0.001], 40);
