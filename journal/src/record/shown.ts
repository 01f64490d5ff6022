/** Texts of strangers, as they may be shown: no control characters, nothing that turns lines around, not too long. */

const LONGEST = 20_000;
const unseen =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;

export function shown(text: string, longest = LONGEST): string {
  const clean = text.slice(0, longest).replaceAll(unseen, '\uFFFD').toWellFormed();
  return text.length > longest ? `${clean}…` : clean;
}

const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** `3 h ago` */
export function ago(time: number, now: number): string {
  const passed = Math.max(0, now - time);
  const [length, unit] = units.find(([length]) => passed >= length) ?? [1_000, 's'];
  return `${Math.floor(passed / length)} ${unit} ago`;
}

export const iso = (time: number): string =>
  new Date(time).toISOString().replace('T', ' ').slice(0, 19);

/** `1 time`, `12 300 times` */
export const counted = (count: number, thing: string): string =>
  `${grouped(count)} ${thing}${count === 1 ? '' : 's'}`;

/** `12 300` */
export const grouped = (count: number): string =>
  String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, '\u2009');
