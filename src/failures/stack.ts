import { messageOf, read } from './probe.ts';
import { builtIn } from './redact/options.ts';
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

/** A frame as data. */
export interface FrameData {
  /** A path or an address, without line and column. */
  readonly file?: string | undefined;
  /** The same, as other tools call it. */
  readonly filename?: string | undefined;
  /** @default none: an anonymous function */
  readonly function?: string | undefined;
  /** Written by the application. @default told by the path */
  readonly inApp?: boolean | undefined;
}

const MOST_FRAMES = 30;
const LONGEST_LINE = 500;
const LONGEST_NAME = 200;
/** Behind a longer message the stack is not read: Node would copy all of it to make the text. */
const LONGEST_MESSAGE = 1_000_000;

// The lines of a program are few, and come again with each failure.
const parsed = new Map<string, Frame>();
const MOST_PARSED = 1_000;
// And so do whole stacks, which then need not even be taken apart.
const stacks = new Map<string, readonly Frame[]>();
const MOST_STACKS = 200;
const LONGEST_STACK = 5_000;

/** The frames of an error, without the message in front of them. */
export function framesOf(error: unknown): readonly Frame[] {
  const message = messageOf(error) ?? '';
  if (message.length > LONGEST_MESSAGE) return [];
  const stack = read(error, 'stack');
  const given = stack === undefined ? read(error, 'frames') : undefined;
  if (Array.isArray(given)) return givenFrames(given as FrameData[]);
  if (Array.isArray(stack)) return callSites(stack);
  if (typeof stack !== 'string') return [];
  // The message may have lines like frames in it; real ones only begin behind it.
  const said = message === '' ? -1 : stack.indexOf(message);
  const behind = said === -1 || said > LONGEST_NAME ? 0 : said + message.length;
  let start = stack.indexOf('\n    at ', behind);
  if (start === -1 && behind > 0) start = stack.indexOf('\n    at ');
  if (start === -1) return [];
  if (stack.length - start > LONGEST_STACK) return framesIn(stack, start);
  const lines = stack.slice(start);
  let frames = stacks.get(lines);
  if (frames === undefined) {
    frames = framesIn(lines, 0);
    if (stacks.size >= MOST_STACKS) stacks.clear();
    stacks.set(lines, frames);
  }
  return frames;
}

function framesIn(stack: string, from: number): Frame[] {
  const frames: Frame[] = [];
  for (let start = from; start !== -1 && frames.length < MOST_FRAMES;) {
    const next = stack.indexOf('\n', start + 1);
    const end = next === -1 ? stack.length : next;
    if (end - start <= LONGEST_LINE && stack.startsWith('    at ', start + 1)) {
      frames.push(frameOf(stack.slice(start + 8, end)));
    }
    start = next;
  }
  return frames;
}

/** What `Error.prepareStackTrace` of the application has made of a stack: V8's call sites, or strings. */
function callSites(sites: readonly unknown[]): Frame[] {
  return sites.slice(0, MOST_FRAMES).flatMap((site) => {
    try {
      const line = String(site).replace(/^\s*at /, '');
      return line.length <= LONGEST_LINE ? [frameOf(line)] : [];
    } catch {
      return [];
    }
  });
}

/** Frames that are known as data. */
export function givenFrames(frames: readonly FrameData[]): Frame[] {
  return frames.slice(0, MOST_FRAMES).flatMap((given) => {
    const file = read(given, 'file') ?? read(given, 'filename');
    const [name = '', inApp] = [read(given, 'function'), read(given, 'inApp')];
    if (typeof file !== 'string' || file.length > LONGEST_LINE || typeof name !== 'string')
      return [];
    const frame = frameOf(name === '' ? `${file}:0:0` : `${name} (${file}:0:0)`);
    // Whoever says that a frame is none of the application's wants it left out.
    const path = inApp === false ? '' : frame.path;
    return [typeof inApp !== 'boolean' ? frame : { ...frame, inApp, path }];
  });
}

/** The first `most` of them as text, by `most`. */
const formatted: WeakMap<readonly Frame[], Map<number, string>> = new WeakMap();

/** Those of the application begin with `>`, so that an eye finds them. */
export function formatFrames(frames: readonly Frame[], most: number): string {
  let texts = formatted.get(frames);
  if (texts === undefined) formatted.set(frames, (texts = new Map()));
  let text = texts.get(most);
  if (text === undefined) texts.set(most, (text = format(frames, most)));
  return text;
}

function format(frames: readonly Frame[], most: number): string {
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

/** Of the engine, of the runtime, of a dependency, of a bundler. */
const foreign =
  /^(?:node:|internal\/|wasm:|bun:|ext:|deno:|native|npm:|jsr:|https:\/\/(?:deno\.land|jsr\.io|esm\.sh)\/|<|evalmachine|\[native|(?:webpack:\/\/\/?[\w@.-]*\/?)?webpack\/)|(?:^|\/)(?:node_modules|\.pnpm|\.yarn)\/|\.pnp\.[cm]?js$/;

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
          // An accessor is told by what it is called: `Object.get [as price]`.
          .replace(/(?<=^|\.)(?:get|set|value|<computed>) \[as ([\w$]{1,100})\]$/, '$1')
          .replace(/ \[as .*\]$/, '');
  // Some engines leave the column out.
  const position = /(?::\d{1,9}){1,2}$/.exec(location)?.[0] ?? '';
  const place =
    location.startsWith('eval at ') || position === '' ? '' : location.slice(0, -position.length);
  const path = place
    .replace(/^file:\/\/(?:\/(?=[A-Za-z]:))?/, '')
    .replace(/\?.*$/, '')
    .replaceAll('\\', '/');
  const inApp = path !== '' && !foreign.test(path);
  const short = inside(path) ?? path;
  const shown =
    place === '' ? line : name === '' ? short + position : `${name} (${short}${position})`;
  return {
    inApp,
    text: `at ${redactText(shown, LONGEST_LINE, { redaction: builtIn })}`,
    path,
    name,
  };
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
