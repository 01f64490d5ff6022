/** What an import costs a user: bundled, minified and compressed. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { answer } from '../child.ts';

export interface Size {
  readonly code: string;
  readonly minified: number;
  readonly gzip: number;
  readonly brotli: number;
}

const imports = [
  "export { pipeline, retry, circuitBreaker, timeout, fallback } from 'kedge'",
  "export { pipeline, presets } from 'kedge'",
  "export * from 'kedge'",
  "export { wrap, handleAll, retry, circuitBreaker, timeout, fallback, SamplingBreaker, ExponentialBackoff, TimeoutStrategy } from 'cockatiel'",
  "export { default } from 'p-retry'",
  "export { default } from 'opossum'",
];

answer(await Promise.all(imports.map(size)));

async function size(code: string): Promise<Size> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    logLevel: 'error',
  });
  const { contents } = outputFiles[0]!;
  return {
    code: code.replace('export', 'import'),
    minified: contents.length,
    gzip: gzipSync(contents, { level: 9 }).length,
    brotli: brotliCompressSync(contents).length,
  };
}
