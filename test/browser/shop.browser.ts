// The example shop as its audience sees it: dependencies are broken and healed by the buttons of its page.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { start } from '../examples/start.ts';
import { chromium } from './chromium.ts';
import { keepPicture, violations } from './look.ts';

it('is broken and healed by the buttons of its page, where a circuit opens and closes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'shop.log');
  await using shop = start(['--seconds', '3', '--rate', '40', '--log', log, '--serve']);
  await using browser = await chromium();
  const origin = await shop.origin();
  await expect.poll(() => shop.printed, { timeout: 90_000 }).toContain('Users keep coming');

  expect(await browser.open(`${origin}/`, { scheme: 'light', width: 1_280, height: 900 })).toEqual(
    [],
  );
  const text = (selector: string): Promise<string> =>
    browser.evaluate<string>(
      `document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`,
    );
  const shows = async (selector: string, pattern: RegExp): Promise<void> => {
    const poll = { timeout: 30_000, interval: 100 };
    await expect.poll(() => text(selector), poll).toMatch(pattern);
  };
  const press = (button: string): Promise<void> =>
    browser.evaluate(`document.querySelector('[data-button=${JSON.stringify(button)}]').click()`);

  await shows('#summary', /^All circuits/);
  for (const route of ['/bare/orders/', '/peers/orders/', '/orders/'])
    await shows('#pipelines', new RegExp(`GET ${route}:id`));
  expect(await text('nav')).toMatch(/Metrics\s*State\s*Log/);

  await press('Break the quotes API: its process is killed');
  await shows('#button-said', /its process is killed: it is broken\./);
  await shows('#circuits', /quotes-api http.*, circuitBreaker (?:open|half-open)/);
  expect(await violations(browser)).toEqual([]);
  await keepPicture(browser, 'shop');
  await press('Heal the quotes API');
  await shows('#button-said', /Heal the quotes API: it is well\./);
  await shows('#summary', /^All circuits/);

  await press('Break the database: crashes');
  await shows('#circuits', /orders-db.*, circuitBreaker (?:open|half-open)/);
  await press('Heal the database');
  await shows('#summary', /^All circuits/);
}, 240_000);
