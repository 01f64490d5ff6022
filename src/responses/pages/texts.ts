/** The words on a page. */
import { type StatusText, textOf } from '../problem/texts.ts';

/** Other words than the built-in ones: a title and a text by status, and the words around them. */
export type PageTexts = Readonly<Record<number, Partial<StatusText>>> & {
  /** @default 'Home' */
  readonly home?: string;
  /** @default 'Go back' */
  readonly back?: string;
  /** @default 'Try again' */
  readonly retry?: string;
  /** @default 'If you contact us, please give this reference:' */
  readonly reference?: string;
  /** @default 'Error' */
  readonly error?: string;
};

export interface Words {
  readonly home: string;
  readonly back: string;
  readonly retry: string;
  readonly reference: string;
  readonly error: string;
}

export function wordsOf(texts: PageTexts = {}): Words {
  return {
    home: texts.home ?? 'Home',
    back: texts.back ?? 'Go back',
    retry: texts.retry ?? 'Try again',
    reference: texts.reference ?? 'If you contact us, please give this reference:',
    error: texts.error ?? 'Error',
  };
}

export function statusTextOf(status: number, texts: PageTexts = {}): StatusText {
  return { ...textOf(status), ...texts[status] };
}
