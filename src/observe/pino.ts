/** Writes events as lines of a log. */
import type { CustomEvent, EventType, KedgeEvent, Severity } from '../core/events.ts';
import { severities } from '../core/events.ts';
import type { SinkObject, Source } from '../core/event-bus.ts';
import type { RejectedError } from '../core/errors.ts';
import { countOrInfinity, func, readOptions, type Rules } from '../core/options.ts';
import { type RedactionOptions, redactionRules } from '../failures/redact/options.ts';
import { contextFields } from '../failures/request/scope.ts';
import { Errors } from './pino/errors.ts';
import { keyFields } from './pino/keys.ts';
import { addContext, addIds, addRequest, type Line, lineOf, messageOf } from './pino/line.ts';
import {
  checkLogger,
  hasOwnSerializer,
  isEnabled,
  type Logger,
  whenLevelChanges,
  withPlainErrors,
} from './pino/logger.ts';
import { identityOf } from '../failures/report/identity.ts';
import { type Ready, LogRateLimiter } from '../failures/report/storm.ts';
import { activeSpan } from './trace.ts';

export type { Logger } from './pino/logger.ts';

/** The level of a type of event, or `false` for no line. */
export type Levels = { readonly [Type in EventType]?: Severity | false } & {
  readonly [custom: `${string}.${string}`]: Severity | false | undefined;
};

/** Options of `logs`. */
export interface LogsOptions extends RedactionOptions {
  /** Levels other than the events' own severities, by type; `false` for no line. @default {} */
  levels?: Levels;
  /** How many lines of one pipeline, event, key and failure are written in a second. @default 100 */
  burst?: number;
  /**
   * Adds where a line belongs, before what the active span of OpenTelemetry and `requestContext` of `kedge/responses`
   * say: `requestId`, `traceId`, `spanId` and the like. Called for each line, in the asynchronous context of the call
   * that it is about.
   * @default nothing
   */
  context?: () => Readonly<Record<string, string>> | undefined;
}

const BURST = 100;
const levelNames: ReadonlySet<unknown> = new Set(['debug', 'info', 'warn', 'error', false]);

const rules: Rules<LogsOptions> = {
  ...redactionRules,
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
 * Each failed attempt is one line at `info`, each failed call one line at `error`, or at `warn` where a policy turned it
 * away. `err` is the redacted description of `kedge/failures`; its stack and causes are on one line a minute for each
 * fingerprint. Arguments and results are never written. Of more than `burst` lines alike in a second one more is written
 * when the second is over, and says in `suppressed` how many others there were; of calls that were turned away for one
 * reason, ten lines a minute are written, and one more.
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
 * // {"level":30,"time":…,"event":"attempt.failed","pipeline":"quotes","attempt":1,…,"msg":"attempt failed"}
 */
export function logs(logger: Logger, options: LogsOptions = {}): SinkObject {
  checkLogger(logger);
  const settings = readOptions<LogsOptions>('logs', options, { burst: BURST }, rules);
  // Without a prototype: what is not listed is not there, whatever a custom policy calls its events.
  const known = Object.assign(Object.create(null) as object, settings.levels);
  return new LogSink(logger, known, settings);
}

/** So many lines alike a second, and so many a minute of calls that were turned away for one reason. */
const SECOND = 1_000;
const MINUTE = 60_000;
const MOST_REJECTIONS = 10;

class LogSink implements SinkObject {
  readonly name = 'logs';
  private readonly logger: Logger;
  private readonly writer: Logger;
  private readonly levels: Readonly<Record<string, Severity | false | undefined>>;
  private readonly context: (() => unknown) | undefined;
  private readonly redaction: RedactionOptions;
  private readonly errors: Errors;
  private readonly storm: LogRateLimiter;
  private readonly rejections: LogRateLimiter = new LogRateLimiter(MOST_REJECTIONS, MINUTE);
  private readonly sources: Set<Source> = new Set();

  constructor(
    logger: Logger,
    levels: Readonly<Record<string, Severity | false | undefined>>,
    { burst = BURST, context, keys, patterns, scrub, limits }: LogsOptions,
  ) {
    this.logger = logger;
    this.writer = withPlainErrors(logger);
    this.levels = levels;
    this.context = context;
    this.redaction = { keys, patterns, scrub, limits };
    this.errors = new Errors(hasOwnSerializer(this.writer), this.redaction);
    this.storm = new LogRateLimiter(burst, SECOND);
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
      this.rejections.flush();
      this.sources.delete(source);
    };
  }

  handle(received: KedgeEvent): void {
    const event = received as object as CustomEvent;
    const level = this.levels[event.type] ?? event.severity;
    if (level === false || !isEnabled(this.logger, level)) return;
    const build = (): Ready => this.build(event, level);
    if (!this.pass(event, build)) this.sourceOf(event.pipeline)?.suppress(event.pipeline);
  }

  /** Where the numbers of a name are; a sink can be attached to several sets of pipelines, and to single ones. */
  private sourceOf(pipeline: string): Source | undefined {
    const sources = [...this.sources];
    return sources.find(({ names }) => names.get(pipeline) !== undefined) ?? sources[0];
  }

  /** Decides before anything is described: in a storm most of it would be for nothing. */
  private pass(event: CustomEvent, build: () => Ready): boolean {
    const { type, pipeline, key = '' } = event;
    const sort = `${pipeline}\n${type}`;
    const reason = rejectionIn(event);
    if (reason !== undefined) return this.rejections.pass(sort, `${key}\n${reason}`, build);
    const error = errorIn(event);
    const failure = error === nothing ? '' : identityOf(error);
    return this.storm.pass(sort, `${key}\n${failure}`, build);
  }

  private build(event: CustomEvent, level: Severity): Ready {
    const { redaction } = this;
    const key =
      event.key === undefined ? undefined : keyFields(event.pipeline, event.key, this.sources);
    const line = lineOf(event, key, redaction);
    const error = errorIn(event);
    if (error !== nothing) line['err'] = this.errors.fields(error);
    const { fallbackError } = event;
    if (fallbackError !== undefined) line['fallbackErr'] = this.errors.fields(fallbackError);
    try {
      addContext(line, this.context?.(), redaction);
    } catch {
      // A line without its context is better than none.
    }
    addIds(line, activeSpan());
    addRequest(line, contextFields(), redaction);
    const message = messageOf(event.type);
    return { line, write: (object: Line) => void this.writer[level](object, message) };
  }
}

const nothing: unique symbol = Symbol('nothing');

/** What an event reports as failed. Anything can be thrown, `undefined` too. */
function errorIn(event: CustomEvent): unknown {
  if (event.type === 'execution.cancelled') return event['reason'];
  const always = event.type === 'attempt.failed' || event.type === 'execution.failed';
  return event['error'] === undefined && !always ? nothing : event['error'];
}

/** Why a policy has turned the call away that ended with this event. */
function rejectionIn(event: CustomEvent): string | undefined {
  if (event.type !== 'execution.failed' || event['outcome'] !== 'rejected') return undefined;
  return String((event['error'] as Partial<RejectedError> | undefined)?.reason);
}
