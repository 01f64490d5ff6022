/** Which keys are shown, where they are asked for: so many in all, and the rest is one, `_other`. */
import { OTHER } from '../../core/numbers.ts';

const mostKeys = 1_000;
const longestKey = 128;

export class KeyLabels {
  /** Those that were shown last: they keep their places for as long as they are there. */
  private shown: Set<string> = new Set();
  private present: Set<string> = new Set();

  /** A scrape begins. */
  begin(): void {
    this.present = new Set();
  }

  /** A scrape has ended: who is not there any more makes room. */
  end(): void {
    this.shown = this.present;
  }

  labelOf(pipeline: string, key: string, label: ((key: string) => string) | undefined): string {
    const text = shownAs(key, label);
    const id = `${pipeline}\n${text}`;
    if (this.present.has(id)) return text;
    if (!this.shown.has(id)) {
      if (this.shown.size >= mostKeys) return OTHER;
      this.shown.add(id);
    }
    this.present.add(id);
    return text;
  }
}

/** What a key is called; one whose label cannot be made is not shown by itself. */
function shownAs(key: string, label: ((key: string) => string) | undefined): string {
  let text: unknown = key;
  try {
    if (label !== undefined) text = label(key);
  } catch {
    return OTHER;
  }
  if (typeof text !== 'string') return OTHER;
  return text.slice(0, longestKey).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}
