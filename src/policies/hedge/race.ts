import type { ExecutionOutcome } from '../../core/policy.ts';
import type { Limit } from '../../core/limit.ts';
import type { Scope } from '../../core/scope.ts';
import { Deadline, type DeadlineList } from '../../mechanisms/deadlines.ts';

/** How a call of a race failed: by an error, or by a value that is none. */
export type Loss =
  | { readonly error: unknown }
  | { readonly value: unknown; readonly outcome: ExecutionOutcome | undefined };

/** The calls that run against each other for one answer. */
export class Race {
  readonly since: number;
  /** The tightest timeout outside: the first call has those inside on it too, and they are not the others'. */
  readonly timeout: Limit | undefined;
  /** How many more calls than the first have been started. */
  launched = 0;
  running = 1;
  firstRuns = true;
  over = false;
  /** How the first call failed; until it has, how another one did. */
  loss: Loss | undefined = undefined;
  /** The value that the caller got. */
  winner: { readonly value: unknown } | undefined = undefined;
  next: HedgeTimer | undefined = undefined;

  constructor(since: number, timeout: Limit | undefined) {
    this.since = since;
    this.timeout = timeout;
  }
}

/** The instant at which the next hedge is due. */
export class HedgeTimer extends Deadline {
  readonly list: DeadlineList;
  private readonly scope: Scope;
  private readonly due: (scope: Scope) => void;

  constructor(instant: number, list: DeadlineList, scope: Scope, due: (scope: Scope) => void) {
    super(instant);
    this.list = list;
    this.scope = scope;
    this.due = due;
    scope.captureAsyncContext();
  }

  override expire(): void {
    this.scope.runInAsyncContext(() => this.due(this.scope));
  }
}
