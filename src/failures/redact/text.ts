import { keyedHash } from '../hash.ts';
import { findCommands } from './commands.ts';
import { decode } from './decode.ts';
import { Finder, type Span } from './finder.ts';
import { findDumps } from './dumps.ts';
import { findKeyed } from './keyed.ts';
import { findElements, findFormData } from './markup.ts';
import type { Redaction } from './options.ts';
import { findRows } from './rows.ts';
import { findSpoken } from './phrases.ts';
import { findShapes } from './shapes.ts';
import { findColumns, findCompared } from './statements.ts';
import { findTables } from './tables.ts';
import type { Taken } from './taken.ts';

/** Beyond the cut text, so much is looked at all the same: half a secret is recognised only with its other half. */
const OVERLAP = 1_024;
/** Texts within texts within texts. */
const MOST_LAYERS = 3;

/** What a text is redacted with. */
export interface TextRules {
  readonly redaction: Redaction;
  /** Remembers what was taken out by name. */
  readonly taken?: Taken | undefined;
  /** Takes values of rows out, too: those of statements, and those that drivers quote. */
  readonly rows?: boolean | undefined;
  /** The name of the member that it stands under. */
  readonly name?: string | undefined;
}

/** Replaces every secret in `text`, and cuts it to `longest` characters. */
export function redactText(text: string, longest: number, rules: TextRules): string {
  const { redaction, name } = rules;
  const cut = text.length > longest;
  const looked = text.length > longest + OVERLAP ? text.slice(0, longest + OVERLAP) : text;
  const spans = spansIn(looked, rules);
  const found = spans.length === 0 ? looked : replaced(looked, spans, rules);
  const clean = redaction.scrub === undefined ? found : scrubbed(found, redaction.scrub, name);
  if (!cut && clean.length <= longest) return clean;
  return `${clean.slice(0, endBefore(clean, longest))}… [${text.length} characters]`;
}

/** Everything in `text` that must not be shown, in all of its layers. */
export function spansIn(text: string, rules: TextRules): Span[] {
  const spans: Span[] = [];
  find(text, rules, spans);
  let inner = text;
  let places: Int32Array | undefined;
  for (let depth = 0; depth < MOST_LAYERS; depth++) {
    const layer = decode(inner);
    if (layer === undefined) break;
    const { from } = layer;
    if (places !== undefined)
      for (let index = 0; index < from.length; index++)
        from[index] = places[from[index] as number] as number;
    const found: Span[] = [];
    find(layer.text, rules, found);
    for (const { start, end, what } of found) {
      spans.push({ start: from[start] as number, end: from[end] as number, what });
    }
    inner = layer.text;
    places = from;
  }
  return spans;
}

function find(text: string, { redaction, rows }: TextRules, spans: Span[]): void {
  const finder = new Finder(text, redaction.names, spans);
  findKeyed(finder);
  if (text.includes('<')) findElements(finder);
  if (text.includes('form-data')) findFormData(finder);
  findCommands(finder);
  findDumps(finder);
  findTables(finder);
  if (text.includes('(')) findColumns(finder);
  if (text.includes("'") || text.includes('"')) findCompared(finder);
  findSpoken(finder);
  findShapes(finder);
  if (rows === true) findRows(finder);
  for (const pattern of redaction.patterns) {
    for (const match of text.matchAll(pattern)) {
      const { index, 0: found } = match;
      if (found !== '') spans.push({ start: index, end: index + found.length, what: '' });
    }
  }
}

const marks = /\[redacted[a-z ]*\]/g;

function replaced(text: string, spans: Span[], { redaction, taken }: TextRules): string {
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
    const found = text.slice(start, end);
    // What is left was put there by an earlier look.
    if (found.includes('[redacted') && !/[\p{L}\p{N}]/u.test(found.replaceAll(marks, ''))) continue;
    if (what === '') taken?.add(found);
    clean += text.slice(done, start);
    clean +=
      what !== '' && redaction.hashed.has(what)
        ? `[${what}:${keyedHash(found, redaction.hashKey)}]`
        : marker(what);
    done = end;
  }
  return clean + text.slice(done);
}

function marker(what: string): string {
  return what === '' ? '[redacted]' : `[redacted ${what}]`;
}

function scrubbed(
  text: string,
  scrub: (text: string, name: string | undefined) => string,
  name: string | undefined,
): string {
  try {
    const clean: unknown = scrub(text, name);
    return typeof clean === 'string' ? clean : '[redacted]';
  } catch {
    return '[redacted]';
  }
}

/** Not between the halves of a character: a lone surrogate is no text. */
function endBefore(text: string, longest: number): number {
  const last = text.charCodeAt(longest - 1);
  return last >= 0xd800 && last <= 0xdbff ? longest - 1 : longest;
}
