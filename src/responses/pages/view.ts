/** What a page shows. All of it is plain text: a template has to escape it, which `html` does. */
import type { ProblemDebug, ProblemDocument } from '../problem/document.ts';
import type { FieldError } from '../public-error.ts';

export interface PageView {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly errors: readonly FieldError[];
  readonly requestId: string | undefined;
  /** Where the way home leads. */
  readonly home: string | undefined;
  /** A path of this host that the visitor came from. */
  readonly back: string | undefined;
  /** Whether the same request may be made again by following a link to where it came from. */
  readonly retry: boolean;
  /** The inside, redacted; only in development. */
  readonly debug: ProblemDebug | undefined;
  readonly document: ProblemDocument;
}

/** What is known of the request that is answered. */
export interface PageRequest {
  /** @default 'GET' */
  readonly method?: string | undefined;
  /** The headers `Referer` and `Host`, for the way back. */
  readonly referer?: string | undefined;
  readonly host?: string | undefined;
  /** Path and query of the request itself, to which no way leads back. */
  readonly url?: string | undefined;
}

const LONGEST_BACK = 500;

/** The path that the visitor came from, on this host. */
export function backOf({ referer, host, url }: PageRequest): string | undefined {
  if (referer === undefined || host === undefined || referer.length > LONGEST_BACK)
    return undefined;
  if (!URL.canParse(referer)) return undefined;
  const from = new URL(referer);
  if (from.host !== host || !/^https?:$/.test(from.protocol)) return undefined;
  const path = from.pathname + from.search;
  return path === url || path.startsWith('//') ? undefined : path;
}

/** Asking again may help where it was not the request's own fault, and asking does nothing else. */
export function mayRetry(status: number, method = 'GET'): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    (status >= 500 || status === 408 || status === 429) &&
    status !== 501
  );
}
