import { application } from './sources/application.ts';
import { aws, http } from './sources/http.ts';
import { mongodb } from './sources/mongodb.ts';
import { mysql } from './sources/mysql.ts';
import { grpc, network } from './sources/network.ts';
import { postgres } from './sources/postgres.ts';
import { redis } from './sources/redis.ts';
import type { Source } from './sources/source.ts';
import { sqlite } from './sources/sqlite.ts';

/** Everything that `classify` knows; the documentation's page is made from it. */
export const table: readonly Source[] = [
  application,
  network,
  http,
  aws,
  grpc,
  postgres,
  mysql,
  sqlite,
  redis,
  mongodb,
];
