/**
 * The span that the running code is in, as OpenTelemetry's own API has it. Nothing is imported: the API keeps itself in
 * a place that all its copies share, and what is not there is not asked.
 */

/** What identifies a span. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

interface Api {
  readonly context?: {
    active(): { getValue(key: symbol): { spanContext(): SpanIds } | undefined } | undefined;
  };
}

const api: unique symbol = Symbol.for('opentelemetry.js.api.1') as never;
/** Under which key contexts have their span: the API makes its keys by description. */
const spanKey: symbol = Symbol.for('OpenTelemetry Context Key SPAN');

/** The active context, where the API is there. */
export function activeContext(): object | undefined {
  const { context } = (globalThis as { readonly [api]?: Api })[api] ?? {};
  try {
    return context?.active();
  } catch {
    return undefined;
  }
}

/** The ids of the active span, where there is one. */
export function activeSpan(): SpanIds | undefined {
  const { context } = (globalThis as { readonly [api]?: Api })[api] ?? {};
  if (context === undefined) return undefined;
  try {
    const ids = context.active()?.getValue(spanKey)?.spanContext();
    return ids !== undefined && isValid(ids) ? ids : undefined;
  } catch {
    return undefined;
  }
}

/** A span that is not recorded has ids of zeros. */
function isValid({ traceId, spanId }: SpanIds): boolean {
  return /^(?!0+$)[0-9a-f]{32}$/.test(traceId) && /^(?!0+$)[0-9a-f]{16}$/.test(spanId);
}
