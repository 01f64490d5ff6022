/** What a company puts into its error pages. */
import { type HexColor, isHexColor } from './colors.ts';
import { type Html } from './html.ts';
import type { PageTexts } from './texts.ts';
import type { PageView } from './view.ts';

/** A link on a page. */
export interface PageLink {
  readonly label: string;
  /** A path, or an address of `https:`, `http:`, `mailto:` or `tel:`. */
  readonly href: string;
}

/** The colours of the brand; what is put on them, or is made of them, is adjusted until it can be read. */
export interface PageColors {
  /** Of buttons and links. @default '#2f5bd0' */
  readonly accent?: HexColor;
  /** Around the page in light mode. @default '#f4f5f7' */
  readonly background?: HexColor;
  /** Around the page in dark mode. @default '#111418' */
  readonly darkBackground?: HexColor;
}

/** Makes a whole page of its own. What it throws is reported, and the built-in page shown. */
export type PageTemplate = (view: PageView) => Html | string;

/** Options of `errorPages`. */
export interface PageOptions {
  /** Of the company or the service, in the head of the page and in its title. @default none */
  readonly name?: string;
  /** The markup of an SVG, or an image as `data:image/…`; it is part of the page. @default none */
  readonly logo?: string;
  readonly colors?: PageColors;
  /** At the foot of the page: help, status, contact. @default none */
  readonly links?: readonly PageLink[];
  /** Where the way home leads; `false` for nowhere. @default '/' */
  readonly home?: string | false;
  /** BCP 47. @default 'en' */
  readonly language?: string;
  /** Other words than the built-in ones, which are English. */
  readonly texts?: PageTexts;
  /** Whole pages of one's own, by status, and `default` for all others. */
  readonly templates?: Readonly<Record<number, PageTemplate>> & { readonly default?: PageTemplate };
}

const known: ReadonlySet<string> = new Set<keyof PageOptions>([
  'name',
  'logo',
  'colors',
  'links',
  'home',
  'language',
  'texts',
  'templates',
]);
const colors: ReadonlySet<string> = new Set<keyof PageColors>([
  'accent',
  'background',
  'darkBackground',
]);

/** Throws a `TypeError` that names the option. */
export function checkPageOptions(options: PageOptions): void {
  if (typeof options !== 'object' || options === null) fail('an object of options');
  for (const name of Object.keys(options)) {
    if (!known.has(name)) fail(`no option \`${name.slice(0, 64)}\``);
  }
  for (const [name, color] of Object.entries(options.colors ?? {})) {
    if (!colors.has(name)) fail(`no colour \`${name.slice(0, 64)}\``);
    if (color !== undefined && !isHexColor(color)) {
      fail(`\`colors.${name}\` to be like '#2f5bd0'`);
    }
  }
  const { logo, home, language, links = [] } = options;
  if (logo !== undefined && !/^\s*(?:data:image\/[\w+.-]+[;,]|<(?:svg|\?xml)[\s>])/i.test(logo)) {
    fail('`logo` to be the markup of an SVG or a `data:image/` address');
  }
  if (home !== undefined && home !== false && !isHref(home)) fail('`home` to be a path or false');
  if (language !== undefined && !/^[A-Za-z\d]{1,8}(?:-[A-Za-z\d]{1,8})*$/.test(language)) {
    fail("`language` to be like 'en' or 'de-AT'");
  }
  for (const [status, template] of Object.entries(options.templates ?? {})) {
    if (template !== undefined && typeof template !== 'function')
      fail(`\`templates.${status.slice(0, 64)}\` to be a function`);
  }
  for (const link of links) {
    if (typeof link?.label !== 'string' || !isHref(link.href)) {
      fail('`links` to have labels, and paths or addresses of https:, http:, mailto: or tel:');
    }
  }
}

/** Nothing that a browser would run. */
function isHref(href: unknown): boolean {
  return typeof href === 'string' && /^(?:\/(?![/\\])|https?:\/\/|mailto:|tel:|#)/i.test(href);
}

function fail(expected: string): never {
  throw new TypeError(`errorPages: expected ${expected}.`);
}
