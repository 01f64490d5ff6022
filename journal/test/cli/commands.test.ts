import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/access/secret.ts';
import { userHash } from '../../src/record/user.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { entry, noon } from '../support/store.ts';
import { TestTerminal } from '../support/terminal.ts';

/** Writes failures, of which one is of the user `u-17`. */
async function fill({ env }: TestTerminal): Promise<void> {
  const database = env['DATABASE_URL'] as string;
  const store = await openStore(database);
  const secret = Secret.of({ secret: undefined, database } as Parameters<typeof Secret.of>[0]);
  const user = userHash('u-17', secret.userKey(1));
  await store.write({
    project: 1,
    at: noon,
    entries: [entry('a', { user }), entry('b')],
    tallies: [],
  });
  await store.close();
}

// Each opens the database anew.
describe('commands', { timeout: 20_000 }, () => {
  it('say what there is', async () => {
    const { code, out } = await new TestTerminal().run('--help');
    expect(code).toBe(0);
    for (const name of [
      'serve',
      'project',
      'key',
      'user',
      'check',
      'backup',
      'restore',
      'export',
      'erase',
    ]) {
      expect(out).toContain(`\n  ${name} `);
    }
    expect(out).toContain('RETENTION_DAYS');
  });

  it.each([
    [['fly'], "there is no command 'fly'."],
    [['key', 'add'], 'PROJECT is missing.'],
    [['key', 'add', '99'], 'there is no project 99.'],
    [['key', 'add', 'one'], "PROJECT is to be a whole number, and 'one' is not."],
    [['key', 'end', 'none'], 'there is no such key in use.'],
    [['project', 'set', '1'], 'there is nothing to change.'],
    [['project', 'set', '1', '--rate', '0'], '--rate is to be 1 or more.'],
    [['project', 'add', ''], 'a name has 1 to 64'],
    [
      ['user', 'add', 'ann', '--role', 'king'],
      '--role is to be one of viewer, responder, administrator, or none.',
    ],
    [['user', 'remove', 'bob'], "there is no account 'bob'."],
    [['backup'], 'FILE is missing.'],
    [['restore', '/no/such/file'], 'there is no file /no/such/file.'],
    [['erase', 'u-17', 'now'], "there is nothing to do with 'now'."],
    [['check', '--port', 'x'], "--port is to be a whole number from 0 to 65535, and 'x' is not."],
  ])('that cannot be are refused in a sentence: %j', async (args, complaint) => {
    const { code, complaints } = await new TestTerminal().run(...args);
    expect(complaints).toContain(`kedge-journal: ${complaint}`);
    expect(code).toBe(2);
  });

  it('add projects and keys, list them, change and end them', async () => {
    const terminal = new TestTerminal();
    terminal.env['PUBLIC_URL'] = 'https://errors.example.org/journal';
    const added = await terminal.run('project', 'add', 'shop');
    expect(added.out).toMatch(/^2 {2}https:\/\/[\da-f]{32}@errors\.example\.org\/journal\/2\n$/);
    const key = await terminal.run('key', 'add', '2', 'web');
    const [, made] = /\/\/([\da-f]{32})@/.exec(key.out)!;
    await terminal.run(
      'project',
      'set',
      '2',
      '--rate',
      '5',
      '--origins',
      'https://shop.example/a,https://b.example',
    );
    expect((await terminal.run('project')).out).toContain(
      '2  shop  5 a second, 1000 at once, 100 of a group an hour  https://shop.example  https://b.example\n',
    );
    expect((await terminal.run('key', 'end', made!)).code).toBe(0);
    expect((await terminal.run('key', 'list')).out).toContain(`2  ${made} (ended)  web\n`);
  });

  it('add accounts with a link to sign in, list and remove them', async () => {
    const terminal = new TestTerminal();
    expect((await terminal.run('user', 'add', 'ann', '--role', 'viewer')).out).toMatch(
      /\/sign-in\?token=[\w-]{43} \(once, within 15 minutes\)\n$/,
    );
    expect((await terminal.run('user')).out).toBe('admin  administrator\nann  viewer\n');
    expect((await terminal.run('user', 'link', 'ann')).out).toContain('/sign-in?token=');
    await terminal.run('user', 'remove', 'ann');
    expect((await terminal.run('user')).out).toBe('admin  administrator\n');
  });

  it('check settings, disk and database', async () => {
    const terminal = new TestTerminal();
    expect((await terminal.run('check')).out).toMatch(
      /settings {2}ok\ndisk .*\ndatabase {2}none yet/,
    );
    await terminal.run('project');
    await fill(terminal);
    expect((await terminal.run('check')).out).toContain('database  ok, 2 groups, about 2 records');
    writeFileSync(terminal.env['DATABASE_URL']!, 'no database, but a text'.repeat(100));
    expect(await terminal.run('check')).toMatchObject({
      code: 1,
      out: expect.not.stringContaining('database') as string,
    });
  });

  it('export all records, or those of one user', async () => {
    const terminal = new TestTerminal();
    await terminal.run('project');
    await fill(terminal);
    expect((await terminal.run('export')).out.trim().split('\n')).toHaveLength(2);
    const own = (await terminal.run('export', '--user', 'u-17')).out;
    expect(JSON.parse(own)).toMatchObject({ message: 'Error: a' });
  });

  it('erase a user, for good: also from a copy that is restored', async () => {
    const terminal = new TestTerminal();
    await terminal.run('project');
    await fill(terminal);
    const copy = join(terminal.folder, 'copy.db');
    expect((await terminal.run('backup', copy)).code).toBe(0);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect((await terminal.run('erase', 'u-17')).out).toBe('1 records were erased.\n');
    await terminal.run('project', 'add', 'later');
    const restored = await terminal.run('restore', copy);
    expect(restored.complaints).toBe('');
    expect((await terminal.run('project')).out).not.toContain('later');
    expect((await terminal.run('export')).out.trim().split('\n')).toHaveLength(1);
    expect(existsSync(`${terminal.env['DATABASE_URL']}.before-restore`)).toBe(true);
  });

  it('never overwrite a copy, nor restore over a journal that runs', async () => {
    const terminal = new TestTerminal();
    await terminal.run('project');
    const copy = join(terminal.folder, 'copy.db');
    await terminal.run('backup', copy);
    expect((await terminal.run('backup', copy)).complaints).toContain('is there already.');
    const running = await openStore(terminal.env['DATABASE_URL']!);
    const refused = await terminal.run('restore', copy);
    await running.close();
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.complaints).toContain('A journal has the database open: stop it first.');
    expect(readFileSync(terminal.env['DATABASE_URL']!).length).toBeGreaterThan(0);
  });
});
