import { type HashOptions, keyedHash } from '../hash.ts';
import { findKeyed } from './keyed.ts';
import { findShapes, type Span } from './shapes.ts';

/** Beyond the cut text, so much is looked at all the same: half a secret is recognised only with its other half. */
const OVERLAP = 1_024;

/** Replaces every secret in `text`, and cuts it to `longest` characters. */
export function redactText(text: string, longest: number, options?: HashOptions): string {
  const cut = text.length > longest;
  const looked = text.length > longest + OVERLAP ? text.slice(0, longest + OVERLAP) : text;
  const spans: Span[] = [];
  findKeyed(looked, spans);
  findShapes(looked, spans);
  const clean = spans.length === 0 ? looked : replaced(looked, spans, options);
  if (!cut && clean.length <= longest) return clean;
  return `${clean.slice(0, endBefore(clean, longest))}… [${text.length} characters]`;
}

function replaced(text: string, spans: Span[], options: HashOptions | undefined): string {
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  let clean = '';
  let done = 0;
  for (let index = 0; index < spans.length;) {
    const { start, what } = spans[index] as Span;
    let { end } = spans[index] as Span;
    // One inside or across another: both are gone, under the outer one's name.
    for (index++; index < spans.length && (spans[index] as Span).start < end; index++) {
      end = Math.max(end, (spans[index] as Span).end);
    }
    clean += text.slice(done, start);
    clean +=
      what !== '' && options?.hash?.includes(what) === true
        ? `[${what}:${keyedHash(text.slice(start, end), options.hashKey)}]`
        : marker(what);
    done = end;
  }
  return clean + text.slice(done);
}

function marker(what: string): string {
  return what === '' ? '[redacted]' : `[redacted ${what}]`;
}

/** Not between the halves of a character: a lone surrogate is no text. */
function endBefore(text: string, longest: number): number {
  const last = text.charCodeAt(longest - 1);
  return last >= 0xd800 && last <= 0xdbff ? longest - 1 : longest;
}
