/** Files whose frames say nothing before they are mapped: they change with every build. */
import type { FrameData } from '../record.ts';

/** Nobody writes lines like that. */
const LONGEST_LINE = 500;

export function minifiedFiles(frames: readonly FrameData[]): ReadonlySet<string> {
  const files = new Set<string>();
  for (const { file, column = 0 } of frames) {
    if (/[.-]min\.[cm]?js$/.test(file) || (column > LONGEST_LINE && /\.[cm]?js$/.test(file)))
      files.add(file);
  }
  return files;
}
