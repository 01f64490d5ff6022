/** What is said of the errors that opened circuits: described and redacted, each of them once. */
import { describeFailure } from '../../failures/describe.ts';
import { redact, type RedactionOptions } from '../../failures/redact.ts';
import { type ErrorFields, errorFields } from '../../failures/report/error-fields.ts';
import { classify } from '../../verdict/classify.ts';
import { isObject } from '../../verdict/error-like.ts';

/** Describing takes a tenth of a millisecond; beyond so many in one reading the kind must do. */
const mostAtOnce = 200;
const longestText = 256;

/** What is said of an error where there were too many to describe. */
type Briefly = Pick<ErrorFields, 'kind'>;

export class ErrorTexts {
  private readonly redaction: RedactionOptions;
  private readonly known: WeakMap<object, ErrorFields> = new WeakMap();
  private left = mostAtOnce;

  constructor(redaction: RedactionOptions) {
    this.redaction = redaction;
  }

  /** A reading begins. */
  begin(): void {
    this.left = mostAtOnce;
  }

  of(error: unknown): ErrorFields | Briefly {
    const known = isObject(error) ? this.known.get(error) : undefined;
    if (known !== undefined) return known;
    if (this.left === 0) return { kind: classify(error).kind };
    this.left--;
    const failure = describeFailure(error, { ...this.redaction, runtime: false });
    const fields = errorFields(failure, false, false);
    if (isObject(error)) this.known.set(error, fields);
    return fields;
  }

  /** The words of whoever did something by hand. */
  text(given: string): string {
    const text = redact(given, this.redaction);
    return text.slice(0, longestText);
  }
}
