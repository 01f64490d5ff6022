// What was planted in the requests of real clients is nowhere: on no disk, on no page, in no message, in no log.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signedIn, testJournal } from '../support/journal.ts';
import { receiver } from '../support/receiver.ts';
import { requestOf, samples } from '../support/samples.ts';

/** Addresses stand in the sources of the samples, and lines of source are kept. */
const planted = /PLANTED-\d+|4111111111111111|someone@example\.org/g;

describe('planted secrets', { timeout: 60_000 }, () => {
  it('are in no file, page, search, notice, export, metric or line of the log', async () => {
    const to = await receiver();
    const journal = await testJournal({ ALLOWED_TARGETS: '127.0.0.1' });
    const visitor = await signedIn(journal, 'administrator');
    await visitor.post('/projects', { action: 'add-channel', project: '1', target: to.url });
    const [key] = await journal.store.keys();
    for (const sample of samples) {
      const { path, ...request } = requestOf(sample, { key: key!.key, project: 1 });
      const { status } = await fetch(journal.url + path, { method: 'POST', ...request });
      expect(status).toBe(200);
    }
    const groups = await journal.store.groups({ projects: [1], most: 100 });
    await to.count(groups.length);
    const pages = await Promise.all(
      groups.map(({ id }) => visitor.text(`/groups/${id}`)).concat(visitor.text('/groups?q=')),
    );
    const searches = ['PLANTED', '4111111111111111', '"someone@example.org"'];
    for (const search of searches) {
      const found = await visitor.text(`/groups?q=${encodeURIComponent(search)}`);
      expect(found).not.toContain('href="/groups/');
    }
    const all = await journal.store.exported(1, undefined, 0);
    const folder = dirname(journal.database);
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
    expect(files.length).toBeGreaterThan(1);
    const metrics = await visitor.text('/metrics');
    const everything = [
      ...pages,
      ...to.received.map(({ body, headers }) => body + JSON.stringify(headers)),
      ...all.map(({ json }) => json),
      ...files,
      ...journal.logged,
      metrics,
    ];
    expect(everything.flatMap((text) => text.match(planted) ?? [])).toEqual([]);
  });
});
