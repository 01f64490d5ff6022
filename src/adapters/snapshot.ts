/**
 * Copies of arguments, taken when a call is made: its caller may change what he gave at once, and the call may have to
 * wait for its turn, or be sent again. What cannot change is shared, and what is read once stays the caller's own.
 */

const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);

/** A copy of a buffer, or of what looks into one. */
export function copyOfBytes(bytes: ArrayBuffer | ArrayBufferView): ArrayBuffer | ArrayBufferView {
  if (!ArrayBuffer.isView(bytes)) return bytes.slice(0);
  if (!(tagOf(bytes) === 'DataView')) return Reflect.apply(slice, bytes, []);
  const { buffer, byteOffset, byteLength } = bytes;
  return new DataView(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** That of all typed arrays, of other realms too; by it a copy of a `Buffer` is one. */
const { slice } = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;

const isBytes = (value: object): value is ArrayBuffer | ArrayBufferView =>
  ArrayBuffer.isView(value) || tagOf(value) === 'ArrayBuffer';

/** A copy of a body of a request, as `fetch` takes one when it is called. */
export function copyOfBody<Body>(body: Body): Body {
  if (typeof body !== 'object' || body === null) return body;
  return (copyOfObject(body) ?? body) as Body;
}

function copyOfObject(body: object): unknown {
  if (isBytes(body)) return copyOfBytes(body);
  if (Array.isArray(body)) return body.map((part: unknown) => copyOfBody(part));
  const tag = tagOf(body);
  if (tag === 'URLSearchParams') return new URLSearchParams((body as URLSearchParams).toString());
  // The package form-data calls a stream a FormData.
  if (tag === 'FormData' && !('pipe' in body) && Symbol.iterator in body)
    return copyOfForm(body as FormData);
  return undefined;
}

/** Of another realm or package it stays one of theirs, for the `fetch` that belongs to it. */
function copyOfForm(form: FormData): FormData {
  const Form =
    form instanceof FormData ? FormData : ((form as object).constructor as typeof FormData);
  const copy = new Form();
  for (const [name, value] of form) copy.append(name, value);
  return copy;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** How deep and how many things of arguments are copied; what is beyond is shared. */
const deepest = 16;
const most = 100_000;

/**
 * A copy of the arguments of a call, with the lists, plain objects, dates and buffers in them: objects of classes are
 * shared, such as streams and what a driver makes of a value by a method of its own.
 */
export function copyOfArguments<Arguments>(args: Arguments): Arguments {
  if (typeof args !== 'object' || args === null) return args;
  if (Array.isArray(args) && !args.some(isObject)) return args.slice() as Arguments;
  let left = most;
  const copies = new Map<object, unknown>();
  const copyOf = (value: unknown, depth: number): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (depth > deepest || left-- <= 0) return value;
    if (isBytes(value)) return copyOfBytes(value);
    const known = copies.get(value);
    if (known !== undefined) return known;
    if (Array.isArray(value)) {
      const copy: unknown[] = [];
      copies.set(value, copy);
      for (const each of value as unknown[]) copy.push(copyOf(each, depth + 1));
      return copy;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Date.prototype) return new Date((value as Date).getTime());
    if (prototype === Map.prototype)
      return new Map(copyOf([...(value as Map<unknown, unknown>)], depth) as [unknown, unknown][]);
    if (prototype === Set.prototype)
      return new Set(copyOf([...(value as Set<unknown>)], depth) as unknown[]);
    if (prototype !== Object.prototype && prototype !== null) return value;
    const copy: object = Object.create(prototype);
    copies.set(value, copy);
    for (const name of Object.keys(value)) {
      const each = copyOf(Reflect.get(value, name), depth + 1);
      // Not set: a member of its own that is called `__proto__` is a member of the copy, too.
      Object.defineProperty(copy, name, {
        value: each,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return copy;
  };
  return copyOf(args, 0) as Arguments;
}
