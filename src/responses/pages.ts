/** The pages that browsers get. */
import { createHash } from 'node:crypto';
import { report } from '../failures/report.ts';
import { Html } from './pages/html.ts';
import { checkPageOptions, type PageOptions } from './pages/options.ts';
import { type Frame, pageOf } from './pages/page.ts';
import { styleOf } from './pages/style.ts';
import { statusTextOf, wordsOf } from './pages/texts.ts';
import { backOf, mayRetry, type PageRequest, type PageView } from './pages/view.ts';
import type { ProblemDocument } from './problem/document.ts';
import { textOf } from './problem/texts.ts';

export type { HexColor } from './pages/colors.ts';
export { type Html, html } from './pages/html.ts';
export type { PageColors, PageLink, PageOptions, PageTemplate } from './pages/options.ts';
export type { PageTexts } from './pages/texts.ts';
export type { PageRequest, PageView } from './pages/view.ts';

/** A page and what its answer must say about it. */
export interface Page {
  readonly html: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes pages. */
export interface ErrorPages {
  /**
   * Never throws; a template that does, or that makes no markup, is replaced by the built-in page. `onFailed` is told why;
   * without one it is reported as `template.failed`.
   */
  render(
    document: ProblemDocument,
    request?: PageRequest,
    onFailed?: (error: unknown) => void,
  ): Page;
}

/**
 * Makes the pages for browsers of problem documents: escaped, accessible, without a script or any other resource.
 *
 * They are light or dark as the visitor likes it, and fit a phone. Throws a `TypeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { errorPages, notFound, problem } from 'kedge/responses';
 *
 * const pages = errorPages({ name: 'Acme', colors: { accent: '#b3261e' } });
 * const page = pages.render(problem(notFound('Order')).document);
 * console.log(page.html.includes('Order was not found.')); // true
 * ```
 */
export function errorPages(options: PageOptions = {}): ErrorPages {
  checkPageOptions(options);
  const { name, logo, colors, links = [], language = 'en', home = '/', texts, templates } = options;
  const style = styleOf(colors);
  const words = wordsOf(texts);
  const frame: Frame = { name, logo: logo && dataOf(logo), links, language, words, style };
  const builtIn = headersWith(
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; img-src data:`,
  );
  const own = headersWith(
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'",
  );

  const viewOf = (document: ProblemDocument, request: PageRequest): PageView => {
    const { status, detail, errors = [], requestId, debug } = document;
    const usual = statusTextOf(status, texts);
    return {
      status,
      title: usual.title,
      // The text of the status may be in another language here.
      text: detail === undefined || detail === textOf(status).text ? usual.text : detail,
      errors,
      requestId,
      home: home === false ? undefined : home,
      back: backOf(request),
      retry: mayRetry(status, request.method),
      debug,
      document,
    };
  };

  return {
    render(document, request = {}, onFailed = tellFailed) {
      const view = viewOf(document, request);
      const template = templates?.[document.status] ?? templates?.default;
      if (template !== undefined) {
        try {
          return { html: markupOf(template(view)), headers: own };
        } catch (error) {
          // The visitor gets a page all the same.
          onFailed(error);
        }
      }
      return { html: pageOf(view, frame).text, headers: builtIn };
    },
  };
}

function markupOf(made: unknown): string {
  if (typeof made === 'string' || made instanceof Html) return String(made);
  if (made instanceof Promise) made.catch(() => {});
  throw new TypeError('errorPages: expected a template to return a text, or what `html` makes.');
}

function tellFailed(error: unknown): void {
  report(
    { type: 'template.failed', from: 'pages', severity: 'warn', error },
    { target: undefined },
  );
}

/** The style is known by its hash, so that nothing else can be slipped in. */
function headersWith(sources: string): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; ${sources}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
  };
}

/** As an image an SVG runs no script and loads nothing. */
function dataOf(logo: string): string {
  return logo.trimStart().startsWith('<')
    ? `data:image/svg+xml;base64,${Buffer.from(logo).toString('base64')}`
    : logo.trim();
}
