/** One request with all its attempts: what is known about it, and which of its answers may still be wanted. */
import { classify } from '../../verdict/classify.ts';
import type { Attributes, Context } from '../../index.ts';

/** RFC 9110, 9.2.2: sent twice, they do what they do once. */
const idempotentMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
]);

export function isIdempotentMethod(method: string): boolean {
  return idempotentMethods.has(method.toUpperCase());
}

/** Streams can be read once; everything else that a body can be can be sent again. */
export function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const stream = body as { getReader?: unknown; pipe?: unknown; [Symbol.asyncIterator]?: unknown };
  return [stream[Symbol.asyncIterator], stream.getReader, stream.pipe].some(
    (each) => typeof each === 'function',
  );
}

const exchangeOf: unique symbol = Symbol('kedge.exchange');

/** An answer that may be given up. */
interface Droppable {
  drop(): void;
}

export class Exchange<Answer extends Droppable = Droppable> {
  /** Whether it does no harm to execute it twice. */
  readonly idempotent: boolean;
  /** Whether its body can be sent again. */
  readonly repeatable: boolean;
  /** For the pipeline, where the exchange is found again by the rule for retries. */
  readonly attributes: Attributes;
  /** It was executed: whatever fails from now on, it is not "certainly not executed". */
  executed = false;
  private sent = false;
  private stale = false;
  private readonly answers: Map<unknown, Answer> = new Map();

  constructor(idempotent: boolean, repeatable: boolean) {
    this.idempotent = idempotent;
    this.repeatable = repeatable;
    // What cannot be sent twice cannot be hedged either.
    this.attributes = { idempotent: idempotent && repeatable, [exchangeOf]: this };
  }

  /** An attempt begins. */
  begin(): void {
    this.sent = true;
    if (this.stale) this.release();
    this.stale = false;
  }

  /** Keeps an answer that is a failure: it is what the caller gets when nothing better comes. */
  keep(failure: unknown, answer: Answer): void {
    this.answers.set(failure, answer);
  }

  /** The answer behind the error that a call has ended with, if there is one; the others are dropped. */
  end(error?: unknown): Answer | undefined {
    const wanted = this.answers.get(error);
    this.answers.delete(error);
    this.release();
    return wanted;
  }

  /** The retry's rule. */
  mayRetry(error: unknown, context: Context): boolean {
    // What it gives up now is not wanted any more when there is a further attempt.
    this.stale = true;
    const { kind, repeat, maxRetries = Infinity } = classify(error);
    if (kind === 'permanent' || kind === 'bug' || kind === 'cancelled') return false;
    if (kind === 'rejected') return true;
    if (context.attempt > maxRetries || (this.sent && !this.repeatable)) return false;
    return this.idempotent || (repeat === 'safe' && !this.executed && !wasConnected(error));
  }

  private release(): void {
    for (const answer of this.answers.values()) answer.drop();
    this.answers.clear();
  }
}

/** Whether a further attempt does no harm and may help. */
export function mayRetry(error: unknown, context: Context): boolean {
  const { [exchangeOf]: exchange } = context.attributes as { [exchangeOf]?: Exchange };
  return exchange?.mayRetry(error, context) ?? false;
}

/**
 * Linux reports a route that is lost with the codes of one that was never there (EHOSTUNREACH), but the system call
 * tells that there was a connection.
 */
function wasConnected(error: unknown): boolean {
  let each = error as { cause?: unknown; syscall?: unknown } | null | undefined;
  for (let depth = 0; depth < 10 && typeof each === 'object' && each !== null; depth++) {
    if (each.syscall === 'read' || each.syscall === 'write') return true;
    each = each.cause as typeof each;
  }
  return false;
}
