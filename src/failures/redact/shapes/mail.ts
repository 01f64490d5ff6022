/** Addresses of mail: RFC 5322, with quoted names, any top-level domain, and letters of any script. */
import { isDigit, isLetter } from '../../characters.ts';
import type { Found } from './numbers.ts';

const AT = 64;
const QUOTE = 34;
const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 254;

// Names of files, packages and units that look like addresses: `logo@2x.png`, `getty@tty1.service`.
const file =
  /\.(?:[cm]?[jt]sx|[cm]?js|[cm]ts|ts|json|png|jpe?g|gif|svg|webp|avif|css|scss|html?|map|node|wasm|txt|log|lock|ya?ml|service|timer|socket|target|slice|mount|tgz|gz|tar)$/i;
const version = /^v?\d+\.\d+|^\d+x\./;

/** Finds addresses in `text`; `hosts` are places of `@` that stand before a host of a URL. */
export function findMails(text: string, hosts: ReadonlySet<number>): Found[] {
  const found: Found[] = [];
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    if (hosts.has(at)) continue;
    const start = startOfLocal(text, at);
    if (start === at) continue;
    // `ann@[192.0.2.1]`
    const literal =
      text[at + 1] === '['
        ? /^\[(?:IPv6:)?[\da-f.:]{3,45}\]/i.exec(text.slice(at + 1, at + 54))
        : null;
    if (literal !== null) {
      found.push([start, at + 1 + literal[0].length]);
      continue;
    }
    const end = endOfDomain(text, at + 1);
    const domain = text.slice(at + 1, end);
    if (!hasTopLevel(domain) || file.test(domain) || version.test(domain)) continue;
    // An address of a repository, and none of a person: `git@github.com:org/repo`.
    if (text.slice(start, at) === 'git') continue;
    found.push([start, end]);
  }
  return found;
}

function startOfLocal(text: string, at: number): number {
  if (text.charCodeAt(at - 1) === QUOTE) {
    const open = text.lastIndexOf('"', at - 2);
    if (
      open !== -1 &&
      at - open <= LONGEST_LOCAL + 2 &&
      at - open > 2 &&
      !text.slice(open, at).includes('\n')
    )
      return open;
    return at;
  }
  let start = at;
  while (at - start < LONGEST_LOCAL && isLocal(text, start - 1)) start--;
  // A dot or a dash in front is none of the name.
  while (start < at && !isLetter(text.charCodeAt(start))) start++;
  return start;
}

/** An apostrophe is part of a name, and a quote in front of one is not. */
function isLocal(text: string, index: number): boolean {
  const char = text.charCodeAt(index);
  if (isLetter(char)) return true;
  if (char === 39) return isLetter(text.charCodeAt(index - 1));
  return char === 46 || char === 37 || char === 43 || char === 45;
}

function endOfDomain(text: string, start: number): number {
  let end = start;
  for (; end - start < LONGEST_DOMAIN; end++) {
    const char = text.charCodeAt(end);
    if (!isLetter(char) && char !== 46 && char !== 45) break;
    if (char === AT) break;
  }
  while (end > start && !isLetter(text.charCodeAt(end - 1))) end--;
  return end;
}

/** Whether it ends in a dot and two letters or more. */
function hasTopLevel(domain: string): boolean {
  const last = domain.slice(domain.lastIndexOf('.') + 1);
  if (last.length === domain.length || last.length < 2) return false;
  if (/^xn--/i.test(last)) return true;
  for (let index = 0; index < last.length; index++) {
    const char = last.charCodeAt(index);
    if (!isLetter(char) || isDigit(char)) return false;
  }
  return true;
}
