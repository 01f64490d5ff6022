import type { FailureKind, FailureSource } from '../verdict/classify.ts';
import type { RedactOptions } from './redact.ts';
import type { Json } from './redact/walk.ts';
import type { Runtime } from './runtime.ts';

export type { Runtime } from './runtime.ts';

/** How bad it is. `critical` is said by whoever describes it: nothing in an error tells it. */
export type FailureSeverity = 'critical' | 'error' | 'warning' | 'info';

/** One cause, or one member of an aggregate. */
export interface FailureCause {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

/** A failure as it may be kept and sent: JSON, at most 32 KiB, without secrets. */
export interface Failure {
  /** Of this one description. */
  readonly id: string;
  /** Of all failures like it. */
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly time: string;
  readonly service?: string;
  readonly environment?: string;
  readonly version?: string;
  readonly severity: FailureSeverity;
  readonly kind: FailureKind;
  readonly source: FailureSource;
  readonly code?: string;
  readonly type: string;
  readonly message: string;
  /** Frames of the application are marked with `>`. */
  readonly stack?: string;
  /** Nearest first. */
  readonly causes: readonly FailureCause[];
  readonly pipeline?: string;
  readonly policy?: string;
  readonly attempt?: number;
  readonly requestId?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  /** Tells whether it was the same user, and not who. */
  readonly userHash?: string;
  readonly route?: string;
  readonly tags?: Readonly<Record<string, Json>>;
  readonly runtime?: Runtime;
}

/** A failure that is being put together. */
export type Draft = { -readonly [Field in keyof Failure]: Failure[Field] };

/** What was going on. What has no field of its own is kept, redacted, among the tags. */
export interface FailureContext {
  readonly pipeline?: string | undefined;
  readonly policy?: string | undefined;
  /** From 1. */
  readonly attempt?: number | undefined;
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  /** The pattern (`/users/:id`), not the path. */
  readonly route?: string | undefined;
  /** An id, or an object with one; only its hash comes out. */
  readonly user?: unknown;
  readonly tags?: Readonly<Record<string, unknown>> | undefined;
  readonly [more: string]: unknown;
}

/** Options of `describe`. */
export interface DescribeFailureOptions extends RedactOptions {
  readonly context?: FailureContext | undefined;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly version?: string | undefined;
  /**
   * How bad it is.
   *
   * @default `info` for a cancellation, `warning` for what passes or was rejected, else `error`
   */
  readonly severity?: FailureSeverity | undefined;
  /**
   * Whether to add host, process, memory and event-loop delay. The first time starts Node's monitor of the delay.
   *
   * @default true
   */
  readonly runtime?: boolean | undefined;
}
