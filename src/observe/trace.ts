/**
 * The span that the running code is in, as OpenTelemetry's own API has it. Nothing is imported: the API keeps itself in
 * a place that all its copies share, and what is not there is not asked.
 */

/** What identifies a span. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
}

interface Api {
  readonly context?: {
    active(): Context | undefined;
    with(context: Context, run: () => void): void;
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
    const span = context.active()?.getValue(spanKey) as { spanContext(): SpanIds } | undefined;
    const ids = span?.spanContext();
    return ids !== undefined && isValid(ids) ? ids : undefined;
  } catch {
    return undefined;
  }
}

/** Runs `run` in the active context with a value of ours in it, which whatever it starts has as well. */
export function withValue(key: symbol, value: unknown, run: () => void): void {
  const { context } = (globalThis as { readonly [api]?: Api })[api] ?? {};
  const active = context?.active();
  if (context === undefined || active === undefined) run();
  else context.with(active.setValue(key, value), run);
}

/** Such a value of the active context. */
export function activeValue(key: symbol): unknown {
  return (activeContext() as Context | undefined)?.getValue(key);
}

/** A span that is not recorded has ids of zeros. */
function isValid({ traceId, spanId }: SpanIds): boolean {
  return /^(?!0+$)[0-9a-f]{32}$/.test(traceId) && /^(?!0+$)[0-9a-f]{16}$/.test(spanId);
}
