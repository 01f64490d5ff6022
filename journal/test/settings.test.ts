import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Environment, readSettings, SettingsError } from '../src/settings.ts';

const read = (args: string[] = [], env: Environment = {}) => readSettings(args, env, {}).settings;

function mistakes(args: string[], env: Environment = {}): readonly string[] {
  try {
    readSettings(args, env, {});
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('need not be given: a journal listens on this machine alone and keeps ninety days', () => {
    expect(read()).toMatchObject({
      port: 9465,
      host: '127.0.0.1',
      retentionDays: 90,
      maxSize: 10e9,
      database: join(process.cwd(), 'kedge-journal.db'),
    });
  });

  it('come from the environment, and a flag wins over it', () => {
    expect(read([], { PORT: '80' }).port).toBe(80);
    expect(read(['--port', '81'], { PORT: '80' }).port).toBe(81);
    expect(read(['--port=0'], { PORT: 'no port' }).port).toBe(0);
  });

  it('take an empty variable for none', () => {
    expect(read([], { PORT: '', PUBLIC_URL: '' })).toMatchObject({ port: 9465 });
  });

  it('read sizes with their unit, and addresses with their path', () => {
    expect(read(['--max-size', '1.5 GB']).maxSize).toBe(1.5e9);
    expect(read(['--public-url', 'https://example.org/errors/']).publicUrl).toBe(
      'https://example.org/errors',
    );
  });

  it('are refused by name, all mistakes at once', () => {
    expect(
      mistakes(['--port', '70000', '--colour', 'red', '--max-size'], {
        RETENTION_DAYS: 'ninety',
        KEDGE_JOURNAL_SECRTE: 'x',
      }),
    ).toEqual([
      'There is no flag --colour.',
      '--max-size has no value.',
      "--port is to be a whole number from 0 to 65535, and '70000' is not.",
      "RETENTION_DAYS is to be a whole number of days from 1 to 36500, and 'ninety' is not.",
      'There is no setting KEDGE_JOURNAL_SECRTE.',
    ]);
  });

  it.each([
    ['DATABASE_URL', 'postgres://db.example/journal'],
    ['DATABASE_URL', '/no/such/folder/journal.db'],
    ['DATABASE_URL', tmpdir()],
    ['PUBLIC_URL', 'errors.example.org'],
    ['PUBLIC_URL', 'https://ann@example.org'],
    ['MAX_SIZE', '10'],
    ['MAX_SIZE', '1 MB'],
    ['HOST', 'a b'],
    ['TLS_CERT', '/no/such/file'],
    ['MAIL_FROM', 'Team <team@example.org>'],
    ['MAIL_PER_HOUR', '3'],
    ['ALLOWED_TARGETS', 'http://chat.internal'],
    ['USER_HEADER', 'x user'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', 'proxy.internal'],
  ])('refuse %s=%s', (name, value) => {
    expect(mistakes([], { [name]: value })[0]).toMatch(
      new RegExp(`^${name} is to be .*, and '.*' is not\\.$`),
    );
  });

  it('never show a secret that is refused', () => {
    expect(mistakes([], { KEDGE_JOURNAL_SECRET: 'hunter2' })).toEqual([
      'KEDGE_JOURNAL_SECRET is to be at least 16 characters, and the one given is not.',
    ]);
  });

  it('ask for a secret where others can reach the journal', () => {
    expect(mistakes(['--host', '0.0.0.0'])).toEqual([
      'KEDGE_JOURNAL_SECRET is needed where HOST is not this machine alone.',
    ]);
    expect(mistakes(['--host', '0.0.0.0'], { KEDGE_JOURNAL_SECRET: 'x'.repeat(16) })).toEqual([]);
    expect(mistakes(['--host', '::1'])).toEqual([]);
  });

  it('ask for certificate and key together', () => {
    const cert = join(mkdtempSync(join(tmpdir(), 'journal-')), 'cert.pem');
    writeFileSync(cert, '');
    expect(mistakes([], { TLS_CERT: cert })).toEqual([
      'TLS_CERT and TLS_KEY are only of use together.',
    ]);
  });

  it('ask for the address that mail comes from, and never show the password of its server', () => {
    const url = 'smtps://journal:hunter2@mail.example.org';
    expect(mistakes([], { SMTP_URL: url })).toEqual([
      'SMTP_URL needs MAIL_FROM, the address that mail comes from.',
    ]);
    expect(mistakes([], { SMTP_URL: url, MAIL_FROM: 'journal@example.org' })).toEqual([]);
    expect(mistakes([], { SMTP_URL: `${url}/path`, MAIL_FROM: 'j@example.org' })).toEqual([
      "SMTP_URL is to be an address such as 'smtps://user:password@mail.example.org:465', and the one given is not.",
    ]);
  });

  it('ask for the header of users and the proxies together', () => {
    for (const one of [{ USER_HEADER: 'x-user' }, { TRUSTED_PROXIES: '::1' }]) {
      expect(mistakes([], one)).toEqual([
        'USER_HEADER and TRUSTED_PROXIES are only of use together.',
      ]);
    }
  });

  it('leave the words between the flags to the command', () => {
    const { words, flags } = readSettings(
      ['a', '--port', '1', '--yes', 'b'],
      {},
      {
        yes: { type: 'boolean' },
      },
    );
    expect(words).toEqual(['a', 'b']);
    expect(flags).toEqual({ yes: true });
  });
});
