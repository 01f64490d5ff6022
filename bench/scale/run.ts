/**
 * Whether things stay what they cost when there is much of them: `node --expose-gc bench/scale/run.ts <what>`, in a
 * process of its own; without `what`, what there is.
 */
import { circuitBreaker as cockatielBreaker, handleAll, SamplingBreaker } from 'cockatiel';
import CircuitBreaker from 'opossum';
import { Registry } from 'prom-client';
import { answer } from '../child.ts';
import { loadKedge, loadSinks, origin } from '../kedge.ts';

/** By how much there was, microseconds for one. */
export type Curve = readonly (readonly [many: number, micros: number])[];

const kedge = await loadKedge(origin);
const { prometheus } = await loadSinks(origin);
const failure = Object.assign(new Error('service unavailable'), { status: 503 });
const failing = (): Promise<never> => Promise.reject(failure);
const ignore = (): undefined => undefined;

const curves: Readonly<Record<string, () => Promise<Curve>>> = {
  'a failure by samples in the window, kedge': () =>
    bySamples(() => {
      const breaker = kedge.circuitBreaker({
        window: { duration: 600_000 },
        minimumCalls: 1_000_000,
        consecutiveFailures: Infinity,
      });
      const protectedCalls = kedge.createKedge().pipeline('failing', breaker);
      return () => protectedCalls.execute(failing).then(ignore, ignore);
    }),
  'a failure by samples in the window of calls, kedge': () =>
    bySamples((many) => {
      const breaker = kedge.circuitBreaker({
        window: { calls: Math.max(many, 100) },
        failureRate: 1,
        minimumCalls: Math.max(many, 100),
        consecutiveFailures: Infinity,
      });
      const protectedCalls = kedge.createKedge().pipeline('failing', breaker);
      let turn = 0;
      // One in ten succeeds, or it would open.
      const mostly = (): Promise<number> => (turn++ % 10 === 0 ? Promise.resolve(1) : failing());
      return () => protectedCalls.execute(mostly).then(ignore, ignore);
    }),
  'a failure by samples in the window, cockatiel': () =>
    bySamples(() => {
      const breaker = cockatielBreaker(handleAll, {
        halfOpenAfter: 5_000,
        breaker: new SamplingBreaker({ threshold: 0.99, duration: 600_000, minimumRps: 1e9 }),
      });
      return () => breaker.execute(failing).then(ignore, ignore);
    }),
  'a failure by samples in the window, opossum': () =>
    bySamples((many) => {
      const breaker = new CircuitBreaker(
        (fails: boolean) => (fails ? failing() : Promise.resolve(1)),
        {
          rollingCountTimeout: 600_000,
          volumeThreshold: 1e9,
        },
      );
      let calls = 0;
      // Filled by successes, which it does not sort; by failures it would take hours.
      return () => breaker.fire(calls++ >= many).then(ignore, ignore);
    }),
  'a scrape by pipelines, kedge': async () => {
    const curve: [number, number][] = [];
    for (const many of [10, 100, 1_000, 10_000]) {
      const registry = new Registry();
      const { pipeline } = kedge.createKedge({ sinks: [prometheus(registry)] });
      const pipelines = Array.from({ length: many }, (_, index) =>
        pipeline(
          `pipeline-${index}`,
          kedge.fallback({ value: 0 }),
          kedge.retry(),
          kedge.circuitBreaker(),
          kedge.timeout(1_000),
        ),
      );
      for (const each of pipelines) await each.execute(() => 1);
      curve.push([many, await typical(() => registry.metrics(), many >= 10_000 ? 5 : 15)]);
    }
    return curve;
  },
  'a look-up by keys, kedge': async () => {
    const curve: [number, number][] = [];
    for (const many of [1, 1_000, 10_000, 1_000_000]) {
      const hosts = kedge
        .createKedge()
        .keyed('hosts', () => [kedge.circuitBreaker()], { maxKeys: 10_000 });
      const keys = Array.from({ length: many }, (_, index) => `host-${index}.example`);
      for (const key of keys) hosts.for(key);
      // Those that are there: what a new one costs is what a pipeline costs.
      const known = keys.slice(-Math.min(many, 5_000));
      const times = 200_000;
      let index = 0;
      const took = await typical(() => {
        for (let each = 0; each < times; each++) hosts.for(known[index++ % known.length]!);
      }, 9);
      curve.push([many, took / times]);
    }
    return curve;
  },
  'a new key beyond `maxKeys`, kedge': async () => {
    const curve: [number, number][] = [];
    for (const many of [1_000, 10_000, 1_000_000]) {
      const hosts = kedge
        .createKedge()
        .keyed('hosts', () => [kedge.circuitBreaker()], { maxKeys: 10_000 });
      let index = 0;
      for (; index < many; index++) hosts.for(`host-${index}.example`);
      const times = 2_000;
      const took = await typical(() => {
        for (let each = 0; each < times; each++) hosts.for(`host-${index++}.example`);
      }, 9);
      curve.push([many, took / times]);
    }
    return curve;
  },
};

const what = process.argv[2];
answer(what === undefined ? Object.keys(curves) : await curves[what]!());

async function bySamples(make: (many: number) => () => Promise<unknown>): Promise<Curve> {
  const curve: [number, number][] = [];
  // Of one that is thrown away, or the first of the curve would pay for the compiler.
  const first = make(100);
  for (let each = 0; each < 5_000; each++) await first();
  for (const many of [100, 1_000, 10_000, 100_000]) {
    const call = make(many);
    for (let each = 0; each < many; each++) await call();
    const times = 50;
    const took = await typical(async () => {
      for (let each = 0; each < times; each++) await call();
    }, 25);
    curve.push([many, took / times]);
  }
  return curve;
}

/** The median time of a task, in microseconds. */
async function typical(task: () => unknown, times: number): Promise<number> {
  const took: number[] = [];
  for (let each = 0; each < times; each++) {
    const start = process.hrtime.bigint();
    await task();
    took.push(Number(process.hrtime.bigint() - start) / 1_000);
  }
  return took.toSorted((a, b) => a - b)[Math.floor(times / 2)]!;
}
