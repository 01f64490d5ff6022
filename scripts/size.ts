// What an import costs: bundled, minified and compressed, against the bounds below.
// Run by `npm run check:package`. A bound is a decision: raise one only with a reason in the commit.
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { entries, manifest, root } from './entries.ts';

/** Gzipped bytes by import statement. Every entry needs one for all of it. */
const bounds: Readonly<Record<string, number>> = {
  "export * from 'kedge'": 59_000,
  // Holds `sideEffects: false`: who uses two policies does not ship all of them.
  "export { pipeline, timeout } from 'kedge'": 21_500,
  "export { pipeline, retry } from 'kedge'": 40_500,
  // Most of it are the table of classify and the patterns of redact, which know the keys of some hundred services.
  "export * from 'kedge/failures'": 74_500,
  "export * from 'kedge/responses'": 88_500,
  "export * from 'kedge/process'": 78_000,
  "export * from 'kedge/security'": 77_000,
  // The table of some twenty drivers and clients.
  "export { classify } from 'kedge'": 35_000,
  "export { pipeline, retry, circuitBreaker, timeout, fallback } from 'kedge'": 47_500,
  // Each has all of the answers, and little of its own.
  "export * from 'kedge/express'": 88_500,
  "export * from 'kedge/fastify'": 88_500,
  "export * from 'kedge/hono'": 88_000,
  "export * from 'kedge/koa'": 88_000,
  "export * from 'kedge/node-http'": 87_500,
  // The presets, and so nearly all policies, and `classify`.
  "export * from 'kedge/http'": 60_000,
  "export * from 'kedge/undici'": 59_500,
  "export * from 'kedge/axios'": 59_500,
  // The core, two of its policies, `classify` and the peer's own surface.
  "export * from 'kedge/cockatiel'": 51_000,
  "export * from 'kedge/protect'": 2_000,
  // The engine, a circuit of opossum's rules and a bulkhead.
  "export * from 'kedge/opossum'": 30_000,
  // The engine without any of its own policies, and `classify`.
  "export * from 'kedge/p-retry'": 23_500,
  // The presets again, and what tells reads from writes.
  "export * from 'kedge/pg'": 65_500,
  "export * from 'kedge/mysql2'": 66_000,
  "export * from 'kedge/mongodb'": 63_000,
  "export * from 'kedge/redis'": 63_500,
  "export * from 'kedge/sqlite'": 40_500,
  "export * from 'kedge/pino'": 78_000,
  // Describes and redacts as the log does, and is sent through a pipeline with a retry and a timeout.
  "export * from 'kedge/journal'": 85_500,
  // Holds the lines of the log and the numbers of the metrics.
  "export * from 'kedge/opentelemetry'": 85_000,
  "export * from 'kedge/prometheus'": 26_000,
  // Describes and redacts errors, as the lines of a log do.
  "export * from 'kedge/state'": 76_500,
  // Holds the page, too.
  "export * from 'kedge/live'": 86_500,
  "export * from 'kedge/testing'": 20_500,
};

/** The same under the condition `browser`, which leaves out the tables of databases and drivers. */
const browserBounds: Readonly<Record<string, number>> = {
  "export { classify } from 'kedge'": 24_000,
  "export { retry } from 'kedge'": 29_000,
  "export { pipeline, retry, circuitBreaker, timeout, fallback } from 'kedge'": 36_000,
};

async function bundle(code: string, platform: 'node' | 'browser'): Promise<Uint8Array> {
  const { outputFiles } = await build({
    // 'kedge' is resolved through the package's own `exports`, and not through the paths of our tsconfig.json.
    tsconfigRaw: '{}',
    stdin: { contents: code, resolveDir: root },
    external: Object.keys(manifest.devDependencies),
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
    target: platform === 'node' ? 'node22' : 'es2023',
    logLevel: 'error',
  });
  return outputFiles[0]!.contents;
}

const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`.padStart(8);

let failed = false;
for (const { specifier } of entries) {
  if (bounds[`export * from '${specifier}'`] !== undefined) continue;
  console.error(`scripts/size.ts has no bound for ${specifier}`);
  failed = true;
}

console.log(
  `${'minified'.padStart(8)} ${'gzip'.padStart(8)} ${'brotli'.padStart(8)} ${'bound'.padStart(8)}`,
);
for (const [platform, all] of [
  ['node', bounds],
  ['browser', browserBounds],
] as const) {
  for (const [code, bound] of Object.entries(all)) {
    const minified = await bundle(code, platform);
    const gzip = gzipSync(minified, { level: 9 }).length;
    const over = gzip > bound;
    failed ||= over;
    const sizes = [minified.length, gzip, brotliCompressSync(minified).length, bound]
      .map(kb)
      .join(' ');
    const where = platform === 'node' ? '' : ` (${platform})`;
    console.log(`${sizes}  ${code}${where}${over ? '  ← too large' : ''}`);
  }
}
if (failed) process.exitCode = 1;
