import type { Context } from '../core/policy.ts';
import { anything, duration, oneOf, readOptions, show } from '../core/options.ts';
import { Timer } from '../core/time.ts';

/** What one call of a scripted operation does. */
export type Step =
  | { readonly value: unknown; readonly after?: number }
  | { readonly error: unknown; readonly after?: number }
  /** Never settles. */
  | { readonly hang: true }
  /** Settles when its signal aborts, with the signal's reason. */
  | { readonly untilAborted: true };

/** An operation that follows a script, and remembers how it was called. */
export interface Scripted {
  (context: Context): Promise<unknown>;
  /** The contexts of the calls so far. */
  readonly calls: readonly Context[];
}

/**
 * An operation that does one step a call, in their order; the last step again when they run out.
 *
 * Throws a `TypeError` for a script without steps, and for what is no step.
 *
 * @example
 * const flaky = scripted([{ error: new Error('reset') }, { value: 'ok', after: 20 }]);
 * await pipeline('quotes', retry()).execute(flaky);
 */
export function scripted(steps: readonly [Step, ...Step[]]): Scripted {
  checkSteps(steps);
  const calls: Context[] = [];
  const operation = (context: Context): Promise<unknown> => {
    const step = steps[Math.min(calls.length, steps.length - 1)] as Step;
    calls.push(context);
    return play(step, context);
  };
  return Object.assign(operation, { calls });
}

function play(step: Step, context: Context): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if ('hang' in step) return;
    if ('untilAborted' in step) {
      const { signal } = context;
      const abort = (): void => reject(signal.reason as Error);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      return;
    }
    const finish = (): void => {
      if ('error' in step) reject(step.error);
      else resolve(step.value);
    };
    if (step.after === undefined) finish();
    else new Timer(finish, step.after, true);
  });
}

const rules = {
  value: anything,
  error: anything,
  hang: oneOf(true),
  untilAborted: oneOf(true),
  after: duration,
} as const;
const kinds = ['value', 'error', 'hang', 'untilAborted'] as const;

function checkSteps(steps: readonly unknown[]): void {
  if (!Array.isArray(steps) || steps.length === 0)
    throw new TypeError(
      `scripted: expected a list of at least one step, got ${Array.isArray(steps) ? 'an empty one' : show(steps)}.`,
    );
  steps.forEach((step: unknown, index) => {
    const name = `scripted: step ${index + 1}`;
    readOptions(name, step, {}, rules);
    const said = kinds.filter((kind) => Object.hasOwn(step as object, kind));
    if (said.length !== 1)
      throw new TypeError(
        `${name}: expected one of \`value\`, \`error\`, \`hang: true\` and \`untilAborted: true\`, got ${said.length}.`,
      );
  });
}
