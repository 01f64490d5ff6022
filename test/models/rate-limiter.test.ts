// A rate limiter against counting in whole milliseconds, under commands in any order.
/* oxlint-disable vitest/no-conditional-expect -- what is expected depends on the command */
import { RateLimitedError, rateLimiter } from 'kedge';
import { describe, expect, it } from 'vitest';
import { jobs, lab, track, type Tracked } from '../support/lab.ts';
import { expectConservation, gaugesOf } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';

type Command =
  | { readonly type: 'call'; readonly abortable: boolean }
  | { readonly type: 'abort'; readonly which: number }
  | { readonly type: 'advance'; readonly ms: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('call'), abortable: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('abort'), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('advance'), ms: fc.nat(700) }) },
);

interface Guest {
  readonly id: number;
  fate: 'waiting' | 'refused' | 'served' | 'aborted';
  retryAfter?: number;
}

/** Time is credit: a call costs `price` milliseconds of it, and no more than `burst` prices can be saved. */
class Model {
  readonly guests: Guest[] = [];
  readonly waiting: Guest[] = [];
  /** Who was served, and when. */
  readonly served: [number, number][] = [];
  time = 0;
  private credit: number;
  /** The instant that was told to whoever was refused last. */
  private told = -Infinity;
  private readonly price: number;
  private readonly burst: number;
  private readonly maxWait: number;

  constructor(price: number, burst: number, maxWait: number) {
    this.price = price;
    this.burst = burst;
    this.maxWait = maxWait;
    this.credit = burst * price;
  }

  call(): void {
    const guest: Guest = { id: this.guests.length, fate: 'waiting' };
    this.guests.push(guest);
    const wait = (this.waiting.length + 1) * this.price - this.credit;
    if (wait > this.maxWait)
      Object.assign(guest, { fate: 'refused', retryAfter: this.turnAway(wait) });
    else {
      this.waiting.push(guest);
      this.serve();
    }
  }

  /** Each is told a token of his own, for ten intervals; then they are told the first one again. */
  private turnAway(wait: number): number {
    const next = Math.max(wait, this.told + this.price - this.time);
    const retryAfter = next > wait + 10_000 ? wait : next;
    this.told = this.time + retryAfter;
    return retryAfter;
  }

  abort(guest: Guest): void {
    if (guest.fate !== 'waiting') return;
    guest.fate = 'aborted';
    this.waiting.splice(this.waiting.indexOf(guest), 1);
  }

  advance(ms: number): void {
    for (let step = 0; step < ms; step++) {
      this.time++;
      this.credit = Math.min(this.burst * this.price, this.credit + 1);
      this.serve();
    }
  }

  private serve(): void {
    while (this.waiting.length > 0 && this.credit >= this.price) {
      const guest = this.waiting.shift()!;
      this.credit -= this.price;
      guest.fate = 'served';
      this.served.push([guest.id, this.time]);
    }
  }
}

const shown = {
  waiting: 'pending',
  refused: 'rejected',
  served: 'fulfilled',
  aborted: 'rejected',
} as const;

describe('rateLimiter: model', () => {
  it(
    'serves whom counting would serve, at the same millisecond, and refuses the same callers',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(1, 2, 4, 5, 8, 10),
          fc.integer({ min: 1, max: 4 }),
          fc.constantFrom(0, 100, 300, 1_000, Infinity),
          fc.array(command, { maxLength: 30 }),
          async (limit, burst, maxWait, commands) => {
            using l = lab();
            const pipeline = l.pipeline('geocoder', rateLimiter({ limit, burst, maxWait }));
            const model = new Model(1_000 / limit, burst, maxWait);
            const served: [number, number][] = [];
            const calls: Tracked[] = [];
            const controllers: (AbortController | undefined)[] = [];

            for (const each of commands) {
              if (each.type === 'call') {
                const id = calls.length;
                const controller = each.abortable ? new AbortController() : undefined;
                controllers.push(controller);
                const options = controller && { signal: controller.signal };
                const operation = () => served.push([id, l.clock.now]);
                calls.push(track(pipeline.execute(operation, options)));
                model.call();
              } else if (each.type === 'abort') {
                const controller = controllers[each.which];
                if (controller === undefined) continue;
                controller.abort('gone');
                model.abort(model.guests[each.which]!);
              } else {
                await l.clock.advance(each.ms);
                model.advance(each.ms);
              }
              await jobs();
              expect(served).toEqual(model.served);
              expect(gaugesOf(pipeline, 'rateLimiter')['queued']).toBe(model.waiting.length);
              expect(l.clock.timers).toBe(model.waiting.length > 0 ? 1 : 0);
              for (const { id, fate, retryAfter } of model.guests) {
                const { state, reason } = calls[id]!;
                expect(state, `call ${id}`).toBe(shown[fate]);
                if (fate === 'aborted') expect(reason).toBe('gone');
                if (fate !== 'refused') continue;
                expect(reason).toBeInstanceOf(RateLimitedError);
                expect((reason as RateLimitedError).retryAfter).toBeCloseTo(retryAfter!, 5);
              }
            }

            await l.clock.advance(60_000);
            model.advance(60_000);
            expect(served).toEqual(model.served);
            expectConservation({
              pipeline,
              clock: l.clock,
              seen: l.seen,
              executions: calls.length,
              attempts: served.length,
              signals: controllers.flatMap((each) => (each === undefined ? [] : [each.signal])),
            });
          },
        ),
        runs(1_000),
      );
    },
    patience,
  );
});
