/** Secrets in elements of XML and HTML, and in the parts of a form that was sent as `multipart/form-data`. */
import { MOST_READ } from './extent.ts';
import type { Finder } from './finder.ts';
import { namesSecret } from './pairs.ts';

const LONGEST_TAG = 500;
const tag = /<([\p{L}_][\p{L}\p{N}\p{M}_:.-]{0,64})((?:\s[^<>]{0,500})?)>/gu;
const nameAttribute = /\s(?:name|key|id|property)\s*=\s*["']?([^\s"'>]{1,100})/i;
const cdata = '<![CDATA[';

/** `<password>…</password>`, `<param name="password">…</param>` */
export function findElements(finder: Finder): void {
  const { text, names } = finder;
  tag.lastIndex = 0;
  for (let match = tag.exec(text); match !== null; match = tag.exec(text)) {
    const [, element = '', attributes = ''] = match;
    if (attributes.length > LONGEST_TAG || attributes.endsWith('/')) continue;
    const named = nameAttribute.exec(attributes)?.[1];
    const isSecret =
      names.level(element.slice(element.lastIndexOf(':') + 1)) > 0 ||
      (named !== undefined && namesSecret(named, names));
    if (!isSecret) continue;
    const start = tag.lastIndex;
    const isData = text.startsWith(cdata, start);
    const from = isData ? start + cdata.length : start;
    const near = text.slice(from, from + MOST_READ);
    const closing = near.indexOf(isData ? ']]>' : `</${element}`);
    const close = closing === -1 ? -1 : from + closing;
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

const part = /\bname="([^"\r\n]{1,100})"/g;

/** `Content-Disposition: form-data; name="password"`, an empty line, and the value to the next boundary. */
export function findFormData(finder: Finder): void {
  const { text, names } = finder;
  part.lastIndex = 0;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    if (!namesSecret(match[1] ?? '', names)) continue;
    const head = /^[^\r\n]{0,500}(?:\r?\n[^\r\n]{1,500}){0,5}\r?\n\r?\n/.exec(
      text.slice(part.lastIndex, part.lastIndex + 3_000),
    )?.[0];
    if (head === undefined) continue;
    const start = part.lastIndex + head.length;
    const near = text.slice(start, start + MOST_READ);
    const end = near.search(/\r?\n--/);
    finder.addValue(start, start + (end === -1 ? near.length : end));
  }
}
