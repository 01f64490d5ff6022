/** Everything that `classify` knows; the documentation's page is made from it. */
import type { Source } from '../rows.ts';
import { apis } from './apis.ts';
import { application } from './application.ts';
import { aws } from './aws.ts';
import { clients } from './clients.ts';
import { fetches } from './fetch.ts';
import { grpc } from './grpc.ts';
import { http } from './http.ts';
import { mongodb } from './mongodb.ts';
import { mssql } from './mssql.ts';
import { mysql } from './mysql.ts';
import { oracle } from './oracle.ts';
import { orm } from './orm.ts';
import { peers } from './peers.ts';
import { postgres } from './postgres.ts';
import { prisma } from './prisma.ts';
import { redis } from './redis.ts';
import { runtimes } from './runtimes.ts';
import { sockets } from './sockets.ts';
import { sqlite } from './sqlite.ts';
import { undici } from './undici.ts';
import { validation } from './validation.ts';

export { proven } from './sockets.ts';

/** In this order they are asked. */
export const sources: readonly Source[] = [
  application,
  sockets,
  undici,
  fetches,
  runtimes,
  http,
  clients,
  apis,
  aws,
  grpc,
  postgres,
  mysql,
  mssql,
  oracle,
  sqlite,
  redis,
  mongodb,
  prisma,
  orm,
  validation,
  peers,
];

/** Where the error behind an error stands, besides `cause`: GraphQL, mssql and p-retry, Sequelize, TypeORM, Objection, Apollo, Stripe. */
export const links = [
  'originalError',
  'original',
  'parent',
  'driverError',
  'nativeError',
  'networkError',
  'detail',
] as const;
