/** How each server is started. */
import { chmodSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createConnection } from 'mysql2/promise';
import { listens, postgresFolders, program, Server } from './server.ts';

/** Where a server is, as drivers want it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export function postgres(): Promise<Server> {
  return Server.start({
    user: 'postgres',
    prepare: (folder) => [
      [
        program('initdb', postgresFolders()),
        '--no-sync',
        '--auth=trust',
        '--username=postgres',
        '--encoding=UTF8',
        '--locale=C',
        join(folder, 'data'),
      ],
    ],
    start: (folder, port) => [
      program('postgres', postgresFolders()),
      '-D',
      join(folder, 'data'),
      ...['-p', String(port), '-h', '127.0.0.1', '-k', folder],
      // Killed processes lose nothing without it, only killed machines do.
      ...['-c', 'fsync=off', '-c', 'max_connections=60'],
    ],
    async ready(port) {
      const client = new Client(postgresAt(port));
      client.on('error', () => {});
      await client.connect();
      await client.end();
    },
  });
}

export const postgresAt = (port: number): Address => ({
  host: '127.0.0.1',
  port,
  user: 'postgres',
  database: 'postgres',
});

/** A pooler in front of the PostgreSQL at `target`, whose sessions its clients share by the transaction. */
export function pgbouncer(
  target: number,
  settings: Readonly<Record<string, string | number>> = {},
): Promise<Server> {
  return Server.start({
    user: 'postgres',
    prepare(folder) {
      writeFileSync(join(folder, 'users'), '"postgres" ""\n');
      return [];
    },
    start(folder, port) {
      const file = join(folder, 'pgbouncer.ini');
      const all = {
        listen_addr: '127.0.0.1',
        listen_port: port,
        unix_socket_dir: '',
        auth_type: 'any',
        auth_file: join(folder, 'users'),
        pool_mode: 'transaction',
        ...settings,
      };
      // It is asked for its program before there is a folder.
      if (port > 1) {
        const lines = [
          '[databases]',
          `postgres = host=127.0.0.1 port=${target} dbname=postgres user=postgres`,
          '[pgbouncer]',
          ...Object.entries(all).map(([key, value]) => `${key}=${value}`),
        ];
        writeFileSync(file, lines.join('\n'));
      }
      return [program('pgbouncer'), file];
    },
    ready: listens,
  });
}

export function mariadb(): Promise<Server> {
  return Server.start({
    user: 'mysql',
    prepare: (folder) => [
      [
        program('mariadb-install-db'),
        '--no-defaults',
        `--datadir=${join(folder, 'data')}`,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
      ],
    ],
    start: (folder, port) => [
      program('mariadbd'),
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      '--innodb-flush-log-at-trx-commit=2',
    ],
    async ready(port) {
      const connection = await createConnection(mariadbAt(port));
      await connection.end();
    },
  });
}

export const mariadbAt = (port: number): Address => ({
  host: '127.0.0.1',
  port,
  user: 'root',
  database: 'mysql',
});

export function redis(...more: readonly string[]): Promise<Server> {
  return Server.start({
    user: 'redis',
    start: (folder, port) => [
      program('redis-server'),
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
      ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
      ...more,
    ],
    ready: listens,
  });
}

/** One that alone decides that the primary on `primary` is gone, after a fifth of a second. */
export function sentinel(primary: number): Promise<Server> {
  return Server.start({
    user: 'redis',
    start(folder, port) {
      const file = join(folder, 'sentinel.conf');
      const settings = [
        `port ${port}`,
        'bind 127.0.0.1',
        `sentinel monitor shop 127.0.0.1 ${primary} 1`,
        'sentinel down-after-milliseconds shop 200',
        'sentinel failover-timeout shop 1000',
      ];
      // It writes into it what it finds out.
      if (folder !== tmpdir()) {
        writeFileSync(file, settings.join('\n'));
        chmodSync(file, 0o666);
      }
      return [program('redis-server'), file, '--sentinel'];
    },
    ready: listens,
  });
}
