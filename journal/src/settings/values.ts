/** How each kind of setting is read from a text. */
import { accessSync, constants, statSync } from 'node:fs';
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
