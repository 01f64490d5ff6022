import { describe, expect, it } from 'vitest';
import { signedIn, testJournal } from '../support/journal.ts';
import { receiver } from '../support/receiver.ts';

async function withReceiver() {
  const to = await receiver();
  const journal = await testJournal({ ALLOWED_TARGETS: '127.0.0.1' });
  const visitor = await signedIn(journal, 'administrator');
  const add = (target: string) =>
    visitor.post('/projects', { action: 'add-channel', project: '1', target });
  return { to, journal, visitor, add };
}

describe('channels of a project', () => {
  it('are told of a failure before a second has passed', async () => {
    const { to, journal, add } = await withReceiver();
    expect((await add(to.url)).headers.get('location')).toBe('/projects?said=told');
    const [key] = await journal.store.keys();
    const body = JSON.stringify({ exception: { values: [{ type: 'OrderError', value: 'x' }] } });
    await fetch(`${journal.url}/api/1/store/?sentry_key=${key!.key}`, { method: 'POST', body });
    await to.count(1);
    expect(JSON.parse(to.received[0]!.body)).toMatchObject({
      type: 'group.new',
      data: { title: 'OrderError: x', url: `${journal.url}/groups/1` },
    });
  });

  it('can be tested, show how they do, and can be removed', async () => {
    const { to, visitor, add } = await withReceiver();
    await add(to.url);
    expect(await visitor.text('/projects')).toContain('not tried yet');
    await visitor.post('/projects', { action: 'test-channel', channel: '1' });
    await to.count(1);
    expect(JSON.parse(to.received[0]!.body)).toMatchObject({ type: 'channel.test' });
    await visitor.post('/projects', { action: 'end-channel', channel: '1' });
    expect(await visitor.text('/projects')).toContain('Nobody yet.');
  });

  it('show why a message did not get through', async () => {
    const { to, journal, visitor, add } = await withReceiver();
    to.status = 500;
    await add(to.url);
    await visitor.post('/projects', { action: 'test-channel', channel: '1' });
    await to.count(1);
    await expect
      .poll(() => visitor.text('/projects'))
      .toContain('fails: The answer was 500.</span>');
    expect(await visitor.text('/projects')).toContain('1 waiting since');
    expect(journal.logged).toContain('warn: a notice did not get through');
    const metrics = await (await fetch(`${journal.url}/metrics`)).text();
    expect(metrics).toContain('kedge_journal_notices_total{outcome="failed"} 1\n');
    expect(metrics).toContain('kedge_journal_notices_waiting 1\n');
  });

  it.each([
    ['ftp://chat.example.org', 'A channel is an address such as'],
    ['https://ann:secret@chat.example.org', 'A channel is an address such as'],
    ['nothing', 'A channel is an address such as'],
    ['team@example.org, all@example.org', 'A channel is an address such as'],
    ['http://10.0.0.1/', '10.0.0.1 is not public, and ALLOWED_TARGETS does not name it.'],
    ['http://[::1]/', '::1 is not public'],
    ['team@example.org', 'Mail needs the setting SMTP_URL.'],
  ])('are refused in a sentence: %s', async (target, sentence) => {
    const { add } = await withReceiver();
    const response = await add(target);
    expect(response.status).toBe(400);
    expect((await response.text()).replaceAll('&#39;', "'")).toContain(sentence);
  });

  it('are shown and changed by administrators of the project alone', async () => {
    const { to, journal, add } = await withReceiver();
    await add(`${to.url}?token=hidden`);
    const responder = await signedIn(journal, 'responder');
    const page = await responder.text('/projects');
    expect(page).toContain('not tried yet');
    expect(page).not.toContain('hidden');
    expect(page).not.toContain('whsec_');
    for (const action of ['add-channel', 'end-channel', 'test-channel']) {
      const fields = { action, project: '1', channel: '1', target: to.url };
      expect((await responder.post('/projects', fields)).status).toBe(403);
    }
  });
});
