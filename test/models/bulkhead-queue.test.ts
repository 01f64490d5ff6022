// A bulkhead and its queue against a list and a number, under commands in any order.
import { bulkhead, BulkheadFullError, timeout, TimeoutError } from 'kedge';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, track, type Tracked, transient } from '../support/lab.ts';
import { expectConservation, gaugesOf } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';

const maxQueued = 3;
const maxWait = 100;
const callTimeout = 170;

type Command =
  | { readonly type: 'call'; readonly abortable: boolean }
  | { readonly type: 'end'; readonly which: number; readonly well: boolean }
  | { readonly type: 'abort'; readonly which: number }
  | { readonly type: 'advance'; readonly ms: number }
  | { readonly type: 'limit'; readonly limit: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('call'), abortable: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('end'), which: fc.nat(20), well: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('abort'), which: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('advance'), ms: fc.integer({ min: 1, max: 120 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('limit'), limit: fc.integer({ min: 1, max: 4 }) }),
  },
);

type Fate = 'full' | 'queued' | 'queue-timeout' | 'running' | 'timeout' | 'aborted' | 'ended';

/** One call, as the model knows it. */
interface Guest {
  readonly id: number;
  readonly queueEnd: number;
  readonly end: number;
  fate: Fate;
  /** Its operation was started and has not ended, whatever its caller was told. */
  holds: boolean;
}

class Model {
  readonly guests: Guest[] = [];
  readonly queue: Guest[] = [];
  /** The order in which operations were started. */
  readonly started: number[] = [];
  limit: number;
  time = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get inUse(): number {
    return this.guests.filter(({ holds }) => holds).length;
  }

  call(): void {
    const guest: Guest = {
      id: this.guests.length,
      queueEnd: this.time + maxWait,
      end: this.time + callTimeout,
      fate: 'full',
      holds: false,
    };
    this.guests.push(guest);
    if (this.inUse < this.limit && this.queue.length === 0) this.start(guest);
    else if (this.queue.length < maxQueued) {
      guest.fate = 'queued';
      this.queue.push(guest);
    }
  }

  private start(guest: Guest): void {
    guest.fate = 'running';
    guest.holds = true;
    this.started.push(guest.id);
  }

  serve(): void {
    while (this.queue.length > 0 && this.inUse < this.limit) this.start(this.queue.shift()!);
  }

  leave(guest: Guest, fate: Fate): void {
    if (guest.fate === 'queued') this.queue.splice(this.queue.indexOf(guest), 1);
    guest.fate = fate;
  }

  end(guest: Guest): void {
    if (guest.fate === 'running') guest.fate = 'ended';
    guest.holds = false;
    this.serve();
  }

  advance(ms: number): void {
    this.time += ms;
    for (const guest of this.guests) {
      if (guest.fate === 'queued' && guest.queueEnd <= this.time)
        this.leave(guest, 'queue-timeout');
      if ((guest.fate === 'running' || guest.fate === 'queued') && guest.end <= this.time)
        this.leave(guest, 'timeout');
    }
  }
}

function fateOf({ state, reason }: Tracked): string {
  if (state !== 'rejected') return state;
  if (reason instanceof BulkheadFullError) return reason.reason;
  if (reason instanceof TimeoutError) return 'timeout';
  return reason === 'gone' ? 'aborted' : 'failed';
}

const shown: Record<Fate, readonly string[]> = {
  full: ['bulkhead-full'],
  queued: ['pending'],
  'queue-timeout': ['queue-timeout'],
  running: ['pending'],
  timeout: ['timeout'],
  aborted: ['aborted'],
  ended: ['fulfilled', 'failed'],
};

describe('bulkhead: model', () => {
  it(
    'does what a list and a number would do, and loses no permit, no place and no caller',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 3 }),
          fc.array(command, { maxLength: 30 }),
          async (limit, commands) => {
            using l = lab();
            const policy = bulkhead({ maxConcurrent: limit, maxQueued, maxWait });
            const pipeline = l.pipeline('reports', timeout(callTimeout), policy);
            const model = new Model(limit);
            const operation = controlled();
            const order: number[] = [];
            const calls: Tracked[] = [];
            const controllers: (AbortController | undefined)[] = [];
            /** By the call, which start of the operation is its. */
            const startOf = (id: number) => operation.starts[order.indexOf(id)];

            const step = async (each: Command): Promise<void> => {
              if (each.type === 'call') {
                const id = calls.length;
                const controller = each.abortable ? new AbortController() : undefined;
                controllers.push(controller);
                const options = controller && { signal: controller.signal };
                const operationOfCall = (context: Parameters<typeof operation>[0]) => {
                  order.push(id);
                  return operation(context);
                };
                calls.push(track(pipeline.execute(operationOfCall, options)));
                model.call();
              } else if (each.type === 'end') {
                const guest = model.guests.filter(({ holds }) => holds)[each.which];
                if (guest === undefined) return;
                const start = startOf(guest.id)!;
                if (each.well) start.resolve('done');
                else start.reject(transient());
                model.end(guest);
              } else if (each.type === 'abort') {
                const guest = model.guests[each.which];
                const controller = guest && controllers[guest.id];
                if (controller === undefined) return;
                controller.abort('gone');
                if (guest?.fate === 'queued' || guest?.fate === 'running')
                  model.leave(guest, 'aborted');
              } else if (each.type === 'advance') {
                // One by one, so that what happens in one instant is in the model's order.
                for (let ms = 0; ms < each.ms; ms++) model.advance(1);
                await l.clock.advance(each.ms);
              } else {
                policy.reconfigure({ maxConcurrent: each.limit });
                model.limit = each.limit;
                model.serve();
              }
              await jobs();
            };

            for (const each of commands) {
              await step(each);
              expect(order).toEqual(model.started);
              expect(gaugesOf(pipeline, 'bulkhead')).toEqual({
                in_use: model.inUse,
                queued: model.queue.length,
                limit: model.limit,
                queue_limit: maxQueued,
              });
              for (const { id, fate } of model.guests)
                expect(shown[fate], `call ${id}`).toContain(fateOf(calls[id]!));
            }

            // Everybody goes home.
            while (model.inUse > 0) await step({ type: 'end', which: 0, well: true });
            expect(calls.every(({ state }) => state !== 'pending')).toBe(true);
            expectConservation({
              pipeline,
              clock: l.clock,
              seen: l.seen,
              executions: calls.length,
              attempts: operation.starts.length,
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
