/** Options that `rules` and `dashboard` share. */
import { Usage } from './command.ts';

export const namingOptions = {
  prefix: { type: 'string', default: 'kedge_' },
  selector: { type: 'string', default: '' },
} as const;

export const namingUsage = `  --prefix NAME         what the metrics begin with, as in prometheus({ prefix })  (kedge_)
  --selector MATCHERS   added to every selector, such as 'env="production"'`;

const matcher = String.raw`[a-zA-Z_]\w*\s*(?:=~|!~|!=|=)\s*"(?:[^"\\\n]|\\.)*"`;
const matchers = new RegExp(`^(?:${matcher}(?:\\s*,\\s*${matcher})*)?$`);

export function checkNaming({ prefix, selector }: { prefix: string; selector: string }): void {
  expect(
    'prefix',
    'letters, digits, _ and :, a digit not first',
    /^(?:[A-Za-z_:][\w:]*)?$/,
    prefix,
  );
  expect('selector', `matchers such as env="production",team!="b"`, matchers, selector);
}

/** Throws in a sentence for what an option may not be. */
export function expect(option: string, expected: string, pattern: RegExp, value: string): void {
  if (!pattern.test(value)) throw new Usage(`--${option}: expected ${expected}, got '${value}'.`);
}
