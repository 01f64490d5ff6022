/** Pipelines and MULTI: noted as they are called, and sent as one operation, each time anew. */
import { copyOfArguments } from '../snapshot.ts';
import { callBack, type Callback, ignore } from '../stores/callback.ts';
import { effectOfCall, isBlocking, isScript } from './commands.ts';
import type { Withdrawal } from './sending.ts';
import { BatchFailure, ofPipeline, ofSeveral, ofTransaction } from './results.ts';

type Method = (...args: unknown[]) => unknown;

/** The methods that send a batch: ioredis has `exec`, node-redis the others too. */
const sending: ReadonlySet<PropertyKey> = new Set([
  'exec',
  'execBuffer',
  'EXEC',
  'execTyped',
  'execAsPipeline',
  'execAsPipelineTyped',
]);

/** Sends it once; what has not been sent when it is withdrawn is not sent any more. */
export type Attempt = (withdrawal?: Withdrawal) => Promise<unknown>;

/** How a batch is made and sent. */
export interface BatchPort {
  /** Makes an empty one. */
  make(withdrawal?: Withdrawal): object;
  /** Whether it is executed as a whole or not at all, unless it is sent otherwise. */
  readonly isTransaction: boolean;
  send(isRead: boolean, isWhole: boolean, attempt: Attempt): Promise<unknown>;
  /** Sends what waits for others to write: without a limit, since what is given up would still be taken. */
  sendBlocking(attempt: Attempt): Promise<unknown>;
  /** Sends what runs scripts, and is no transaction. */
  sendScripts(attempt: Attempt): Promise<unknown>;
}

/** One call of a batch's method, or of one of its namespaces. */
interface Noted {
  readonly path: readonly PropertyKey[];
  readonly args: readonly unknown[];
}

const withoutCallback = (args: readonly unknown[]): [readonly unknown[], Callback | undefined] => {
  const last = args.at(-1);
  return typeof last === 'function' ? [args.slice(0, -1), last as Callback] : [args, undefined];
};

/** What was asked of a batch, and whom to tell. */
class Batch {
  private readonly port: BatchPort;
  private readonly noted: Noted[] = [];
  private readonly told: (Callback | undefined)[] = [];
  private isRead = true;
  private isBlocking = false;
  private hasScripts = false;
  /** MULTIs inside a pipeline that wait for their EXEC. */
  private nested = 0;

  constructor(port: BatchPort) {
    this.port = port;
  }

  note(path: readonly PropertyKey[], given: readonly unknown[]): readonly unknown[] {
    const [own, callback] = withoutCallback(given);
    const args = copyOfArguments(own);
    const [name] = path.slice(-1);
    if (name === 'multi' || name === 'MULTI') this.nested++;
    this.noted.push({ path, args });
    this.told.push(callback);
    this.isRead &&= path.length === 1 && effectOfCall(String(name), args) === 'read';
    this.isBlocking ||= isBlocking(String(name), args);
    this.hasScripts ||= isScript(String(name), args);
    return args;
  }

  /** Whether this EXEC belongs to a MULTI inside of the pipeline, and sends nothing. */
  endsNested(name: PropertyKey, args: readonly unknown[]): boolean {
    if (name !== 'exec' || this.nested === 0) return false;
    this.nested--;
    this.noted.push({ path: [name], args });
    this.told.push(undefined);
    this.isRead = false;
    return true;
  }

  send(name: PropertyKey, given: readonly unknown[]): Promise<unknown> {
    const [args, callback] = withoutCallback(given);
    const asPipeline = String(name).includes('Pipeline') || args[0] === true;
    const isWhole = this.port.isTransaction && !asPipeline;
    const attempt: Attempt = async (withdrawal) => {
      const fresh = this.port.make(withdrawal);
      for (const { path, args: each } of this.noted) call(fresh, path, each);
      try {
        const results = await call(fresh, [name], args);
        return isWhole ? results : ofPipeline(results);
      } catch (error) {
        if (isWhole) throw ofTransaction(error);
        throw this.isRead || this.noted.length < 2 ? error : ofSeveral(error);
      }
    };
    const result = this.deliver(isWhole, attempt).catch(BatchFailure.unwrapped);
    this.tell(result, isWhole);
    if (callback !== undefined) callBack(result, callback, null);
    return result;
  }

  private deliver(isWhole: boolean, attempt: Attempt): Promise<unknown> {
    const { port } = this;
    // Inside MULTI nothing waits for others.
    if (this.isBlocking && !isWhole) return port.sendBlocking(attempt);
    if (this.hasScripts && !isWhole) return port.sendScripts(attempt);
    return port.send(this.isRead, isWhole, attempt);
  }

  /** Calls those back who asked for the answer of one command: once, with what came of it in the end. */
  private tell(result: Promise<unknown>, isWhole: boolean): void {
    if (this.told.every((callback) => callback === undefined)) return;
    const each = async (index: number): Promise<unknown> => {
      const results = await result;
      // Inside MULTI a command's own answer is that it waits for EXEC.
      if (isWhole) return 'QUEUED';
      const [error, value] = (results as readonly (readonly unknown[])[])[index] ?? [];
      if (error) throw error as Error;
      return value;
    };
    for (const [index, callback] of this.told.entries())
      if (callback !== undefined) callBack(each(index), callback, null);
    result.catch(ignore);
  }
}

function call(target: object, path: readonly PropertyKey[], args: readonly unknown[]): unknown {
  let owner: unknown = target;
  for (const name of path.slice(0, -1)) owner = Reflect.get(owner as object, name);
  const method = Reflect.get(owner as object, path.at(-1) as PropertyKey) as Method;
  return Reflect.apply(method, owner, [...args]);
}

/** A batch of `port.make`, whose sending goes through `port.send`; `list` is what it begins with. */
export function batch(port: BatchPort, list: readonly (readonly unknown[])[] = []): object {
  const own = new Batch(port);
  const model = port.make();
  for (const [name, ...args] of list) own.note([name as PropertyKey], args);

  const shownAt = (target: object, path: readonly PropertyKey[]): object =>
    new Proxy(target, {
      get(_target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name === 'constructor') return value;
        // The commands of a module: `json.set`.
        if (isNamespace(value, name)) return shownAt(value, [...path, name]);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          const isOuter = path.length === 0;
          if (isOuter && sending.has(name) && !own.endsNested(name, args))
            return own.send(name, args);
          const given = isOuter && sending.has(name) ? args : own.note([...path, name], args);
          // For its length, and for its refusals of arguments.
          const result: unknown = Reflect.apply(value as Method, target, [...given]);
          return result === model || result === target ? shown : result;
        };
      },
    });
  const shown = shownAt(model, []);
  return shown;
}

/** An object of a batch with methods of its own. */
const isNamespace = (value: unknown, name: PropertyKey): value is object =>
  typeof value === 'object' &&
  value !== null &&
  typeof name === 'string' &&
  !name.startsWith('_') &&
  '_self' in value;
