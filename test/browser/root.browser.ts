// The root entry in a browser, as it is built: served as it is with an import map, and bundled. `npm run test:browser`.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import * as kedge from 'kedge';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Browser, chromium } from './chromium.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = (head: string, source: string): string =>
  `<!doctype html><title>kedge</title><link rel="icon" href="data:,">${head}<script type="module" src="${source}"></script>`;
const map = JSON.stringify({
  imports: { kedge: '/dist/index.js', '#sources': '/dist/verdict/sources/index.browser.js' },
});
const pages: Readonly<Record<string, string>> = {
  '/modules': script(`<script type="importmap">${map}</script>`, '/page.js'),
  '/bundled': script('', '/bundle.js'),
};

let bundle = '';
const served: string[] = [];
const server = createServer((request, response) => {
  const path = new URL(request.url ?? '', 'http://localhost').pathname;
  served.push(path);
  const type = (kind: string): typeof response => response.setHeader('content-type', kind);
  if (path in pages) type('text/html').end(pages[path]);
  else if (path === '/hello') response.end('hello');
  else if (path === '/page.js')
    type('text/javascript').end(readFileSync(`${root}test/browser${path}`));
  else if (path === '/bundle.js') type('text/javascript').end(bundle);
  else if (/^\/dist\/[\w/.-]+\.js$/.test(path) && existsSync(root + path))
    type('text/javascript').end(readFileSync(root + path));
  // The answer to /never is none at all.
  else if (path !== '/never') response.writeHead(404).end();
});

let browser: Browser;
let url = '';
beforeAll(async () => {
  const built = await build({
    entryPoints: [`${root}test/browser/page.js`],
    alias: { kedge: `${root}dist/index.js` },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  });
  bundle = built.outputFiles[0]!.text;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

it.each(Object.keys(pages))(
  'a page retries, breaks circuits and ends what is slow with the root entry: %s',
  async (page) => {
    served.length = 0;
    const complaints = await browser.open(url + page, { scheme: 'light', width: 800, height: 600 });
    expect(complaints).toEqual([]);
    expect(await browser.evaluate('window.outcome')).toEqual({
      names: Object.keys(kedge).toSorted(),
      retries: { value: 'quote', attempts: [1, 2, 3] },
      breaks: {
        calls: 4,
        states: ['closed', 'closed', 'open', 'open', 'closed'],
        refusal: 'KEDGE_CIRCUIT_OPEN',
      },
      timesOut: { code: 'KEDGE_TIMEOUT', same: true },
      leaves: 'gone',
      together: { text: 'hello', executions: 1 },
    });
    // Nothing but the page's own code, and what it asked for.
    expect(served.filter((path) => path.startsWith('/dist/')).length > 0).toBe(page === '/modules');
  },
);
