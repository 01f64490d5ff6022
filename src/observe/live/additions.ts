/** What an application adds to the page: where it leads, and buttons of its own. */
import { type Rule, type Rules, text } from '../../core/options.ts';

export interface Additions {
  readonly links: Readonly<Record<string, string>>;
  readonly buttons: Readonly<Record<string, (who: unknown) => unknown>>;
}

const most = 50;
const longestAddress = 2_000;

export const additionRules: Rules<Additions> = {
  links: named('addresses: a path, or http or https', isAddress),
  buttons: named('functions', (value) => typeof value === 'function'),
};

function named(expected: string, fits: (value: unknown) => boolean): Rule {
  return {
    expected: `an object of at most ${most} names of 1 to 128 characters and ${expected}`,
    type: (value) =>
      typeof value === 'object' && value !== null && Object.values(value).every(fits),
    range: (value: object) => {
      const names = Object.keys(value);
      return !Array.isArray(value) && names.length <= most && names.every(isName);
    },
  };
}

const isName = (name: string): boolean => text.range?.(name as never) === true;

/** Nothing that a browser would run: `javascript:` is an address as well. */
function isAddress(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > longestAddress) return false;
  const base = 'https://page.invalid/';
  return /^https?:$/.test(URL.parse(value, base)?.protocol ?? '');
}
