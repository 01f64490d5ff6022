/** The built-in page. */
import { html, Html } from './html.ts';
import type { PageLink } from './options.ts';
import type { Words } from './texts.ts';
import type { PageView } from './view.ts';

/** What is the same on all pages of a service. */
export interface Frame {
  readonly name: string | undefined;
  /** An address of `data:`. */
  readonly logo: string | undefined;
  readonly links: readonly PageLink[];
  readonly language: string;
  readonly words: Words;
  readonly style: string;
}

export function pageOf(view: PageView, frame: Frame): Html {
  const { name, words } = frame;
  const title = name === undefined ? view.title : `${view.title} – ${name}`;
  return html`<!doctype html>
    <html lang="${frame.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${styleElement(frame.style)}
      </head>
      <body>
        ${header(view, frame)}
        <main>
          <div class="card">
            <p class="status">${words.error} ${view.status}</p>
            <h1>${view.title}</h1>
            <p>${view.text}</p>
            ${errorsOf(view)}${actions(view, words)}${reference(view, words)}
          </div>
          ${debug(view)}
        </main>
        ${footer(frame)}
      </body>
    </html> `;
}

/** In one piece: a space more or less, and the policy would not know it any more. */
function styleElement(style: string): Html {
  return new Html(`<style>${style}</style>`);
}

function header({ home }: PageView, { name, logo }: Frame): Html | undefined {
  if (name === undefined && logo === undefined) return undefined;
  const image =
    logo !== undefined && html`<img src="${logo}" alt="${name === undefined ? 'Logo' : ''}" />`;
  const inner = html`${image}${name !== undefined && html`<span>${name}</span>`}`;
  return html`<header>
    ${
      home === undefined
        ? html`<div class="brand">${inner}</div>`
        : html`<a href="${home}">${inner}</a>`
    }
  </header> `;
}

function errorsOf({ errors }: PageView): Html | undefined {
  if (errors.length === 0) return undefined;
  const items = errors.map(({ detail, pointer, parameter }) => {
    const where = pointer?.replace(/^#\/?/, '') ?? parameter;
    const place = where !== undefined && where !== '' && html`<code>${where}</code> `;
    return html`<li>${place}${detail}</li> `;
  });
  return html`<ul>
    ${items}
  </ul> `;
}

/** The likeliest first: it is the one that stands out. */
function actions({ home, back, retry }: PageView, words: Words): Html | undefined {
  // An empty reference is the page itself, so that nothing of the request is repeated in the page.
  const all = [
    retry && html`<a href="">${words.retry}</a> `,
    home !== undefined && html`<a href="${home}">${words.home}</a> `,
    back !== undefined && html`<a href="${back}">${words.back}</a> `,
  ].filter((action) => action !== false);
  if (all.length === 0) return undefined;
  return html`<div class="actions">${all}</div> `;
}

function reference({ requestId }: PageView, words: Words): Html | undefined {
  if (requestId === undefined) return undefined;
  return html`<p class="reference">${words.reference} <code>${requestId}</code></p> `;
}

function footer({ links }: Frame): Html | undefined {
  if (links.length === 0) return undefined;
  return html`<footer>
    ${links.map(({ label, href }) => html`<a href="${href}">${label}</a>`)}
  </footer> `;
}

function debug({ debug: inside }: PageView): Html | undefined {
  if (inside === undefined) return undefined;
  const { type, message, stack, causes } = inside;
  return html`<section class="debug" aria-label="Details for developers">
    <h2>${type}: ${message}</h2>
    ${block(stack, 'Stack')}${causes.map(
      (cause, index) =>
        html`<h2>Caused by ${cause.type}: ${cause.message}</h2>
          ${block(cause.stack, `Stack of cause ${index + 1}`)}`,
    )}
  </section> `;
}

/** Long lines are scrolled, and who has no mouse must reach them to do so. */
function block(stack: string | undefined, label: string): Html | undefined {
  return stack === undefined
    ? undefined
    : html`<pre tabindex="0" role="region" aria-label="${label}">${stack}</pre> `;
}
