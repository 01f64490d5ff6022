// `npm run test:clients`: unchanged clients of the journal, which have to be installed, and are no part of `npm test`.
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import shared from './vitest.config.ts';

const config: ViteUserConfig = defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['journal/test/clients/**/*.clients.ts'],
    testTimeout: 60_000,
  },
});

export default config;
