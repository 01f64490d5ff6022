// What kedge adds to a real query: the bare pool of pg beside the protected one, alternating, at the median.
// node bench/clients.ts; needs PostgreSQL's programs (Debian's `postgresql`).
import { resilientPool } from 'kedge/pg';
import { Pool } from 'pg';
import { postgres, postgresAt } from '../test/services/support/servers.ts';

const rounds = 60;
const perRound = 200;

await using server = await postgres();
const bare = new Pool({ ...postgresAt(server.port), max: 1 });
const other = new Pool({ ...postgresAt(server.port), max: 1 });
const kept = resilientPool(other);

/** The time of each query, in microseconds, one after the other. */
async function measure(pool: Pick<Pool, 'query'>, into: number[]): Promise<void> {
  for (let n = 0; n < perRound; n++) {
    const start = performance.now();
    await pool.query('select * from pg_catalog.pg_class where oid = $1', [1259]);
    into.push((performance.now() - start) * 1_000);
  }
}

const times = { bare: [] as number[], kept: [] as number[] };
await measure(bare, []);
await measure(kept, []);
for (let round = 0; round < rounds; round++) {
  const order = round % 2 === 0 ? (['bare', 'kept'] as const) : (['kept', 'bare'] as const);
  for (const which of order) await measure(which === 'bare' ? bare : kept, times[which]);
}
await bare.end();
await other.end();

const at = (list: readonly number[], quantile: number): number =>
  list.toSorted((one, two) => one - two)[Math.floor(list.length * quantile)] ?? NaN;
for (const quantile of [0.5, 0.9, 0.99]) {
  const [without, beside] = [at(times.bare, quantile), at(times.kept, quantile)];
  const more = ((beside / without - 1) * 100).toFixed(1);
  console.log(
    `p${quantile * 100}: pg ${without.toFixed(1)} µs, kedge/pg ${beside.toFixed(1)} µs (${more} %)`,
  );
}
