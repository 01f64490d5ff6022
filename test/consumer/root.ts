// Compiled and run against the packed tarball by scripts/consumer.ts: the root entry, strictly
// checked, with web types alone. Neither @types/node nor any optional peer is there yet.
import { circuitBreaker, fallback, pipeline, retry, timeout } from 'kedge';

const quotes = pipeline(
  'quotes',
  fallback({ value: [] }),
  timeout(5_000),
  retry({ maxAttempts: 2 }),
  circuitBreaker({ failureRate: 0.5 }),
  timeout(1_000),
);

let tries = 0;
const list: readonly number[] = await quotes.execute(({ signal, attempt }) => {
  signal.throwIfAborted();
  tries += 1;
  if (attempt === 1) throw new Error('first attempt fails');
  return [attempt];
});
if (tries !== 2 || list[0] !== 2)
  throw new Error(`expected [2] in 2 tries, got [${list.join()}] in ${tries}`);

const plain = pipeline('plain', timeout(1_000));
const double = plain.wrap((value: number) => value * 2);
const doubled: number = await double(21);
if (doubled !== 42) throw new Error(`expected 42, got ${doubled}`);
