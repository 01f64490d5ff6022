import { describe, expect, it } from 'vitest';
import type { Account } from '../../src/store/store.ts';
import { type TestJournal, testJournal, Visitor } from '../support/journal.ts';
import { entry } from '../support/store.ts';

const proxied = { USER_HEADER: 'X-Forwarded-User', TRUSTED_PROXIES: '127.0.0.0/8, ::1' };

async function twoProjects(): Promise<TestJournal> {
  const journal = await testJournal();
  const { store, clock } = journal;
  const rates = { rate: 1, burst: 1, keepPerHour: 1, origins: [] };
  await store.createProject({ name: 'other', ...rates });
  for (const project of [1, 2]) {
    const entries = [entry(`of ${project}`)];
    await store.write({ project, at: clock.now(), entries, tallies: [] });
  }
  return journal;
}

async function visitorOf(journal: TestJournal, roles: Account['roles']): Promise<Visitor> {
  await journal.store.saveAccount({ name: 'ann', role: 'none', roles, password: '' });
  const visitor = new Visitor(journal.url);
  visitor.cookie = `kedge_journal_session=${await journal.sessions.startSession('ann')}`;
  return visitor;
}

describe('a role in one project', () => {
  it('shows that project, its groups and its settings, and no other', async () => {
    const visitor = await visitorOf(await twoProjects(), { 2: 'viewer' });
    const list = await visitor.text('/groups');
    expect(list).toContain('Error: of 2');
    expect(list).not.toContain('Error: of 1');
    expect(await visitor.text('/groups?project=1')).not.toContain('Error: of 1');
    expect((await visitor.get('/groups/1')).status).toBe(404);
    expect((await visitor.get('/groups/2')).status).toBe(200);
    expect(await visitor.text('/projects')).not.toContain('default');
    expect(await visitor.text('/account')).toContain('viewer of project 2');
  });

  it('changes groups of that project, and of no other', async () => {
    const journal = await twoProjects();
    const visitor = await visitorOf(journal, { 1: 'viewer', 2: 'responder' });
    for (const id of ['1', '2']) await visitor.post('/groups', { id, action: 'resolved' });
    expect(await journal.store.group(1)).toMatchObject({ state: 'unresolved' });
    expect(await journal.store.group(2)).toMatchObject({ state: 'resolved' });
    expect(await visitor.text('/groups/1')).not.toContain('name="action"');
  });

  it('administers keys and channels of that project, and of no other', async () => {
    const journal = await twoProjects();
    const visitor = await visitorOf(journal, { 2: 'administrator' });
    const [key] = await journal.store.keys();
    const post = async (fields: Record<string, string>): Promise<number> =>
      (await visitor.post('/projects', fields)).status;
    expect(await post({ action: 'add-key', project: '2' })).toBe(303);
    expect(await post({ action: 'add-key', project: '1' })).toBe(403);
    expect(await post({ action: 'end-key', key: key!.key, project: '2' })).toBe(403);
    expect(await post({ action: 'add-project', name: 'x' })).toBe(403);
    const target = 'http://127.0.0.1/';
    expect(await post({ action: 'add-channel', project: '1', target })).toBe(403);
  });

  it('is nothing for those who have none', async () => {
    const visitor = await visitorOf(await twoProjects(), {});
    expect(await visitor.text('/groups')).not.toContain('Error: of');
    expect((await visitor.post('/groups', { id: '1', action: 'resolved' })).status).toBe(403);
  });
});

describe('a proxy', () => {
  const ask = (url: string, user?: string | string[]) =>
    fetch(`${url}/account`, {
      redirect: 'manual',
      headers: [user ?? []].flat().map((one) => ['x-forwarded-user', one] as [string, string]),
    });

  it('says who somebody is, if it is trusted', async () => {
    const journal = await testJournal(proxied);
    const response = await ask(journal.url, 'admin');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('admin is administrator');
  });

  it('is asked for an account that there is', async () => {
    const journal = await testJournal(proxied);
    for (const user of ['nobody', ['admin', 'admin']]) {
      const response = await ask(journal.url, user);
      expect([response.status, await response.text()]).toEqual([
        403,
        'The journal has no account of your name: ask an administrator.',
      ]);
    }
  });

  it('that says nothing leaves people to sign in', async () => {
    const journal = await testJournal(proxied);
    expect((await ask(journal.url)).status).toBe(303);
  });

  it('is not believed if it is another one, or if none was named', async () => {
    const other = await testJournal({ ...proxied, TRUSTED_PROXIES: '10.0.0.0/8' });
    expect((await ask(other.url, 'admin')).status).toBe(303);
    const none = await testJournal();
    expect((await ask(none.url, 'admin')).status).toBe(303);
  });

  it('does not make forms of other origins welcome', async () => {
    const journal = await testJournal(proxied);
    const post = (origin: string) =>
      fetch(`${journal.url}/projects`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'x-forwarded-user': 'admin', origin },
        body: new URLSearchParams({ action: 'add-project', name: 'x' }),
      });
    expect((await post('https://evil.example')).status).toBe(403);
    expect((await post(journal.url)).status).toBe(303);
  });
});
