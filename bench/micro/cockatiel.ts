/**
 * `kedge/cockatiel` beside cockatiel, the same policies in the same run, with kedge's metrics attached.
 *
 *   npm run build && node --conditions=kedge-sources bench/micro/cockatiel.ts
 */
import * as peer from 'cockatiel';
import { observe } from 'kedge';
import * as dropIn from 'kedge/cockatiel';
import { prometheus } from 'kedge/prometheus';
import { Registry } from 'prom-client';
import { type Call, compare, type Contender } from './measure.ts';
import { failing, fn, quietly } from './operations.ts';

function stacks(library: typeof dropIn): Readonly<Record<string, Call>> {
  const { bulkhead, circuitBreaker, fallback, handleAll, retry, timeout, wrap } = library;
  const breaker = (minimumRps = 2): dropIn.CircuitBreakerPolicy =>
    circuitBreaker(handleAll, {
      halfOpenAfter: 5_000,
      breaker: new library.SamplingBreaker({ threshold: 0.99, duration: 10_000, minimumRps }),
    });
  const again = (maxAttempts: number): dropIn.RetryPolicy => retry(handleAll, { maxAttempts });
  const limit = (): dropIn.TimeoutPolicy => timeout(1_000, 'aggressive');
  const [one, single, closed, alone, slots] = [
    new library.NoopPolicy(),
    again(3),
    breaker(),
    limit(),
    bulkhead(10),
  ];
  const three = wrap(fallback(handleAll, 0), again(3), breaker());
  const four = wrap(fallback(handleAll, 0), again(3), breaker(), limit());
  const open = breaker();
  open.isolate();
  const fails = wrap(again(0), breaker(1e9), limit());
  return {
    noop: () => one.execute(fn),
    retry: () => single.execute(fn),
    breaker: () => closed.execute(fn),
    bulkhead: () => slots.execute(fn),
    timeout: () => alone.execute(fn),
    'timeout, and the signal is read': () =>
      alone.execute(({ signal }) => (signal.aborted ? 0 : 1)),
    'fallback, retry, breaker': () => three.execute(fn),
    'fallback, retry, breaker, timeout': () => four.execute(fn),
    rejected: quietly(() => open.execute(fn)),
    failing: quietly(() => fails.execute(failing)),
  };
}

using attached = observe(prometheus(new Registry()));
const libraries = { cockatiel: peer as unknown as typeof dropIn, kedge: dropIn };
const contenders = Object.entries(libraries).flatMap(([library, exports]) =>
  Object.entries(stacks(exports)).map(([name, call]): Contender => ({
    name: `${library}: ${name}`,
    call,
  })),
);
const reference = ({ name }: Contender): string => name.replace(/^kedge: /, 'cockatiel: ');
for (const { name, time, ratio } of await compare(contenders, reference, { rounds: 30, slice: 10 }))
  if (name.startsWith('kedge'))
    console.log(`${name.slice(7)}: ${Math.round(time)} ns, × ${ratio.toFixed(2)}`);
attached[Symbol.dispose]();
