// Compiled and run against the packed tarball by scripts/consumer.ts: the drivers themselves fit the structural types.
import { DatabaseSync } from 'node:sqlite';
import { resilientPg } from 'kedge/pg';
import { resilientSqlite, transaction } from 'kedge/sqlite';
import { resilientMysql as resilientMysqlPool } from 'kedge/mysql2';
import { resilientRedis } from 'kedge/redis';
import { resilientMongo } from 'kedge/mongodb';
import { Redis } from 'ioredis';
import { type ClientSession, MongoClient } from 'mongodb';
import { createPool, type Pool as MysqlPool } from 'mysql2/promise';
import { Pool, type PoolClient, type QueryResult } from 'pg';
import { createClient } from 'redis';

const pool = resilientPg(new Pool({ host: '127.0.0.1', port: 1 }), { maxAttempts: 1 });
const still: Pool = pool;
const refused: unknown = await still.query('select 1').catch((error: unknown) => error);
if ((refused as { code?: string }).code !== 'ECONNREFUSED') throw refused;
const typed: Promise<QueryResult<{ n: number }>> = pool.transaction((tx) => {
  const client: PoolClient = tx;
  return client.query<{ n: number }>('select 1 as n');
});
await typed.catch(() => {});

const database = resilientSqlite(new DatabaseSync(':memory:'));
const one: unknown = transaction(database, () => database.prepare('select 1 as n').get());
if ((one as { n: number }).n !== 1) throw new Error('expected a row');

const mysql = resilientMysqlPool(createPool({ host: '127.0.0.1', port: 1, connectTimeout: 500 }), {
  maxAttempts: 1,
});
const promised: MysqlPool = mysql;
await promised.query('select 1').then(
  () => Promise.reject(new Error('expected to be refused')),
  () => {},
);
await mysql.end();

const mongo = resilientMongo(
  new MongoClient('mongodb://127.0.0.1:1/shop', { serverSelectionTimeoutMS: 200 }),
  { maxAttempts: 1 },
);
const sameMongo: MongoClient = mongo;
const nobody: unknown = await sameMongo
  .db()
  .collection<{ _id: number }>('orders')
  .findOne()
  .catch((error: unknown) => error);
if ((nobody as Error).name !== 'MongoServerSelectionError') throw nobody;
const inserted: Promise<number> = mongo.transaction(async (tx) => {
  const session: ClientSession = tx.session;
  await tx.db().collection('orders').insertOne({ at: 1 }, { session });
  return 1;
});
await inserted.catch(() => {});
await mongo.close();

const keys = resilientRedis(new Redis({ lazyConnect: true }));
const ioredis: Redis = keys;
ioredis.disconnect();
const node = resilientRedis(createClient());
const name: () => Promise<string | null> = () => node.get('name');
if (typeof name !== 'function') throw new Error('expected a function');
