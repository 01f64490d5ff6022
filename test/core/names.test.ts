// Numbers belong to names; pipelines come and go.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { circuitBreaker, createKedge, keyed, pipeline, retry, type Source, timeout } from 'kedge';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sharedBus } from '../../src/core/event-bus.ts';
import { PipelineMetrics } from '../../src/core/pipeline-metrics.ts';
import { child } from '../support/child.ts';
import { controlled, lab, transient } from '../support/lab.ts';
import { countersOf, gaugesOf } from '../support/laws.ts';

const bad = () => Promise.reject(transient());

describe('the numbers of a name', () => {
  it('are those of all its pipelines, one after the other', async () => {
    using l = lab();
    for (let job = 0; job < 3; job++) {
      using nightly = l.pipeline('nightly', retry({ maxAttempts: 2, backoff: () => 0 }));
      const call = nightly.settle(bad);
      await l.clock.runAll();
      await call;
    }
    const nightly = l.pipeline('nightly', retry());
    expect(nightly.stats()).toMatchObject({
      pipelines: 1,
      executions: { failure: 3 },
      attempts: { failure: 6 },
      failures: { transient: 6 },
    });
    expect(countersOf(nightly, 'retry')).toMatchObject({ scheduled: 3, exhausted: 3 });
  });

  it('are those of all its pipelines at the same time, and gauges those of each', async () => {
    using l = lab();
    const [one, other] = [1, 2].map(() =>
      l.pipeline('quotes', circuitBreaker({ consecutiveFailures: 1 })),
    );
    await one!.settle(bad);
    await other!.settle(() => 1);
    expect(one!.stats().executions).toMatchObject({ failure: 1, success: 1 });
    expect(other!.stats().executions).toEqual(one!.stats().executions);
    expect(gaugesOf(one!, 'circuitBreaker')).toMatchObject({ open: 1, closed: 0 });
    expect(gaugesOf(other!, 'circuitBreaker')).toMatchObject({ open: 0, closed: 1 });
  });

  it('tell policies of one name and of two kinds apart', async () => {
    using l = lab();
    const one = l.pipeline('quotes', retry({ name: 'guard' }));
    const other = l.pipeline('quotes', timeout({ after: 10, name: 'guard' }));
    const late = other.settle(() => new Promise(() => {}));
    await l.clock.advance(10);
    await late;
    expect(countersOf(other, 'guard')).toEqual({ exceeded: 1 });
    expect(countersOf(one, 'guard')).not.toHaveProperty('exceeded');
  });

  it('are bounded for its policies, of which those beyond the first hundred are one', async () => {
    using l = lab();
    for (let each = 0; each < 150; each++) {
      using once = l.pipeline('quotes', timeout({ after: 10, name: `limit-${each}` }));
      const late = once.settle(() => new Promise(() => {}));
      await l.clock.advance(10);
      await late;
    }
    const last = l.pipeline('quotes', timeout({ after: 10, name: 'limit-149' }));
    expect(last.stats().policies).toMatchObject([{ name: '_other', counters: { exceeded: 50 } }]);
  });

  it('begin with its first pipeline: one that cannot be made leaves nothing behind', () => {
    const sources: Source[] = [];
    const kedge = createKedge({
      sinks: [{ name: 'reader', attach: (source) => void sources.push(source) }],
    });
    expect(() => kedge.pipeline('bad', 'no policy' as never)).toThrow(TypeError);
    kedge.pipeline('good');
    expect(sources[0]!.stats().map(({ name }) => name)).toEqual(['good']);
  });

  it('of another set of pipelines are others', async () => {
    const [one, other] = [createKedge(), createKedge()].map((kedge) => kedge.pipeline('quotes'));
    await one!.execute(() => 1);
    expect([one!.stats().executions.success, other!.stats().executions.success]).toEqual([1, 0]);
  });
});

describe('names that come and go', () => {
  it('are bounded, and what they counted is not lost', async () => {
    const kedge = createKedge();
    const seen: { names: number; counted: number }[] = [];
    const sink = {
      name: 'reader',
      attach: (source: Source) => {
        const names = [...source.names];
        const counted = [source.names.others, ...names].reduce(
          (sum, { executions }) => sum + executions.success,
          0,
        );
        seen.push({ names: names.length, counted });
        return undefined;
      },
    };
    for (let job = 0; job < 3_000; job++) {
      using once = kedge.pipeline(`job-${job}`);
      await once.execute(() => 1);
    }
    kedge.observe(sink);
    expect(seen).toEqual([{ names: 1_000, counted: 3_000 }]);
  });

  it('are kept as long as calls are to be counted under them', async () => {
    const kedge = createKedge();
    const operation = controlled();
    const busy = kedge.pipeline('busy');
    const call = busy.execute(operation);
    busy[Symbol.dispose]();
    for (let job = 0; job < 1_500; job++) kedge.pipeline(`job-${job}`)[Symbol.dispose]();
    operation.starts[0]!.resolve(1);
    await call;
    expect(kedge.pipeline('busy').stats().executions.success).toBe(1);
  });
});

describe('more than a hundred pipelines of one name', () => {
  it('are warned of once, as it is hardly meant', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const kedge = createKedge();
    const held = [];
    for (let each = 0; each < 100; each++) held.push(kedge.pipeline('many'));
    expect(warn).not.toHaveBeenCalled();
    for (let each = 0; each < 100; each++) held.push(kedge.pipeline('many'));
    expect(warn.mock.calls).toEqual([
      [
        expect.stringContaining("more than 100 pipelines called 'many'"),
        'MaxPipelinesExceededWarning',
      ],
    ]);
  });

  it('are no matter one after the other, nor are the keys of a keyed one', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const kedge = createKedge();
    for (let each = 0; each < 200; each++) kedge.pipeline('one by one')[Symbol.dispose]();
    const hosts = kedge.keyed('hosts', () => [timeout(10)]);
    for (let each = 0; each < 200; each++) hosts.for(`${each}`);
    expect(warn).not.toHaveBeenCalled();
  });

  it('are told by the console where there is no process', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    vi.stubGlobal('process', undefined);
    const kedge = createKedge();
    const held = [];
    for (let each = 0; each < 101; each++) held.push(kedge.pipeline('in a browser'));
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^MaxPipelinesExceededWarning: /)]]);
  });
});

describe('a pipeline that nobody holds any more', () => {
  it('is collected, with its circuits, and its numbers stay', async () => {
    const { output, complaints } = await child(
      `
        kedge(pipeline, keyed, retry, circuitBreaker, timeout);
        const heap = async () => {
          for (let each = 0; each < 4; each++) {
            gc();
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          return process.memoryUsage().heapUsed;
        };
        const shared = timeout(1_000);
        const make = (name) => pipeline(name, retry(), circuitBreaker(), shared).execute(() => 1);
        const use = (name) => keyed(name, () => [circuitBreaker()]).for('a').execute(() => 1);
        for (let each = 0; each < 200; each++) await Promise.all([make('warm'), use('warm-too')]);
        const rounds = [];
        for (let round = 0; round < 3; round++) {
          for (let each = 0; each < 7_000; each++) await make('per-request');
          for (let each = 0; each < 500; each++) await use('keyed-per-request');
          rounds.push(await heap());
        }
        // What is kept after the first round is room for as many again.
        const left = rounds[2] - rounds[0];
        const { pipelines, executions } = pipeline('per-request').stats();
        // One in a hundred of 15 000 that stayed would be as much; the code that V8 makes meanwhile is less.
        print(left < 250_000 ? 'nothing is left' : left + ' bytes are left');
        print(pipelines, executions.success);
        print(keyed('keyed-per-request', () => []).stats().executions.success);
      `,
      '--expose-gc',
    );
    expect(output).toEqual(['nothing is left', '1 21000', '1500']);
    expect(complaints).toContain('MaxPipelinesExceededWarning');
  }, 60_000);

  it('stays as long as a function of it, a key of it or a call is still there', async () => {
    const { output } = await child(
      `
        kedge(pipeline, keyed, bulkhead, circuitBreaker);
        const collect = async () => {
          for (let each = 0; each < 4; each++) {
            gc();
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        };
        const wrapped = (() => pipeline('wrapped', circuitBreaker()).wrap(() => 1))();
        const key = (() => keyed('keyed', () => [circuitBreaker()]).for('a'))();
        let end;
        const call = (() =>
          pipeline('busy', bulkhead({ maxConcurrent: 1 })).execute(
            () => new Promise((resolve) => (end = resolve)),
          ))();
        await collect();
        const there = (name) => pipeline(name).stats().pipelines - 1;
        print(there('wrapped'), there('keyed'), there('busy'));
        end();
        await call;
        await collect();
        print(there('wrapped'), there('keyed'), there('busy'));
        await wrapped();
        await key.execute(() => 1);
      `,
      '--expose-gc',
    );
    expect(output).toEqual(['1 1 1', '1 1 0']);
  }, 60_000);
});

describe('two copies of the package', { timeout: 60_000 }, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kedge-copy-'));
    cpSync(join(import.meta.dirname, '../../src'), join(folder, 'src'), { recursive: true });
    cpSync(join(import.meta.dirname, '../../package.json'), join(folder, 'package.json'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('count under the same names, and tell the same sinks', async () => {
    const copy = pathToFileURL(join(folder, 'src/index.ts')).href;
    const { output, complaints } = await child(`
      kedge(pipeline, observe, circuitBreaker, retry);
      const other = await import(${JSON.stringify(copy)});
      if (other.pipeline === pipeline) throw new Error('one copy');
      const heard = [];
      observe(({ type, policy, pipeline }) => heard.push([type, policy, pipeline].join(' ')));
      other.observe(({ type }) => heard.push('other ' + type));
      const circuit = other.circuitBreaker({ consecutiveFailures: 1 });
      const inside = other.pipeline('shared', circuit, other.retry({ maxAttempts: 1 }));
      await inside.settle(() => { throw Object.assign(new Error('down'), { code: 'ECONNRESET' }); });
      const { executions, policies } = pipeline('shared').stats();
      print(executions.failure, inside.stats().pipelines);
      print(heard.includes('circuit.opened circuitBreaker shared'));
      print(heard.includes('attempt.failed  shared'), heard.includes('other attempt.failed'));
    `);
    expect(complaints).toBe('');
    expect(output).toEqual(['1 2', 'true', 'true true']);
  });

  it('know each other’s errors', async () => {
    const copy = pathToFileURL(join(folder, 'src/index.ts')).href;
    const { output, complaints } = await child(`
      kedge(pipeline, hedge, RejectedError, CircuitOpenError, TimeoutError, ResilienceError);
      const other = await import(${JSON.stringify(copy)});
      const circuit = other.circuitBreaker({ openFor: 60_000 });
      circuit.open();
      const inner = other.pipeline('inner', circuit);
      const error = (await inner.settle(() => 1)).reason;
      print(error instanceof CircuitOpenError, error instanceof RejectedError);
      print(error instanceof ResilienceError, error instanceof TimeoutError);
      let attempts = 0;
      const outer = pipeline('outer', hedge({ after: 1_000, budget: false }));
      await outer.settle(() => (attempts++, inner.execute(() => 1)));
      print(attempts, outer.stats().executions.rejected);
      const alive = setTimeout(() => {}, 20_000);
      const late = (await other.pipeline('late', other.timeout(1)).settle(() => new Promise(() => {}))).reason;
      clearTimeout(alive);
      print(late instanceof TimeoutError, late instanceof RejectedError);
      class Mine extends TimeoutError {}
      print(late instanceof Mine, { code: 'KEDGE_TIMEOUT' } instanceof TimeoutError);
    `);
    expect(complaints).toBe('');
    expect(output).toEqual(['true true', 'true false', '1 1', 'true false', 'false false']);
  });

  it('share what is there under the version of what they share, and nothing else', () => {
    const shared = Object.getOwnPropertyDescriptor(globalThis, Symbol.for('kedge.bus.v1'));
    expect(shared).toEqual({
      value: sharedBus,
      enumerable: false,
      writable: false,
      configurable: false,
    });
    const others = [...sharedBus.names].filter(
      ({ constructor }) => constructor.name !== PipelineMetrics.name,
    );
    expect(others).toEqual([]);
    using hosts = keyed('shared', () => []);
    expect(hosts.stats().pipelines).toBe(1);
    using quotes = pipeline('shared');
    expect(quotes.stats().pipelines).toBe(2);
  });
});

it('names without control characters', () => {
  const message = 'without control characters, got ';
  expect(() => pipeline('x\ny')).toThrow(
    new RangeError(
      `pipeline: expected \`name\` to be a text of 1 to 128 characters ${message}'x\\u000ay'.`,
    ),
  );
  expect(() => circuitBreaker({ name: 'y\u2028z' })).toThrow(message);
  const own = { kind: 'own', name: 'own\u0000', apply: () => () => Promise.resolve(1) };
  expect(() => pipeline('x', own)).toThrow(`pipeline 'x': policy 1: expected \`name\``);
});
