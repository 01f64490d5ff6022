import { hash } from 'node:crypto';
import { causesOf, codeOf, messageOf, typeOf } from './probe.ts';
import { type Frame, framesOf, inside } from './stack.ts';

const MOST_FRAMES = 5;
const LONGEST_MESSAGE = 500;

/**
 * Names a failure by what stays the same when it happens again: `v1:` and 16 hexadecimal digits.
 *
 * They are a SHA-256 over the type and code of the error and of its root cause, and the up to five innermost frames of
 * the application, as path and function. Lines, columns, hosts, processes and requests do not change it. Where no frame
 * is the application's, the message stands in, without its numbers, ids, quoted text, addresses and paths. Never throws.
 *
 * @example
 * ```ts
 * import { fingerprint } from 'kedge/failures';
 *
 * fingerprint('user 17 not found') === fingerprint('user 4 not found'); // true
 * ```
 */
export function fingerprint(error: unknown): string {
  return fingerprintOf(error, causesOf(error), framesOf(error));
}

/** The same, when causes and frames are known already. */
export function fingerprintOf(
  error: unknown,
  causes: readonly unknown[],
  frames: readonly Frame[],
): string {
  const root = causes.at(-1);
  const parts = [
    typeOf(error),
    codeOf(error) ?? '',
    root === undefined ? '' : typeOf(root),
    codeOf(root) ?? '',
  ];
  let own = frames.filter((frame) => frame.inApp);
  // An error made in a driver, wrapped or not, may still have been asked for by the application.
  if (own.length === 0 && root !== undefined) own = framesOf(root).filter((frame) => frame.inApp);
  if (own.length > 0) parts.push(...places(own.slice(0, MOST_FRAMES)));
  else parts.push(template(messageOf(error) ?? ''), template(messageOf(root) ?? ''));
  return `v1:${hash('sha256', parts.join('\n')).slice(0, 16)}`;
}

/** Each frame as path and function, the path as it is on every host. */
function places(frames: readonly Frame[]): string[] {
  const outside = frames.map(({ path }) => path).filter((path) => portable(path) === undefined);
  const common = commonDirectory(outside);
  return frames.map(({ path, name }) => `${portable(path) ?? path.slice(common)}:${name}`);
}

/** From the working directory, or else from a folder that programs are usually kept in. */
function portable(path: string): string | undefined {
  const local = inside(path);
  if (local !== undefined) return local;
  const start = path.search(/(?<=\/)(?:packages|apps|services)\//);
  if (start !== -1) return path.slice(start);
  const folders = [...path.matchAll(/(?<=\/)(?:src|dist|build|lib|out|tests?)\//g)];
  return folders.length > 0 ? path.slice(folders.at(-1)?.index) : undefined;
}

/** How many characters of directories all of them begin with. */
function commonDirectory(paths: readonly string[]): number {
  const [first = ''] = paths;
  let end = first.lastIndexOf('/') + 1;
  while (end > 0 && !paths.every((path) => path.startsWith(first.slice(0, end)))) {
    end = first.lastIndexOf('/', end - 2) + 1;
  }
  return end;
}

/** A message without what changes from one time to the next. */
export function template(message: string): string {
  return (
    message
      .slice(0, LONGEST_MESSAGE)
      // Addresses with a scheme, of mail, and paths.
      .replace(/[a-z][a-z\d+.-]{1,20}:\/\/[^\s"'`<>]+/gi, '?')
      .replace(/[^\s"'`<>@(),;:]+@[^\s"'`<>@(),;:]+/g, '?')
      // Quoted text, where the quote is none of an apostrophe's.
      .replace(/(?<![A-Za-z\d])(["'`])(?:(?!\1)[^\n]){0,300}?\1(?![A-Za-z\d])/g, '?')
      .replace(/(?:[A-Za-z]:)?(?:[\\/][\w.@~+-]+){2,}/g, '?')
      // Addresses of IPv6 (and times), then hosts, with or without a port.
      .replace(/(?<![\w:])(?:[\da-f]{0,4}:){2,8}[\da-f]{0,4}(?![\w:])/gi, '?')
      .replace(/\b(?:[\w-]+\.){2,}[A-Za-z]{2,}(?::\d+)?\b|\b[\w-]+(?:\.[\w-]+)*:\d{2,5}\b/g, '?')
      .replace(
        /\b[\w-]+\.(?:com|net|org|io|dev|app|local|internal|invalid|test|example|cloud)\b/gi,
        '?',
      )
      // Numbers and whatever holds a digit: ids, dates, sizes. Then long words of hexadecimal letters.
      .replace(/[\w.:+-]*\d[\w.:+-]*/g, '#')
      .replace(/\b[a-f]{8,}\b/gi, '#')
      .replace(/\s+/g, ' ')
      .trim()
  );
}
