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

/** The trace that the request belongs to, when it says so in the form of the W3C. */
export function traceIdFrom(header: unknown): string | undefined {
  if (typeof header !== 'string' || header.length > 300) return undefined;
  const [, version, traceId, , more] = traceparent.exec(header) ?? [];
  // Only later versions may have more fields.
  return version === '00' && more !== undefined ? undefined : traceId;
}

/** 16 bytes, in hexadecimal digits. */
export function newTraceId(): string {
  return randomUUID().replaceAll('-', '');
}

/** 8 bytes: those of a UUID in which nothing is fixed, and two more. */
export function newSpanId(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 4) + uuid.slice(24);
}
