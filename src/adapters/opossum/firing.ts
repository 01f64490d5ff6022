import type { Chain } from '../../core/chain.ts';
import { Execution } from '../../core/execution.ts';
import { isThenable } from '../../core/thenable.ts';
import { Timer } from '../../core/time.ts';

export type Action = (this: unknown, ...args: unknown[]) => unknown;

const notCalled = (): void => {};

/** One call of a breaker's action. Its caller is answered by the breaker, its numbers by the pipeline. */
export class Firing extends Execution {
  readonly args: unknown[];
  readonly cacheKey: string;
  /** Which time of the circuit it began in: what it shows later counts for no other. */
  generation = -1;
  isProbe = false;
  /** Whether the action has returned. */
  isStarted = false;
  /** Whether its promise was rejected, and nobody has been told yet. */
  isAboutToFail = false;
  /** The action's own promise. */
  work: PromiseLike<unknown> | undefined = undefined;
  /** What the fallback has answered with. */
  fallback: Promise<unknown> | undefined = undefined;
  /** What the caller is given at once, where he was turned away. */
  direct: Promise<unknown> | undefined = undefined;
  respond: (value: unknown) => void = notCalled;
  refuse: (error: unknown) => void = notCalled;
  timer: Timer | undefined = undefined;
  limitedTo = 0;
  /** When it began, in whole milliseconds. */
  readonly began: number;
  private readonly action: Action;
  private readonly context: unknown;

  constructor(chain: Chain, action: Action, context: unknown, args: unknown[], cacheKey: string) {
    super(chain, notCalled, undefined);
    this.action = action;
    this.context = context;
    this.args = args;
    this.cacheKey = cacheKey;
    this.began = Math.floor(this.startedAt);
  }

  /** How long it has taken, in whole milliseconds. */
  get latency(): number {
    return Math.max(0, Math.floor(this.time) - this.began);
  }

  endAfter(after: number, expire: () => void): void {
    this.limitedTo = after;
    this.timer = new Timer(expire, after, true);
  }

  protected override invoke(): unknown {
    const result = this.action.apply(this.context, this.args);
    this.isStarted = true;
    return (this.work = isThenable(result) ? result : Promise.resolve(result));
  }
}
