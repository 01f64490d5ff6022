/** A client, its databases and their collections, each still what it is, with its operations under a pipeline. */
import type { ExecuteOptions } from '../../index.ts';
import { overlay } from '../stores/overlay.ts';
import {
  callOptions,
  ofAttempt,
  optionsOf,
  read,
  type Shared,
  withOptions,
  write,
} from './calls.ts';
import { protectedCursor } from './cursor.ts';
import type { Cursor, OperationOptions } from './driver.ts';
import { clientMethods, collectionMethods, databaseMethods, type Known } from './methods.ts';

type Method = (...args: unknown[]) => unknown;

/** How operations are run: under the pipeline, or inside a transaction. */
export type Runner = (
  known: Known,
  target: object,
  method: Method,
  args: readonly unknown[],
) => unknown;

/** Under the pipeline; what belongs to a transaction of the caller's is left alone. */
export function underPipeline(shared: Shared, given: ExecuteOptions): Runner {
  return (known, target, method, args) => {
    const { effect, limited, options: place } = known;
    const run = (added: Partial<OperationOptions>): unknown => {
      const all = withOptions(args, place, added);
      // A cursor adds its further stages to the very list that it was given.
      if (effect === 'cursor' && Array.isArray(all[0])) all[0] = [...(all[0] as unknown[])];
      return Reflect.apply(method, target, all);
    };
    const options = optionsOf(args, place);
    if (options.session?.inTransaction() === true || options.tailable === true) {
      return Reflect.apply(method, target, [...args]);
    }
    const call = callOptions(given, options);
    if (effect === 'cursor') {
      return protectedCursor(shared, call, options, (added) => run(added) as Cursor);
    }
    if (effect === 'read') {
      return read(shared, call, async (context) => run(ofAttempt(context, limited, options)));
    }
    // Nobody answers a write that is not acknowledged, and it cannot have a session.
    const own = options.session === undefined && !isSilent(options, target);
    return write(shared, call, effect, own, async (context, session) =>
      run({ ...ofAttempt(context, limited, options), ...(session && { session }) }),
    );
  };
}

function isSilent({ writeConcern, w }: OperationOptions, target: object): boolean {
  const inherited = Reflect.get(target, 'writeConcern') as { w?: unknown } | undefined;
  return (writeConcern?.w ?? w ?? inherited?.w) === 0;
}

/** The members of `target` that `run` runs. */
function methodsOf(
  target: object,
  known: ReadonlyMap<string, Known>,
  run: Runner,
  show: (result: unknown) => unknown,
): (name: string) => Method | undefined {
  return (name) => {
    const each = known.get(name);
    if (each === undefined) return undefined;
    const method = Reflect.get(target, name) as Method;
    return (...args) => {
      const result = run(each, target, method, args);
      return result instanceof Promise ? result.then(show) : result;
    };
  };
}

export function clientView(target: object, run: Runner, members: object): object {
  const shown: object = overlay(
    target,
    {
      db: (...args: unknown[]) => databaseView(call(target, 'db', args), run, () => shown),
      ...members,
    },
    methodsOf(target, clientMethods, run, (result) => result),
  );
  return shown;
}

function databaseView(target: object, run: Runner, client: () => object): object {
  const show = (result: unknown): unknown => {
    if (Array.isArray(result)) return result.map(show);
    return isCollection(result) ? collectionView(result, run, () => shown) : result;
  };
  const shown: object = overlay(
    target,
    {
      collection: (...args: unknown[]) =>
        collectionView(call(target, 'collection', args), run, () => shown),
      get client() {
        return client();
      },
    },
    methodsOf(target, databaseMethods, run, show),
  );
  return shown;
}

function collectionView(target: object, run: Runner, database: () => object): object {
  const show = (result: unknown): unknown =>
    isCollection(result) ? collectionView(result, run, database) : result;
  return overlay(
    target,
    {
      get db() {
        return database();
      },
    },
    methodsOf(target, collectionMethods, run, show),
  );
}

const call = (target: object, name: string, args: unknown[]): object =>
  Reflect.apply(Reflect.get(target, name) as Method, target, args) as object;

const isCollection = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && 'collectionName' in value && 'dbName' in value;
