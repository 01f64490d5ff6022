import { now } from '../../core/time.ts';
import { describeFailure, type Failure, type FailureCause } from '../../failures/describe.ts';

/** What a line says of an error. */
export interface ErrorFields {
  readonly type: string;
  readonly code?: string;
  readonly kind: string;
  readonly fingerprint: string;
  readonly message: string;
  /** Only on the first line of a fingerprint in a minute, as are the causes. */
  readonly stack?: string;
  readonly causes?: readonly FailureCause[];
}

const DETAILS_EVERY = 60_000;
const MOST_FINGERPRINTS = 1_000;

/** Describes errors for lines. */
export class Errors {
  /** Up to five events of one instant are about one error. */
  private readonly described: WeakMap<object, { readonly at: number; readonly failure: Failure }> =
    new WeakMap();
  /** When the details of a fingerprint were last written, the longest ago first. */
  private readonly detailed: Map<string, number> = new Map();
  private readonly named: boolean;

  /** `named`: pino's own serializer will look at the fields, and asks for a class or a name. */
  constructor(named: boolean) {
    this.named = named;
  }

  describe(error: unknown, at: number): Failure {
    if (typeof error !== 'object' || error === null)
      return describeFailure(error, { runtime: false });
    const known = this.described.get(error);
    if (known?.at === at) return known.failure;
    const failure = describeFailure(error, { runtime: false });
    this.described.set(error, { at, failure });
    return failure;
  }

  fields(failure: Failure): ErrorFields {
    const { type, code, kind, fingerprint, message, stack, causes } = failure;
    const details = (stack !== undefined || causes.length > 0) && this.isDue(fingerprint);
    const fields = {
      type,
      ...(code !== undefined && { code }),
      kind,
      fingerprint,
      message,
      ...(details && stack !== undefined && { stack }),
      ...(details && causes.length > 0 && { causes }),
    };
    if (this.named) {
      Object.defineProperties(fields, { constructor: { value: undefined }, name: { value: type } });
    }
    return fields;
  }

  private isDue(fingerprint: string): boolean {
    const time = now();
    const last = this.detailed.get(fingerprint);
    if (last !== undefined && time - last < DETAILS_EVERY) return false;
    // Out and in again, to the end.
    this.detailed.delete(fingerprint);
    if (this.detailed.size >= MOST_FINGERPRINTS) {
      for (const oldest of this.detailed.keys()) {
        this.detailed.delete(oldest);
        break;
      }
    }
    this.detailed.set(fingerprint, time);
    return true;
  }
}
