/** The real server on a free port of this machine, with a clock that stands still. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Intake } from '../../src/intake/intake.ts';
import { listenerOf } from '../../src/server/listener.ts';
import type { FailureRecord } from '../../src/record/record.ts';
import type { NewProject, Store } from '../../src/store/store.ts';
import { TestClock } from './clock.ts';
import { atEnd, shop } from './store.ts';

export const KEY = '0123456789abcdef0123456789abcdef';

export interface TestIntake {
  readonly url: string;
  readonly store: Store;
  readonly clock: TestClock;
  readonly intake: Intake;
  readonly project: number;
  readonly key: string;
  readonly errors: unknown[];
  send(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ): Promise<Response>;
  /** All records, oldest first. */
  records(): Promise<FailureRecord[]>;
}

let made = 0;

/** Intake alone, with a project and a key of its own. */
export async function testIntake(
  store: Store,
  project: Partial<NewProject> = {},
): Promise<TestIntake> {
  made += 1;
  const clock = new TestClock();
  const errors: unknown[] = [];
  const { id } = await store.createProject({ ...shop, name: `project ${made}`, ...project });
  const key = KEY.slice(0, -8) + made.toString(16).padStart(8, '0');
  await store.createKey(id, key, 'test', clock.now());
  const onError = (error: unknown): void => void errors.push(error);
  const userKey = (): string => 'a key of sixteen bytes';
  const intake = new Intake({ store, clock, userKey, onError });
  const others = (_: unknown, response: { writeHead(status: number): { end(): unknown } }): void =>
    void response.writeHead(404).end();
  const server = createServer(
    listenerOf({ intake, system: () => undefined, others, basePath: '/errors' }),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  atEnd(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    store,
    clock,
    intake,
    project: id,
    key,
    errors,
    send: (path, body, headers = {}) => fetch(url + path, { method: 'POST', body, headers }),
    records: async () =>
      (await store.exported(id, undefined, 0)).map(({ json }) => JSON.parse(json) as FailureRecord),
  };
}
