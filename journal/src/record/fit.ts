/** Brings a record under its limit by what tells the least, and says in the record what was left out. */
import { cutAt } from './reading.ts';
import type { Draft, ExceptionData, FailureRecord, FrameData } from './record.ts';

export const MOST_BYTES: number = 64 * 1024;

type Step = (record: Draft) => string | undefined;

/** In the order in which they are taken, until it fits. Release, environment, tags, user and time are in none of them. */
const steps: readonly Step[] = [
  (record) => shortenBreadcrumbs(record, 20),
  (record) => drop(record, 'extra'),
  (record) => limitSources(record, 5),
  (record) => drop(record, 'contexts'),
  (record) => limitFrames(record, 5, 15),
  (record) => shortenTexts(record, 2_000),
  (record) => drop(record, 'breadcrumbs'),
  (record) => limitSources(record, 0),
  (record) => limitChain(record, 3),
  (record) => shortenTexts(record, 500),
  (record) => limitFrames(record, 2, 6),
];

/** The record as JSON of at most 64 KiB. */
export function fitted(record: FailureRecord): string {
  const draft: Draft = { ...record };
  const cut = [...(record.cut ?? [])];
  let json = JSON.stringify(draft);
  for (const step of steps) {
    if (Buffer.byteLength(json) <= MOST_BYTES) break;
    const said = step(draft);
    if (said === undefined) continue;
    cut.push(said);
    draft.cut = cut;
    json = JSON.stringify(draft);
  }
  return json;
}

function drop(record: Draft, part: 'extra' | 'contexts' | 'breadcrumbs'): string | undefined {
  if (record[part] === undefined) return undefined;
  delete record[part];
  return `${part}: left out`;
}

function shortenBreadcrumbs(record: Draft, most: number): string | undefined {
  const all = record.breadcrumbs ?? [];
  if (all.length <= most) return undefined;
  record.breadcrumbs = all.slice(-most);
  return `breadcrumbs: the last ${most} of ${all.length}`;
}

function limitSources(record: Draft, most: number): string {
  const withSource = (frames: readonly FrameData[]): readonly FrameData[] => {
    let left = most;
    return frames
      .toReversed()
      .map((frame) => {
        if (frame.source === undefined) return frame;
        left -= 1;
        const { source: _, ...rest } = frame;
        return left >= 0 ? frame : rest;
      })
      .toReversed();
  };
  changeExceptions(record, (one) => ({ ...one, frames: withSource(one.frames) }));
  return `source lines: of ${most} frames`;
}

function limitFrames(record: Draft, outermost: number, innermost: number): string {
  changeExceptions(record, (one) => {
    if (one.frames.length <= outermost + innermost) return one;
    const frames = [...one.frames.slice(0, outermost), ...one.frames.slice(-innermost)];
    return { ...one, frames };
  });
  return `frames: ${outermost} outermost and ${innermost} innermost`;
}

function limitChain(record: Draft, most: number): string | undefined {
  const { exceptions } = record;
  if (exceptions.length <= most) return undefined;
  record.exceptions = [...exceptions.slice(0, most - 1), exceptions.at(-1) as ExceptionData];
  return `exceptions: ${most} of ${exceptions.length}`;
}

function shortenTexts(record: Draft, most: number): string {
  const short = (text: string): string => (text.length > most ? cutAt(text, most) : text);
  if (record.message !== undefined) record.message = short(record.message);
  changeExceptions(record, (one) => ({ ...one, message: short(one.message) }));
  return `messages: ${most} characters`;
}

function changeExceptions(record: Draft, change: (one: ExceptionData) => ExceptionData): void {
  record.exceptions = record.exceptions.map(change);
}
