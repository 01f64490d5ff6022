/** Opens the store for one command. A journal may run beside it. */
import { Secret } from '../access/secret.ts';
import { prepare } from '../access/first-start.ts';
import { openStore } from '../store/sqlite.ts';
import type { Project, Store } from '../store/store.ts';
import { type Given, type Terminal, Usage, wholeNumber } from './command.ts';

export async function withStore<T>(
  { settings }: Given,
  { clock }: Terminal,
  work: (store: Store, secret: Secret) => Promise<T>,
): Promise<T> {
  const store = await openStore(settings.database);
  try {
    await prepare(store, clock.now());
    return await work(store, Secret.of(settings));
  } finally {
    await store.close();
  }
}

export async function projectOf(store: Store, id: string): Promise<Project> {
  const number = wholeNumber(id, 'PROJECT');
  const found = (await store.projects()).find((project) => project.id === number);
  if (found === undefined) throw new Usage(`there is no project ${id}.`);
  return found;
}
