// What is asked of every page: that nothing hinders anybody, and a picture for those who want to look themselves.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser } from './chromium.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe minds in the page that is shown. */
export async function violations(browser: Browser): Promise<unknown> {
  return browser.evaluate(
    `${axe}; axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html.slice(0, 120)).join(' | ')))`,
  );
}

/** Keeps a picture of it in the folder that `KEDGE_SCREENSHOTS` names. */
export async function keepPicture(browser: Browser, name: string): Promise<void> {
  const folder = process.env['KEDGE_SCREENSHOTS'];
  const picture = await browser.screenshot();
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.png`), Buffer.from(picture, 'base64'));
}
