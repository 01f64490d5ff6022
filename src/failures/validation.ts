/** Lists of what a validator has rejected, which some throw as they are. The rejected values stay inside. */
import { read } from './probe.ts';
import type { Taken } from './redact/taken.ts';

const MOST = 20;
const DEEPEST = 5;

/** What class-validator says of the properties; `undefined` for what is no such list. The values go into `taken`. */
export function rejectedBy(error: unknown, taken: Taken): string | undefined {
  try {
    if (!Array.isArray(error) || error.length === 0 || !error.every(isRejection)) return undefined;
    const lines: string[] = [];
    for (const one of error.slice(0, MOST)) collect(one, '', lines, taken, DEEPEST);
    return lines.slice(0, MOST).join('; ');
  } catch {
    return undefined;
  }
}

function isRejection(one: unknown): one is object {
  return (
    typeof read(one, 'property') === 'string' &&
    (typeof read(one, 'constraints') === 'object' || Array.isArray(read(one, 'children')))
  );
}

function collect(one: unknown, path: string, lines: string[], taken: Taken, depth: number): void {
  const property = `${path}${String(read(one, 'property')).slice(0, 100)}`;
  const value = read(one, 'value');
  if (typeof value === 'string' || typeof value === 'number') taken.add(String(value));
  const constraints = read(one, 'constraints');
  if (typeof constraints === 'object' && constraints !== null) {
    for (const said of Object.values(constraints).slice(0, MOST)) {
      if (typeof said === 'string') lines.push(`${property}: ${said.slice(0, 200)}`);
    }
  }
  const children = read(one, 'children');
  if (!Array.isArray(children) || depth === 0) return;
  for (const child of children.slice(0, MOST))
    collect(child, `${property}.`, lines, taken, depth - 1);
}
