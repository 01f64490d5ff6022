/** Fastify's own lines about errors: it logs some of them itself. */
import { describeFailure } from '../../failures/describe.ts';
import { errorFields } from '../../failures/report/error-fields.ts';
import type { Logger } from '../../failures/report/logger.ts';

const serializers = Symbol.for('pino.serializers');

/** Where lines go; `undefined` where Fastify was made without a logger, which is one that does nothing. */
export function loggerOf(log: Logger): Logger | undefined {
  return log.error === log.debug ? undefined : log;
}

/**
 * Describes and redacts errors in Fastify's own lines as well. pino's serializer would copy all their members:
 * an `Authorization` header, the values of a query. One of the user's own stays as it is.
 */
export function describeErrorsIn(log: Logger): void {
  const holder = log as { [serializers]?: Readonly<Record<string, unknown>> };
  const known = holder[serializers];
  const serializer = known?.['err'];
  if (typeof serializer !== 'function' || serializer.name !== 'errSerializer') return;
  holder[serializers] = Object.assign(Object.create(null) as object, known, { err: described });
}

function described(error: unknown): unknown {
  return isDescribed(error)
    ? error
    : errorFields(describeFailure(error, { runtime: false }), true, true);
}

function isDescribed(error: unknown): boolean {
  if (error instanceof Error || typeof error !== 'object' || error === null) return false;
  const { fingerprint } = error as { fingerprint?: unknown };
  return typeof fingerprint === 'string' && fingerprint.startsWith('v2:');
}
