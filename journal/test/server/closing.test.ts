import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { testJournal } from '../support/journal.ts';

describe('a journal that ends', () => {
  it('answers what it has begun to take, and holds on to no connection', async () => {
    const journal = await testJournal();
    const [key] = await journal.store.keys();
    const body = JSON.stringify({ message: 'x' });
    const socket = connect(journal.port, '127.0.0.1');
    let text = '';
    const heard = (part: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (text.includes(part)) resolve();
        };
        socket.on('data', look);
        look();
      });
    socket.on('data', (chunk) => void (text += String(chunk)));
    const over = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    const head = `POST /api/1/store/?sentry_key=${key!.key} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`;
    socket.write(head);
    await heard('100 Continue');
    const closing = journal.close();
    socket.write(body);
    await heard('200 OK');
    await over;
    await closing;
    expect(text).toContain('Connection: close');
  });

  it('waits a second for connections that have brought nothing', async () => {
    const journal = await testJournal();
    const socket = connect(journal.port, '127.0.0.1');
    await new Promise((resolve) => {
      socket.once('connect', resolve);
    });
    // An answer on another connection: the server has met this one by now.
    await fetch(`${journal.url}/healthz`);
    const over = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    const closing = journal.close();
    journal.clock.advance(1_000);
    await expect(closing).resolves.toBeUndefined();
    await over;
  });

  it('waits ten seconds for those who are slow, and no longer', async () => {
    const journal = await testJournal();
    const [key] = await journal.store.keys();
    const socket = connect(journal.port, '127.0.0.1');
    const path = `/api/1/store/?sentry_key=${key!.key}`;
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n`,
    );
    await new Promise((resolve) => {
      socket.once('data', resolve);
    });
    const closing = journal.close();
    journal.clock.advance(10_000);
    await expect(closing).resolves.toBeUndefined();
  });
});
