// The console as somebody sees and uses it, in Chromium: `npm run test:browser`.
//
// KEDGE_SCREENSHOTS=folder keeps pictures of it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, chromium, type Look } from '../../../test/browser/chromium.ts';
import { type TestJournal, testJournal } from '../support/journal.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const light: Look = { scheme: 'light', width: 1_280, height: 800 };
const looks: readonly (readonly [string, Look])[] = [
  ['light', light],
  ['dark', { ...light, scheme: 'dark' }],
  ['phone', { scheme: 'light', width: 360, height: 740 }],
  ['phone-dark', { scheme: 'dark', width: 360, height: 740 }],
];

const markup = '<script>document.title = "taken"</script><img src=x onerror="document.title=1">';
const bidi = '\u202Etxt.exe\u2066\u001B[31mred';

let browser: Browser;
let journal: TestJournal;

beforeAll(async () => {
  browser = await chromium();
});
afterAll(() => browser[Symbol.asyncDispose]());
// The browser holds on to its connections.
afterEach(async () => {
  const closing = journal.close();
  journal.clock.advance(10_000);
  await closing;
});
beforeEach(async () => {
  journal = await testJournal({ ALLOWED_TARGETS: '127.0.0.1' });
});

async function fail(event: object): Promise<void> {
  const [key] = await journal.store.keys();
  const url = `${journal.url}/api/1/store/?sentry_key=${key!.key}`;
  const { status } = await fetch(url, { method: 'POST', body: JSON.stringify(event) });
  expect(status).toBe(200);
}

function failureOf(type: string, value: string, more: object = {}): object {
  const frame = (name: string, inApp: boolean): object => ({
    function: name,
    filename: inApp ? '/srv/shop/src/orders.ts' : '/srv/shop/node_modules/pg/lib/client.js',
    lineno: 42,
    colno: 11,
    in_app: inApp,
    pre_context: ['async function cancel(order) {', '  const found = await find(order);'],
    context_line: `  throw new ${type}(order);`,
    post_context: ['}'],
  });
  const frames = [frame('handle', false), frame('cancelOrder', true), frame('cancel', true)];
  return {
    platform: 'node',
    release: 'shop@2.4.0',
    environment: 'production',
    exception: { values: [{ type, value, stacktrace: { frames } }] },
    tags: { region: 'eu-1' },
    user: { id: 'u-17' },
    contexts: { runtime: { name: 'node', version: '24.21.0' } },
    extra: { attempt: 3 },
    breadcrumbs: [
      { timestamp: 1_795_813_593, category: 'query', message: 'SELECT 1', data: { rows: 1 } },
    ],
    ...more,
  };
}

const hostile = failureOf(`${markup}${bidi}`, `${markup}${bidi} ${'x'.repeat(2_000)}`, {
  tags: { [`"><b>${'t'.repeat(30)}`]: `javascript:alert(1) ${markup}` },
  transaction: markup,
  release: '"><script>',
  breadcrumbs: [{ category: markup, message: `${bidi}${markup}`, data: { a: markup } }],
  extra: { [markup]: { deep: [markup, bidi] } },
});

/** Signs in as the administrator of the first start. */
async function signIn(look: Look = light): Promise<void> {
  const token = await journal.sessions.startLink('admin');
  await browser.open(`${journal.url}/sign-in?token=${token}`, look);
  await reach('Sign in with this link');
  await browser.press('Enter');
  await at('/groups');
}

async function at(path: string): Promise<void> {
  await expect.poll(() => browser.evaluate<string>('location.pathname')).toBe(path);
}

/** Goes on with the Tab key until what has the focus says or is called that. */
async function reach(name: string): Promise<void> {
  const focused = `(({ activeElement: one }) => (one?.labels?.[0]?.innerText ?? one?.getAttribute?.('aria-label') ?? one?.innerText ?? '').trim())(document)`;
  for (let pressed = 0; pressed < 60; pressed++) {
    if ((await browser.evaluate<string>(focused)).startsWith(name)) return;
    await browser.press('Tab');
  }
  throw new Error(`Nothing that is called '${name}' gets the focus.`);
}

const text = (): Promise<string> => browser.evaluate<string>('document.body.innerText');

async function keep(name: string): Promise<void> {
  const folder = process.env['KEDGE_SCREENSHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `journal-${name}.png`),
    Buffer.from(await browser.screenshot(), 'base64'),
  );
}

const violations = (): Promise<unknown> =>
  browser.evaluate(
    `${axe}; axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html.slice(0, 120)).join(' | ')))`,
  );

describe('the console', () => {
  it('is used by the keyboard alone, and without scripts', async () => {
    await fail(failureOf('OrderError', 'order 17 failed'));
    const look = { ...light, scripts: false };
    await signIn(look);
    await reach('Search');
    for (const key of 'order') await browser.press(key);
    await browser.press('Enter');
    await expect.poll(() => browser.evaluate<string>('location.search')).toContain('q=order&');
    await reach('OrderError: order 17 failed');
    await browser.press('Enter');
    await at('/groups/1');
    await reach('Resolve');
    await browser.press('Enter');
    await expect.poll(text).toContain('The group is resolved');
    expect(await journal.store.group(1)).toMatchObject({ state: 'resolved' });
    await reach('Projects');
    await browser.press('Enter');
    await at('/projects');
    await reach('Address of a webhook');
    for (const key of 'http://127.0.0.1:9/hook') await browser.press(key);
    await browser.press('Enter');
    await expect.poll(text).toContain('are told there from now on');
    await reach('Sign out');
    await browser.press('Enter');
    await at('/sign-in');
  });

  it(
    'has pages that everybody can read, in both themes and on a phone',
    { timeout: 120_000 },
    async () => {
      await fail(failureOf('OrderError', 'order 17 failed'));
      await fail(failureOf('StockError', 'nothing is left', { level: 'warning' }));
      await fail(failureOf('PaymentError', 'the bank said no', { level: 'fatal' }));
      const [first] = await journal.store.projects();
      const at = journal.clock.now();
      await journal.store.saveChannel({
        project: first!.id,
        kind: 'webhook',
        target: 'https://chat.example.org/hooks/17',
        secret: 'whsec_c2VjcmV0',
        created: at,
      });
      await signIn();
      const pages = {
        groups: '/groups',
        nothing: '/groups?q=nowhere',
        group: '/groups/1',
        projects: '/projects',
        members: '/members',
        account: '/account',
      };
      for (const [look, how] of looks) {
        for (const [name, path] of Object.entries(pages)) {
          const complaints = await browser.open(journal.url + path, how);
          await keep(`${name}-${look}`);
          expect([name, look, await violations(), complaints]).toEqual([name, look, [], []]);
          const tooWide = 'document.documentElement.scrollWidth > innerWidth';
          expect([name, look, await browser.evaluate(tooWide)]).toEqual([name, look, false]);
        }
      }
      await browser.open(`${journal.url}/sign-in?other`, light);
      expect(await violations()).toEqual([]);
    },
  );

  it('shows hostile records as text, which does nothing, on any screen', async () => {
    await fail(hostile);
    await signIn();
    for (const [look, how] of looks) {
      for (const path of ['/groups', '/groups/1']) {
        const complaints = await browser.open(journal.url + path, how);
        await keep(`hostile-${path.length}-${look}`);
        expect(complaints).toEqual([]);
        const found = await browser.evaluate<object>(`({
          elements: document.querySelectorAll('script, img, b, iframe, object').length,
          handlers: [...document.querySelectorAll('*')].filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).length,
          links: [...document.links].filter(({ href }) => !href.startsWith(location.origin)).length,
          isTaken: !document.title.endsWith('kedge journal'),
          turns: /[\\u202A-\\u202E\\u2066-\\u2069\\u001B]/.test(document.body.innerText),
          isWide: document.documentElement.scrollWidth > innerWidth,
        })`);
        expect([path, look, found]).toEqual([
          path,
          look,
          { elements: 0, handlers: 0, links: 0, isTaken: false, turns: false, isWide: false },
        ]);
        expect(await violations()).toEqual([]);
      }
    }
  });

  it('shows a failure with megabytes of text as a page of kilobytes', async () => {
    const long = 'long '.repeat(250_000);
    await fail(failureOf('LongError', long, { extra: { long }, tags: { long } }));
    await signIn();
    await browser.open(`${journal.url}/groups/1`, light);
    expect(await browser.evaluate('document.documentElement.outerHTML.length')).toBeLessThan(
      200_000,
    );
    expect(await text()).toMatch(/(?:long ){30,}(?:lo?n?g?)?…/);
  });
});
