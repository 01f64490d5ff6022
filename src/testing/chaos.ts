import { duration, func, number, readOptions, text } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { Timer } from '../core/time.ts';

export interface ChaosOptions {
  /** The share of calls that fail instead of being made, 0–1. @default 0 */
  failureRate?: number;
  /** What they fail with. @default an `Error` with code ECONNRESET */
  error?: () => unknown;
  /** The share of calls that are made late, 0–1. @default 0 */
  slowRate?: number;
  /** How late, in milliseconds. @default 1_000 */
  slowBy?: number;
  /** Where chance comes from: a function like `Math.random`. @default Math.random */
  random?: () => number;
  /** The policy's name in metrics and events. @default 'chaos' */
  name?: string;
}

const rate = number('a number from 0 to 1', (value) => value >= 0 && value <= 1);
const rules = {
  failureRate: rate,
  error: func,
  slowRate: rate,
  slowBy: duration,
  random: func,
  name: text,
} as const;
const defaults = {
  failureRate: 0,
  error: () => Object.assign(new Error('chaos: connection reset'), { code: 'ECONNRESET' }),
  slowRate: 0,
  slowBy: 1_000,
  random: Math.random,
  name: 'chaos',
} as const;

/**
 * A policy that makes trouble: put it innermost, to see what the others make of a dependency that fails or is slow.
 *
 * @example
 * const quotes = pipeline('quotes', retry(), chaos({ failureRate: 0.3 }));
 */
export function chaos(options: ChaosOptions = {}): Policy {
  const settings = readOptions<Required<ChaosOptions>>('chaos', options, defaults, rules);
  return {
    kind: 'chaos',
    name: settings.name,
    apply: (next) => async (execution) => {
      if (settings.random() < settings.slowRate) await pause(settings.slowBy, execution.signal);
      if (settings.random() < settings.failureRate) throw settings.error();
      return next(execution);
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      timer.stop();
      reject(signal.reason as Error);
    };
    const timer = new Timer(
      () => {
        signal.removeEventListener('abort', end);
        resolve();
      },
      ms,
      false,
    );
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
