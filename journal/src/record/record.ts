/** What the journal keeps of one failure, whatever protocol it came by. Everything that the journal says is made of this. */
import type { Json } from 'kedge/failures';

export type Severity = 'critical' | 'error' | 'warning' | 'info';

export interface FailureRecord {
  /** 32 hexadecimal digits: the client's, or made here for clients that have none. */
  readonly id: string;
  /** ISO 8601, by the journal's clock. */
  readonly time: string;
  /** When it came in, ISO 8601. */
  readonly received: string;
  /** `node`, `javascript`, `python`, `ruby`, `go`, `java`, `csharp`, `php` or `other`. */
  readonly platform: string;
  readonly severity: Severity;
  /** The error that was thrown, then its causes, nearest first; none where something was only reported. */
  readonly exceptions: readonly ExceptionData[];
  /** What was reported beside or instead of an error. */
  readonly message?: string;
  readonly logger?: string;
  /** The route, the transaction or the job that failed. */
  readonly transaction?: string;
  readonly service?: string;
  readonly environment?: string;
  readonly release?: string;
  /** Which build of the release. */
  readonly dist?: string;
  readonly host?: string;
  /** Whether the application caught it. */
  readonly handled?: boolean;
  /** kedge's verdict, and where in a pipeline it was. */
  readonly kind?: string;
  readonly source?: string;
  readonly pipeline?: string;
  readonly policy?: string;
  readonly attempt?: number;
  readonly requestId?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  /** Tells whether it was the same user, and not who. */
  readonly user?: string;
  readonly request?: RequestData;
  readonly tags: Readonly<Record<string, string>>;
  readonly contexts?: Readonly<Record<string, Json>>;
  readonly extra?: Readonly<Record<string, Json>>;
  /** Oldest first. */
  readonly breadcrumbs?: readonly Breadcrumb[];
  readonly sdk?: { readonly name: string; readonly version?: string };
  /** By which the client wants it grouped. */
  readonly fingerprint?: readonly string[];
  /** What did not fit, a sentence each. */
  readonly cut?: readonly string[];
}

export interface ExceptionData {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  /** Outermost first, as it was called. */
  readonly frames: readonly FrameData[];
}

export interface FrameData {
  /** A path or an address, without query. */
  readonly file: string;
  readonly function?: string;
  /** A package, a class or a namespace. */
  readonly module?: string;
  readonly line?: number;
  readonly column?: number;
  /** Written by the application. */
  readonly inApp: boolean;
  /** Lines of the source, of frames of the application alone. */
  readonly source?: {
    readonly before: readonly string[];
    readonly line: string;
    readonly after: readonly string[];
  };
}

export interface Breadcrumb {
  readonly time?: string;
  readonly category?: string;
  readonly level?: string;
  readonly message?: string;
  readonly data?: Json;
}

export interface RequestData {
  readonly method?: string;
  /** Without host and query. */
  readonly path?: string;
  readonly contentType?: string;
  readonly userAgent?: string;
}

/** A record that is being put together. */
export type Draft = { -readonly [Field in keyof FailureRecord]: FailureRecord[Field] };
