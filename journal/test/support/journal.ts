/** The whole journal on a free port, and somebody who looks at its pages. */
import { join } from 'node:path';
import type { Disk } from '../../src/server/disk.ts';
import { type Journal, startJournal } from '../../src/server/server.ts';
import { type Environment, readSettings } from '../../src/settings.ts';
import type { Role } from '../../src/store/store.ts';
import { TestClock } from './clock.ts';
import { atEnd, temporaryFolder } from './store.ts';

export interface TestJournal extends Journal {
  readonly clock: TestClock;
  readonly logged: string[];
  /** The path of its file. */
  readonly database: string;
}

export async function testJournal(
  env: Environment = {},
  onLog: (line: string) => void = () => undefined,
  disk?: () => Disk,
): Promise<TestJournal> {
  const clock = new TestClock();
  const logged: string[] = [];
  const database = join(temporaryFolder(), 'journal.db');
  const { settings } = readSettings(['--port', '0', '--database', database], env, {});
  const log = (level: string, message: string): void => {
    logged.push(`${level}: ${message}`);
    onLog(message);
  };
  const journal = await startJournal(settings, { clock, log, ...(disk && { disk }) });
  atEnd(() => journal.close());
  return { ...journal, clock, logged, database };
}

/** A browser without scripts: it follows no redirect, and keeps one cookie. */
export class Visitor {
  private readonly url: string;
  private readonly origin: string;
  cookie = '';

  constructor(url: string) {
    this.url = url;
    this.origin = new URL(url).origin;
  }

  get(path: string): Promise<Response> {
    return fetch(this.url + path, { headers: { cookie: this.cookie }, redirect: 'manual' });
  }

  async text(path: string): Promise<string> {
    return (await this.get(path)).text();
  }

  async post(
    path: string,
    fields: Record<string, string>,
    origin = this.origin,
  ): Promise<Response> {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { cookie: this.cookie, origin },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    });
    this.cookie = response.headers.get('set-cookie')?.split(';')[0] ?? this.cookie;
    return response;
  }
}

/** Somebody who is signed in, by a link. */
export async function signedIn(journal: TestJournal, role: Role): Promise<Visitor> {
  await journal.store.saveAccount({ name: role, role, roles: {}, password: '' });
  const visitor = new Visitor(journal.url);
  visitor.cookie = `kedge_journal_session=${await journal.sessions.startSession(role)}`;
  return visitor;
}
