/** Running single calls: each name has a chain of the one loop, made when it is first called. */
import { Chain } from '../../core/chain.ts';
import { listened } from '../../core/channels.ts';
import { sharedBus } from '../../core/event-bus.ts';
import { Execution } from '../../core/execution.ts';
import type { Scope } from '../../core/scope.ts';
import { type StagedPolicy, stage } from '../../core/stage.ts';
import { applyStaged } from '../../core/staged.ts';
import { isThenable } from '../../core/thenable.ts';
import { readOptions, type Options, type Settings } from './options.ts';
import { abortOf } from './run.ts';
import { RetryLoop } from './stage.ts';

export type Input<T> = (attemptNumber: number) => PromiseLike<T> | T;

const notCalled = (): void => {};

class RetriedCall extends Execution {
  readonly settings: Settings;
  private readonly input: Input<unknown>;

  constructor(chain: Chain, input: Input<unknown>, settings: Settings) {
    super(chain, notCalled, undefined);
    this.input = input;
    this.settings = settings;
  }

  /** Always a promise: an answer takes one job, as with `await`. */
  protected override invoke(): unknown {
    const { input } = this;
    const answer = input(this.attempts);
    return isThenable(answer) ? answer : Promise.resolve(answer);
  }
}

/** In a pipeline of one's own, options stay the same for all calls. */
export function loopWith(settings: Settings, name: string): StagedPolicy {
  const settingsOf = (): Settings => settings;
  return {
    kind: 'retry',
    name,
    apply: applyStaged,
    [stage]: (place) => new RetryLoop(place, settingsOf, false),
  };
}

const perCall: StagedPolicy = {
  kind: 'retry',
  name: 'retry',
  apply: applyStaged,
  [stage]: (place) =>
    new RetryLoop(place, (scope: Scope) => (scope.execution as RetriedCall).settings, true),
};

/** More names than this are hardly meant; further ones share the numbers of the first. */
const mostNames = 100;
const chains: Map<string, Chain> = new Map();

function chainOf(name: string): Chain {
  let chain = chains.get(name);
  if (chain !== undefined) return chain;
  if (chains.size >= mostNames && name !== 'p-retry') return chainOf('p-retry');
  const metrics = sharedBus.names.of(name);
  chain = new Chain(metrics, [perCall]);
  metrics.join(chain);
  chains.set(name, chain);
  return chain;
}

/** Calls `input` until it is good or nobody wants it any more. */
export function run<T>(input: Input<T>, options: Options | undefined): Promise<T> {
  let settings: Settings;
  try {
    settings = readOptions(options);
  } catch (error) {
    return Promise.reject(error);
  }
  const chain = chainOf(settings.name);
  const call = new RetriedCall(chain, input, settings);
  const aborted = abortOf(settings);
  if (aborted !== undefined) {
    chain.run(call);
    return Promise.reject(aborted.reason);
  }
  const started = listened.execute ? chain.start(call) : chain.run(call);
  return started.promise() as Promise<T>;
}
