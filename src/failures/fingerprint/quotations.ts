/** Where the quotations of a message end. */

const LONGEST_QUOTATION = 300;

const closing: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '“': '”',
  '‘': '’',
  '„': '“',
  '«': '»',
  '「': '」',
  '『': '』',
};

/** Whether a quotation may begin with it. */
export function isQuote(sign: string): boolean {
  return sign in closing;
}

/** Looks for each closing sign no farther than to where it stands last, so that it takes one pass. */
export class Quotations {
  private readonly text: string;
  /** Signs that do not occur any more. */
  private gone = '';

  constructor(text: string) {
    this.text = text;
  }

  /** The place of the sign that closes the quotation at `index`; -1 where there is none. */
  endOf(index: number, quote: string): number {
    const { text } = this;
    const last = closing[quote] as string;
    let end = this.next(last, index + 1);
    // `"a \" b"`
    while (end !== -1 && text[end - 1] === '\\' && end - index <= LONGEST_QUOTATION) {
      end = this.next(last, end + 1);
    }
    return end;
  }

  /** The next place of `sign`, or -1. */
  next(sign: string, from: number): number {
    if (this.gone.includes(sign)) return -1;
    const found = this.text.indexOf(sign, from);
    if (found === -1) this.gone += sign;
    return found;
  }

  /** `'a' | 'b'`: types in the words of a schema. */
  isAlternative(start: number, end: number): boolean {
    const { text } = this;
    return (
      /['"] ?\| ?$/.test(text.slice(Math.max(0, start - 4), start)) ||
      /^ ?\| ?['"]/.test(text.slice(end, end + 4))
    );
  }
}

/** Whether it is short enough to be one. */
export function isShort(start: number, end: number): boolean {
  return end - start <= LONGEST_QUOTATION;
}
