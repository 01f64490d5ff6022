import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Resolve } from '../../src/notices/address.ts';
import { messageOf } from '../../src/notices/message.ts';
import { newSecret } from '../../src/notices/signature.ts';
import { webhook } from '../../src/notices/webhook.ts';
import type { Channel, Group, Notice } from '../../src/store/store.ts';
import { receiver } from '../support/receiver.ts';
import { noon } from '../support/store.ts';

const { signal } = new AbortController();
const secret = newSecret();
const local: Resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

let group: Group;
beforeAll(() => {
  group = {
    id: 7,
    project: 1,
    key: 'k',
    title: `Error: \u202Eline\nfeed ${'x'.repeat(500)}`,
    culprit: 'place',
    platform: 'node',
    service: 'checkout',
    kind: '',
    severity: 'error',
    state: 'unresolved',
    firstSeen: noon,
    lastSeen: noon,
    firstRelease: '1',
    lastRelease: '1',
    seen: 1,
    users: 0,
  };
});

const channel = (target: string): Channel => ({
  id: 1,
  project: 1,
  kind: 'webhook',
  target,
  secret,
  created: noon,
  waiting: 0,
  givenUp: 0,
});
const notice = (id: number): Notice => ({ id, was: 'new', at: noon, tries: 0, group });
const told = (...notices: Notice[]) =>
  messageOf(notices, channel(''), { projectName: 'shop', url: 'https://errors.example' });

describe('a webhook', () => {
  it('gets JSON that is signed as Standard Webhooks says', async () => {
    const to = await receiver();
    const sender = webhook({ named: ['127.0.0.1'], now: () => noon });
    await sender.send(told(notice(3)), channel(to.url), signal);
    const [{ headers, body }] = to.received as [(typeof to.received)[number]];
    const { data, ...rest } = JSON.parse(body) as { data: Record<string, unknown> };
    expect(rest).toEqual({ type: 'group.new', timestamp: '2026-11-27T12:00:00.000Z' });
    expect(data).toMatchObject({
      project: { id: 1, name: 'shop' },
      notice: 'notice-3',
      was: 'new',
      id: 7,
      url: 'https://errors.example/groups/7',
    });
    expect(data['title']).toMatch(/^Error: \uFFFDline feed x{280,}…$/);
    const signedText = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(signedText).digest('base64')}`,
    );
    expect([headers['webhook-id'], headers['webhook-timestamp']]).toEqual([
      'notice-3',
      String(noon / 1_000),
    ]);
  });

  it('gets many in one message, with the same id when the same are sent again', async () => {
    const to = await receiver();
    const sender = webhook({ named: ['127.0.0.1'], now: () => noon });
    await sender.send(told(notice(3), notice(4)), channel(to.url), signal);
    await sender.send(told(notice(3), notice(4)), channel(to.url), signal);
    expect(JSON.parse(to.received[0]!.body)).toMatchObject({
      type: 'groups.digest',
      data: { groups: [{ notice: 'notice-3' }, { notice: 'notice-4' }] },
    });
    const ids = to.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
  });

  it('is dialled at the address that was checked, and not at what another look-up says', async () => {
    const to = await receiver();
    const { port } = new URL(to.url);
    // No resolver of this machine knows that name.
    const sender = webhook({ named: ['chat.invalid'], now: () => noon, resolve: local });
    await sender.send(told(notice(1)), channel(`http://chat.invalid:${port}/hook`), signal);
    expect(to.received[0]?.headers.host).toBe(`chat.invalid:${port}`);
  });

  it('is not asked where its host has come to lead to this machine', async () => {
    const to = await receiver();
    const { port } = new URL(to.url);
    const sender = webhook({ named: [], now: () => noon, resolve: local });
    const target = channel(`http://chat.example.org:${port}/hook`);
    await expect(sender.send(told(notice(1)), target, signal)).rejects.toThrow('not public');
    await expect(sender.check(target, signal)).rejects.toThrow('not public');
    expect(to.received).toEqual([]);
  });

  it('is not followed elsewhere: a redirect is a failure', async () => {
    const [to, other] = [await receiver(), await receiver()];
    to.status = 307;
    to.headers = { location: other.url };
    const sender = webhook({ named: ['127.0.0.1'], now: () => noon });
    await expect(sender.send(told(notice(1)), channel(to.url), signal)).rejects.toThrow(
      'The answer was 307.',
    );
    expect(other.received).toEqual([]);
  });

  it('is asked whether it is there without being told anything', async () => {
    const to = await receiver();
    to.status = 405;
    await webhook({ named: ['127.0.0.1'], now: () => noon }).check(channel(to.url), signal);
    expect(to.received.map(({ method, body }) => [method, body])).toEqual([['HEAD', '']]);
  });
});
