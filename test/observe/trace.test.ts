// Lines belong to the span that OpenTelemetry has active, and to no other.
import { createKedge } from 'kedge';
import { logs } from 'kedge/pino';
import { afterEach, describe, expect, it } from 'vitest';
import { activeSpan } from '../../src/observe/trace.ts';
import { requestContext } from '../../src/responses/request-context.ts';
import { down, keptLog } from './logging.ts';

const api = Symbol.for('opentelemetry.js.api.1');
const everywhere = globalThis as { [api: symbol]: unknown };
const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

/** The API's place, with a span in the active context. */
function activate(spanContext: () => unknown): void {
  const key = Symbol.for('OpenTelemetry Context Key SPAN');
  const active = { getValue: (asked: symbol) => (asked === key ? { spanContext } : undefined) };
  everywhere[api] = { context: { active: () => active } };
}

afterEach(() => {
  delete everywhere[api];
});

async function line(): Promise<Readonly<Record<string, unknown>>> {
  const log = keptLog();
  const kedge = createKedge({ sinks: [logs(log)] });
  await kedge.pipeline('quotes').settle(down);
  return log.of('attempt.failed')[0]!.object;
}

describe('the ids of a trace', () => {
  it('are those of the active span', async () => {
    activate(() => ids);
    expect(await line()).toMatchObject(ids);
  });

  it('are those of the active span also where a `traceparent` came in', async () => {
    activate(() => ids);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(await requestContext.run({ traceparent }, line)).toMatchObject(ids);
  });

  it('are in no line where there is neither', async () => {
    for (const lines of [await line(), await requestContext.run({}, line)]) {
      expect(lines).not.toHaveProperty('traceId');
      expect(lines).not.toHaveProperty('spanId');
    }
  });

  it.each([
    ['of a span that is not recorded', () => ({ traceId: '0'.repeat(32), spanId: '0'.repeat(16) })],
    ['of another shape', () => ({ traceId: 'x\n', spanId: 7 })],
    ['of a span without a context', () => undefined],
    [
      'of a span that throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('are left out: %s', (_, spanContext) => {
    activate(spanContext);
    expect(activeSpan()).toBeUndefined();
  });

  it('are left out where the API is there, and nothing is registered', () => {
    everywhere[api] = {};
    expect(activeSpan()).toBeUndefined();
  });
});
