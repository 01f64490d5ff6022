/** Any object, by the properties that are asked for. Each may be missing, anything, or a getter that throws. */
export type ErrorLike = { readonly [Property in Known]?: unknown };

type Known =
  // what errors have
  | 'name'
  | 'message'
  | 'constructor'
  | 'code'
  | 'type'
  | 'errno'
  | 'syscall'
  // what leads to others
  | 'cause'
  | 'errors'
  | 'originalError'
  | 'original'
  | 'parent'
  | 'driverError'
  | 'nativeError'
  | 'networkError'
  | 'detail'
  | 'graphQLErrors'
  // HTTP and its clients
  | 'status'
  | 'statusCode'
  | 'httpStatus'
  | 'httpStatusCode'
  | 'response'
  | 'headers'
  | 'output'
  | 'meta'
  | 'retryAfter'
  | 'event'
  | 'connect'
  | 'config'
  | 'signal'
  | 'reason'
  | 'responseCode'
  | 'erroredSysCall'
  | '$metadata'
  | '$fault'
  | '$retryable'
  | '$response'
  | 'throttling'
  | 'CancellationReasons'
  | 'Code'
  | 'extensions'
  | 'http'
  | 'data'
  | 'shape'
  // gRPC
  | 'details'
  | 'metadata'
  | 'get'
  | 'cmd'
  // databases
  | 'errcode'
  | 'sqlState'
  | 'severity'
  | 'routine'
  | 'number'
  | 'class'
  | 'hasErrorLabel'
  | 'previousErrors'
  | 'replies'
  | 'errorIndexes'
  | 'errorCode'
  | 'errorNum'
  | 'clientVersion'
  | 'originalCode'
  | 'driverAdapterError'
  // other resilience libraries, validation
  | 'isBrokenCircuitError'
  | 'isHydratingCircuitError'
  | 'isBulkheadRejectedError'
  | 'isTaskCancelledError'
  | 'isJoi'
  | 'constraints'
  | 'children';

// Text of an error is only ever compared with short constants; a 10 MB message is not even hashed.
export const LONGEST_CODE = 64;
export const LONGEST_MESSAGE = 2_000;

export function isObject(value: unknown): value is ErrorLike {
  return typeof value === 'object' && value !== null;
}

/** The text when it is short enough to be looked at, else nothing. */
export function shortMessage(error: ErrorLike): string {
  const { message } = error;
  return typeof message === 'string' && message.length <= LONGEST_MESSAGE ? message : '';
}

/** `name`, or the constructor's where the name is only `Error` (node-redis). */
export function typeName(error: ErrorLike): string {
  const { name } = error;
  if (typeof name === 'string' && name !== 'Error' && name !== '')
    return name.length <= LONGEST_CODE ? name : '';
  const made: unknown = error.constructor;
  const constructorName: unknown = typeof made === 'function' ? made.name : undefined;
  return typeof constructorName === 'string' && constructorName.length <= LONGEST_CODE
    ? constructorName
    : '';
}

/** A code that can be looked up, or nothing. */
export function codeOf(error: ErrorLike): string {
  const { code } = error;
  return typeof code === 'string' && code.length <= LONGEST_CODE ? code : '';
}

/** A time to wait in milliseconds, when it is one. Infinite it is where nobody knows an end: an isolated circuit. */
export function delay(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
