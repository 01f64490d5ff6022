import { messageOf, read } from './probe.ts';
import { redactText } from './redact/text.ts';

/** One line of a stack. */
export interface Frame {
  /** Written by the application: neither Node's nor a dependency's. */
  readonly inApp: boolean;
  /** Clean, with the path from the working directory: `at load (src/users.ts:10:5)`. */
  readonly text: string;
  /** Where it is, without line and column; empty where there is no file. */
  readonly path: string;
  readonly name: string;
}

const MOST_FRAMES = 30;
const LONGEST_LINE = 500;
/** Behind a longer message the stack is not read: Node would copy all of it to make the text. */
const LONGEST_MESSAGE = 1_000_000;

// The lines of a program are few, and come again with each failure.
const parsed = new Map<string, Frame>();
const MOST_PARSED = 1_000;

/** The frames of an error, without the message in front of them. */
export function framesOf(error: unknown): Frame[] {
  const length = messageOf(error)?.length ?? 0;
  if (length > LONGEST_MESSAGE) return [];
  const stack = read(error, 'stack');
  if (typeof stack !== 'string') return [];
  // The message may have lines like frames in it; real ones only begin behind it.
  let start = stack.indexOf('\n    at ', Math.min(length, stack.length));
  if (start === -1 && length > 0) start = stack.indexOf('\n    at ');
  const frames: Frame[] = [];
  while (start !== -1 && start < stack.length && frames.length < MOST_FRAMES) {
    const next = stack.indexOf('\n', start + 1);
    const end = next === -1 ? stack.length : next;
    if (end - start <= LONGEST_LINE && stack.startsWith('    at ', start + 1)) {
      frames.push(frameOf(stack.slice(start + 8, end)));
    }
    start = next;
  }
  return frames;
}

/** Those of the application begin with `>`, so that an eye finds them. */
export function formatFrames(frames: readonly Frame[], most: number): string {
  let text = '';
  for (const frame of frames.slice(0, most)) {
    text += frame.inApp ? `\n  > ${frame.text}` : `\n    ${frame.text}`;
  }
  return text;
}

function frameOf(line: string): Frame {
  let frame = parsed.get(line);
  if (frame === undefined) {
    frame = parse(line);
    if (parsed.size >= MOST_PARSED) parsed.clear();
    parsed.set(line, frame);
  }
  return frame;
}

/** `load (file:///srv/app/src/users.ts:10:5)`, `async file:///…:10:5`, `Array.map (<anonymous>)`. */
function parse(line: string): Frame {
  const open = line.endsWith(')') ? line.indexOf(' (') : -1;
  const location = (open === -1 ? line : line.slice(open + 2, -1)).replace(/^async /, '');
  const name =
    open === -1
      ? ''
      : line
          .slice(0, open)
          .replace(/^async /, '')
          .replace(/ \[as .*\]$/, '');
  const position = /:\d{1,9}:\d{1,9}$/.exec(location)?.[0] ?? '';
  const place =
    location.startsWith('eval at ') || position === '' ? '' : location.slice(0, -position.length);
  const path = place
    .replace(/^file:\/\/(?:\/(?=[A-Za-z]:))?/, '')
    .replace(/\?.*$/, '')
    .replaceAll('\\', '/');
  const inApp = path !== '' && !/^(?:node:|internal\/|wasm:)|(?:^|\/)node_modules\//.test(path);
  const short = inside(path) ?? path;
  const shown =
    place === '' ? line : name === '' ? short + position : `${name} (${short}${position})`;
  return { inApp, text: `at ${redactText(shown, LONGEST_LINE)}`, path, name };
}

let directory: string | undefined;

/** The path from the working directory, where it is inside of it. */
export function inside(path: string): string | undefined {
  if (directory === undefined) {
    try {
      directory = `${process.cwd().replaceAll('\\', '/')}/`;
    } catch {
      directory = '/';
    }
  }
  // Everything is inside of `/`, which says nothing.
  return directory.length > 3 && path.startsWith(directory)
    ? path.slice(directory.length)
    : undefined;
}
