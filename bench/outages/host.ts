import type { Parameters } from './parameters.ts';
import { draw, type Random } from './random.ts';
import type { World } from './world.ts';

/** How a host is at some instant. */
export interface Condition {
  /** Refuses every call before it does anything. */
  readonly dead: boolean;
  /** Takes calls and never answers. */
  readonly hangs: boolean;
  readonly errorRate: number;
  readonly slowdown: number;
  readonly tailShare: number;
}

export const healthy: Condition = {
  dead: false,
  hangs: false,
  errorRate: 0,
  slowdown: 1,
  tailShare: 0,
};

interface Job {
  readonly duration: number;
  readonly fails: boolean;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  state: 'waiting' | 'working' | 'over';
}

/** One host of the simulated dependency: a number of workers and a line of calls before them. */
export class Host {
  /** Calls in line and at work, now and at most. */
  concurrent = 0;
  mostConcurrent = 0;
  private readonly world: World;
  private readonly parameters: Parameters;
  private readonly random: Random;
  private readonly condition: () => Condition;
  private readonly arrived: () => void;
  private readonly line: Job[] = [];
  private served = 0;
  private busy = 0;

  constructor(
    world: World,
    parameters: Parameters,
    random: Random,
    condition: () => Condition,
    arrived: () => void,
  ) {
    this.world = world;
    this.parameters = parameters;
    this.random = random;
    this.condition = condition;
    this.arrived = arrived;
  }

  call(signal: AbortSignal | undefined): Promise<unknown> {
    this.arrived();
    this.concurrent++;
    if (this.concurrent > this.mostConcurrent) this.mostConcurrent = this.concurrent;
    const { dead, hangs, errorRate, slowdown, tailShare } = this.condition();
    const { service, distribution, sigma, tailFactor, refusal } = this.parameters;
    // Drawn in any case, so that the numbers of later calls do not depend on this one's condition.
    const base = draw(distribution, service, sigma, this.random);
    const fails = this.random() < errorRate;
    const tail = this.random() < tailShare ? tailFactor : 1;
    return new Promise((resolve, reject) => {
      if (dead) {
        this.world.after(refusal, () => {
          this.concurrent--;
          reject(failure('connection refused', { code: 'ECONNREFUSED' }));
        });
        return;
      }
      if (hangs) {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        return;
      }
      const job: Job = {
        duration: base * slowdown * tail,
        fails,
        resolve,
        reject,
        state: 'waiting',
      };
      this.line.push(job);
      this.work();
      if (signal !== undefined)
        signal.addEventListener('abort', () => this.drop(job, signal), { once: true });
    });
  }

  private work(): void {
    while (this.busy < this.parameters.workers && this.served < this.line.length) {
      const job = this.line[this.served++]!;
      if (this.served === 10_000) {
        this.line.splice(0, this.served);
        this.served = 0;
      }
      if (job.state === 'over') continue;
      job.state = 'working';
      this.busy++;
      this.world.after(job.duration, () => this.finish(job));
    }
  }

  private finish(job: Job): void {
    if (job.state === 'over') return;
    this.end(job);
    if (job.fails) job.reject(failure('service unavailable', { status: 503 }));
    else job.resolve('answer');
    this.work();
  }

  private drop(job: Job, signal: AbortSignal): void {
    if (job.state === 'over') return;
    this.end(job);
    job.reject(signal.reason);
    this.work();
  }

  private end(job: Job): void {
    if (job.state === 'working') this.busy--;
    job.state = 'over';
    this.concurrent--;
  }
}

function failure(message: string, fields: object): Error {
  return Object.assign(new Error(message), fields);
}
