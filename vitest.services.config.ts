// Tests against real servers: `npm run test:services`. They start PostgreSQL, MariaDB and Redis themselves.
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import base from './vitest.config.ts';

const config: ViteUserConfig = defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/services/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Each file starts a server, and measures how soon it is back.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});

export default config;
