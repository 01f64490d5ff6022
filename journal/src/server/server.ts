/** The journal as a server: its store, its intake, its upkeep, on one socket. */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { prepare } from '../access/first-start.ts';
import { Secret } from '../access/secret.ts';
import { Sessions } from '../access/sessions.ts';
import type { Clock } from '../clock.ts';
import { Intake } from '../intake/intake.ts';
import type { Settings } from '../settings.ts';
import { openStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { diskOf } from './disk.ts';
import { listenerOf } from './listener.ts';
import type { Log } from './log.ts';
import { systemRoutes } from './system.ts';
import { Upkeep } from './upkeep.ts';

export interface Journal {
  /** Where it is reached, without a slash at the end. */
  readonly url: string;
  readonly store: Store;
  readonly sessions: Sessions;
  /** Takes no more requests, answers those that it has, and closes the database. */
  close(): Promise<void>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** A socket that listens already, as systemd hands it over. */
  readonly socket?: number | undefined;
}

export async function startJournal(
  settings: Settings,
  { clock, log, socket }: Surroundings,
): Promise<Journal> {
  const store = await openStore(settings.database);
  try {
    await prepare(store, clock.now());
    const secret = Secret.of(settings);
    const sessions = new Sessions(store, clock, secret);
    const intake = new Intake({
      store,
      clock,
      userKey: (project) => secret.userKey(project),
      onError: (error) => log('error', 'a failure could not be kept', { error: String(error) }),
    });
    await intake.directory.read();
    const system = systemRoutes({ intake, store, disk: () => diskOf(settings.database) });
    const basePath = basePathOf(settings.publicUrl);
    const server = serverOf(settings, listenerOf({ intake, system, others: notFound, basePath }));
    await listening(server, settings, socket);
    const upkeep = new Upkeep(store, clock, settings, log);
    upkeep.start();
    return {
      url: settings.publicUrl ?? urlOf(server, settings),
      store,
      sessions,
      close: async () => {
        upkeep.end();
        await closed(server);
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

const notFound: RequestListener = (_, response) => {
  response
    .writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
    .end('There is nothing here.\n');
};

function serverOf({ tlsCert, tlsKey }: Settings, listener: RequestListener): Server {
  const limits = { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 65_000 };
  if (tlsCert === undefined || tlsKey === undefined) return createServer(limits, listener);
  const files = { cert: readFileSync(tlsCert), key: readFileSync(tlsKey) };
  return createTlsServer({ ...limits, ...files }, listener);
}

function listening(server: Server, { port, host }: Settings, socket?: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', resolve);
    if (socket === undefined) server.listen({ port, host, backlog: 2_048 });
    else server.listen({ fd: socket });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

const basePathOf = (url: string | undefined): string =>
  url === undefined ? '' : new URL(url).pathname.replace(/\/+$/, '');

function urlOf(server: Server, { host, tlsCert }: Settings): string {
  const { port } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return `${tlsCert === undefined ? 'http' : 'https'}://${name}:${port}`;
}

/** What clients are given to send here. */
export function dsnOf(url: string, key: string, project: number): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${key}@${host}${pathname.replace(/\/+$/, '')}/${project}`;
}
