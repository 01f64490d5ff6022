import { describe, expect, it } from 'vitest';
import { mail } from '../../src/notices/mail.ts';
import { messageOf } from '../../src/notices/message.ts';
import type { Channel, Group, Notice } from '../../src/store/store.ts';
import { smtpServer } from '../support/smtp-server.ts';
import { noon } from '../support/store.ts';

const { signal } = new AbortController();
const channel: Channel = {
  id: 1,
  project: 1,
  kind: 'mail',
  target: 'team@example.org',
  secret: '',
  created: noon,
  waiting: 0,
  givenUp: 0,
};

function notice(id: number, title: string, was: Notice['was'] = 'new'): Notice {
  const group: Group = {
    id,
    project: 1,
    key: 'k',
    title,
    culprit: 'place in orders.js',
    platform: 'node',
    service: 'checkout',
    kind: '',
    severity: 'error',
    state: 'unresolved',
    firstSeen: noon,
    lastSeen: noon,
    firstRelease: '1',
    lastRelease: '2.4.0',
    seen: 1_200,
    users: 3,
  };
  return { id, was, at: noon, tries: 0, group: was === 'test' ? undefined : group };
}

const told = (...notices: Notice[]) =>
  messageOf(notices, channel, { projectName: 'shop', url: 'https://errors.example' });

describe('a mail', () => {
  it('tells of one group as plain text', async () => {
    const server = await smtpServer();
    const sender = mail({ smtpUrl: server.url, from: 'journal@example.org' });
    await sender.send(told(notice(7, 'Error: order 17 failed')), channel, signal);
    const [{ to, text } = { to: '', text: '' }] = server.mails;
    expect(to).toBe('team@example.org');
    expect(text).toMatch(/^From: kedge journal <journal@example.org>$/m);
    expect(text).toMatch(/^Subject: \[shop\] New: Error: order 17 failed$/m);
    expect(text).toMatch(/^Message-ID: <notice-7\.1@example\.org>$/m);
    expect(text).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(text).toMatch(/^Content-Type: text\/plain; charset=utf-8$/m);
    expect(text).toContain('https://errors.example/groups/7');
  });

  it('tells of many in one, and counts them', async () => {
    const server = await smtpServer();
    const sender = mail({ smtpUrl: server.url, from: 'journal@example.org' });
    const many = [notice(1, 'One'), notice(2, 'Two'), notice(3, 'Three', 'regressed')];
    await sender.send(told(...many), channel, signal);
    const { text } = server.mails[0]!;
    expect(text).toMatch(/^Subject: \[shop\] 2 new failures, 1 back$/m);
    for (const line of ['New: One', 'New: Two', 'Back: Three']) expect(text).toContain(line);
  });

  it('has no header and no link that a failure has brought', async () => {
    const server = await smtpServer();
    const sender = mail({ smtpUrl: server.url, from: 'journal@example.org' });
    const title = 'x\r\nBcc: all@example.org\r\n\r\n<b>https://evil.example</b>';
    await sender.send(told(notice(7, title)), channel, signal);
    expect(server.mails).toHaveLength(1);
    const { text } = server.mails[0]!;
    const [head = '', body = ''] = text.split(/\n\n(.*)/s);
    expect(head).not.toMatch(/^Bcc/m);
    expect(body).not.toContain('https://evil');
  });

  it('is a test where there is no group, and fails when the server refuses the address', async () => {
    const server = await smtpServer();
    const sender = mail({ smtpUrl: server.url, from: 'journal@example.org' });
    await sender.send(told(notice(1, '', 'test')), channel, signal);
    expect(server.mails[0]?.text).toMatch(/^Subject: \[shop\] A test of the journal$/m);
    server.answer = '550 nobody of that name';
    await expect(sender.send(told(notice(2, 'x')), channel, signal)).rejects.toThrow('550');
    await sender.check(channel, signal);
  });
});
