/** The ids by which the lines of one request are found. */
import { randomUUID } from 'node:crypto';

/** What a client may choose as the id of its request: nothing that could end a line of a log, or begin markup. */
const safe = /^[\w\-=]{1,255}$/;
// https://www.w3.org/TR/trace-context/#traceparent-header-field-values
const traceparent =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.{0,200})?$/;

/** The id that came with the request, when its shape is safe, else a new one. */
export function requestIdFrom(header: unknown): string {
  return typeof header === 'string' && safe.test(header) ? header : randomUUID();
}

/** The span that the request comes from, when it says so in the form of the W3C. None is made up: nobody would find it. */
export function spanFrom(header: unknown): { traceId: string; spanId: string } | undefined {
  if (typeof header !== 'string' || header.length > 300) return undefined;
  const [, version, traceId, spanId, more] = traceparent.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  // Only later versions may have more fields.
  return version === '00' && more !== undefined ? undefined : { traceId, spanId };
}
