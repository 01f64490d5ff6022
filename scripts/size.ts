// What an import costs: bundled, minified and compressed, against the bounds below.
// Run by `npm run check:package`. A bound is a decision: raise one only with a reason in the commit.
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { entries, manifest, root } from './entries.ts';

/** Gzipped bytes by import statement. Every entry needs one for all of it. */
const bounds: Readonly<Record<string, number>> = {
  "export * from 'kedge'": 58_500,
  // Holds `sideEffects: false`: who uses two policies does not ship all of them.
  "export { pipeline, timeout } from 'kedge'": 20_500,
  "export { pipeline, retry } from 'kedge'": 40_000,
  // Most of it are the table of classify and the patterns of redact, which know the keys of some hundred services.
  "export * from 'kedge/failures'": 72_000,
  "export * from 'kedge/responses'": 86_000,
  "export * from 'kedge/process'": 75_500,
  "export * from 'kedge/security'": 74_500,
  // The table of some twenty drivers and clients.
  "export { classify } from 'kedge'": 34_500,
  "export { pipeline, retry, circuitBreaker, timeout, fallback } from 'kedge'": 47_000,
  // Each has all of the answers, and little of its own.
  "export * from 'kedge/express'": 86_000,
  "export * from 'kedge/fastify'": 86_000,
  "export * from 'kedge/hono'": 85_500,
  "export * from 'kedge/koa'": 85_500,
  "export * from 'kedge/node-http'": 85_000,
  // The presets, and so nearly all policies, and `classify`.
  "export * from 'kedge/http'": 59_000,
  "export * from 'kedge/undici'": 58_500,
  "export * from 'kedge/axios'": 58_000,
  // The core, two of its policies, `classify` and the peer's own surface.
  "export * from 'kedge/cockatiel'": 50_000,
  "export * from 'kedge/protect'": 2_000,
  // The engine, a circuit of opossum's rules and a bulkhead.
  "export * from 'kedge/opossum'": 30_000,
  // The engine without any of its own policies, and `classify`.
  "export * from 'kedge/p-retry'": 22_500,
  // The presets again, and what tells reads from writes.
  "export * from 'kedge/pg'": 64_500,
  "export * from 'kedge/mysql2'": 64_500,
  "export * from 'kedge/mongodb'": 62_000,
  "export * from 'kedge/redis'": 62_500,
  "export * from 'kedge/sqlite'": 36_500,
  "export * from 'kedge/pino'": 75_500,
  // Describes and redacts as the log does, and is sent through a pipeline with a retry and a timeout.
  "export * from 'kedge/journal'": 83_000,
  // Holds the lines of the log and the numbers of the metrics.
  "export * from 'kedge/opentelemetry'": 82_500,
  "export * from 'kedge/prometheus'": 25_500,
  // Describes and redacts errors, as the lines of a log do.
  "export * from 'kedge/state'": 74_000,
  // Holds the page, too.
  "export * from 'kedge/live'": 83_000,
  "export * from 'kedge/testing'": 20_000,
};

/** The same under the condition `browser`, which leaves out the tables of databases and drivers. */
const browserBounds: Readonly<Record<string, number>> = {
  "export { classify } from 'kedge'": 23_500,
  "export { retry } from 'kedge'": 28_500,
  "export { pipeline, retry, circuitBreaker, timeout, fallback } from 'kedge'": 35_500,
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
