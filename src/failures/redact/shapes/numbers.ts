/** Numbers of cards, of accounts and of persons, by their form and their checksums. */

/** Where something was found. */
export type Found = readonly [start: number, end: number];

// One or two of the same sign, as they are printed, typed and encoded.
const separator = String.raw`[ \t\r\n,\u00a0\u2007\u2009\u202f.\-+_/|·•\u2010\u2011\u2013]{1,2}`;
const card = new RegExp(
  String.raw`(?<!\d)(?<!\d[.,])(?:\d{13,19}|\d{4}(${separator})\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{4}(${separator})\d{6}\2\d{4,5})(?!\d)`,
  'g',
);

/** A run of digits, or groups as they are printed. A fraction's digits are none, and neither are those of a hash. */
export function findCards(text: string): Found[] {
  const found: Found[] = [];
  card.lastIndex = 0;
  for (let match = card.exec(text); match !== null; match = card.exec(text)) {
    const end = card.lastIndex;
    if (!isCard(match[0].replace(/\D/g, ''))) continue;
    if (!isInHash(text, match.index, end)) found.push([match.index, endOfTrack(text, end)]);
  }
  return found;
}

/** On a magnetic track the name, the date and more follow: `%B…^DOE/JO^2512101?`, `;…=2512101?`. */
function endOfTrack(text: string, end: number): number {
  return end + (track.exec(text.slice(end, end + 120))?.[0].length ?? 0);
}

const track = /^(?:\^[^^\n]{1,40}\^|[=D](?=\d{4}))[\d ]{0,60}\??/;

/** A number that is a card's. */
export function isCardNumber(value: number): boolean {
  return value > 2e12 && value < 7e18 && Number.isInteger(value) && isCard(String(value));
}

function isInHash(text: string, start: number, end: number): boolean {
  if (/[A-Za-z]/.test(text[end] ?? '') && !track.test(text.slice(end, end + 8))) return true;
  // `PAN4111…` has letters alone in front of it.
  const before = /[A-Za-z\d]*$/.exec(text.slice(Math.max(0, start - 24), start))?.[0] ?? '';
  return /\d/.test(before);
}

/** By what the numbers of brands begin with, and how long they are. */
const brands =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11,16}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}|(?:5[06-9]|6\d)\d{11,17}|220[0-4]\d{12,15}|9792\d{12}|8[12]\d{14})$/;

/** Luhn's checksum, on numbers that begin like a card's. */
function isCard(number: string): boolean {
  if (!brands.test(number)) return false;
  let sum = 0;
  for (let index = 0; index < number.length; index++) {
    const digit = number.charCodeAt(number.length - 1 - index) - 48;
    const doubled = digit * 2;
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

// How long the numbers of a country are: ISO 13616, and those on their way into it.
const lengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
);
const iban = /[A-Za-z]{2}\d{2}(?:[ \u00a0\u202f.-]?[A-Za-z\d]){11,30}/g;

export function findIbans(text: string): Found[] {
  const found: Found[] = [];
  iban.lastIndex = 0;
  for (let match = iban.exec(text); match !== null; match = iban.exec(text)) {
    const end = endOfIban(text, match.index, match[0]);
    if (end !== undefined) found.push([match.index, end]);
    // What is none may have one in it: `to DE89…`.
    else iban.lastIndex = match.index + 1;
  }
  return found;
}

function endOfIban(text: string, start: number, given: string): number | undefined {
  const country = given.slice(0, 2);
  const length = lengths.get(country.toUpperCase());
  const before = text[start - 1] ?? '';
  if (length === undefined || /\d/.test(before)) return undefined;
  // `ibanDE89…`, and no part of a word.
  if (/\p{L}/u.test(before) && !(/[a-z]/.test(before) && /^[A-Z]{2}$/.test(country)))
    return undefined;
  let number = '';
  let end = 0;
  for (; end < given.length && number.length < length; end++) {
    const char = given[end] as string;
    if (/[A-Za-z\d]/.test(char)) number += char.toUpperCase();
  }
  if (number.length < length || /[A-Za-z\d]/.test(text[start + end] ?? '')) return undefined;
  return hasChecksum(number) ? start + end : undefined;
}

/** ISO 13616: the number, its first four characters moved to the end and letters written as 10 to 35, is 1 modulo 97. */
function hasChecksum(number: string): boolean {
  let rest = 0;
  for (let index = 0; index < number.length; index++) {
    const value = Number.parseInt(number[(index + 4) % number.length] ?? '', 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

const ssn = /(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])/g;

/** US social security numbers with dashes. */
export function findSsns(text: string): Found[] {
  return Array.from(text.matchAll(ssn), ({ index, 0: found }) => [index, index + found.length]);
}
