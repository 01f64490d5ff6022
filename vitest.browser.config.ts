// `npm run test:browser`: what needs a browser, and is no part of `npm test`.
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import shared from './vitest.config.ts';

const config: ViteUserConfig = defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['test/browser/**/*.browser.ts', 'journal/test/browser/**/*.browser.ts'],
    testTimeout: 30_000,
  },
});

export default config;
