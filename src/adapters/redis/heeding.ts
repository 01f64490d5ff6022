/** Clients of node-redis under which nothing is sent any more that was given up while it waited in them. */
import type { Withdrawal } from './sending.ts';

type Method = (...args: unknown[]) => unknown;

/** What is used of a sentinel: commands and batches wait in it while it looks for a new primary. */
interface Sentinel {
  readonly commandOptions?: object;
  withCommandOptions(options: object): object;
}

interface Batching {
  _executeMulti(commands: unknown): unknown;
  _executePipeline(commands: unknown): unknown;
}

const isSentinel = (client: object): client is Sentinel =>
  ['getSentinelNode', '_execute', 'withCommandOptions'].every(
    (name) => typeof Reflect.get(client, name) === 'function',
  );

/** The client for one command. */
export function heeding(client: object, withdrawal: Withdrawal): object {
  const withSignal = Reflect.get(client, 'withAbortSignal') as Method | undefined;
  if (withSignal !== undefined) return Reflect.apply(withSignal, client, [withdrawal]) as object;
  if (!isSentinel(client)) return client;
  return client.withCommandOptions({ ...client.commandOptions, abortSignal: withdrawal });
}

/** The client for one batch. */
export function heedingBatches(client: object, withdrawal: Withdrawal): object {
  if (!isSentinel(client)) return client;
  const execute = Reflect.get(client, '_execute') as Method;
  const by =
    (name: keyof Batching) =>
    (isRead: boolean, commands: unknown): unknown => {
      const send = (node: Batching): unknown => {
        if (withdrawal.aborted) throw new Error('The batch was given up before it was sent.');
        return node[name](commands);
      };
      return Reflect.apply(execute, client, [isRead, send]);
    };
  return Object.create(client, {
    _executeMulti: { value: by('_executeMulti') },
    _executePipeline: { value: by('_executePipeline') },
  }) as object;
}
