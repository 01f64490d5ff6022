/** JSON of strangers: its depth is bounded before it is parsed. */
import { Refusal } from './refusal.ts';

const DEEPEST = 64;

/** `what` begins the sentence that says why it was refused. */
export function parseJson(bytes: Buffer, what: string): unknown {
  if (depthOf(bytes) > DEEPEST) {
    throw new Refusal(400, `${what} is nested deeper than ${DEEPEST} levels.`);
  }
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw new Refusal(400, `${what} is no valid JSON.`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How deep brackets are nested, outside of texts. */
function depthOf(bytes: Buffer): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at);
    // `[` and `{`, `]` and `}` differ in one bit.
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return deepest;
}

/** Where the quote is that ends the text; long texts are most of what is sent. */
function endOfText(bytes: Buffer, start: number): number {
  let at = bytes.indexOf(QUOTE, start + 1);
  while (at !== -1) {
    let before = at;
    while (bytes[before - 1] === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 0) return at;
    at = bytes.indexOf(QUOTE, at + 1);
  }
  return bytes.length;
}
