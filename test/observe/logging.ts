import { createKedge, type Kedge, type Policy } from 'kedge';
import { logs, type LogsOptions } from 'kedge/pino';
import { type Logger, type LoggerOptions, pino } from 'pino';

export interface WrittenLine {
  readonly level: string;
  readonly message: string;
  readonly object: Readonly<Record<string, unknown>> & {
    readonly err?: Readonly<Record<string, unknown>>;
  };
}

/** A logger that keeps what it is given. */
export interface KeptLog {
  readonly lines: WrittenLine[];
  debug(object: object, message: string): void;
  info(object: object, message: string): void;
  warn(object: object, message: string): void;
  error(object: object, message: string): void;
  /** The lines of one type of event. */
  of(event: string): WrittenLine[];
  /** How many events of a type the lines stand for. */
  count(event: string): number;
}

export function keptLog(more: object = {}): KeptLog {
  const lines: WrittenLine[] = [];
  const at =
    (level: string) =>
    (object: object, message: string): void =>
      void lines.push({ level, message, object: structuredClone(object) as WrittenLine['object'] });
  const of = (event: string): WrittenLine[] =>
    lines.filter(({ object }) => object['event'] === event);
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    of,
    count: (event) =>
      of(event).reduce(
        (sum, { object }) => sum + 1 + ((object['suppressed'] as number | undefined) ?? 0),
        0,
      ),
    ...more,
  };
}

/** A set of pipelines that writes to a log of its own. */
export function logged(
  options?: LogsOptions,
  log: KeptLog = keptLog(),
): Kedge & { log: KeptLog; observed: Disposable } {
  const kedge = createKedge();
  const observed = kedge.observe(logs(log, options));
  return { ...kedge, log, observed };
}

export type Json = Record<string, unknown> & { err?: Record<string, unknown> };

export interface Written {
  readonly logger: Logger;
  readonly texts: readonly string[];
  lines(): Json[];
}

/** A real logger, and what it has written. */
export function written(options: LoggerOptions = {}): Written {
  const texts: string[] = [];
  const logger = pino(
    { base: null, timestamp: false, ...options },
    { write: (text: string) => void texts.push(text) },
  );
  return { logger, texts, lines: () => texts.map((text) => JSON.parse(text) as Json) };
}

export const down = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('down'), { code: 'ECONNRESET' }));

/** A policy of a user's own that reports one event a call. */
export const reporting = (event: {
  type: `${string}.${string}`;
  [field: string]: unknown;
}): Policy => ({
  kind: 'own',
  name: 'own',
  apply: (next) => (execution) => {
    execution.emit(event);
    return next(execution);
  },
});
