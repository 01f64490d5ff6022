/** Text that is markup already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Makes markup of a template: whatever is put in is escaped, unless it is markup made in the same way.
 *
 * Arrays are put in one after the other; what is no text, number or markup is nothing.
 *
 * @example
 * ```ts
 * import { html } from 'kedge/responses';
 *
 * console.log(String(html`<p title="${'"'}">${'<b>'}</p>`)); // <p title="&quot;">&lt;b&gt;</p>
 * ```
 */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  let text = strings[0] ?? '';
  for (const [index, value] of values.entries()) text += shown(value) + (strings[index + 1] ?? '');
  return new Html(text);
}

function shown(value: unknown): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(shown).join('');
  if (typeof value === 'number') return String(value);
  // An object has no text of its own that anybody would want to see.
  return typeof value === 'string' ? escaped(value) : '';
}

/** A text as markup that shows it, also within an attribute. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? '');
}
