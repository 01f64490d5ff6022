/** What the answers to a batch say about the batch as a whole: one command's error says nothing about the others. */
import { withEvidence } from '../../index.ts';
import { classify } from '../../verdict/classify.ts';

/** ioredis answers a pipeline by the error of each command. */
export class BatchFailure extends Error {
  readonly results: unknown;

  constructor(results: readonly unknown[], errors: readonly unknown[]) {
    const worst = errors.find((error) => classify(error).repeat !== 'safe') ?? errors[0];
    const { message } = worst as { message?: unknown };
    super(`${errors.length} of ${results.length} commands failed: ${String(message)}`, {
      cause: worst,
    });
    this.results = results;
    const none =
      errors.length === results.length &&
      errors.every((error) => classify(error).repeat === 'safe');
    withEvidence(this, { kind: 'transient', repeat: none ? 'safe' : 'idempotent' });
  }

  /** ioredis tells of lost connections in the results. */
  static unwrapped(this: void, error: unknown): unknown {
    if (error instanceof BatchFailure) return error.results;
    throw error;
  }
}

/** Throws where the dependency has failed, and not only a command been wrong. */
export function ofPipeline(results: unknown): unknown {
  if (!Array.isArray(results)) return results;
  const errors = results.flatMap((each: unknown) =>
    Array.isArray(each) && each[0] instanceof Error ? [each[0]] : [],
  );
  if (!errors.some((error) => classify(error).blame === 'dependency')) return results;
  throw new BatchFailure(results, errors);
}

/** Node-redis rejects with the first error of several commands, of which the others may have been executed. */
export function ofSeveral(error: unknown): unknown {
  if (error instanceof BatchFailure) return error;
  return classify(error).repeat === 'safe' ? withEvidence(error, { repeat: 'idempotent' }) : error;
}

/** A MULTI that was discarded was not executed: what it was discarded for says whether that passes. */
export function ofTransaction(error: unknown): unknown {
  const { message, previousErrors, constructor } = (error ?? {}) as {
    message?: unknown;
    previousErrors?: unknown;
    constructor?: { name?: unknown };
  };
  // EXEC was answered, so all was executed.
  if (constructor?.name === 'MultiErrorReply') return withEvidence(error, { repeat: 'never' });
  if (typeof message !== 'string' || !message.startsWith('EXECABORT')) return error;
  const [, why] = /discarded because of: (.*)/s.exec(message) ?? [];
  const reasons: unknown[] = Array.isArray(previousErrors) ? previousErrors : [];
  if (why !== undefined) {
    const { name } = error as Error;
    reasons.push(Object.assign(new Error(why), { name: name === 'Error' ? 'ReplyError' : name }));
  }
  const verdicts = reasons.map((reason) => classify(reason));
  const passes =
    verdicts.length > 0 &&
    verdicts.every(({ kind, repeat }) => kind === 'transient' && repeat === 'safe');
  if (!passes) return error;
  const isReplaced = verdicts.some(({ connection }) => connection === 'replace');
  return withEvidence(error, {
    kind: 'transient',
    repeat: 'safe',
    ...(isReplaced && { connection: 'dead' }),
  });
}
