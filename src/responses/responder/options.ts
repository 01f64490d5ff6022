/** What is the same in all web frameworks. */
import { either, oneOf, readOptions, type Rule, type Rules, text } from '../../core/options.ts';
import { hashKeyRule } from '../../failures/hash.ts';
import { type RedactionOptions, redactionRules } from '../../failures/redact/options.ts';
import { type ErrorHandlers, isErrorHandlers } from '../handlers.ts';
import type { PageOptions } from '../pages.ts';
import type { LogTarget } from '../../failures/report.ts';
import { loggerRule } from '../../failures/report/logger.ts';

/** Options of `errorResponses`. */
export interface ErrorResponsesOptions extends RedactionOptions {
  /** The application's own answers, from `errorHandlers()`. @default none */
  handlers?: ErrorHandlers;
  /** The pages for browsers: name, logo, colours, links, templates; `false` for none. @default plain ones */
  pages?: PageOptions | false;
  /**
   * Shows type, message, stack and causes, redacted, where `NODE_ENV` is `development` or `test`; everywhere else,
   * and where it is missing, nothing changes.
   * @default nothing is shown
   */
  expose?: 'development';
  /**
   * Takes a line for every failed request (5xx), and at level info for every refused one (4xx).
   * @default `logs()` of `kedge/pino` where it is attached, else Fastify's own logger, else failures on standard error
   */
  logger?: LogTarget;
  /** The service's own key, at least 16 bytes, under which users are hashed. @default a random one of the process */
  hashKey?: string | Uint8Array;
  /** Stands on events where others have their pipeline. @default the name of the framework */
  name?: string;
}

const object: Rule = {
  expected: 'an object of options',
  type: (value) => typeof value === 'object' && value !== null,
};
const no: Rule = { expected: 'false', type: (value) => value === false };

const rules: Rules<ErrorResponsesOptions> = {
  ...redactionRules,
  handlers: { expected: 'what errorHandlers() returned', type: isErrorHandlers },
  pages: either(object, no),
  expose: oneOf('development'),
  logger: loggerRule,
  hashKey: hashKeyRule,
  name: text,
};

/** The same, with the name that is always there. */
export interface NamedOptions extends ErrorResponsesOptions {
  name: string;
}

export function readResponderOptions(name: string, options: ErrorResponsesOptions): NamedOptions {
  return readOptions<NamedOptions>('errorResponses', options, { name }, rules);
}
