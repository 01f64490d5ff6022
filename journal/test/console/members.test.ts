import { describe, expect, it } from 'vitest';
import { signedIn, testJournal, Visitor } from '../support/journal.ts';

describe('members', () => {
  it('are added with a link that signs them in, and may what their role says', async () => {
    const journal = await testJournal();
    const visitor = await signedIn(journal, 'administrator');
    const fields = { action: 'add', name: 'ann@example.org', role: 'viewer', project: '1' };
    const page = await (await visitor.post('/members', fields)).text();
    const [, token] = /sign-in\?token=([\w-]+)/.exec(page) ?? [];
    const ann = new Visitor(journal.url);
    expect((await ann.post('/sign-in', { token: token! })).status).toBe(303);
    expect(await ann.text('/account')).toContain('ann@example.org is viewer of project 1.');
    expect((await ann.get('/members')).status).toBe(403);
    expect((await ann.post('/members', fields)).status).toBe(403);
    expect(await ann.text('/groups')).not.toContain('/members');
  });

  it('get other roles, and are removed with their sessions', async () => {
    const journal = await testJournal();
    const visitor = await signedIn(journal, 'administrator');
    const viewer = await signedIn(journal, 'viewer');
    await visitor.post('/members', { action: 'set', name: 'viewer', role: 'none', project: '' });
    expect(await visitor.text('/members')).toContain('<td>viewer</td><td>none</td>');
    await visitor.post('/members', { action: 'remove', name: 'viewer' });
    expect((await viewer.get('/groups')).status).toBe(303);
  });

  it('are never without an administrator', async () => {
    const journal = await testJournal();
    const visitor = await signedIn(journal, 'administrator');
    expect((await visitor.post('/members', { action: 'remove', name: 'admin' })).status).toBe(303);
    for (const fields of [
      { action: 'remove', name: 'administrator' },
      { action: 'set', name: 'administrator', role: 'viewer', project: '' },
    ]) {
      const response = await visitor.post('/members', fields);
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('Nobody else could administer the journal.');
    }
  });

  it.each([
    [{ action: 'add', name: '<b>', role: 'viewer' }, 'A name has letters'],
    [{ action: 'add', name: 'admin', role: 'viewer' }, 'There is an account'],
    [{ action: 'add', name: 'ann', role: 'king' }, 'There is no such role'],
    [{ action: 'link', name: 'nobody' }, 'There is no such account'],
  ])('are not made of %j', async (fields, sentence) => {
    const visitor = await signedIn(await testJournal(), 'administrator');
    const response = await visitor.post('/members', fields);
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining(sentence),
    ]);
  });
});
