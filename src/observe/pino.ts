/** Writes events as lines of a log. */
import type { CustomEvent, EventType, KedgeEvent, Severity } from '../core/events.ts';
import { severities } from '../core/events.ts';
import type { SinkObject, Source } from '../core/event-bus.ts';
import { countOrInfinity, func, readOptions, type Rules } from '../core/options.ts';
import type { Failure } from '../failures/describe.ts';
import { contextFields } from '../responses/request-context/scope.ts';
import { Errors } from './pino/errors.ts';
import { addContext, type Line, lineOf, messageOf } from './pino/line.ts';
import {
  checkLogger,
  hasOwnSerializer,
  isEnabled,
  type Logger,
  whenLevelChanges,
  withPlainErrors,
} from './pino/logger.ts';
import { type Ready, LogRateLimiter } from './pino/storm.ts';

export type { Logger } from './pino/logger.ts';

/** The level of a type of event, or `false` for no line. */
export type Levels = { readonly [Type in EventType]?: Severity | false } & {
  readonly [custom: `${string}.${string}`]: Severity | false | undefined;
};

/** Options of `logs`. */
export interface LogsOptions {
  /** Levels other than the events' own severities, by type; `false` for no line. @default {} */
  levels?: Levels;
  /** How many lines of one pipeline, event and fingerprint are written in a second. @default 100 */
  burst?: number;
  /**
   * Adds where a line belongs, before what `requestContext` of `kedge/failures` knows: `requestId`, `traceId`, `spanId`
   * and the like. Called for each line, in the asynchronous context of the call that it is about.
   * @default nothing
   */
  context?: () => Readonly<Record<string, string>> | undefined;
}

const levelNames: ReadonlySet<unknown> = new Set(['debug', 'info', 'warn', 'error', false]);

const rules: Rules<LogsOptions> = {
  levels: {
    expected: "an object of event types and 'debug', 'info', 'warn', 'error' or false",
    type: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    range: (value: object) =>
      Object.entries(value).every(
        ([type, level]) => type.includes('.') && (level === undefined || levelNames.has(level)),
      ),
  },
  burst: countOrInfinity,
  context: func,
};

/**
 * A sink that writes one object and one constant message for each event at or above the logger's level.
 *
 * `err` is the redacted description of `kedge/failures`; its stack and causes are on one line a minute for each
 * fingerprint. Arguments, results and keys are never written. Of more than `burst` lines alike in a second one more is
 * written when the second is over, and says in `suppressed` how many others there were.
 *
 * Takes a pino logger, or any other with `debug`, `info`, `warn` and `error` of `(object, message)`. Throws a
 * `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * import { observe, pipeline, retry } from 'kedge';
 * import { logs } from 'kedge/pino';
 * import { pino } from 'pino';
 *
 * observe(logs(pino(), { levels: { 'retry.scheduled': 'info' } }));
 * await pipeline('quotes', retry()).settle(() => Promise.reject(new Error('down')));
 * // {"level":40,"time":…,"event":"attempt.failed","pipeline":"quotes","attempt":1,…,"msg":"attempt failed"}
 */
export function logs(logger: Logger, options: LogsOptions = {}): SinkObject {
  checkLogger(logger);
  const { levels, burst, context } = readOptions<LogsOptions>(
    'logs',
    options,
    { burst: 100 },
    rules,
  );
  // Without a prototype: what is not listed is not there, whatever a custom policy calls its events.
  const known = Object.assign(Object.create(null) as object, levels);
  return new LogSink(logger, known, burst as number, context);
}

class LogSink implements SinkObject {
  readonly name = 'logs';
  private readonly logger: Logger;
  private readonly writer: Logger;
  private readonly levels: Readonly<Record<string, Severity | false | undefined>>;
  private readonly context: (() => unknown) | undefined;
  private readonly errors: Errors;
  private readonly storm: LogRateLimiter;
  private readonly sources: Set<Source> = new Set();

  constructor(
    logger: Logger,
    levels: Readonly<Record<string, Severity | false | undefined>>,
    burst: number,
    context: (() => unknown) | undefined,
  ) {
    this.logger = logger;
    this.writer = withPlainErrors(logger);
    this.levels = levels;
    this.context = context;
    this.errors = new Errors(hasOwnSerializer(this.writer));
    this.storm = new LogRateLimiter(burst);
  }

  wants(type: string): boolean {
    const level = this.levels[type];
    if (level === false) return false;
    // Successful calls pay for these two, so they are asked for only while they are written.
    if (type !== 'execution.succeeded' && type !== 'attempt.succeeded') return true;
    return isEnabled(this.logger, level ?? severities[type]);
  }

  attach(source: Source): () => void {
    this.sources.add(source);
    const stopListening = whenLevelChanges(this.logger, () => source.refresh());
    return () => {
      stopListening();
      this.storm.flush();
      this.sources.delete(source);
    };
  }

  handle(received: KedgeEvent): void {
    const event = received as object as CustomEvent;
    const level = this.levels[event.type] ?? event.severity;
    if (level === false || !isEnabled(this.logger, level)) return;
    const error = errorIn(event);
    const failure = error === nothing ? undefined : this.errors.describe(error, event.at);
    const sort = `${event.pipeline}\n${event.type}`;
    const build = (): Ready => this.build(event, level, failure);
    if (!this.storm.pass(sort, failure?.fingerprint ?? '', build)) this.suppress(event.pipeline);
  }

  private build(event: CustomEvent, level: Severity, failure: Failure | undefined): Ready {
    const line = lineOf(event);
    if (failure !== undefined) line['err'] = this.errors.fields(failure);
    if (event['fallbackError'] !== undefined) {
      const second = this.errors.describe(event['fallbackError'], event.at);
      line['fallbackErr'] = this.errors.fields(second);
    }
    try {
      addContext(line, this.context?.());
    } catch {
      // A line without its context is better than none.
    }
    addContext(line, contextFields());
    const message = messageOf(event.type);
    return { line, write: (object: Line) => void this.writer[level](object, message) };
  }

  private suppress(pipeline: string): void {
    for (const source of this.sources) source.suppress(pipeline);
  }
}

const nothing: unique symbol = Symbol('nothing');

/** What an event reports as failed. Anything can be thrown, `undefined` too. */
function errorIn(event: CustomEvent): unknown {
  if (event.type === 'execution.cancelled') return event['reason'];
  const always = event.type === 'attempt.failed' || event.type === 'execution.failed';
  return event['error'] === undefined && !always ? nothing : event['error'];
}
