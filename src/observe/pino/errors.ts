import { now } from '../../core/time.ts';
import { describeFailure } from '../../failures/describe.ts';
import type { RedactionOptions } from '../../failures/redact.ts';
import { type ErrorFields, errorFields } from '../../failures/report/error-fields.ts';

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
    const failure = describeFailure(error, { ...this.redaction, runtime: false });
    const { stack, causes, fingerprint } = failure;
    const details = (stack !== undefined || causes.length > 0) && this.isDue(fingerprint);
    return errorFields(failure, details, this.named);
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
