import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { Database } from '../../src/store/sqlite/database.ts';
import { migrate } from '../../src/store/sqlite/schema.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { entry, noon, shop, temporaryFolder, temporaryStore } from '../support/store.ts';

const file = (): string => join(temporaryFolder(), 'journal.db');

describe('the file of the database', { timeout: 20_000 }, () => {
  it('is for its owner alone', async () => {
    const path = file();
    await temporaryStore(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
  });

  it('is synced by each transaction: neither a crash nor a power cut takes back what was answered', () => {
    const db = new Database(file());
    const asked = ['synchronous', 'journal_mode'].map((name) =>
      Object.values(db.get<Record<string, unknown>>(`PRAGMA ${name}`) ?? {}),
    );
    db.close();
    // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
    expect(asked).toEqual([[2], ['wal']]);
  });

  it('holds what was written when it is opened again', async () => {
    const path = file();
    const store = await openStore(path);
    const { id: project } = await store.createProject(shop);
    await store.write({ project, at: noon, entries: [entry('a')], tallies: [] });
    await store.close();
    const again = await temporaryStore(path);
    expect(await again.groups({ projects: [project], most: 10 })).toMatchObject([{ seen: 1 }]);
  });

  it('is refused when a newer journal has written it', async () => {
    const path = file();
    await (await openStore(path)).close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    await expect(openStore(path)).rejects.toThrow(
      'The database is of version 99, and this journal knows versions to 2. Use a newer kedge-journal.',
    );
  });

  it('is brought up from its first version, with all that is in it', async () => {
    const path = file();
    const db = new Database(path);
    migrate(db, 1);
    db.run(
      `INSERT INTO project (name, rate, burst, keep_per_hour, origins) VALUES ('shop', 1, 1, 1, '[]')`,
    );
    db.run(`INSERT INTO account (name, role, password) VALUES ('ann', 'viewer', '')`);
    db.run(
      `INSERT INTO failure_group (project, key, title, culprit, platform, service, severity, created, first_seen,
         last_seen, first_release, last_release) VALUES (1, 'k', 'Error', '', '', '', 'error', 1, 1, 1, '', '')`,
    );
    db.close();
    const store = await temporaryStore(path);
    expect(await store.accounts()).toEqual([
      { name: 'ann', role: 'viewer', roles: {}, password: '' },
    ]);
    expect(await store.groups({ projects: [1], most: 1 })).toMatchObject([
      { title: 'Error', kind: '' },
    ]);
    expect(await store.channels()).toEqual([]);
  });

  it('is refused when it is of another application, or no database', async () => {
    const path = file();
    const db = new DatabaseSync(path);
    db.exec('CREATE TABLE somebody (id)');
    db.close();
    await expect(openStore(path)).rejects.toThrow('The database is none of a journal.');
    const text = file();
    writeFileSync(text, 'no database at all, but a text of some length'.repeat(20));
    await expect(openStore(text)).rejects.toThrow('file is not a database');
  });

  it('answers nobody after it was closed', async () => {
    const store = await openStore(file());
    await store.close();
    await expect(store.projects()).rejects.toThrow('The database is closed.');
  });
});
