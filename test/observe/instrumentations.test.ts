// kedge's spans among those of OpenTelemetry's own instrumentations, with real servers and clients.
import { createRequire } from 'node:module';
import type * as express from 'express';
import type * as http from 'node:http';
import type * as pg from 'pg';
import type { AddressInfo } from 'node:net';
import { context, propagation, SpanKind } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { circuitBreaker, createKedge, hedge, observe, pipeline, retry } from 'kedge';
import { resilientFetch } from 'kedge/http';
import { openTelemetry, resendAttributes } from 'kedge/opentelemetry';
import { resilientPg } from 'kedge/pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Embedded, embedded } from '../adapters/stores/pglite.ts';
import { type Origin, origin } from '../support/origin.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const instrumentations = [
  new HttpInstrumentation({ startOutgoingSpanHook: resendAttributes }),
  new UndiciInstrumentation({ startSpanHook: resendAttributes }),
  new PgInstrumentation(),
  new ExpressInstrumentation(),
];
// Whatever is loaded from here on is instrumented, as in a program that begins with its tracing.
for (const each of instrumentations) each.setTracerProvider(provider);
const load = createRequire(import.meta.url);

let database: Embedded;
let prices: Origin;
let watching: Disposable;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  watching = observe(openTelemetry({ tracer: provider.getTracer('kedge') }));
  database = await embedded(
    'create table orders (id int, sku text); insert into orders values (7, $$s-7$$)',
  );
  prices = await origin();
  // The embedded database takes its time on a machine with other work.
}, 120_000);
afterAll(async () => {
  watching[Symbol.dispose]();
  for (const each of instrumentations) each.disable();
  propagation.disable();
  context.disable();
  await prices[Symbol.asyncDispose]();
  await database.stop();
});
beforeEach(() => exporter.reset());

const count = 'http.request.resend_count';
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId;
const all = () => exporter.getFinishedSpans();
const named = (name: string | RegExp) =>
  all().filter((span) => (typeof name === 'string' ? span.name === name : name.test(span.name)));
/** What our clients sent; not what the servers of this process say of the same requests. */
const sent = () =>
  all().filter(({ kind, attributes }) => kind === SpanKind.CLIENT && 'url.full' in attributes);
const childrenOf = (span: ReadableSpan | undefined) =>
  all().filter((each) => parentOf(each) === idOf(span));

describe('the spans of a request', () => {
  it('are one trace through http, express, pg and fetch, with attempts beside each other', async () => {
    const { Pool } = load('pg') as typeof pg;
    const pool = new Pool({ host: database.host, port: database.port, user: 'postgres', max: 1 });
    const orders = resilientPg(pool, { name: 'orders', statementTimeout: false });
    const ask = resilientFetch({ name: 'prices', backoff: () => 1 });
    prices.answer = (_request, response) => {
      response.statusCode = prices.arrived.length % 3 === 0 ? 200 : 503;
      response.end('4.90');
    };
    const app = (load('express') as typeof express.default)();
    app.get('/orders/:id', async (request, response) => {
      const { rows } = await orders.query<{ sku: string }>('select sku from orders where id = $1', [
        Number(request.params.id),
      ]);
      const price = await ask(`${prices.url}/prices/${rows[0]?.sku}`);
      response.json({ sku: rows[0]?.sku, price: await price.text() });
    });
    const server = app.listen(0, '127.0.0.1');
    onTestFinished(async () => {
      await pool.end();
      server.closeAllConnections();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));

    const { get } = load('node:http') as typeof http;
    const { port } = server.address() as AddressInfo;
    const body = await new Promise<string>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/orders/7' }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text));
      }).on('error', reject);
    });
    expect(JSON.parse(body)).toEqual({ sku: 's-7', price: '4.90' });

    await expect.poll(() => named('GET /orders/:id').length).toBe(1);
    expect(new Set(all().map((span) => span.spanContext().traceId)).size).toBe(1);
    const [served] = named('GET /orders/:id');
    const [query] = named(/^pg\.query/);
    const [execution] = named('orders');
    expect(parentOf(query)).toBe(idOf(execution));

    const [calls] = named('prices');
    const attempts = named('prices attempt');
    expect(attempts.map(({ attributes }) => attributes['kedge.attempt'])).toEqual([2, 3]);
    expect(attempts.map(parentOf)).toEqual([idOf(calls), idOf(calls)]);
    const requests = sent().filter((span) =>
      String(span.attributes['url.full']).includes('/prices/'),
    );
    expect(requests.map(parentOf)).toEqual([idOf(calls), ...attempts.map(idOf)]);
    expect(requests.map(({ attributes }) => attributes[count])).toEqual([undefined, 1, 2]);
    // The way up leads to the server's span: nothing of kedge stands beside it.
    const above = (span: ReadableSpan | undefined): ReadableSpan[] => {
      const parent = all().find((each) => idOf(each) === parentOf(span));
      return parent === undefined ? [] : [parent, ...above(parent)];
    };
    for (const each of [execution, calls]) expect(above(each)).toContain(served);
  });

  it('are siblings for hedges of node:http, and the loser is marked', async () => {
    const { get } = load('node:http') as typeof http;
    let held: { end(text: string): unknown } | undefined;
    prices.answer = (_request, response) => {
      if (held === undefined) held = response;
      else response.end('2');
    };
    const quotes = pipeline('quotes', hedge({ after: 5 }));
    await quotes.execute(
      ({ signal }) =>
        new Promise<void>((resolve, reject) => {
          get({ host: '127.0.0.1', port: prices.port, path: '/slow', signal }, (response) =>
            response.resume().on('end', () => resolve()),
          ).on('error', reject);
        }),
    );
    held?.end('1');
    await expect.poll(() => sent().length).toBe(2);
    const [execution] = named('quotes');
    const [second] = named('quotes attempt');
    expect(second?.attributes).toMatchObject({ 'kedge.attempt': 2, 'kedge.outcome': 'success' });
    const first = sent().find((span) => parentOf(span) === idOf(execution));
    const hedged = sent().find((span) => parentOf(span) === idOf(second));
    expect(parentOf(second)).toBe(idOf(execution));
    expect([first?.attributes[count], hedged?.attributes[count]]).toEqual([undefined, 1]);
  });

  it('of a refused call are one that says why, with nothing inside', async () => {
    const breaker = circuitBreaker();
    const refused = pipeline('refused', retry({ circuitWait: 0 }), breaker);
    breaker.isolate('moving house');
    const before = prices.arrived.length;
    await refused.settle(() => fetch(prices.url));
    const [span] = named('refused');
    expect(span?.attributes).toMatchObject({
      'kedge.attempts': 0,
      'kedge.outcome': 'rejected',
      'kedge.reason': 'circuit-open',
      'kedge.policy': 'circuitBreaker',
      'error.type': 'rejected',
    });
    expect(childrenOf(span)).toEqual([]);
    expect(all()).toHaveLength(1);
    expect(prices.arrived).toHaveLength(before);
  });

  it('have no count where kedge makes no spans', async () => {
    prices.answer = (_request, response) => response.end('ok');
    const { pipeline: untraced } = createKedge();
    let tries = 0;
    await untraced('quiet', retry({ backoff: () => 0 })).execute(async () => {
      await (await fetch(prices.url)).text();
      if (++tries < 2) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    });
    expect(sent().map(({ attributes }) => attributes[count])).toEqual([undefined, undefined]);
  });
});
