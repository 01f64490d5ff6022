/**
 * Which failures are one. The rule, the same for all platforms:
 *
 *   the client's fingerprint, if it has one; `{{ default }}` in it stands for what follows
 *   else the platform, the type, the root cause's type, and up to five innermost frames of the application
 *   else, without such frames, the type and the message without its variables
 *
 * A frame is its module or its path from the root of the sources, and its function, without what compilers add. Lines,
 * columns, folders above, builds and hosts do not count.
 */
import { hash } from 'node:crypto';
import { template } from 'kedge/failures';
import { minifiedFiles } from './group/minified.ts';
import { placeOf } from './group/places.ts';
import { clean } from './redact.ts';
import type { Draft, ExceptionData } from './record.ts';

/** Part of each key, so that a later rule can stand beside this one. */
export const RULE = 'v1';

const MOST_PLACES = 5;

/** `v1:` and 16 hexadecimal digits. */
export function groupOf(draft: Draft): string {
  const { fingerprint } = draft;
  const own = defaultParts(draft);
  if (fingerprint === undefined) return keyOf(own);
  const parts = fingerprint.flatMap((part) =>
    /^\{\{\s*default\s*\}\}$/.test(part) ? own : [`client ${clean(part)}`],
  );
  return keyOf(parts);
}

function keyOf(parts: readonly string[]): string {
  return `${RULE}:${hash('sha256', parts.join('\n')).slice(0, 16)}`;
}

function defaultParts(draft: Draft): string[] {
  const [thrown] = draft.exceptions;
  const root = draft.exceptions.at(-1);
  if (thrown === undefined || root === undefined || thrown.type === '') {
    return ['message', draft.logger ?? '', said(draft.message ?? thrown?.message ?? '')];
  }
  // What runs in Node may run in a browser as well.
  const platform = draft.platform.replace('node', 'javascript');
  const types = [platform, typeName(thrown.type), typeName(root.type)];
  const places = [thrown, ...draft.exceptions.slice(1)]
    .map(placesOf)
    .find((found) => found.length > 0);
  if (places !== undefined) return [...types, ...places];
  return [...types, said(thrown.message || (draft.message ?? ''))];
}

const said = (message: string): string => template(clean(message));

/** Bundlers number classes whose name occurs twice. */
const typeName = (type: string): string => type.replaceAll(/^_(?=[A-Za-z])|\$\d+$/g, '');

/** The innermost frames of the application, outermost last. A function that calls itself is one. */
function placesOf({ frames }: ExceptionData): string[] {
  const minified = minifiedFiles(frames);
  const found: string[] = [];
  for (const frame of frames.toReversed()) {
    if (!frame.inApp || minified.has(frame.file)) continue;
    const place = placeOf(frame);
    if (place !== '' && place !== found.at(-1)) found.push(place);
    if (found.length === MOST_PLACES) break;
  }
  return found;
}
