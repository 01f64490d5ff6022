/** The journal as a server: its store, its intake, its upkeep, on one socket. */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { prepare } from '../access/first-start.ts';
import { proxyUserOf } from '../access/proxy.ts';
import { Secret } from '../access/secret.ts';
import { Sessions } from '../access/sessions.ts';
import type { Clock } from '../clock.ts';
import { consoleApp } from '../console/app.tsx';
import { Intake } from '../intake/intake.ts';
import { sendersOf } from '../notices/channels.ts';
import { Notifier } from '../notices/notifier.ts';
import type { Settings } from '../settings.ts';
import { openStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { type Disk, diskOf } from './disk.ts';
import { Ending } from './ending.ts';
import { listenerOf } from './listener.ts';
import type { Log } from './log.ts';
import { systemRoutes } from './system.ts';
import { Upkeep } from './upkeep.ts';

export interface Journal {
  /** Where it is reached, without a slash at the end. */
  readonly url: string;
  readonly port: number;
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
  /** The disk that the database is on. */
  readonly disk?: () => Disk;
}

export async function startJournal(
  settings: Settings,
  { clock, log, socket, disk = () => diskOf(settings.database) }: Surroundings,
): Promise<Journal> {
  const store = await openStore(settings.database);
  try {
    await prepare(store, clock.now());
    const secret = Secret.of(settings);
    const sessions = new Sessions(store, clock, secret);
    let url = '';
    const publicUrl = (): string => url;
    const notifier = new Notifier({
      store,
      clock,
      senders: sendersOf(settings, () => clock.now()),
      publicUrl,
      perHour: { webhook: 60, mail: settings.mailPerHour },
      onFailure: ({ id, kind }, error, isGivenUp) =>
        log(isGivenUp ? 'error' : 'warn', 'a notice did not get through', {
          channel: id,
          kind,
          error,
          isGivenUp,
        }),
    });
    const onNotice = (): void => notifier.wake();
    const intake = new Intake({
      store,
      clock,
      userKey: (project) => secret.userKey(project),
      onNews: onNotice,
      onError: (error) => log('error', 'a failure could not be kept', { error: String(error) }),
    });
    await intake.directory.read();
    const system = systemRoutes({
      intake,
      store,
      notifier,
      disk,
    });
    const onChange = (): Promise<void> => intake.directory.read();
    const onError = (error: unknown): void =>
      log('error', 'a page failed', { error: String(error) });
    const upkeep = new Upkeep(store, clock, settings, log, disk);
    const pages = consoleApp({
      store,
      sessions,
      secret,
      clock,
      proxyUser: proxyUserOf(settings),
      channels: settings,
      publicUrl,
      onNotice,
      alarm: () => upkeep.alarm,
      onChange,
      onError,
    });
    const others = listenerFor(pages);
    const basePath = basePathOf(settings.publicUrl);
    const ending = new Ending(clock);
    const listener = listenerOf({ intake, system, others, basePath });
    const server = serverOf(settings, ending.around(listener));
    // Of HTTPS those that requests have: there is another one beneath.
    const connection = settings.tlsCert === undefined ? 'connection' : 'secureConnection';
    server.on(connection, (socket: Socket) => ending.meet(socket));
    await listening(server, settings, socket);
    url = settings.publicUrl ?? urlOf(server, settings);
    const close = async (): Promise<void> => {
      upkeep.end();
      await ending.end(server);
      await notifier.end();
      await store.close();
    };
    let closing: Promise<void> | undefined;
    upkeep.start();
    notifier.start();
    return {
      url,
      port: (server.address() as AddressInfo).port,
      store,
      sessions,
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function listenerFor({ fetch }: ReturnType<typeof consoleApp>): RequestListener {
  const listener = getRequestListener(fetch);
  return (request, response) => void listener(request, response);
}

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

const basePathOf = (url: string | undefined): string =>
  url === undefined ? '' : new URL(url).pathname.replace(/\/+$/, '');

function urlOf(server: Server, { host, tlsCert }: Settings): string {
  const { port } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return `${tlsCert === undefined ? 'http' : 'https'}://${name}:${port}`;
}
