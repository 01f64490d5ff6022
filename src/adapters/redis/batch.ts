/** Pipelines and MULTI: noted as they are called, and sent as one operation, each time anew. */
import { classify } from '../../verdict/classify.ts';
import { effectOf } from './commands.ts';

type Method = (...args: unknown[]) => unknown;

/** The methods that send a batch: ioredis has `exec`, node-redis the others too. */
const sending: ReadonlySet<PropertyKey> = new Set([
  'exec',
  'EXEC',
  'execTyped',
  'execAsPipeline',
  'execAsPipelineTyped',
]);

/** ioredis answers a lost connection by the error of each command. */
export class BatchFailure extends Error {
  readonly results: unknown;

  constructor(results: unknown, cause: unknown) {
    super('The connection was lost', { cause });
    this.results = results;
  }
}

/** Throws when no command was answered. */
function answered(results: unknown): unknown {
  if (!Array.isArray(results) || results.length === 0) return results;
  const pairs = results.every(
    (each) => Array.isArray(each) && each.length >= 1 && each[0] instanceof Error,
  );
  if (!pairs) return results;
  const [[error]] = results as [[unknown]];
  if (classify(error).kind === 'permanent') return results;
  throw new BatchFailure(results, error);
}

/** A batch of `make`, whose sending goes through `send`. */
export function batch(
  make: () => object,
  send: (reads: boolean, attempt: () => Promise<unknown>) => Promise<unknown>,
): object {
  const calls: (readonly [PropertyKey, readonly unknown[]])[] = [];
  let reads = true;
  const shown: object = new Proxy(make(), {
    get(model, name) {
      const value: unknown = Reflect.get(model, name, model);
      if (typeof value !== 'function' || name === 'constructor') return value;
      if (sending.has(name)) {
        return (...args: unknown[]) =>
          send(reads, async () => {
            const fresh = make();
            for (const [method, given] of calls)
              (Reflect.get(fresh, method) as Method).apply(fresh, [...given]);
            return answered(await (Reflect.get(fresh, name) as Method).apply(fresh, args));
          });
      }
      return (...args: unknown[]) => {
        calls.push([name, args]);
        reads &&= typeof name === 'string' && effectOf(name) === 'read';
        // For its length, and for its refusals of arguments.
        const result: unknown = Reflect.apply(value as Method, model, args);
        return result === model ? shown : result;
      };
    },
  });
  return shown;
}
