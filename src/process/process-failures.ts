/** The last line: failures that nobody caught, warnings, and being asked to stop. */
import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import {
  either,
  finiteDuration,
  func,
  readOptions,
  type Rule,
  type Rules,
  show,
} from '../core/options.ts';
import { now, Timer } from '../core/time.ts';
import { describeFailure } from '../failures/describe.ts';
import { type LogTarget, report, stormLimit, type Writing } from '../failures/report.ts';
import { type RedactionOptions, redactionRules } from '../failures/redact/options.ts';
import { loggerRule } from '../failures/report/logger.ts';

type Flush = () => unknown;

/** Options of `captureProcessFailures`. */
export interface ProcessFailuresOptions extends RedactionOptions {
  /** Takes the lines. @default `logs()` where it is attached, else standard error */
  logger?: LogTarget;
  /** Finishes what is going on when the process is asked to stop: closes servers, stops workers. @default nothing */
  drain?: () => unknown;
  /** How long `drain` may take, in milliseconds. @default 10_000 */
  drainTimeout?: number;
  /**
   * Writes what is held back in memory: logs, traces, a journal. One or several, which run side by side; at last the
   * logger's own `flush`, where it has one.
   * @default none
   */
  flush?: Flush | readonly Flush[];
  /** How long all of that may take, in milliseconds. @default 2_000 */
  flushTimeout?: number;
  /** Which signals ask it to stop. @default ['SIGTERM', 'SIGINT'] */
  signals?: readonly NodeJS.Signals[];
  /** Ends the process; `false` lets it go on after failures, in a state that nobody knows. @default process.exit */
  exit?: ((code: number) => void) | false;
}

/** Signals within so long, in milliseconds, are the same stop. */
const ONE_STOP = 1_000;

const no: Rule = { expected: 'false', type: (value) => value === false };
const severalFunctions: Rule = {
  expected: 'a list of functions',
  type: (value) => Array.isArray(value) && value.every((one) => typeof one === 'function'),
};
/** Those that no process can catch, or that must not be heard: their handlers would return into what has failed. */
const beyondUs: ReadonlySet<string> = new Set(
  ['KILL', 'STOP', 'SEGV', 'FPE', 'ILL', 'BUS'].map((name) => `SIG${name}`),
);
/** Of other systems, where nothing is heard of them here. */
const elsewhere: ReadonlySet<string> = new Set(['SIGBREAK', 'SIGINFO', 'SIGLOST']);
const canBeCaught = (name: string): boolean =>
  (Object.hasOwn(constants.signals, name) || elsewhere.has(name)) && !beyondUs.has(name);

const rules: Rules<ProcessFailuresOptions> = {
  ...redactionRules,
  logger: loggerRule,
  drain: func,
  drainTimeout: finiteDuration,
  flush: either(func, severalFunctions),
  flushTimeout: finiteDuration,
  signals: {
    expected: "a list of signals that can be caught, such as ['SIGTERM', 'SIGINT']",
    type: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
    range: (names: readonly string[]) => names.every(canBeCaught),
    more: (names: readonly string[]) =>
      `; not ${names
        .filter((name) => !canBeCaught(name))
        .map(show)
        .join(', ')}`,
  },
  exit: either(func, no),
};

let installed = false;

/**
 * Logs what nobody caught, and ends the process with exit code 1; drains it when it is asked to stop, and ends it with 0.
 *
 * Takes care of `unhandledRejection`, `uncaughtException`, warnings and signals. Logs are flushed first, for 2 seconds at
 * most. Further failures are logged meanwhile, and neither cut draining nor flushing short; another signal a second later
 * ends it at once. What the logger cannot write goes to standard error. Returns what takes it all away again. Throws an
 * `Error` when it is there already, and a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { captureProcessFailures } from 'kedge/process';
 * import { createServer } from 'node:http';
 *
 * const server = createServer();
 * using capturing = captureProcessFailures({
 *   drain: () => new Promise((resolve) => server.close(resolve)),
 * });
 * ```
 */
export function captureProcessFailures(options: ProcessFailuresOptions = {}): Disposable {
  const given = readOptions<ProcessFailuresOptions>('captureProcessFailures', options, {}, rules);
  if (installed) throw new Error('captureProcessFailures: it is there already.');
  const off = new Watch(given).listen();
  installed = true;
  return {
    [Symbol.dispose]: () => {
      off();
      installed = false;
    },
  };
}

const MOST_WARNINGS = 100;
/** So long a logger may take in any case, in milliseconds, however long other flushes took. */
const MOST_FOR_LOGGER = 100;

class Watch {
  private readonly options: ProcessFailuresOptions;
  private readonly redaction: RedactionOptions;
  private readonly writing: Writing;
  private readonly warned: Set<string> = new Set();
  private ending = false;
  /** When it was asked to stop, on the monotonic clock. */
  private askedAt: number | undefined = undefined;
  private code = 0;

  constructor(options: ProcessFailuresOptions) {
    this.options = options;
    const { logger, keys, patterns, scrub, limits } = options;
    this.redaction = { keys, patterns, scrub, limits };
    this.writing = { target: logger, redaction: this.redaction, storm: stormLimit() };
  }

  listen(): () => void {
    const { signals = ['SIGTERM', 'SIGINT'] } = this.options;
    const listeners: [string, (given: unknown) => void][] = [
      ['uncaughtException', (error) => this.failed(error, 'uncaughtException')],
      ['unhandledRejection', (error) => this.failed(error, 'unhandledRejection')],
      ['warning', (warning) => this.warn(warning as Error)],
      ...signals.map((signal): [string, () => void] => [signal, () => this.stop(signal)]),
    ];
    const emitter: EventEmitter = process;
    const off = (): void => {
      for (const [name, listener] of listeners) emitter.off(name, listener);
    };
    try {
      for (const [name, listener] of listeners) emitter.on(name, listener);
    } catch (error) {
      // A signal that this machine does not let anybody catch: all of them, or none.
      off();
      throw error;
    }
    return off;
  }

  private failed(error: unknown, origin: string): void {
    const { exit } = this.options;
    report(
      {
        type: 'process.failed',
        from: 'process',
        severity: 'error',
        error,
        failure: describeFailure(error, {
          ...this.redaction,
          severity: 'critical',
          runtime: false,
        }),
        fields: { origin },
      },
      this.writing,
    );
    if (exit === false && !this.ending) return;
    this.code = 1;
    if (!this.ending) void this.finish(false);
  }

  private stop(signal: string): void {
    if (this.askedAt !== undefined) {
      // A terminal sends one to npm as well, which passes it on.
      if (now() - this.askedAt < ONE_STOP) return;
      this.code = 1;
      this.end();
      return;
    }
    this.askedAt = now();
    this.tell('stop.requested', { signal });
    if (!this.ending) void this.finish(true);
  }

  /** Never rejects: there is nobody left to hear of it. */
  private async finish(draining: boolean): Promise<void> {
    this.ending = true;
    const { drain, drainTimeout = 10_000, flush = [], flushTimeout = 2_000, logger } = this.options;
    if (draining && !(await this.within(drain, drainTimeout, 'drain'))) this.code = 1;
    const flushes = typeof flush === 'function' ? [flush] : flush;
    const begun = now();
    await Promise.all(flushes.map((one) => this.within(one, flushTimeout, 'flush')));
    // Last, because flushing may have written lines.
    const left = Math.max(MOST_FOR_LOGGER, flushTimeout - (now() - begun));
    await this.within(flushOf(logger), left, 'flush');
    this.end();
  }

  /** Whether `task` ended well in time. */
  private async within(
    task: (() => unknown) | undefined,
    ms: number,
    phase: 'drain' | 'flush',
  ): Promise<boolean> {
    if (task === undefined) return true;
    let timer: Timer | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = new Timer(() => resolve('late'), ms, true);
    });
    const done = (async () => task())().then(
      () => 'done' as const,
      (error: unknown) => ({ error }),
    );
    const outcome = await Promise.race([done, late]);
    timer?.stop();
    if (outcome === 'done') return true;
    const reason = outcome === 'late' ? 'late' : 'failed';
    const error = outcome === 'late' ? undefined : outcome.error;
    this.tell(`${phase}.failed`, { reason }, error);
    return false;
  }

  private warn(warning: Error): void {
    const key = `${warning.name} ${warning.message}`.slice(0, 200);
    if (this.warned.has(key) || this.warned.size >= MOST_WARNINGS) return;
    this.warned.add(key);
    this.tell('process.warned', {}, warning);
  }

  private tell(
    type: `${string}.${string}`,
    fields: Readonly<Record<string, string>>,
    error?: unknown,
  ): void {
    const about = error === undefined ? {} : { error };
    report({ type, from: 'process', severity: 'warn', fields, ...about }, this.writing);
  }

  private end(): void {
    const { exit } = this.options;
    try {
      if (typeof exit === 'function') exit(this.code);
      else process.exit(this.code);
    } catch {
      process.exit(this.code);
    }
  }
}

/** pino's `flush` takes a callback. */
function flushOf(logger: LogTarget): (() => Promise<void>) | undefined {
  if (typeof logger !== 'object') return undefined;
  const { flush } = logger as { flush?: unknown };
  if (typeof flush !== 'function') return undefined;
  return () => new Promise<void>((resolve) => flush.call(logger, () => resolve()));
}
