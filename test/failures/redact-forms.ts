// Forms in which names and values stand together, in text and in objects.

/** Names that docs/redaction.md promises, as people write them. */
export const names: readonly string[] = [
  ...[
    'authorization',
    'auth',
    'cookie',
    'jwt',
    'token',
    'bearer',
    'session',
    'sid',
    'csrf',
    'xsrf',
    'credential',
  ],
  ...[
    'card',
    'iban',
    'signature',
    'sig',
    'dsn',
    'nonce',
    'password',
    'passwd',
    'pwd',
    'pass',
    'passphrase',
    'passcode',
  ],
  ...[
    'pin',
    'otp',
    'totp',
    'cvv',
    'cvc',
    'ssn',
    'secret',
    'apiKey',
    'private_key',
    'access-key',
    'SECRET_KEY',
  ],
  ...[
    'signingKey',
    'encryption_key',
    'masterKey',
    'shared-key',
    'authKey',
    'license_key',
    'connectionString',
  ],
  ...[
    'creditCard',
    'card_number',
    'accountNumber',
    'socialSecurity',
    'security_code',
    'recoveryCode',
  ],
  ...[
    'DB_PASSWORD',
    'user.accessToken',
    'x-api-key',
    'X-Auth-Token',
    'clientSecret',
    'refresh_token',
    'set-cookie',
  ],
  // Which one of several it is.
  ...[
    'DB_PASSWORD_PROD',
    'passwordConfirmation',
    'password_again',
    'API_KEY_V2',
    'TOKEN_EU',
    'otpCode',
    'accessTokenGoogle',
    'STRIPE_SECRET_KEY_TEST',
    'PASSWORD_FOR_BILLING',
    'passwordDigest',
    'secretAnswer',
  ],
  ...[
    'apiKeys',
    'privateKeys',
    'backup_codes',
    'signatures',
    'pswd',
    'code_verifier',
    'clientAssertion',
    'SAMLResponse',
  ],
];

/** What has to do with a secret, and is none. */
export const beside: readonly string[] = [
  ...['passwordReset', 'SecretManager', 'password_policy', 'apiKeyProvider', 'tokenBucket'],
  ...['PasswordHasher', 'secretStore', 'password_field', 'pinHint', 'otpAttempts'],
];

/** The same in other languages. */
export const foreign: readonly string[] = [
  ...[
    'passwort',
    'benutzerpasswort',
    'kennwort',
    'kreditkartennummer',
    'motDePasse',
    'mot_de_passe',
    'contraseña',
  ],
  ...[
    'contrasena',
    'senha',
    'wachtwoord',
    'hasło',
    'пароль',
    'şifre',
    'lösenord',
    'adgangskode',
    'salasana',
    'heslo',
  ],
  ...[
    'κωδικός',
    'סיסמה',
    'รหัสผ่าน',
    '密码',
    '密碼',
    '用户密码',
    'パスワード',
    '비밀번호',
    'jelszó',
    'mật_khẩu',
  ],
];

export type Form = (name: string, value: string) => unknown;

const json = JSON.stringify;
const url = encodeURIComponent;
const esc = '\u001b';

/** Running text. `value` has no white space. */
export const texts: Readonly<Record<string, Form>> = {
  'name=value': (name, value) => `login failed: ${name}=${value}`,
  'name = value': (name, value) => `given ${name} = ${value}`,
  'tabs before =': (name, value) => `${name}\t=\t${value}`,
  'name: value': (name, value) => `${name}: ${value}`,
  'name:value': (name, value) => `{${name}:${value} Name:ann}`,
  'name => value': (name, value) => `[${name}] => ${value}`,
  'double quotes': (name, value) => `${name}="${value}" was refused`,
  'single quotes': (name, value) => `${name}='${value}' was refused`,
  JSON: (name, value) => `body: ${json({ user: 'ann', [name]: value, page: 2 })}`,
  'pretty JSON': (name, value) => json({ user: 'ann', [name]: value, page: 2 }, undefined, 2),
  'JSON in JSON': (name, value) => json(json({ [name]: value })),
  'JSON in JSON in JSON': (name, value) => json(json(json({ [name]: value }))),
  'JSON that is cut off': (name, value) => `{"user":"ann","${name}":"${value}`,
  inspect: (name, value) => `{ user: 'ann', '${name}': '${value}' }`,
  'inspect of a Map': (name, value) => `Map(1) { '${name}' => '${value}' }`,
  'colours of inspect': (name, value) =>
    `${esc}[32m${name}${esc}[39m: ${esc}[33m'${value}'${esc}[39m`,
  'a query': (name, value) => `GET /login?page=2&${name}=${value}&x=1 failed`,
  'a query with brackets': (name, value) => `GET /login?user[${name}]=${value}`,
  'an encoded query': (name, value) => `GET /login?user%5B${url(name)}%5D=${url(value)}`,
  'a query in a query': (name, value) => `GET /?next=${url(`/login?a=1&${name}=${value}&b`)}`,
  'encoded JSON': (name, value) => `GET /?q=${url(json({ [name]: value }))}`,
  'a form': (name, value) => `name=ann&${url(name)}=${url(value)}&submit=1`,
  'an XML element': (name, value) => `<user><${name}>${value}</${name}></user>`,
  'an XML element with attributes': (name, value) =>
    `<w:${name} w:type="text">${value}</w:${name}>`,
  CDATA: (name, value) => `<${name}><![CDATA[${value}]]></${name}>`,
  'an XML attribute': (name, value) => `<connection user="ann" ${name}="${value}"/>`,
  'a named element': (name, value) => `<param name="${name}">${value}</param>`,
  'a key and a value as attributes': (name, value) => `<add key="${name}" value="${value}" />`,
  'escaped XML': (name, value) => `&lt;${name}&gt;${value}&lt;/${name}&gt;`,
  YAML: (name, value) => `user: ann\n${name}: ${value}\npage: 2`,
  'YAML on the next line': (name, value) => `user: ann\n${name}:\n  ${value}\n`,
  'a block of YAML': (name, value) => `user: ann\n${name}: |-\n  ${value}\nx: 1`,
  'an environment of Kubernetes': (name, value) => `env:\n  - name: ${name}\n    value: ${value}\n`,
  TOML: (name, value) => `[db]\nuser = "ann"\n${name} = "${value}"\n`,
  'a file of settings': (name, value) => `[db]\nuser=ann\n${name}=${value}\n`,
  'an environment': (name, value) =>
    `PATH=/bin ${name.toUpperCase().replaceAll(/[^\p{L}\d]/gu, '_')}=${value} HOME=/`,
  'a part of a form': (name, value) =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--x--`,
  HAR: (name, value) =>
    json({
      headers: [
        { name: 'Host', value: 'a' },
        { name, value },
      ],
    }),
  'property and value': (name, value) => json([{ property: name, value, target: 'x' }]),
  'value before name': (name, value) => json([{ value, name }]),
  'path and input': (name, value) =>
    json([{ code: 'too_small', path: ['body', name], input: value }]),
  entries: (name, value) =>
    json([
      ['user', 'ann'],
      [name, value],
    ]),
  header: (name, value) => `POST / HTTP/1.1\r\nHost: a.example\r\n${name}: ${value}\r\nAccept: */*`,
  SQL: (name, value) => `update users set name = 'ann', "${name}" = '${value}' where id = 7`,
  'SQL insert': (name, value) =>
    `insert into "users" ("name", "${name}", "age") values ('ann', '${value}', 7)`,
  'a row': (name, value) => `Key (tenant, ${name})=(acme, ${value}) already exists.`,
  '--name value': (name, value) =>
    `Command failed: deploy --user ann --${flag(name)} ${value} shop`,
  '--name=value': (name, value) => `Command failed: deploy --${flag(name)}=${value} shop`,
  '-Name value': (name, value) => `Command failed: Connect -User ann -${flag(name)} ${value}`,
  'a connection string': (name, value) => `Server=db;User Id=sa;${name}=${value};Encrypt=true`,
  'a connection string with blanks': (name, value) => `Server=db;${name}=a b ${value};x=1`,
  libpq: (name, value) => `host=db ${name}=${value} user=ann dbname=shop`,
  logfmt: (name, value) => `level=warn msg="login failed" ${name}=${value} user=ann`,
  'PHP array': (name, value) => `array ( '${name}' => '${value}', )`,
  'Ruby hash': (name, value) => `{"user"=>"ann", "${name}"=>"${value}"}`,
  'Python keyword': (name, value) => `User(name='ann', ${ident(name)}='${value}')`,
  'Java toString': (name, value) => `User(name=ann, ${ident(name)}=${value}, age=7)`,
  'a value behind a sentence': (name, value) =>
    `could not log in, ${name} was: ${value}`.replace(' was', ''),
};

function flag(name: string): string {
  return name.replaceAll(/[._]/g, '-');
}

function ident(name: string): string {
  return name.replaceAll(/[.-]/g, '_');
}

/** Values of any form. */
export const values: Readonly<Record<string, Form>> = {
  member: (name, value) => ({ [name]: value }),
  'a nested member': (name, value) => ({ a: [{ b: { [name]: value } }] }),
  'a list under a name': (name, value) => ({ [name]: [value] }),
  'an object under a name': (name, value) => ({ [name]: { a: value } }),
  'a Map': (name, value) => new Map([[name, value]]),
  'a Set': (name, value) => new Set([{ [name]: value }]),
  'name and value': (name, value) => [{ name, value }],
  'key and value': (name, value) => [{ key: name, value }],
  'Name and Value': (name, value) => ({ Name: name, Value: value }),
  'property and value': (name, value) => ({ property: name, value, constraints: {} }),
  'path and value': (name, value) => ({ type: 'field', path: name, value, location: 'body' }),
  'field and value': (name, value) => ({ field: name, value }),
  'param and value': (name, value) => ({ param: name, value, msg: 'too short' }),
  'path and input': (name, value) => ({ code: 'too_small', path: ['body', name], input: value }),
  'a pointer and data': (name, value) => ({ instancePath: `/${name}`, data: value }),
  'header and value': (name, value) => ({ header: name, values: [value] }),
  entries: (name, value) => [
    ['user', 'ann'],
    [name, value],
  ],
  arguments: (name, value) => ['deploy', `--${flag(name)}`, value],
  'an error': (name, value) => Object.assign(new Error('x'), { [name]: value }),
  'a cause': (name, value) => new Error('x', { cause: { [name]: value } }),
  'JSON in a member': (name, value) => ({ body: json({ [name]: value }) }),
  'a boxed text': (name, value) => ({ note: new String(`${name}=${value}`) }),
  parameters: (name, value) => new URLSearchParams({ page: '2', [name]: value }),
  'an address': (name, value) => new URL(`https://a.example/?${url(name)}=${url(value)}`),
  'the rest of the record': (name, value) => ({
    [name]: value,
    note: `tried ${value} twice`,
    list: [`x/${value}/y`],
  }),
};
