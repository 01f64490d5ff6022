/** What people type to find groups: `is:unresolved service:checkout "connection refused"`. */
import type { GroupQuery, GroupState } from '../store/store.ts';
import type { Severity } from '../record/record.ts';

type Found = Omit<GroupQuery, 'projects' | 'most' | 'skip' | 'sort'>;

const states: ReadonlySet<string> = new Set<GroupState>(['unresolved', 'resolved', 'ignored']);
const severities: ReadonlySet<string> = new Set<Severity>(['critical', 'error', 'warning', 'info']);
const LONGEST = 500;

/** What is no field is a word. */
export function parseQuery(text: string): Found {
  const found: { -readonly [Field in keyof Found]: Found[Field] } = {};
  const words: string[] = [];
  for (const [whole, field, quoted, plain] of text
    .slice(0, LONGEST)
    .matchAll(/(?:(\w+):)?(?:"([^"]*)"|(\S+))/g)) {
    const value = quoted ?? plain ?? '';
    if (field === 'is' && states.has(value)) found.state = value as GroupState;
    else if (field === 'severity' && severities.has(value)) found.severity = value as Severity;
    else if (isText(field)) found[field] = value;
    else words.push(whole);
  }
  if (words.length > 0) found.text = words.join(' ');
  return found;
}

const isText = (
  field: string | undefined,
): field is 'service' | 'environment' | 'release' | 'user' =>
  field !== undefined && ['service', 'environment', 'release', 'user'].includes(field);
