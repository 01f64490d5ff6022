/** What people type to find groups: `is:unresolved service:checkout "connection refused"`. */
import type { GroupQuery, GroupState } from '../store/store.ts';
import type { Severity } from '../record/record.ts';

/** A user as people know it, or as the hash that pages show. */
type Found = Omit<GroupQuery, 'projects' | 'most' | 'skip' | 'sort' | 'user'> & {
  readonly user?: string;
};

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
    else if (field === 'event' && isEvent(value)) found.event = value.toLowerCase();
    else if (isText(field)) found[field] = value;
    // As it stands on a page of the application, or in a log.
    else if (field === undefined && isEvent(value)) found.event = value.toLowerCase();
    else words.push(whole);
  }
  if (words.length > 0) found.text = words.join(' ');
  return found;
}

const isEvent = (value: string): boolean =>
  /^[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}$/i.test(value);

const textFields = [
  'service',
  'kind',
  'platform',
  'environment',
  'release',
  'user',
  'trace',
  'request',
] as const;
type TextField = (typeof textFields)[number];

const isText = (field: string | undefined): field is TextField =>
  (textFields as readonly (string | undefined)[]).includes(field);
