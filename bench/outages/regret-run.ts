/**
 * A part of the settings through everything, in a process of its own: `node bench/outages/regret-run.ts <from> <to>`.
 */
import { answer } from '../child.ts';
import { loadKedge, origin } from '../kedge.ts';
import { published } from './grid.ts';
import { libraries } from './libraries.ts';
import { bare } from './libraries/nothing.ts';
import { measure } from './regret.ts';

const [from, to] = process.argv.slice(2).map(Number);
const kedge = await loadKedge(origin);
const rivals = [...libraries(kedge, 'published').slice(0, -1), bare];
answer(await measure(published().slice(from, to), rivals));
