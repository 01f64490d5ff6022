/** A dependency in changing weather: it answers at once, late, wrongly, never, or when nobody waits any more. */
import type { Time } from './time.ts';

interface Weather {
  /** The share of calls that end badly, and of those that never end by themselves. */
  readonly fails: number;
  readonly hangs: number;
  /** Milliseconds. */
  readonly slowest: number;
}

const weathers: readonly Weather[] = [
  { fails: 0.02, hangs: 0.001, slowest: 12 },
  { fails: 0.02, hangs: 0.001, slowest: 12 },
  { fails: 0.01, hangs: 0, slowest: 4 },
  { fails: 0.3, hangs: 0.01, slowest: 20 },
  { fails: 0.05, hangs: 0.02, slowest: 250 },
  { fails: 0.9, hangs: 0.05, slowest: 3 },
  { fails: 0, hangs: 0.6, slowest: 30 },
];

/** How long one kind of weather lasts at most, in milliseconds. */
const longest = 2_000;

export class Dependency {
  private readonly time: Time;
  private readonly random: () => number;
  private weather: Weather = weathers[0]!;
  private changes = 0;

  constructor(time: Time, random: () => number) {
    this.time = time;
    this.random = random;
  }

  /** One call. Without a signal it cannot be told to stop, and ends when it likes. */
  answer(signal: AbortSignal | undefined): unknown {
    const { random, time } = this;
    if (time.now >= this.changes) {
      this.weather = weathers[Math.floor(random() * weathers.length)]!;
      this.changes = time.now + 100 + Math.floor(random() * longest);
    }
    const { fails, hangs, slowest } = this.weather;
    const chance = random();
    const after = Math.floor(random() * slowest);
    if (chance < hangs) return signal === undefined ? this.later(2_000) : this.hang(signal);
    if (chance < hangs + fails) {
      const error = this.error();
      if (after === 0) throw error;
      return this.later(after).then(() => {
        throw error;
      });
    }
    // Some do not listen to their signal, and go on long after all are gone.
    if (chance > 0.99) return this.later(300 + after);
    return after < slowest / 4 ? 'value' : this.later(after);
  }

  private later(ms: number): Promise<unknown> {
    return new Promise((resolve) => this.time.after(Math.max(1, ms), () => resolve('value')));
  }

  private hang(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      const gone = (): void => reject(signal.reason as Error);
      if (signal.aborted) gone();
      else signal.addEventListener('abort', gone, { once: true });
    });
  }

  /** Of every sort, and no two texts alike: what remembers errors has much to forget. */
  private error(): unknown {
    const { random } = this;
    const chance = random();
    const host = `10.0.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`;
    if (chance < 0.4)
      return Object.assign(new Error(`connect ECONNREFUSED ${host}:443`), { code: 'ECONNREFUSED' });
    if (chance < 0.6)
      return Object.assign(new Error(`503 of ${host}`), {
        status: 503,
        headers: { 'retry-after': '0' },
      });
    if (chance < 0.7) return Object.assign(new Error(`no order ${host}`), { status: 404 });
    if (chance < 0.75) return new TypeError(`${host} is not a function`);
    if (chance < 0.78) return undefined;
    const cause = new Error(`reset by ${host}`);
    return Object.assign(new Error('query failed', { cause }), { code: 'ECONNRESET' });
  }
}
