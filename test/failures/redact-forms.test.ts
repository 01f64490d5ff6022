// What docs/redaction.md promises, counted: names in every form, keys of services, rows, and what is ordinary.
import { describeFailure, redact } from 'kedge/failures';
import { describe, expect, it } from 'vitest';
import { builtIn } from '../../src/failures/redact/options.ts';
import { spansIn } from '../../src/failures/redact/text.ts';
import { fc, patience, runs } from '../support/property.ts';
import { ordinaryMessages } from './ordinary-messages.ts';
import { beside, type Form, foreign, names, texts, values } from './redact-forms.ts';
import { rows } from './redact-rows.ts';
import { serviceKeys } from './service-keys.ts';

const secrets = ['Zx9qKv3mTr7wLp2n', 'hunter2', 'k8s-Pr0d!x', '!Pa$$w0rd9'];

function leaks(forms: Readonly<Record<string, Form>>, all: readonly string[]): [string[], number] {
  const out: string[] = [];
  let count = 0;
  for (const [form, make] of Object.entries(forms)) {
    for (const name of all) {
      for (const secret of secrets) {
        count++;
        if (JSON.stringify(redact(make(name, secret))).includes(secret))
          out.push(`${name}, ${form}`);
      }
    }
  }
  return [out, count];
}

/** Markup has no names with a dot in front. */
const words = names.filter((name) => !name.includes('.'));

describe('of what the page promises', { timeout: patience }, () => {
  it.each([
    ['names in text', texts, words],
    ['names in other languages in text', texts, foreign],
    ['names in objects and lists', values, names],
    ['names in other languages in objects and lists', values, foreign],
  ] as const)('more than 99 of 100 are hidden: %s', (_, forms, all) => {
    const [out, count] = leaks(forms, all);
    expect(Object.keys(forms).length).toBeGreaterThanOrEqual(25);
    // The few that are left: a word alone behind a name that is common in prose.
    expect(out.length / count < 0.01 ? [] : out).toEqual([]);
  });

  it.each(beside)('%s is no secret, and what is said of it stays', (name) => {
    for (const text of [`${name}: started`, `${name}=started`, `${name}: 12 of 30`])
      expect(redact(text)).toBe(text);
  });

  it.each([
    { session: { resave: false, saveUninitialized: true } },
    { auth: 'disabled' },
    { auth: { enabled: true, provider: 'oidc' } },
    { cookie: { secure: true, maxAge: 3_600 }, cookieMaxAge: 3_600 },
    { password: { required: true, minLength: 8 } },
    { secretKeyRef: 'db-creds', secretArn: 'arn:aws:secretsmanager:eu:1:secret:db' },
  ])('settings about a secret stay: %j', (settings) => {
    expect(redact(settings)).toEqual(settings);
  });

  it.each([
    { session: { id: 'abc123', resave: false } },
    { auth: { user: 'ann', enabled: true } },
    { password: { value: 1_234 } },
    { token: { type: 'bearer', value: 'Zx9qKv3mTr7wLp2n' } },
    { session: {}, auth: 'swordfish' },
    { credential: ['a', 'b'] },
  ])('settings with more than that do not: %j', (settings) => {
    expect(JSON.stringify(redact(settings))).toContain('[redacted]');
    expect(JSON.stringify(redact(settings))).not.toMatch(/abc123|1234|Zx9q|swordfish|"a"/);
  });

  it.each([
    ['crypt', '$6$saltsalt$', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b9f86d081884c7d659a2feaa0'],
    ['Apache', '$apr1$abcdefgh$', '9f86d081884c7d659a2fea'],
    ['bcrypt', '$2b$10$', 'N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
    ['Argon2', '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$', 'RdescudvJCsgt3ub4dWRWJTmaQDsdR'],
  ])('a hash of a password is hidden: %s', (_kind, head, tail) => {
    expect(redact(`row 7: ann ${head}${tail} end`)).toBe('row 7: ann [redacted hash] end');
  });

  it.each(['from $1$2 to $5', 'costs $5$ and $6$', '$2b$10$short'])('%s has no hash', (text) => {
    expect(redact(text)).toBe(text);
  });

  it.each(['pwd=/srv/app', 'pwd: /home/ann/app', 'sig=SIGKILL', 'token: [object Object]'])(
    '%s says nothing secret',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );

  it('all keys of sixty services and more are hidden, wherever they stand', () => {
    const services = new Set(serviceKeys.map(([service]) => service.split(' ')[0]));
    expect(services.size).toBeGreaterThanOrEqual(60);
    const out = serviceKeys.filter(([, ...parts]) => {
      const key = parts.join('');
      return [
        `given ${key} end`,
        `"${key}"`,
        `(${key})`,
        `x=${key}`,
        `a,${key},b`,
        `<${key}>`,
      ].some((text) => redact(text).includes(key.slice(-12)));
    });
    expect(out).toEqual([]);
  });

  it('no value of a row comes out of a description, as message, cause or thrown text', () => {
    const [secret] = secrets as [string];
    const out = Object.entries(rows).filter(([, make]) => {
      const said = make(secret);
      return [new Error(said), new Error('x', { cause: new Error(said) }), said].some((thrown) =>
        JSON.stringify(describeFailure(thrown)).includes(secret),
      );
    });
    expect(out.map(([name]) => name)).toEqual([]);
  });
});

describe('false alarms', () => {
  it('are fewer than three in a hundred of ordinary messages', () => {
    expect(ordinaryMessages.length).toBeGreaterThanOrEqual(300);
    const changed = ordinaryMessages.filter((message) => redact(message) !== message);
    expect(changed).toEqual([]);
  });
});

describe('members that are only about a secret', () => {
  it.each(['authUrl', 'tokenEndpoint', 'tokenUri', 'authDomain', 'passwordPage'])('%s', (name) => {
    const given = { [name]: 'https://login.example/path' };
    expect(redact(given)).toEqual(given);
  });
});

describe('work', { timeout: patience }, () => {
  const fragments = [
    ...[
      'password',
      'token',
      'name',
      'value',
      'key',
      'path',
      'input',
      'authorization',
      'cookie',
      'secret',
    ],
    ...[
      '=',
      ':',
      ': ',
      '= ',
      '=>',
      '"',
      "'",
      '`',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ',',
      ';',
      '&',
      '|',
      '<',
      '>',
      '/',
    ],
    ...[
      '<password>',
      '</',
      'name="password"',
      '\r\n\r\n',
      '\n',
      '--',
      '--password ',
      '-p',
      'curl -u ',
      'mysql ',
    ],
    ...[
      'insert into a(password) values (',
      'select ',
      ' from ',
      'params: ',
      'AUTH ',
      'IDENTIFIED BY ',
    ],
    ...[
      'eyJ',
      'a@',
      '@b.de',
      'http://',
      '-----BEGIN ',
      '4111 ',
      '4111-',
      '411111111111',
      'DE89 ',
      'Bearer ',
    ],
    ...[
      '%5B',
      '%25',
      '\\"',
      '\\u0022',
      '&quot;',
      '\u001b[1m',
      'Key (',
      'dup key: {',
      'Path `a` (',
      'matching: {',
    ],
    ...[
      "Duplicate entry '",
      'invocation:\n',
      'ghp_',
      'A1b2C3d4E5f6G7h8',
      ' ',
      'x',
      '漢',
      'ä',
      '9',
      'with value "',
    ],
    ...[
      ' for a ',
      'password of ',
      '-> ',
      '→',
      'Secret(',
      '<<"',
      '["password"]=>\n string(3) ',
      '{password,',
      ':password ',
      '"columns":["token"],',
      '"rows":[[',
      'a,token\n',
      '|password|',
      '\nb,c',
    ],
    ...[
      'arn:',
      '&code=',
      'snmpget -v2c ',
      'AUTH LOGIN ',
      '334 UGFzc3dvcmQ6 ',
      'USER a\nPASS ',
      'A1 LOGIN ',
      'WIFI:',
      'P:',
      'config:set ',
      '00D',
      'v4.local.',
      '<>',
      'acme_',
    ],
  ];
  const part = fc.array(fc.constantFrom(...fragments), { minLength: 1, maxLength: 4 });

  // If any search went to the end from each of these, one of them would take minutes.
  it('grows with the length of a text alone, whatever it is made of', () => {
    fc.assert(
      fc.property(part, (pieces) => {
        const one = pieces.join('');
        const text = one.repeat(Math.ceil(60_000 / one.length));
        const spans = spansIn(text, { redaction: builtIn, rows: true });
        expect(spans.length).toBeLessThan(text.length * 8);
      }),
      runs(60),
    );
  });

  it.each([
    '<password>',
    '<a b="',
    '<password>x</',
    'form-data; name="password"\r\n\r\n',
    'a in ',
    '/reset/a',
    'echo a|',
  ])('of two megabytes of «%s» is done once, where limits let them through', (piece) => {
    const length = 2_000_000;
    const text = piece.repeat(Math.ceil(length / piece.length));
    const limits = { text: length, bytes: length * 8, time: 60_000 };
    expect(redact(text, { limits }).length).toBeLessThan(length * 8);
  });
});
