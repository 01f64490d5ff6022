/** How each kind of setting is read from a text. */
import { accessSync, constants, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, resolve } from 'node:path';

export interface Value<T> {
  /** Ends the sentence "PORT is to be …". */
  readonly expected: string;
  /** Nothing where the text says no such value. */
  read(text: string): T | undefined;
  /** The text is not shown where it is refused. */
  readonly isSecret?: boolean;
}

const whole = (text: string, from: number, to: number): number | undefined => {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  return number >= from && number <= to ? number : undefined;
};

export const port: Value<number> = {
  expected: 'a whole number from 0 to 65535',
  read: (text) => whole(text, 0, 65_535),
};

export const days: Value<number> = {
  expected: 'a whole number of days from 1 to 36500',
  read: (text) => whole(text, 1, 36_500),
};

const units: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };
const SMALLEST = 50e6;

export const bytes: Value<number> = {
  expected: "a size of at least 50 MB, such as '500 MB', '10 GB' or '1 TB'",
  read: (text) => {
    const [, number = '', unit = ''] =
      /^(\d{1,6}(?:\.\d{1,3})?) ?([MGT]B)$/i.exec(text.trim()) ?? [];
    const size = Number(number) * (units[unit.toUpperCase()] ?? NaN);
    return size >= SMALLEST ? size : undefined;
  },
};

export const host: Value<string> = {
  expected: 'an address or a name of this machine',
  read: (text) => (/^[\w.:[\]-]{1,255}$/.test(text) ? text.replace(/^\[(.*)\]$/, '$1') : undefined),
};

export const url: Value<string> = {
  expected: "an address such as 'https://errors.example.org' or 'https://example.org/errors'",
  read: (text) => {
    const parsed = URL.parse(text);
    const isPlain =
      parsed !== null &&
      /^https?:$/.test(parsed.protocol) &&
      `${parsed.username}${parsed.password}${parsed.search}${parsed.hash}` === '';
    return isPlain ? parsed.href.replace(/\/+$/, '') : undefined;
  },
};

export const secret: Value<string> = {
  expected: 'at least 16 characters',
  read: (text) => (text.length >= 16 ? text : undefined),
  isSecret: true,
};

export const file: Value<string> = {
  expected: 'a file that can be read',
  read: (text) => {
    try {
      accessSync(text, constants.R_OK);
      return statSync(text).isFile() ? resolve(text) : undefined;
    } catch {
      return undefined;
    }
  },
};

export const databaseFile: Value<string> = {
  expected: 'the path of a file in a folder that is there',
  read: (text) => {
    const path = text.replace(/^sqlite:(?:\/\/)?/, '');
    if (path === '' || /^[a-z]+:\/\//i.test(path)) return undefined;
    const full = resolve(path);
    const isFolder = statSync(full, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const hasFolder = statSync(dirname(full), { throwIfNoEntry: false })?.isDirectory() ?? false;
    return hasFolder && !isFolder ? full : undefined;
  },
};

export const smtpUrl: Value<string> = {
  expected: "an address such as 'smtps://user:password@mail.example.org:465'",
  read: (text) => {
    const parsed = URL.parse(text);
    const isPlain =
      parsed !== null &&
      /^smtps?:$/.test(parsed.protocol) &&
      parsed.hostname !== '' &&
      `${parsed.pathname.replace(/^\/$/, '')}${parsed.search}${parsed.hash}` === '';
    return isPlain ? text : undefined;
  },
  isSecret: true,
};

/** One address and nothing else: no name, no list. */
export const isMailAddress = (text: string): boolean =>
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?=.{1,253}$)[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*$/i.test(
    text,
  );

export const mailAddress: Value<string> = {
  expected: "an address such as 'journal@example.org'",
  read: (text) => (isMailAddress(text) ? text : undefined),
};

export const messages: Value<number> = {
  expected: 'a whole number of messages from 7 to 10000',
  read: (text) => whole(text, 7, 10_000),
};

/** Texts between commas; nothing where one of them is wrong, or there is none. */
function listOf(text: string, isRight: (one: string) => boolean): readonly string[] | undefined {
  const list = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return list.length > 0 && list.every(isRight) ? list : undefined;
}

export const hosts: Value<readonly string[]> = {
  expected: "names or addresses of hosts, such as 'chat.internal, 10.0.0.7'",
  read: (text) =>
    listOf(text.toLowerCase(), (host) => isIP(host) > 0 || /^[a-z\d][a-z\d.-]{0,252}$/.test(host)),
};

export const networks: Value<readonly string[]> = {
  expected: "addresses or networks, such as '127.0.0.1, 10.0.0.0/8'",
  read: (text) =>
    listOf(text, (network) => {
      const [address = '', bits, more] = network.split('/');
      const family = isIP(address);
      const most = family === 4 ? 32 : 128;
      return family > 0 && more === undefined && (bits === undefined || isBits(bits, most));
    }),
};

const isBits = (text: string, most: number): boolean => whole(text, 0, most) !== undefined;

export const headerName: Value<string> = {
  expected: "the name of a header, such as 'x-forwarded-user'",
  read: (text) => (/^[a-z\d][a-z\d-]{0,63}$/i.test(text) ? text.toLowerCase() : undefined),
};
