/**
 * What a caller is given for his call: a promise, made after the way in, since most of those who are turned away are
 * answered by then.
 */
import { isResponse, release } from './response-body.ts';
import { inNextJob } from './time.ts';

/**
 * How many promise jobs a value may take to get out, when it is there already: one from a promise of the platform's
 * own, more from a thenable or through promises of a user's policies.
 */
export const jobs = { native: 1, foreign: 64 };

export abstract class Answer {
  protected answered = false;
  private outcome: unknown = undefined;
  /** Responses that came too late for their attempt, until it is known that the answer is none of them. */
  private unread: unknown[] | undefined = undefined;
  private isRejected = false;
  private resolve: ((answer: unknown) => void) | undefined = undefined;
  private reject: ((error: unknown) => void) | undefined = undefined;

  promise(): Promise<unknown> {
    if (!this.answered) {
      return new Promise((resolve, reject) => {
        this.resolve = resolve;
        this.reject = reject;
      });
    }
    if (!this.isRejected) return Promise.resolve(this.outcome);
    // A job later, when the caller listens: a promise that nobody listens to yet costs four times as much to reject.
    return new Promise((_resolve, reject) => inNextJob(() => reject(this.outcome)));
  }

  /** The same, but it never rejects: it says how the call ended. */
  settlement(): Promise<PromiseSettledResult<unknown>> {
    if (this.answered) {
      return Promise.resolve(
        this.isRejected
          ? { status: 'rejected', reason: this.outcome }
          : { status: 'fulfilled', value: this.outcome },
      );
    }
    return new Promise((resolve) => {
      this.resolve = (value) => resolve({ status: 'fulfilled', value });
      this.reject = (reason) => resolve({ status: 'rejected', reason });
    });
  }

  /** Lets go of a response that came too late, unless another attempt has brought the same. */
  dropLate(value: unknown): void {
    if (!isResponse(value)) return;
    if (!this.answered) (this.unread ??= []).push(value);
    else if (value !== this.outcome) release(value);
  }

  protected answerWith(value: unknown): void {
    this.outcome = value;
    if (this.unread !== undefined) this.dropUnread();
    this.resolve?.(value);
  }

  private dropUnread(): void {
    for (const each of this.unread ?? []) if (each !== this.outcome) release(each);
    this.unread = undefined;
  }

  protected failWith(error: unknown): void {
    this.outcome = error;
    if (this.unread !== undefined) this.dropUnread();
    this.isRejected = true;
    this.reject?.(error);
  }
}
