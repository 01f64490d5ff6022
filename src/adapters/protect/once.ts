/**
 * Calls whose arguments can be read once: a stream that the first attempt has read is not there for a second one, which
 * would send the rest of it, or nothing, and report an error of its own in place of the server's.
 */
import type { Context } from '../../index.ts';
import { withEvidence } from '../../verdict/evidence.ts';

type Members = Readonly<Record<PropertyKey, unknown>>;

/**
 * How deep arguments are looked into. Of what is neither a plain object nor a container, that is only an argument itself
 * (`new PutObjectCommand`): further in there are clients, with the sockets that are their own.
 */
const deepest = 8;
/** How many objects are looked at. */
const most = 4_096;

const isDisturbed = (
  globalThis as {
    process?: { getBuiltinModule?(id: string): { isDisturbed?(stream: unknown): boolean } };
  }
).process?.getBuiltinModule?.('node:stream')?.isDisturbed;

/** The streams and iterators among the arguments of a call that have not been touched yet. */
export function unreadIn(args: readonly unknown[]): object[] {
  const found: object[] = [];
  const seen = new Set<object>();
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || seen.has(value) || seen.size >= most) return;
    seen.add(value);
    if (canBeReadOnce(value)) {
      if (isStream(value) && isRead(value)) return;
      found.push(value);
    } else if (depth < deepest && !ArrayBuffer.isView(value)) {
      const contained = contentOf(value);
      for (const each of contained ?? []) look(each, depth + 1);
      if (depth < 2 || contained !== undefined || isPlain(value))
        for (const name of namesOf(value)) look((value as Members)[name], depth + 1);
    }
  };
  for (const each of args) look(each, 1);
  return found;
}

/** What a container holds; `undefined` for what is none. */
function contentOf(value: object): Iterable<unknown> | undefined {
  if (Array.isArray(value)) return [];
  if (value instanceof Map) return [...value].flat(1);
  if (value instanceof Set) return value;
  // A `Request` or a `Response`, whose body is a getter's.
  return 'bodyUsed' in value ? [(value as { readonly body?: unknown }).body] : undefined;
}

const namesOf = (value: object): PropertyKey[] =>
  Reflect.ownKeys(value).filter((name) => Object.prototype.propertyIsEnumerable.call(value, name));

function canBeReadOnce(value: object): boolean {
  return isStream(value) || typeof (value as Members)['next'] === 'function';
}

function isStream(value: object): boolean {
  const { getReader, pipe } = value as Members;
  return typeof getReader === 'function' || typeof pipe === 'function';
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether something of a stream may have been taken. Of an iterator nobody can tell. */
function isRead(thing: object): boolean {
  if (!isStream(thing)) return true;
  const { readableDidRead, locked, destroyed } = thing as Members;
  if (isDisturbed?.(thing) === true || locked === true || destroyed === true) return true;
  // Streams of before Node 16, of packages, do not say.
  return readableDidRead === undefined && locked === undefined;
}

/** One call of a method, with all its attempts. */
export class Once {
  private readonly things: readonly object[];
  private context: Context | undefined = undefined;
  private running: Promise<unknown> | undefined = undefined;
  private failed: { readonly error: unknown } | undefined = undefined;

  constructor(things: readonly object[]) {
    this.things = things;
  }

  /** Calls the method, unless what it would read has been read: then the call ends as the attempt before did. */
  attempt(context: Context, call: () => unknown): Promise<unknown> {
    if (this.running !== undefined && this.things.some(isRead)) return this.asBefore(this.running);
    this.context = context;
    this.failed = undefined;
    this.running = new Promise((resolve) => {
      resolve(call());
    }).catch((error: unknown) => {
      this.failed = { error };
      throw this.things.some(isRead) ? withEvidence(error, { repeat: 'never' }) : error;
    });
    return this.running;
  }

  private asBefore(running: Promise<unknown>): Promise<unknown> {
    const { signal } = this.context as Context;
    // A hedge: there can be only one attempt.
    if (this.failed === undefined && !signal.aborted) return running;
    const { error } = this.failed ?? { error: signal.reason as unknown };
    return Promise.reject(withEvidence(error, { repeat: 'never' }));
  }
}
