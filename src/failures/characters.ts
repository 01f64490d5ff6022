/** Questions about characters, by their codes. */

const SPACE = 1;
const LETTER = 2;
/** Ends a word wherever it stands: brackets, quotes, signs between members. */
const END = 4;

const classes = new Uint8Array(128);
for (const char of '\t\n\v\f\r ') classes[char.charCodeAt(0)] = SPACE;
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_') {
  classes[char.charCodeAt(0)] = LETTER;
}
for (const char of '"`()[]{}<>,;|=') classes[char.charCodeAt(0)] = END;

export function isSpace(char: number): boolean {
  return char < 128 ? classes[char] === SPACE : char === 0xa0 || char === 0x2028 || char === 0x3000;
}

/** Letters and digits of any script, and `_`. */
export function isLetter(char: number): boolean {
  return char < 128 ? classes[char] === LETTER : char >= 0xc0 && !isSign(char);
}

export function isDigit(char: number): boolean {
  return char >= 48 && char <= 57;
}

/** Of scripts that put no space between words. */
export function isWide(char: number): boolean {
  return char >= 0xe00 && char < 0xfe00 && !isSign(char);
}

/** White space, a bracket, a quote, or a sign between members. */
export function endsWord(char: number): boolean {
  if (char < 128) return (classes[char] as number) === END || classes[char] === SPACE;
  return (
    isSpace(char) ||
    (char >= 0x2018 && char <= 0x201f) ||
    (char >= 0x300c && char <= 0x300f) ||
    char === 0xab ||
    char === 0xbb
  );
}

/** Punctuation and spaces beyond Latin-1, as far as messages have them. */
function isSign(char: number): boolean {
  return (
    char === 0xd7 ||
    char === 0xf7 ||
    (char >= 0x2000 && char <= 0x206f) ||
    (char >= 0x20a0 && char <= 0x2bff) ||
    (char >= 0x3000 && char <= 0x303f) ||
    char >= 0xfe00
  );
}

/** For each `{` and `[` where it is closed; -1 everywhere else. One pass. */
export function closingBrackets(text: string): Int32Array {
  const ends = new Int32Array(text.length).fill(-1);
  const open: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char === 123 || char === 91) open.push(index);
    else if (char === 125 || char === 93) {
      const start = open.at(-1);
      // The codes of a pair are two apart.
      if (start === undefined || text.charCodeAt(start) !== char - 2) continue;
      open.pop();
      ends[start] = index;
    }
  }
  return ends;
}
