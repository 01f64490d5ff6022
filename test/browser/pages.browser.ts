// What visitors see: each page in light and dark, on a phone and on a screen. `npm run test:browser`.
//
// KEDGE_SCREENSHOTS=folder keeps pictures of them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { invalid, notFound, PublicError } from 'kedge/responses';
import { errorResponses, type ErrorResponsesOptions } from 'kedge/node-http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Browser, chromium, type Look } from './chromium.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="10" fill="#0f766e"/><path d="M8 26 20 10l12 16z" fill="#fff"/></svg>`;
const brand = {
  name: 'Northwind Outdoor',
  logo,
  colors: { accent: '#0f766e' },
  links: [
    { label: 'Help', href: '/help' },
    { label: 'Status', href: 'https://status.example' },
    { label: 'Contact', href: 'mailto:help@northwind.example' },
  ],
} as const;

const errors: Readonly<Record<string, unknown>> = {
  'not-found': notFound(),
  order: notFound('The order 2026-118-4471'),
  unexpected: new Error('connect to db-7 failed', { cause: new RangeError('port 99999') }),
  busy: new PublicError('We are doing some work until noon.', { status: 503, retryAfter: 60_000 }),
  invalid: invalid([
    { pointer: '#/items/0/amount', detail: 'must be above 0' },
    { detail: 'Choose a day on which we deliver.' },
  ]),
};

const services: readonly (readonly [name: string, options: ErrorResponsesOptions])[] = [
  ['plain', {}],
  ['branded', { pages: brand }],
  ['bright', { pages: { name: 'Sunny', colors: { accent: '#fde047', background: '#fffbeb' } } }],
  ['night', { pages: { name: 'Noir', colors: { accent: '#000000', darkBackground: '#000000' } } }],
  ['development', { pages: brand, expose: 'development' }],
];

const looks: readonly (readonly [name: string, look: Look])[] = [
  ['light', { scheme: 'light', width: 1_280, height: 800 }],
  ['dark', { scheme: 'dark', width: 1_280, height: 800 }],
  ['phone', { scheme: 'light', width: 360, height: 740 }],
  ['phone-dark', { scheme: 'dark', width: 320, height: 640 }],
];

let browser: Browser;
beforeAll(async () => {
  browser = await chromium();
});
afterAll(() => browser?.[Symbol.asyncDispose]());

describe.each(services)('%s pages', (name, options) => {
  const server = createServer(
    errorResponses(
      (request) => {
        throw errors[(request.url ?? '').slice(1)] ?? notFound();
      },
      { logger: false, ...options },
    ),
  );
  let url = '';
  beforeAll(async () => {
    vi.stubEnv('NODE_ENV', 'development');
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it.each(
    Object.keys(errors).flatMap((error) => looks.map(([look, how]) => [error, look, how] as const)),
  )('%s can be read by everybody, %s', async (error, look, how) => {
    const complaints = await browser.open(`${url}/${error}`, how);
    keep(`${name}-${error}-${look}`, await browser.screenshot());
    // The status itself is one, and nothing else may be: no style or image that the policy forbids.
    expect(complaints.filter((text) => !text.includes('status of'))).toEqual([]);

    const { overflow, scripts, outside } = await browser.evaluate<{
      overflow: number;
      scripts: number;
      outside: string[];
    }>(`({
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      scripts: document.scripts.length,
      outside: performance.getEntriesByType('resource').map(({ name }) => name)
        .filter((name) => !name.startsWith('data:') && !name.endsWith('/favicon.ico')),
    })`);
    expect({ overflow, scripts, outside }).toEqual({ overflow: 0, scripts: 0, outside: [] });

    await browser.evaluate(axe);
    const violations = await browser.evaluate<object[]>(
      `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })
        .then(({ violations }) => violations.map(({ id, nodes }) => ({ id, html: nodes.map(({ html, failureSummary }) => html + failureSummary) })))`,
    );
    expect(violations).toEqual([]);
  });
});

function keep(name: string, picture: string): void {
  const folder = process.env['KEDGE_SCREENSHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.png`), Buffer.from(picture, 'base64'));
}
