import { now } from '../../core/time.ts';
import { describeFailure, type FailureCause } from '../../failures/describe.ts';
import type { RedactionOptions } from '../../failures/redact.ts';

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
  /** When the details of a fingerprint were last written, the longest ago first. */
  private readonly detailed: Map<string, number> = new Map();
  private readonly named: boolean;
  private readonly redaction: RedactionOptions;

  /** `named`: pino's own serializer will look at the fields, and asks for a class or a name. */
  constructor(named: boolean, redaction: RedactionOptions) {
    this.named = named;
    this.redaction = redaction;
  }

  /** Of a failure with several lines the description is made once. */
  fields(error: unknown): ErrorFields {
    const { type, code, kind, fingerprint, message, stack, causes } = describeFailure(error, {
      ...this.redaction,
      runtime: false,
    });
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
