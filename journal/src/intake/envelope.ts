/**
 * Sentry's envelope: a line of JSON, then items of a line of JSON and a payload each. A payload with a `length` may hold
 * any byte; one without ends at the end of its line.
 */
import { Refusal } from './refusal.ts';
import { parseJson } from './json.ts';
import { type Fields, isFields } from '../record/reading.ts';

export interface Envelope {
  readonly header: Fields;
  readonly items: readonly Item[];
}

export interface Item {
  readonly type: string;
  readonly header: Fields;
  readonly payload: Buffer;
}

const NEWLINE = 10;
const MOST_ITEMS = 1_000;

export function parseEnvelope(body: Buffer): Envelope {
  const reader = new Lines(body);
  const header = headerOf(reader.line(), 'the envelope');
  const items: Item[] = [];
  while (!reader.isAtEnd) {
    const line = reader.line();
    // Some clients end with more than one line break.
    if (line.length === 0) continue;
    if (items.length === MOST_ITEMS)
      throw new Refusal(400, `An envelope has at most ${MOST_ITEMS} items.`);
    const itemHeader = headerOf(line, 'an item');
    const { type, length } = itemHeader;
    if (typeof type !== 'string') throw new Refusal(400, 'The header of an item has no `type`.');
    items.push({ type, header: itemHeader, payload: reader.payload(length) });
  }
  return { header, items };
}

function headerOf(line: Buffer, of: string): Fields {
  const header = parseJson(line, `The header of ${of}`);
  if (!isFields(header)) throw new Refusal(400, `The header of ${of} is no object.`);
  return header;
}

class Lines {
  private readonly body: Buffer;
  private at = 0;

  constructor(body: Buffer) {
    this.body = body;
  }

  get isAtEnd(): boolean {
    return this.at >= this.body.length;
  }

  line(): Buffer {
    const found = this.body.indexOf(NEWLINE, this.at);
    const end = found === -1 ? this.body.length : found;
    const line = this.body.subarray(this.at, end);
    this.at = end + 1;
    return line.at(-1) === 13 ? line.subarray(0, -1) : line;
  }

  payload(length: unknown): Buffer {
    if (length === undefined || length === null) return this.line();
    const isLength = Number.isSafeInteger(length) && (length as number) >= 0;
    if (!isLength) throw new Refusal(400, 'The `length` of an item is no number of bytes.');
    const end = this.at + (length as number);
    if (end > this.body.length) {
      throw new Refusal(400, 'An item is longer than the envelope: the request was cut off.');
    }
    const payload = this.body.subarray(this.at, end);
    this.at = end;
    // The line break behind it; the last one may have none.
    if (!this.isAtEnd && this.line().length > 0) {
      throw new Refusal(400, 'An item is longer than its `length` says.');
    }
    return payload;
  }
}
