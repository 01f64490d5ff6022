import type { Severity } from '../../core/events.ts';
import { isLogger, type Logger as Writer } from '../../failures/report/logger.ts';

/** What is used of a logger; pino's fit, and whatever takes an object and a message. */
export interface Logger extends Writer {
  /** Looked at where there is no `isLevelEnabled`. */
  readonly level?: unknown;
}

const ranks: ReadonlyMap<unknown, number> = new Map([
  ['trace', 10],
  ['debug', 20],
  ['info', 30],
  ['warn', 40],
  ['error', 50],
  ['fatal', 60],
  ['silent', Infinity],
]);

/** Throws a TypeError for what is no logger. */
export function checkLogger(logger: unknown): void {
  if (!isLogger(logger))
    throw new TypeError('logs: expected a logger with `debug`, `info`, `warn` and `error`.');
}

/** Whether a line would be written. A level that is not known here is left to the logger. */
export function isEnabled(logger: Logger, level: Severity): boolean {
  if (typeof logger.isLevelEnabled === 'function') return logger.isLevelEnabled(level);
  return (ranks.get(level) as number) >= (ranks.get(logger.level) ?? 0);
}

interface Emitter {
  on?(event: 'level-change', listener: (...about: unknown[]) => void): unknown;
  off?(event: 'level-change', listener: (...about: unknown[]) => void): unknown;
}

/** Tells of every change of the level, where the logger does, until the returned function is called. */
export function whenLevelChanges(logger: Logger, then: () => void): () => void {
  const emitter = logger as Emitter;
  if (typeof emitter.on !== 'function' || typeof emitter.off !== 'function') return () => {};
  // pino's children are heard too.
  const listener = (...about: unknown[]): void => {
    if (about[4] === logger) then();
  };
  emitter.on('level-change', listener);
  return () => emitter.off?.('level-change', listener);
}

const serializers: unique symbol = Symbol.for('pino.serializers') as never;

type Serializers = Readonly<Record<string, ((value: unknown) => unknown) | undefined>>;

/** pino's own serializer of errors takes our description for an error, of a class called `Object`. */
export function withPlainErrors(logger: Logger): Logger {
  const known = serializersOf(logger);
  if (known?.['err']?.name !== 'errSerializer') return logger;
  // As `child` does it, except that nobody is told of a child, and that the level stays the logger's own.
  const own: unknown = Object.assign(Object.create(known) as object, { err: asItIs });
  return Object.create(logger, { [serializers]: { value: own } }) as Logger;
}

/** Whether a serializer of the user's own looks at errors first; most go on from pino's. */
export function hasOwnSerializer(logger: Logger): boolean {
  const serializer = serializersOf(logger)?.['err'];
  return serializer !== undefined && serializer !== asItIs;
}

function serializersOf(logger: Logger): Serializers | undefined {
  return (logger as { readonly [serializers]?: Serializers })[serializers];
}

function asItIs(error: unknown): unknown {
  return error;
}
