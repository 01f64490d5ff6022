/** Settings by environment and flags: the flag wins, and every mistake is told at once, by name. */
import { parseArgs } from 'node:util';
import * as values from './settings/values.ts';
import type { Value } from './settings/values.ts';

export interface Settings {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  /** Where people and clients reach it, without a slash at the end; it may have a path. */
  readonly publicUrl: string | undefined;
  /** The path of the database. */
  readonly database: string;
  readonly secret: string | undefined;
  readonly retentionDays: number;
  /** In bytes. */
  readonly maxSize: number;
  /** Without it there is no mail. */
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string | undefined;
  readonly mailPerHour: number;
  /** Hosts that webhooks may lead to though they are not public. */
  readonly allowedTargets: readonly string[] | undefined;
  /** The header in which a proxy says who somebody is, and the proxies that may. */
  readonly userHeader: string | undefined;
  readonly trustedProxies: readonly string[] | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}

interface Setting<T> {
  readonly env: string;
  readonly says: string;
  readonly value: Value<T>;
  readonly default?: string;
}

type Table = { readonly [Name in keyof Settings]: Setting<NonNullable<Settings[Name]>> };

const table: Table = {
  port: { env: 'PORT', says: 'port to listen on', value: values.port, default: '9465' },
  host: { env: 'HOST', says: 'address to listen on', value: values.host, default: '127.0.0.1' },
  publicUrl: { env: 'PUBLIC_URL', says: 'address that others reach it by', value: values.url },
  database: {
    env: 'DATABASE_URL',
    says: 'path of the database',
    value: values.databaseFile,
    default: './kedge-journal.db',
  },
  secret: { env: 'KEDGE_JOURNAL_SECRET', says: 'key of sessions and hashes', value: values.secret },
  retentionDays: {
    env: 'RETENTION_DAYS',
    says: 'days that records are kept',
    value: values.days,
    default: '90',
  },
  maxSize: { env: 'MAX_SIZE', says: 'size of the database', value: values.bytes, default: '10 GB' },
  smtpUrl: { env: 'SMTP_URL', says: 'server that sends mail', value: values.smtpUrl },
  mailFrom: { env: 'MAIL_FROM', says: 'address that mail comes from', value: values.mailAddress },
  mailPerHour: {
    env: 'MAIL_PER_HOUR',
    says: 'mails an hour to one address',
    value: values.messages,
    default: '60',
  },
  allowedTargets: {
    env: 'ALLOWED_TARGETS',
    says: 'hosts that webhooks may reach though they are not public',
    value: values.hosts,
  },
  userHeader: {
    env: 'USER_HEADER',
    says: 'header in which a proxy says who it is',
    value: values.headerName,
  },
  trustedProxies: {
    env: 'TRUSTED_PROXIES',
    says: 'addresses of proxies that may say it',
    value: values.networks,
  },
  tlsCert: { env: 'TLS_CERT', says: 'certificate, for HTTPS', value: values.file },
  tlsKey: { env: 'TLS_KEY', says: 'private key of the certificate', value: values.file },
};

const names = Object.keys(table) as (keyof Settings)[];

/** Settings that cannot be. Names each of them, what was given and what is expected. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'KEDGE_JOURNAL_SETTINGS';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** `--public-url` for `publicUrl`. */
const flagOf = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (big) => `-${big.toLowerCase()}`);

/**
 * Reads all settings, or throws a `SettingsError` with every mistake in them. Returns the words between the flags too.
 *
 * `own` are further flags, those of one command.
 */
export function readSettings<const Own extends Flags>(
  args: readonly string[],
  env: Environment,
  own: Own,
): { settings: Settings; words: string[]; flags: FlagValues<Own> } {
  const mistakes: string[] = [];
  const { values, positionals } = split(args, own, mistakes);
  const read: Partial<Record<keyof Settings, unknown>> = {};
  for (const name of names) {
    const { env: variable, value, default: fallback } = table[name];
    const flag = flagOf(name);
    const [from, given] =
      values[flag] === undefined
        ? [variable, env[variable] || fallback]
        : [`--${flag}`, values[flag]];
    if (given === undefined) continue;
    const found = value.read(String(given));
    if (found === undefined) {
      const shown = value.isSecret ? 'the one given' : `'${given}'`;
      mistakes.push(`${from} is to be ${value.expected}, and ${shown} is not.`);
    } else read[name] = found;
  }
  mistakes.push(...unknownVariables(env), ...together(read as Settings));
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  const flags = Object.fromEntries(Object.keys(own).map((flag) => [flag, values[flag]]));
  return { settings: read as Settings, words: positionals, flags: flags as FlagValues<Own> };
}

export type Flags = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>;
type FlagValues<F extends Flags> = {
  readonly [Name in keyof F]?: F[Name]['type'] extends 'boolean' ? boolean : string;
};

function split(
  args: readonly string[],
  own: Flags,
  mistakes: string[],
): { values: Record<string, string | true>; positionals: string[] } {
  const flags = Object.fromEntries(
    names.map((name) => [flagOf(name), { type: 'string' as const }]),
  );
  const options = { ...flags, ...own };
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values: Record<string, string | true> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const known = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (known === undefined) mistakes.push(`There is no flag ${token.rawName}.`);
    else if (known.type === 'boolean') values[token.name] = true;
    else if (token.value === undefined) mistakes.push(`${token.rawName} has no value.`);
    else values[token.name] = token.value;
  }
  return { values, positionals };
}

/** A misspelt variable would go unnoticed for ever. */
function unknownVariables(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('KEDGE_JOURNAL_') && name !== table.secret.env)
    .map((name) => `There is no setting ${name}.`);
}

/** What one setting asks of another. */
function together(settings: Settings): string[] {
  const { host, secret, tlsCert, tlsKey, userHeader, trustedProxies, smtpUrl, mailFrom } = settings;
  const mistakes: string[] = [];
  if ((userHeader === undefined) !== (trustedProxies === undefined)) {
    mistakes.push('USER_HEADER and TRUSTED_PROXIES are only of use together.');
  }
  if (smtpUrl !== undefined && mailFrom === undefined) {
    mistakes.push('SMTP_URL needs MAIL_FROM, the address that mail comes from.');
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    mistakes.push('TLS_CERT and TLS_KEY are only of use together.');
  }
  const isLoopback = /^(?:127\.|localhost$|::1$|\[::1\]$)/.test(host ?? '127.0.0.1');
  if (!isLoopback && secret === undefined) {
    mistakes.push('KEDGE_JOURNAL_SECRET is needed where HOST is not this machine alone.');
  }
  return mistakes;
}

/** The settings, a line each, for `--help`. */
export const settingsHelp: string = names
  .map((name) => {
    const { env, says, default: fallback } = table[name];
    const left = `  --${flagOf(name)}`.padEnd(21) + env.padEnd(22);
    return `${left} ${says}${fallback === undefined ? '' : ` (${fallback})`}`;
  })
  .join('\n');
