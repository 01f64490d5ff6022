#!/usr/bin/env node
/** `npx kedge-journal`. */
import process from 'node:process';
import { mistakeIn } from './runtime.ts';

const mistake = mistakeIn(process.versions.node);
if (mistake !== undefined) {
  process.stderr.write(mistake);
  process.exit(1);
}
const [{ run }, { systemClock }] = await Promise.all([
  import('./cli/run.ts'),
  import('./clock.ts'),
]);

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  env: process.env,
  clock: systemClock,
  signal: ending.signal,
});
