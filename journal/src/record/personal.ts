/** What is dropped wherever it stands, because it tells who somebody is or holds whatever a client sent. */
import type { Json } from 'kedge/failures';
import { type Fields, isFields } from './reading.ts';

const DEEPEST = 10;
const WIDEST = 200;
/** Of an object; a tenth of that is kept. */
const MOST_MEMBERS = 1_000;

/** By the last part of a name: `user.email`, `sys.argv`, `http.request.headers`. */
const dropped =
  /(?:^|[._-])(?:argv|args|env|environ|environment_variables|cookies?|headers|body|e-?mail|user_?name|full_?name|first_?name|last_?name|ip|ip_?address|client_?ip|remote_?addr(?:ess)?|query(?:_?string)?|fragment|vars|locals)$/i;

const drops = new Map<string, boolean>();
const MOST_NAMES = 5_000;

export function isDropped(name: string): boolean {
  let known = drops.get(name);
  if (known === undefined) {
    known = dropped.test(name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_'));
    if (drops.size >= MOST_NAMES) drops.clear();
    if (name.length <= 200) drops.set(name, known);
  }
  return known;
}

/** What may be kept of an object, or nothing where that is empty. */
export function kept(value: unknown): Record<string, Json> | undefined {
  if (!isFields(value)) return undefined;
  const copy = withoutPersonal(value) as Record<string, Json>;
  return Object.keys(copy).length === 0 ? undefined : copy;
}

/** A copy without it. */
function withoutPersonal(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) return '[deep]';
  if (Array.isArray(value)) {
    return value.slice(0, WIDEST).map((item) => withoutPersonal(item, depth + 1));
  }
  if (!isFields(value)) return typeof value === 'string' ? withoutQuery(value) : value;
  const kept: Record<string, unknown> = {};
  let left = MOST_MEMBERS;
  for (const name in value) {
    left -= 1;
    if (left < 0) break;
    if (isDropped(name) || name === '__proto__') continue;
    kept[name] = withoutPersonal(value[name], depth + 1);
  }
  return kept satisfies Fields;
}

/** The path of a script or of a source, without what a browser or a module loader adds to it. */
export const plainFile = (file: string): string => withoutQuery(file).replace(/^file:\/\//, '');

/** An address without user, query and fragment; any other text as it is. */
export function withoutQuery(text: string): string {
  if (!/^[a-z][a-z\d+.-]*:\/\/\S+$/i.test(text)) return text;
  return text.replace(/[?#].*$/s, '').replace(/^([a-z\d+.-]+:\/\/)[^/@]*@/i, '$1');
}
