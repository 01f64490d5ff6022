/** Cursors: made anew for each attempt, until one has answered; from then on they are the driver's own. */
import type { Context, ExecuteOptions } from '../../index.ts';
import { ignore } from '../stores/callback.ts';
import { ofAttempt, read, type Shared, write } from './calls.ts';
import type { Cursor, OperationOptions } from './driver.ts';

type Method = (...args: unknown[]) => unknown;

const listening: ReadonlySet<PropertyKey> = new Set([
  'on',
  'once',
  'off',
  'addListener',
  'prependListener',
  'prependOnceListener',
  'removeListener',
  'removeAllListeners',
  'setMaxListeners',
]);

/** Whether an aggregation writes what it finds. */
function writes({ pipeline }: Cursor): boolean {
  const last = pipeline?.at(-1);
  return last !== undefined && ('$out' in last || '$merge' in last);
}

/** A view of the cursor that `make` makes, each time another, with what the caller has asked of it noted and repeated. */
export function protectedCursor(
  shared: Shared,
  given: ExecuteOptions,
  options: OperationOptions,
  make: (added: Partial<OperationOptions>) => Cursor,
): Cursor {
  const model = make({});
  const asked: (readonly [PropertyKey, unknown[]])[] = [];
  let current: Cursor | undefined;
  let opening: Promise<Cursor> | undefined;

  const over = (): void => {
    model.close().catch(ignore);
  };
  const fresh = (added: Partial<OperationOptions>): Cursor => {
    const cursor = make(added);
    for (const [name, args] of asked)
      Reflect.apply(Reflect.get(cursor, name) as Method, cursor, args);
    return cursor;
  };
  const run = <T>(attempt: (context: Context) => Promise<T>): Promise<T> =>
    writes(model) ? write(shared, given, 'bulk', false, attempt) : read(shared, given, attempt);

  /** With its first documents: the later ones come from the server that has the cursor, or not at all. */
  const open = (): Promise<Cursor> => {
    if (current !== undefined) return Promise.resolve(current);
    if (model.closed || asked.some(([name]) => name === 'addCursorFlag')) {
      return Promise.resolve((current = model));
    }
    opening ??= run(async (context) => {
      const cursor = fresh(ofAttempt(context, false, options));
      await cursor.hasNext();
      return cursor;
    }).then(
      (cursor) => {
        if (cursor.closed) over();
        else cursor.once('close', over);
        return (current = cursor);
      },
      (error: unknown) => {
        opening = undefined;
        throw error;
      },
    );
    return opening;
  };

  const own = {
    async toArray() {
      const begun = current !== undefined || opening !== undefined || model.closed;
      if (begun || asked.some(([name]) => name === 'addCursorFlag'))
        return (await open()).toArray();
      const limited = !asked.some(([name]) => name === 'maxTimeMS');
      const [cursor, all] = await run(async (context) => {
        const each = fresh(ofAttempt(context, limited, options));
        return [each, await each.toArray()] as const;
      });
      current = cursor;
      await model.close();
      return all;
    },
    next: async () => (await open()).next(),
    tryNext: async () => (await open()).tryNext(),
    hasNext: async () => (await open()).hasNext(),
    forEach: async (iterator: (document: unknown) => unknown) => (await open()).forEach(iterator),
    async *[Symbol.asyncIterator]() {
      yield* await open();
    },
    async close(...args: []) {
      await current?.close(...args);
      await model.close(...args);
    },
    clone: () => protectedCursor(shared, given, options, (added) => fresh(added).clone()),
    [Symbol.asyncDispose]: () => own.close(),
  };

  const proxy: Cursor = new Proxy(model, {
    get(_model, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name) as unknown;
      const source = listening.has(name) ? model : (current ?? model);
      const value: unknown = Reflect.get(source, name, source);
      if (typeof value !== 'function' || name === 'constructor') return value;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(value as Method, source, args);
        if (result !== source) return result;
        if (source === model && !listening.has(name)) asked.push([name, args]);
        return proxy;
      };
    },
    set: (_model, name, value) => Reflect.set(current ?? model, name, value, current ?? model),
  });
  return proxy;
}
