/**
 * Virtual time for a whole process: while a world runs, the global timers, clocks and `Math.random` are its own, so
 * that every library runs as it is published.
 */
import { Heap } from './heap.ts';
import { type Random, seeded } from './random.ts';

/** Long after zero: libraries use 0 for "never", and a real process never stands there. */
const beginning = 1_000_000;
const epoch = 1_700_000_000_000;

class Timer {
  at: number;
  order: number;
  repeat: number | undefined;
  readonly run: () => void;
  readonly world: World;
  live = true;

  constructor(world: World, run: () => void, ms: number, repeat: boolean) {
    this.world = world;
    this.run = run;
    // As Node does: whole milliseconds, at least one, and one for what a timer cannot take.
    const delay = ms >= 1 && ms < 2 ** 31 ? Math.trunc(ms) : 1;
    this.at = world.now + delay;
    this.order = world.nextOrder();
    this.repeat = repeat ? delay : undefined;
  }

  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return false;
  }
  close(): this {
    this.live = false;
    return this;
  }
}

type Callback = (...args: unknown[]) => void;

function stop(timer: unknown): void {
  if (timer instanceof Timer) timer.close();
}

export class World {
  now: number = beginning;
  /** How many timers and immediates have run; what a simulation costs is about proportional to it. */
  steps = 0;
  private readonly timers: Heap<Timer> = new Heap();
  private immediates: Timer[] = [];
  private order = 0;
  private readonly random: Random;

  constructor(seed: number) {
    this.random = seeded(seed, 'Math.random');
  }

  nextOrder(): number {
    return ++this.order;
  }

  /** Runs `run` at an instant of this world, to the fraction of a millisecond. */
  at(instant: number, run: () => void): void {
    const timer = new Timer(this, run, 1, false);
    timer.at = Math.max(this.now, instant);
    this.timers.push(timer);
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run);
  }

  /** Makes this world's time the process's, until what is returned is called. */
  enter(): () => void {
    const world = this;
    const start = (run: Callback, ms: number, args: unknown[], repeat: boolean): Timer => {
      const timer = new Timer(this, args.length === 0 ? run : () => run(...args), ms, repeat);
      this.timers.push(timer);
      return timer;
    };
    const replaced: Record<string, unknown> = {
      setTimeout: (run: Callback, ms: number, ...args: unknown[]) => start(run, ms, args, false),
      setInterval: (run: Callback, ms: number, ...args: unknown[]) => start(run, ms, args, true),
      setImmediate: (run: Callback, ...args: unknown[]) => {
        const timer = new Timer(this, () => run(...args), 1, false);
        this.immediates.push(timer);
        return timer;
      },
      clearTimeout: stop,
      clearInterval: stop,
      clearImmediate: stop,
      Date: class extends Date {
        constructor(...args: [] | [number]) {
          if (args.length === 0) super(epoch + world.now);
          else super(...args);
        }
        static override now(): number {
          return Math.floor(epoch + world.now);
        }
      },
    };
    const undo = [
      replace(performance, 'now', () => this.now),
      replace(Math, 'random', this.random),
      ...Object.entries(replaced).map(([name, value]) => replace(globalThis, name, value)),
    ];
    return () => undo.forEach((each) => each());
  }

  /** Lets time pass until `end`, or until `idle` says so. Between two timers all promise jobs are done. */
  run(end: number, idle: () => boolean = () => false): Promise<void> {
    // Taken before anything is replaced, or the world would wait for itself.
    const { setImmediate: yieldToNode } = real;
    return new Promise((resolve, reject) => {
      const step = (): void => {
        const due = idle() ? undefined : this.take(end);
        if (due === undefined) {
          if (!idle()) this.now = end;
          resolve();
          return;
        }
        try {
          due.run();
        } catch (error) {
          reject(error);
          return;
        }
        // A tick that is asked for by a promise job runs when no promise job is left. Now and then Node gets its
        // turn: it collects weak references and reports unhandled rejections there.
        if (++this.steps % 5_000 === 0) yieldToNode(step);
        else queueMicrotask(tick);
      };
      const tick = (): void => process.nextTick(step);
      tick();
    });
  }

  private take(end: number): Timer | undefined {
    for (
      let first = this.immediates.shift();
      first !== undefined;
      first = this.immediates.shift()
    ) {
      if (first.live) return first;
    }
    for (
      let first = this.timers.first;
      first !== undefined && first.at <= end;
      first = this.timers.first
    ) {
      this.timers.pop();
      if (!first.live) continue;
      this.now = first.at;
      if (first.repeat !== undefined) {
        first.at += first.repeat;
        first.order = this.nextOrder();
        this.timers.push(first);
      }
      return first;
    }
    return undefined;
  }
}

const real: { readonly setImmediate: typeof setImmediate } = { setImmediate };

function replace(target: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}
