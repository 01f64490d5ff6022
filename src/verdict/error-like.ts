/** Any object, by the properties that are asked for. Each may be missing, anything, or a getter that throws. */
export type ErrorLike = {
  readonly [
    Property in
      | 'name'
      | 'message'
      | 'constructor'
      | 'cause'
      | 'errors'
      | 'code'
      | 'errno'
      | 'errcode'
      | 'sqlState'
      | 'severity'
      | 'status'
      | 'statusCode'
      | 'httpStatusCode'
      | 'response'
      | 'headers'
      | 'retryAfter'
      | 'details'
      | 'metadata'
      | 'get'
      | 'cmd'
      | 'syscall'
      | 'hasErrorLabel'
      | 'throttling'
      | '$metadata'
      | '$fault'
      | '$retryable'
      | '$response'
  ]?: unknown;
};

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

/** A time to wait in milliseconds, when it is one. Infinite it is where nobody knows an end: an isolated circuit. */
export function delay(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
