/** Secrets in elements of XML and HTML, and in the parts of a form that was sent as `multipart/form-data`. */
import { endOfQuotation, MOST_READ } from './extent.ts';
import type { Finder } from './finder.ts';
import { namesSecret } from './pairs.ts';

const LONGEST_TAG = 500;
const tag = /<([\p{L}_][\p{L}\p{N}\p{M}_:.-]{0,64})((?:\s[^<>]{0,500})?)>/gu;
const passwordField = /\stype\s*=\s*["']?password\b/i;
const valueAttribute = /\svalue\s*=\s*(?=["'])/i;
const nameRole = /^(?:key|name|property|field)$/i;
/** `<AdminPassword><Value>…`: the value of an element in one of its own. */
const valueWithin = /^\s{0,50}<(?:\w{1,20}:)?(?:value|string|text|data|plaintext)\b/i;
const closingTag = /<\/([\p{L}_][\p{L}\p{N}\p{M}_:.-]{0,64})/gu;
const nameAttribute = /\s(?:name|key|id|property)\s*=\s*["']?([^\s"'>]{1,100})/i;
const cdata = '<![CDATA[';

/** `<password>…</password>`, `<param name="password">…</param>` */
export function findElements(finder: Finder): void {
  const { text, names } = finder;
  const closes = new Closings(text);
  // `<key>password</key><string>…`: the element behind it has the value.
  let isNamedBefore = false;
  tag.lastIndex = 0;
  for (let match = tag.exec(text); match !== null; match = tag.exec(text)) {
    const [, element = '', attributes = ''] = match;
    if (attributes.length > LONGEST_TAG) continue;
    if (passwordField.test(attributes)) {
      const value = valueAttribute.exec(match[0]);
      if (value !== null) {
        const start = match.index + value.index + value[0].length;
        finder.addValue(start, endOfQuotation(text, start, text.charCodeAt(start)));
      }
    }
    if (attributes.endsWith('/')) continue;
    const named = nameAttribute.exec(attributes)?.[1];
    const isSecret: boolean =
      isNamedBefore ||
      names.level(element.slice(element.lastIndexOf(':') + 1)) > 0 ||
      (named !== undefined && namesSecret(named, names));
    const start = tag.lastIndex;
    isNamedBefore =
      (isSecret && valueWithin.test(text.slice(start, start + 100))) ||
      (nameRole.test(element) &&
        namesSecret(/^[^<]{0,100}/.exec(text.slice(start, start + 100))?.[0] ?? '', names));
    if (!isSecret) continue;
    const isData = text.startsWith(cdata, start);
    const from = isData ? start + cdata.length : start;
    const close = closes.after(isData ? '' : element, from);
    // Without an end it was cut off; with other elements within, those are looked at by themselves.
    const next = text.indexOf('<', from);
    const end = close === -1 ? (next === -1 ? text.length : next) : close;
    // `<password> is missing`
    if (close === -1 && /\s\S/.test(text.slice(from, end))) continue;
    if (/\S/.test(text.slice(from, from + 200)) && end > from) {
      const inner = isData || next === -1 || next >= end ? end : next;
      finder.addValue(from, Math.max(inner, from));
    }
  }
}

/** Where elements are closed. Each is looked up once, from left to right, so that it takes one pass. */
class Closings {
  private readonly text: string;
  private places: Map<string, number[]> | undefined = undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** The next place at which `element` is closed, or data where it is ''; -1 where that is nowhere near. */
  after(element: string, from: number): number {
    const all = (this.places ??= this.read()).get(element) ?? [];
    let found = all.at(-1) ?? -1;
    while (found !== -1 && found < from) {
      all.pop();
      found = all.at(-1) ?? -1;
    }
    return found !== -1 && found - from < MOST_READ ? found : -1;
  }

  private read(): Map<string, number[]> {
    const { text } = this;
    const places = new Map<string, number[]>();
    for (const { index, 1: name = '' } of text.matchAll(closingTag)) {
      const all = places.get(name);
      if (all === undefined) places.set(name, [index]);
      else all.push(index);
    }
    const data: number[] = [];
    for (let at = text.indexOf(']]>'); at !== -1; at = text.indexOf(']]>', at + 3)) data.push(at);
    places.set('', data);
    // The first is taken first.
    for (const all of places.values()) all.reverse();
    return places;
  }
}

const boundary = /\r?\n--/g;
const part = /\bname="([^"\r\n]{1,100})"/g;

/** `Content-Disposition: form-data; name="password"`, an empty line, and the value to the next boundary. */
export function findFormData(finder: Finder): void {
  const { text, names } = finder;
  let next = 0;
  part.lastIndex = 0;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    if (!namesSecret(match[1] ?? '', names)) continue;
    const head = /^[^\r\n]{0,500}(?:\r?\n[^\r\n]{1,500}){0,5}\r?\n\r?\n/.exec(
      text.slice(part.lastIndex, part.lastIndex + 3_000),
    )?.[0];
    if (head === undefined) continue;
    const start = part.lastIndex + head.length;
    if (next < start) {
      boundary.lastIndex = start;
      next = boundary.exec(text)?.index ?? text.length;
    }
    finder.addValue(start, Math.min(next, start + MOST_READ));
  }
}
