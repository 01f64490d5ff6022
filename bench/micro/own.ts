import { Registry } from 'prom-client';
import type { Kedge, Sinks } from '../kedge.ts';
import { failing, fn, nullLogger, quietly, type Stack } from './operations.ts';

/** Never opens, so that failures stay failures. */
const patient = { minimumCalls: 1_000_000, consecutiveFailures: Infinity };

/** kedge's stacks, all but one with metrics attached. */
export function own(kedge: Kedge, sinks: Sinks): Stack[] {
  const { circuitBreaker, fallback, presets, retry, timeout } = kedge;
  const measured = kedge.createKedge({ sinks: [sinks.prometheus(new Registry())] });
  const unobserved = kedge.createKedge();
  const four = () => [fallback({ value: 0 }), retry(), circuitBreaker(), timeout(1_000)] as const;
  const protectedCalls = measured.pipeline('four', ...four());
  const plain = unobserved.pipeline('four', ...four());
  const preset = measured.pipeline('preset', ...presets.http({ fallback: { value: 0 } }));
  const idempotent = { attributes: { idempotent: true } };

  const breaker = circuitBreaker();
  const open = measured.pipeline('open', breaker);
  breaker.isolate();

  const counts = [
    measured.pipeline('none'),
    measured.pipeline('one', timeout(1_000)),
    measured.pipeline('two', retry(), timeout(1_000)),
  ] as const;
  const wrapped = protectedCalls.wrap(fn);
  const { signal } = new AbortController();

  const threeOf = () =>
    [retry({ maxAttempts: 1 }), circuitBreaker(patient), timeout(1_000)] as const;
  const fails = measured.pipeline('fails', ...threeOf());
  const logging = kedge.createKedge({
    sinks: [sinks.prometheus(new Registry()), sinks.logs(nullLogger(), { burst: Infinity })],
  });
  const failsAloud = logging.pipeline('fails', ...threeOf());
  const fallsBack = measured.pipeline(
    'falls back',
    fallback({ value: 0 }),
    retry({ maxAttempts: 1 }),
    circuitBreaker(patient),
    timeout(1_000),
  );
  return [
    {
      group: 'success',
      name: 'kedge (fallback, retry, circuitBreaker, timeout)',
      call: () => protectedCalls.execute(fn),
    },
    { group: 'success', name: 'kedge, the same, no sink', call: () => plain.execute(fn) },
    { group: 'success', name: 'kedge, presets.http', call: () => preset.execute(fn) },
    {
      group: 'success',
      name: 'kedge, presets.http, hedged',
      call: () => preset.execute(fn, idempotent),
    },
    { group: 'policies', name: 'no policy', call: () => counts[0].execute(fn) },
    { group: 'policies', name: '1 policy', call: () => counts[1].execute(fn) },
    { group: 'policies', name: '2 policies', call: () => counts[2].execute(fn) },
    { group: 'policies', name: '4 policies', call: () => protectedCalls.execute(fn) },
    { group: 'policies', name: '7 policies', call: () => preset.execute(fn) },
    { group: 'ways', name: '`execute`', call: () => protectedCalls.execute(fn) },
    { group: 'ways', name: '`settle`', call: () => protectedCalls.settle(fn) },
    { group: 'ways', name: '`wrap`', call: () => wrapped() },
    {
      group: 'ways',
      name: '`signal` read by the operation',
      call: () => protectedCalls.execute((context) => (context.signal.aborted ? failing() : fn())),
    },
    {
      group: 'ways',
      name: 'with the caller’s signal',
      call: () => protectedCalls.execute(fn, { signal }),
    },
    {
      group: 'ways',
      name: 'a plain value from the operation',
      call: () => protectedCalls.execute(() => 1),
    },
    {
      group: 'rejected',
      name: 'rejected by kedge, `execute`',
      call: quietly(() => open.execute(fn)),
    },
    { group: 'rejected', name: 'rejected by kedge, `settle`', call: () => open.settle(fn) },
    { group: 'failing', name: 'failing, kedge', call: quietly(() => fails.execute(failing)) },
    {
      group: 'failing',
      name: 'failing, kedge, a log line each',
      call: quietly(() => failsAloud.execute(failing)),
    },
    {
      group: 'failing',
      name: 'failing, kedge, answered by fallback',
      call: () => fallsBack.execute(failing),
    },
    {
      group: 'concurrent',
      name: '10 000 at once, kedge',
      unit: '10 000 at once, bare',
      call: () => protectedCalls.execute(fn),
      concurrent: 10_000,
    },
  ];
}
