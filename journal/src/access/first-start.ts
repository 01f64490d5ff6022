/** What a journal needs before anybody has asked for it: a project with a key, and an administrator. */
import { randomBytes } from 'node:crypto';
import type { NewProject, Store } from '../store/store.ts';

export const newProject = (name: string): NewProject => ({
  name,
  rate: 100,
  burst: 1_000,
  keepPerHour: 100,
  origins: [],
});

/** 32 hexadecimal digits, as clients expect. */
export const newKey = (): string => randomBytes(16).toString('hex');

export async function prepare(store: Store, now: number): Promise<void> {
  if ((await store.projects()).length === 0) {
    const { id } = await store.createProject(newProject('default'));
    await store.createKey(id, newKey(), 'first', now);
  }
  if ((await store.accounts()).length === 0) {
    await store.saveAccount({ name: 'admin', role: 'administrator', roles: {}, password: '' });
  }
}
