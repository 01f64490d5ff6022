/**
 * The shop's database, embedded or the user's own, behind a link that can break.
 */
import { Client } from 'pg';
import { CannotRun } from '../options.ts';
import { Link } from './link.ts';
import { Part, withFolder } from './processes.ts';

export interface Database {
  readonly link: Link;
  /** What the shop connects to: the link's end. */
  readonly url: string;
  readonly description: string;
  /** The server dies: its connections break, new ones are refused. */
  crash(): Promise<void>;
  recover(): Promise<void>;
  /** Ends it and leaves nothing behind. */
  remove(): Promise<void>;
}

/** How many orders the shop has. */
export const orders = 1_000;

const setUp = `
  drop schema if exists kedge_shop cascade;
  create schema kedge_shop;
  create table kedge_shop.orders (id int primary key, sku text not null, quantity int not null);
  insert into kedge_shop.orders
    select id, 'sku-' || id % 50, 1 + id % 4 from generate_series(1, ${orders}) as id`;

export async function openDatabase(
  givenUrl: string | undefined,
  crashed: (error: CannotRun) => void,
): Promise<Database> {
  const database =
    givenUrl === undefined ? await startEmbedded(crashed) : await connectToServer(givenUrl);
  try {
    await run(database.url, setUp);
    return database;
  } catch (error) {
    await database.remove().catch(() => {}); // the first error says more
    throw unusable(database.description, error);
  }
}

/** PostgreSQL in WebAssembly, in a process that can really be killed; its files survive that, as a server's do. */
async function startEmbedded(crashed: (error: CannotRun) => void): Promise<Database> {
  const { part, remove } = await withFolder('kedge-shop-', (folder) => {
    const env = (): NodeJS.ProcessEnv => ({ PGLITE_FOLDER: folder });
    return new Part('the database', '../dependencies/postgres.ts', env, crashed);
  });
  const link = new Link({ host: '127.0.0.1', port: part.port });
  await link.up();
  return {
    link,
    url: `postgres://postgres@127.0.0.1:${link.port}/postgres`,
    description: 'the embedded PostgreSQL (PGlite)',
    crash: async () => {
      await Promise.all([link.down(), part.kill()]);
    },
    recover: async () => {
      await part.start();
      await link.up();
    },
    remove: async () => {
      await link.down();
      await remove();
    },
  };
}

/** A server that others may use as well: only the way to it dies. */
async function connectToServer(givenUrl: string): Promise<Database> {
  const url = parse(givenUrl);
  const target = { host: url.hostname, port: url.port === '' ? 5432 : Number(url.port) };
  const description = `the PostgreSQL server at ${target.host}:${target.port}`;
  // Straight, for what a proxy says about a server that it cannot reach is no help.
  await run(givenUrl, 'select 1').catch((error: unknown) => {
    throw unusable(description, error);
  });
  const link = new Link(target);
  await link.up();
  url.hostname = '127.0.0.1';
  url.port = String(link.port);
  return {
    link,
    url: url.href,
    description,
    crash: () => link.down(),
    recover: () => link.up(),
    remove: async () => {
      await link.down();
      await run(givenUrl, 'drop schema if exists kedge_shop cascade');
    },
  };
}

function parse(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.hostname !== '') return url;
  // It may hold a password, so it is not repeated.
  throw new CannotRun(
    'DATABASE_URL: expected the form postgres://user:password@host:port/database.',
  );
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // the query that it interrupts is rejected as well
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function unusable(description: string, error: unknown): CannotRun {
  // An AggregateError, which a refused connection to `localhost` is, has no message of its own.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return new CannotRun(`cannot use ${description}: ${(first as Error).message}`);
}
