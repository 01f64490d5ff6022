/** What is to be reached beside the outages. */
import type { Results } from './results.ts';

export interface GoalRow {
  readonly what: string;
  readonly goal: string;
  readonly peer: string;
  readonly kedge: string;
  readonly met: boolean;
}

const kedgeFour = 'kedge (fallback, retry, circuitBreaker, timeout)';
const cockatielFour = 'cockatiel (fallback, retry, breaker, timeout)';
const opossumThree = 'opossum (timeout, breaker, fallback)';

const times = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ×`;
const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;

function row(what: string, goal: string, peer: string, kedge: string, met: boolean): GoalRow {
  return { what, goal, peer, kedge, met };
}

export function microGoals({ together, bytes }: Results['micro']): GoalRow[] {
  const time = (name: string): number => together.find((each) => each.name === name)?.time ?? NaN;
  const ratio = (name: string): number => together.find((each) => each.name === name)?.ratio ?? NaN;
  const weight = (name: string): number => bytes.get(name) ?? NaN;
  const rejections = (
    [
      ['`execute`', 6.5],
      ['`settle`', 7.5],
    ] as const
  ).map(([way, least]) => {
    const own = time(`rejected by kedge, ${way}`);
    const peers = ['cockatiel', 'opossum'].map((peer) => time(`rejected by ${peer}`) / own);
    return row(
      `rejected by an open circuit, ${way}`,
      `≥ ${least} × faster than either peer`,
      '1 ×',
      `${times(peers[0]!)} cockatiel, ${times(peers[1]!)} opossum`,
      Math.min(...peers) >= least,
    );
  });
  const silent = time('failing, kedge');
  const aloud = time('failing, kedge, a log line each');
  const extra = weight(kedgeFour) - weight('bare `await fn()`');
  return [
    row(
      'four policies',
      '≤ 3.5 × bare',
      `${times(ratio(cockatielFour))} cockatiel, ${times(ratio(opossumThree))} opossum`,
      times(ratio(kedgeFour)),
      ratio(kedgeFour) <= 3.5,
    ),
    row(
      'four policies',
      '≥ 25 × faster than cockatiel',
      '1 ×',
      times(time(cockatielFour) / time(kedgeFour)),
      time(cockatielFour) >= 25 * time(kedgeFour),
    ),
    row(
      'four policies',
      '≥ 2.2 × faster than opossum',
      '1 ×',
      times(time(opossumThree) / time(kedgeFour)),
      time(opossumThree) >= 2.2 * time(kedgeFour),
    ),
    row(
      'presets.http, 7 policies',
      '≤ 5.2 × bare',
      '–',
      times(ratio('kedge, presets.http')),
      ratio('kedge, presets.http') <= 5.2,
    ),
    ...rejections,
    row(
      'allocated a call, four policies',
      '≤ 0.95 kB over bare',
      `${kilobytes(weight(cockatielFour))} cockatiel, ${kilobytes(weight(opossumThree))} opossum`,
      kilobytes(extra),
      extra <= 950,
    ),
    row(
      'a failing attempt with `logs` at pino speed',
      'the log line is ≥ 85 % of the cost',
      '–',
      `${(100 * (1 - silent / aloud)).toFixed(0)} %`,
      silent <= 0.15 * aloud,
    ),
  ];
}

export function memoryGoals({ weights, million }: Results['memory']): GoalRow[] {
  const bytes = (name: string): number => weights.get(name)?.bytes ?? NaN;
  const timers = weights.get('breaker, kedge')?.timers ?? NaN;
  return [
    {
      what: 'an idle breaker',
      goal: '≤ 1 kB, no timer',
      peer: `${kilobytes(bytes('breaker, cockatiel'))} cockatiel, ${kilobytes(bytes('breaker, opossum'))} and 2 timers opossum`,
      kedge: `${kilobytes(bytes('breaker, kedge'))}, ${timers === 0 ? 'no' : timers} timer`,
      met: bytes('breaker, kedge') <= 1_024 && timers === 0,
    },
    {
      what: '1 000 000 executions in flight under one timeout',
      goal: 'one timer',
      peer: 'one each',
      kedge: String(million.timers),
      met: million.timers === 1,
    },
    {
      what: '1 000 000 executions in flight under one timeout',
      goal: '≤ 850 bytes each',
      peer: `${bytes('in flight, cockatiel timeout').toFixed(0)} cockatiel, ${bytes('in flight, opossum').toFixed(0)} opossum`,
      kedge: million.bytesEach.toFixed(0),
      met: million.bytesEach <= 850,
    },
    {
      what: '1 000 000 executions in flight under one timeout',
      goal: '≤ 3 µs of work each to expire',
      peer: '–',
      kedge: `${(million.worked / 1_000).toFixed(1)} µs (all of them in ${(million.expired / 1_000).toFixed(1)} s)`,
      met: million.worked <= 3_000,
    },
  ];
}

export function scaleGoals(scale: Results['scale']): GoalRow[] {
  const growth = (name: string): number => {
    const curve = scale.get(name) ?? [];
    return (curve.at(-1)?.[1] ?? NaN) / (curve[0]?.[1] ?? NaN);
  };
  const last = (name: string): number => scale.get(name)?.at(-1)?.[1] ?? NaN;
  const samples = growth('a failure by samples in the window, kedge');
  const lookUp = last('a look-up by keys, kedge');
  return [
    {
      what: 'a failure with 100 000 samples in the window',
      goal: 'the same as with 100',
      peer: `${times(growth('a failure by samples in the window, opossum'))} (${(last('a failure by samples in the window, opossum') / 1_000).toFixed(1)} ms) opossum`,
      kedge: times(samples),
      met: samples <= 1.3,
    },
    {
      what: '1 000 000 keyed pipelines at `maxKeys: 10_000`',
      goal: '≤ 1 µs a look-up',
      peer: '–',
      kedge: `${lookUp.toFixed(2)} µs`,
      met: lookUp <= 1,
    },
  ];
}

export function sizeGoals(sizes: Results['size']): GoalRow[] {
  const gzip = (part: string): number => sizes.find(({ code }) => code.includes(part))?.gzip ?? NaN;
  const own = gzip("fallback } from 'kedge'");
  return [
    {
      what: '`import` of four policies, minified and gzipped',
      goal: '≤ 20 kB',
      peer: `${kilobytes(gzip('cockatiel'))} cockatiel, ${kilobytes(gzip('p-retry'))} p-retry`,
      kedge: kilobytes(own),
      met: own <= 20_000,
    },
  ];
}

export function stormGoals({ ways, failures, lines, suppressed }: Results['storm']): GoalRow[] {
  const of = (part: string) => ways.find(({ name }) => name.includes(part));
  const [logged, kedge] = [of('pino'), of('kedge')].map((way) => way?.ratio ?? NaN) as [
    number,
    number,
  ];
  const isAll = lines + suppressed === failures;
  return [
    {
      what: '20 000 failed requests a second: p99 of the event loop',
      goal: '≤ 2 × without kedge, every failure logged or counted in a line',
      peer: `${logged.toFixed(2)} × a line of pino each`,
      kedge: `${kedge.toFixed(2)} ×, ${isAll ? 'all of them' : `${lines + suppressed} of ${failures}`}`,
      met: kedge <= 2 && isAll,
    },
  ];
}
