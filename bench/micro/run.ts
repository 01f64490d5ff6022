/**
 * In a process of its own: all stacks, or those whose names are given, in this one process and run.
 *
 *   node --expose-gc bench/micro/run.ts [--quick] [--alone name]
 */
import { measure } from 'mitata';
import { answer } from '../child.ts';
import { loadDropIns, loadKedge, loadSinks, origin } from '../kedge.ts';
import { allocated } from './allocation.ts';
import { compare, type Effort, type Measured, warmUp } from './measure.ts';
import { bare, type Stack } from './operations.ts';
import { stacks } from './stacks.ts';

export interface MicroResult extends Measured {
  readonly group: Stack['group'];
  /** The ratio that mitata finds, in the same process. */
  readonly mitata: number;
  readonly bytes: number;
}

const [mode, ...names] = process.argv.slice(2);
const effort: Record<string, Effort> = {
  full: { rounds: 40, slice: 20 },
  check: { rounds: 80, slice: 15 },
  alone: { rounds: 40, slice: 20 },
};

const all = stacks(await loadKedge(origin), await loadSinks(origin), await loadDropIns(origin));
const unitOf = ({ unit }: Stack): string => unit ?? bare;
/** Those that were asked for, and what they are compared with. */
const wanted = new Set([
  bare,
  ...all.filter(({ name }) => names.includes(name)).flatMap((each) => [each.name, unitOf(each)]),
]);
const chosen = names.length === 0 ? all : all.filter(({ name }) => wanted.has(name));

const bytes =
  mode === 'bytes'
    ? await allocated(chosen.filter(({ concurrent }) => concurrent === undefined))
    : undefined;
if (bytes !== undefined) answer(bytes);
else {
  const measured = await compare(
    chosen,
    (each) => unitOf(each as Stack),
    effort[mode ?? 'full'] ?? effort['full']!,
  );
  const crossChecked = mode === 'full' ? await byMitata(chosen) : undefined;
  answer(
    measured.map((each, index) => ({
      ...each,
      group: chosen[index]!.group,
      mitata: crossChecked?.get(each.name) ?? NaN,
    })),
  );
}

/** mitata measures the first call to decide how to go on, and a function that is not warm yet gets another method. */
async function byMitata(list: readonly Stack[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const sequential = list.filter(({ concurrent }) => concurrent === undefined);
  for (const { call } of sequential) for (let each = 0; each < warmUp; each++) await call();
  const medians = new Map<string, number>();
  for (const each of sequential) medians.set(each.name, await median(each));
  for (const each of sequential)
    found.set(each.name, medians.get(each.name)! / medians.get(unitOf(each))!);
  return found;
}

async function median({ call }: Stack): Promise<number> {
  return (await measure(call, {})).p50;
}
