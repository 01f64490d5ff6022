/** The page: one document, with its style and its program in it and nothing from anywhere else. */
import { createHash } from 'node:crypto';
import { strict, type Reply } from '../web.ts';
import { escaped } from '../../responses/pages/html.ts';
import type { Additions } from './additions.ts';
import { script } from './script.ts';
import { style } from './style.ts';

const hash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

let policy: string | undefined;

/** Only what stands in the page runs, and it speaks to its own origin alone. */
function contentPolicy(): string {
  policy ??= [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return policy;
}

/** `may`: whether whoever asks may act. */
export function page(may: boolean, additions: Additions): Reply {
  return {
    status: 200,
    headers: {
      ...strict,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentPolicy(),
    },
    body: document(may, additions),
  };
}

function document(may: boolean, { links, buttons }: Additions): string {
  const own = may ? Object.keys(buttons) : [];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>kedge live</title>
<style>${style}</style>
</head>
<body data-may="${may ? 'yes' : 'no'}">
<header>
<h1>kedge <span>live</span></h1>
<p id="summary" role="status">Connecting …</p>
<p id="link" class="faint"></p>${linksOf(links)}
</header>
<main>
<section aria-labelledby="open-title" id="open" hidden>
<h2 id="open-title">Not closed</h2>
<ul id="circuits"></ul>
</section>${buttonsOf(own)}
<section aria-labelledby="pipelines-title">
<h2 id="pipelines-title">Pipelines</h2>
<p><label for="filter">Show names with</label> <input id="filter" type="search" autocomplete="off" spellcheck="false"></p>
<table>
<caption class="hidden">All pipelines of the process, the broken ones first</caption>
<thead><tr><th scope="col">Pipeline</th><th scope="col">State</th><th scope="col" class="wide">Two minutes</th><th scope="col" class="number">Good/s</th><th scope="col" class="number">Bad/s</th><th scope="col" class="number wide">Turned away/s</th><th scope="col" class="number">p99</th><th scope="col" class="wide">Latency</th><th scope="col" class="number wide">In flight</th><th scope="col" class="number wide">Budget</th><th scope="col" class="number wide">Bulkhead</th></tr></thead>
<tbody id="pipelines"></tbody>
</table>
<p id="more" class="faint"></p>
</section>
<section aria-labelledby="failures-title">
<h2 id="failures-title">Latest failures</h2>
<ul id="failures"><li class="faint">None so far.</li></ul>
</section>
</main>
<dialog id="act" aria-labelledby="act-title">
<form method="dialog">
<h2 id="act-title">Circuit</h2>
<p id="act-which"></p>
<p><label for="note">Note, for the log</label><br><input id="note" maxlength="200" autocomplete="off"></p>
<p class="buttons"><button type="button" data-action="isolate">Isolate</button><button type="button" data-action="open">Open</button><button type="button" data-action="close">Close the circuit</button><button value="cancel">Cancel</button></p>
<p id="act-said" role="status"></p>
</form>
</dialog>
<script>${script}</script>
</body>
</html>
`;
}

function linksOf(links: Additions['links']): string {
  const items = Object.entries(links).map(
    ([name, address]) => `<li><a href="${escaped(address)}">${escaped(name)}</a></li>`,
  );
  return items.length === 0 ? '' : `\n<nav aria-label="More"><ul>${items.join('')}</ul></nav>`;
}

function buttonsOf(names: readonly string[]): string {
  if (names.length === 0) return '';
  const buttons = names.map(
    (name) => `<button type="button" data-button="${escaped(name)}">${escaped(name)}</button>`,
  );
  return `
<section aria-labelledby="buttons-title">
<h2 id="buttons-title">Actions</h2>
<p class="buttons">${buttons.join('')}</p>
<p id="button-said" role="status"></p>
</section>`;
}
