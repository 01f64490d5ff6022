/**
 * One request with all its attempts: what is known about it beside its errors, and which of its answers may still be
 * wanted.
 */
import type { Attributes, Context } from '../../index.ts';
import { Timer } from '../../core/time.ts';
import { classify } from '../../verdict/classify.ts';
import { withEvidence } from '../../verdict/evidence.ts';
import { BodyWatch } from './body.ts';

/** How long the rest of an answer that is a failure may take to arrive once another attempt waits, in milliseconds. */
const grace = 100;

/** An answer that may be given up. */
interface Droppable {
  drop(): void;
}

/** What an adapter knows about its request. */
export interface Known<Answer> {
  /** Whether it does no harm to execute it twice. */
  readonly idempotent: boolean;
  /** Whether its body can be sent only once. */
  readonly oneShot: boolean;
  /** Makes an answer that may be given up of a value that a user's rule takes for a failure. */
  readonly hold?: (value: never) => Answer;
}

const exchangeOf: unique symbol = Symbol('kedge.exchange');

export class Exchange<Answer extends Droppable = Droppable> {
  readonly idempotent: boolean;
  /** For the pipeline, where the exchange is found again by the rules for retries. */
  readonly attributes: Attributes;
  /** Something of a body that can be sent once may have been taken. */
  used = false;
  private readonly oneShot: BodyWatch | undefined;
  private readonly hold: Known<Answer>['hold'];
  private broken = false;
  private executed = false;
  private unsent: (() => boolean) | undefined = undefined;
  private stale = false;
  private timer: Timer | undefined = undefined;
  private readonly answers: Map<unknown, Answer> = new Map();

  constructor({ idempotent, oneShot, hold }: Known<Answer>) {
    this.idempotent = idempotent;
    this.oneShot = oneShot ? new BodyWatch() : undefined;
    this.hold = hold;
    // What cannot be sent twice cannot be hedged either.
    this.attributes = { idempotent: idempotent && !oneShot, [exchangeOf]: this };
  }

  /** The exchange that a call of a pipeline is about. */
  static of({ attributes }: Context): Exchange | undefined {
    return (attributes as { readonly [exchangeOf]?: Exchange })[exchangeOf];
  }

  /** An attempt begins; `unsent` says of it, once it has ended, whether nothing of it has left. */
  begin(unsent?: () => boolean): void {
    if (this.stale) this.release();
    this.unsent = unsent;
  }

  /** Returns what to send in place of the caller's own body. */
  bodyOf<Body>(body: Body, iterators: 'sync and async' | 'async' = 'async'): Body {
    if (this.oneShot === undefined || typeof body !== 'object' || body === null) return body;
    return this.oneShot.over(body, iterators) as Body;
  }

  /** The caller's own body is known to have broken by itself. */
  broke(): void {
    this.broken = true;
  }

  /**
   * Runs one attempt. A timeout that ends it is explained at once, since the policies around it judge it before the
   * attempt itself has noticed.
   */
  async attempt<T>(signal: AbortSignal, send: () => T | PromiseLike<T>): Promise<T> {
    if (this.oneShot === undefined) return send();
    const ended = (): void => void this.explain(signal.reason as unknown);
    signal.addEventListener('abort', ended);
    try {
      return await send();
    } finally {
      signal.removeEventListener('abort', ended);
    }
  }

  /** It was executed, or may have been, whatever an error says about a connection: it was sent on to elsewhere. */
  sentOn(): void {
    this.executed = true;
  }

  /** Adds to an error what the error does not show, and returns it. */
  explain<E>(error: E): E {
    if (this.broken || this.oneShot?.isBroken === true)
      return withEvidence(error, { blame: 'caller', repeat: 'never' });
    if (this.executed) return withEvidence(error, { repeat: 'idempotent' });
    if (this.unsent?.() === true) return withEvidence(error, { sent: false });
    // The other side waits for the rest of the request.
    if (this.oneShot?.isStalled === true && classify(error).kind === 'timeout')
      return withEvidence(error, { blame: 'caller', repeat: 'never' });
    return error;
  }

  /** Keeps an answer that is a failure: it is what the caller gets when nothing better comes. */
  keep(failure: unknown, answer: Answer): void {
    this.answers.set(failure, answer);
  }

  /** The answer behind what a call has ended with, if there is one; the others are dropped. */
  end(outcome: unknown): Answer | undefined {
    const wanted = this.answers.get(outcome);
    this.answers.delete(outcome);
    this.release();
    return wanted;
  }

  /** The retry's own rule for errors: whether a further attempt does no harm. */
  allows(error: unknown, context: Context): boolean {
    // It was turned away before anything was sent, and the error may be that of many calls.
    if (classify(error).kind === 'rejected') return true;
    const { repeat, maxRetries = Infinity } = classify(this.explain(error));
    if (repeat === 'never' || context.attempt > maxRetries) return false;
    return !(this.used && this.oneShot !== undefined) && (this.idempotent || repeat === 'safe');
  }

  /** Whether the request may be sent again whatever became of it, as after an answer. */
  get isRepeatable(): boolean {
    return this.idempotent && this.oneShot === undefined;
  }

  /** Gives up what it keeps: at once when a further attempt begins, or after a moment when that has to wait. */
  giveUp(value?: unknown): void {
    if (value !== undefined && this.hold !== undefined && !this.answers.has(value))
      this.answers.set(value, this.hold(value as never));
    this.stale = true;
    // The call may end with it all the same, when the retry is refused; but then it ends at once.
    if (this.answers.size > 0) this.timer ??= new Timer(() => this.release(), grace, false);
  }

  private release(): void {
    this.timer?.stop();
    this.timer = undefined;
    this.stale = false;
    for (const answer of this.answers.values()) answer.drop();
    this.answers.clear();
  }
}
