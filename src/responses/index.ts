/** What is told outside: error answers, pages, and the request that they belong to. */
export {
  type ErrorClass,
  type ErrorHandler,
  errorHandlers,
  type ErrorHandlers,
  type HandlerAnswer,
  type HandlerPreset,
  handlerPresets,
  type HandlerRequest,
} from './handlers.ts';
export {
  errorPages,
  type ErrorPages,
  type HexColor,
  type Html,
  html,
  type Page,
  type PageColors,
  type PageLink,
  type PageOptions,
  type PageRequest,
  type PageTemplate,
  type PageTexts,
  type PageView,
} from './pages.ts';
export {
  problem,
  type Problem,
  type ProblemDebug,
  type ProblemDocument,
  type ProblemOptions,
} from './problem.ts';
export {
  type FieldError,
  forbidden,
  invalid,
  notFound,
  PublicError,
  type PublicErrorOptions,
} from './public-error.ts';
export {
  type IncomingRequest,
  type RequestAdditions,
  requestContext,
  type RequestContext,
  type RequestContextStore,
  type Tag,
} from './request-context.ts';
export type { ErrorResponsesOptions } from './responder/options.ts';
export { toResponse, type WebRequest } from './to-response.ts';
