#!/usr/bin/env node
/** `npx kedge`: what operations need of this version, on standard output. */
import process from 'node:process';
import { run } from './run.ts';

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  fetch,
  columns: process.stdout.isTTY ? process.stdout.columns : Infinity,
  colors: process.stdout.isTTY && !process.env['NO_COLOR'],
});
