// Runs the programs under the mock timers of `node:test`, by its own runner.
import { describe, it } from 'node:test';
import * as kedge from 'kedge';
import { byNode } from './by-node.ts';
import { programsFor, run } from './programs.ts';

const fakes = byNode();

void describe('node:test', () => {
  for (const program of programsFor(fakes)) void it(program.name, () => run(program, kedge, fakes));
});
