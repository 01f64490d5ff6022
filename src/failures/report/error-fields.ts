import type { Failure, FailureCause } from '../failure.ts';

/** What a line says of an error. */
export interface ErrorFields {
  readonly type: string;
  readonly code?: string;
  readonly kind: string;
  readonly fingerprint: string;
  readonly message: string;
  /** Left out, as the causes are, where a line of the same failure has just had it. */
  readonly stack?: string;
  readonly causes?: readonly FailureCause[];
}

/** `named`: pino's own serializer of errors will look at the fields, and asks for a class or else for a name. */
export function errorFields(failure: Failure, details: boolean, named: boolean): ErrorFields {
  const { type, code, kind, fingerprint, message, stack, causes } = failure;
  const fields = {
    type,
    ...(code !== undefined && { code }),
    kind,
    fingerprint,
    message,
    ...(details && stack !== undefined && { stack }),
    ...(details && causes.length > 0 && { causes }),
  };
  return named
    ? Object.defineProperties(fields, { constructor: { value: undefined }, name: { value: type } })
    : fields;
}
