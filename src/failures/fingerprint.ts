/** Names a failure by what stays the same when it happens again. */
import { hash } from 'node:crypto';
import { dependencyOf, functionName, isHelper, portable } from './fingerprint/places.ts';
import { template } from './fingerprint/template.ts';
import { chainOf, membersOf, messageOf, read, shapeOf, statusOf, typeOf } from './probe.ts';
import { type Frame, type FrameData, framesOf, givenFrames } from './stack.ts';

export { template } from './fingerprint/template.ts';

/** Options of `fingerprint`. */
export interface FingerprintOptions {
  /**
   * The frames of the error, innermost first, where they are known as data: from another process, or of a tool.
   *
   * @default those of its `stack`
   */
  readonly frames?: readonly FrameData[] | undefined;
}

const MOST_FRAMES = 5;
const MOST_MEMBERS = 16;
const LONGEST_TYPE = 200;

/**
 * Names a failure by what stays the same when it happens again: `v2:` and 16 hexadecimal digits.
 *
 * They are a SHA-256 over type, code, status and the {@link template} of the message, of the error and of each of its
 * causes, and over up to five frames of the application in each, as path from the package's root and function. Lines,
 * columns, folders above, builds, hosts, processes and requests do not change it. A failure that comes as data has its
 * `frames` as {@link FrameData} among its members, and so have its causes. Never throws.
 *
 * @example
 * ```ts
 * import { fingerprint } from 'kedge/failures';
 *
 * fingerprint('user 17 not found') === fingerprint('user 4 not found'); // true
 * ```
 */
export function fingerprint(error: unknown, options: FingerprintOptions = {}): string {
  const { frames } = options;
  return fingerprintOf(error, frames === undefined ? framesOf : framesInstead(error, frames));
}

function framesInstead(error: unknown, given: readonly FrameData[]): FramesOf {
  const frames = givenFrames(given);
  return (one) => (one === error ? frames : framesOf(one));
}

type FramesOf = (error: unknown) => readonly Frame[];

/** The same, when frames are known already. */
export function fingerprintOf(error: unknown, framesOf: FramesOf): string {
  const parts: string[] = [];
  for (const one of [error, ...chainOf(error)]) {
    parts.push(identity(one, framesOf(one)));
    // Which member of an aggregate came first, and how many were alike, is chance.
    const members = membersOf(one, MOST_MEMBERS).map((member) =>
      identity(member, framesOf(member)),
    );
    parts.push(...[...new Set(members)].toSorted());
  }
  return digest(parts.length === 1 ? (parts[0] as string) : parts.join('\n\n'));
}

// The failures of a program are few, and come again.
const digests = new Map<string, string>();
const MOST_DIGESTS = 500;
const LONGEST_DIGESTED = 4_000;

function digest(text: string): string {
  const known = digests.get(text);
  if (known !== undefined) return known;
  const made = `v2:${hash('sha256', text).slice(0, 16)}`;
  if (text.length <= LONGEST_DIGESTED) {
    if (digests.size >= MOST_DIGESTS) digests.clear();
    digests.set(text, made);
  }
  return made;
}

/** What one error says of itself, and where it was made. */
function identity(error: unknown, frames: readonly Frame[]): string {
  const message = messageOf(error);
  const said =
    message === undefined
      ? `${shapeOf(error)}${reasonOf(error)}`
      : (issuesIn(message) ?? template(message));
  const own = `${plainName(typeIn(error))}\n${codeIn(error)}${callIn(error)}\n${statusOf(error) ?? ''}\n${said}`;
  const made = places(frames);
  return made === '' ? own : `${own}\n${made}`;
}

const LONGEST_ISSUES = 20_000;

/** What a validator says as a list in JSON: which fields are wrong, and how. Values, and their order, are chance. */
function issuesIn(message: string): string | undefined {
  if (!message.startsWith('[') || !message.includes('"path"')) return undefined;
  if (message.length > LONGEST_ISSUES) return undefined;
  let issues: unknown;
  try {
    issues = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (!Array.isArray(issues)) return undefined;
  const all = issues.slice(0, MOST_MEMBERS).map((issue) => {
    const [path, code, expected] = ['path', 'code', 'expected'].map((name) => read(issue, name));
    const steps = Array.isArray(path) ? path : [path];
    const place = steps.map((step) => (typeof step === 'number' ? '?' : template(String(step))));
    return `${place.join('.')} ${template(String(code))} ${typeof expected === 'string' ? expected.slice(0, 64) : ''}`;
  });
  return [...new Set(all)].toSorted().join('\n');
}

/** The class, also of a failure that comes as data. */
function typeIn(error: unknown): string {
  const type = Array.isArray(read(error, 'frames')) ? read(error, 'type') : undefined;
  return typeof type === 'string' ? type.slice(0, LONGEST_TYPE) : typeOf(error);
}

/** Bundlers mark classes as they mark functions. */
function plainName(type: string): string {
  return type.includes('$') || type.startsWith('_') ? type.replaceAll(/^_|\$\d+$/g, '') : type;
}

/** What a thrown object without a message says in another member. */
function reasonOf(error: unknown): string {
  for (const name of ['error', 'reason', 'detail', 'description', 'title', 'msg']) {
    const said = read(error, name);
    if (typeof said === 'string') return `\n${template(said)}`;
  }
  return '';
}

/** The code, or the number that a driver or a system call has given instead. */
function codeIn(error: unknown): string {
  const code = read(error, 'code') ?? read(error, 'errno');
  if (typeof code === 'number') return String(code);
  if (typeof code !== 'string') return '';
  return /^[\w.:/-]{1,64}$/.test(code) ? code : template(code);
}

/** The system call that failed: of a file that cannot be opened, or not be deleted. */
function callIn(error: unknown): string {
  const call = read(error, 'syscall');
  return typeof call === 'string' && /^[a-z]\w{0,30}$/.test(call) ? ` ${call}` : '';
}

/** The innermost frames of the application. A function that calls itself is one, however often it did. */
function places(frames: readonly Frame[]): string {
  let joined = placesOf.get(frames);
  if (joined === undefined) placesOf.set(frames, (joined = innermost(frames).join('\n')));
  return joined;
}

const placesOf: WeakMap<readonly Frame[], string> = new WeakMap();

function innermost(frames: readonly Frame[]): string[] {
  const found: string[] = [];
  for (const frame of frames) {
    const place = frame.inApp ? placeOf(frame) : '';
    if (place !== '' && place !== found.at(-1)) found.push(place);
    if (found.length === MOST_FRAMES) break;
  }
  if (found.length > 0) return found;
  // Nothing of the application: then the dependency that it happened in.
  const dependency = frames.map(({ path }) => dependencyOf(path)).find((one) => one !== undefined);
  return dependency === undefined ? [] : [dependency];
}

// Frames are parsed once a line, and so the same object comes again.
const known: WeakMap<Frame, string> = new WeakMap();

function placeOf(frame: Frame): string {
  let place = known.get(frame);
  if (place === undefined) {
    const { path, name } = frame;
    place = isHelper(name) ? '' : `${portable(path)}:${functionName(name, path)}`;
    known.set(frame, place);
  }
  return place;
}
