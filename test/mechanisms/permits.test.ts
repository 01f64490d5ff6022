import { describe, expect, it } from 'vitest';
import { Permits, Waiter } from '../../src/mechanisms/permits.ts';
import { fc, patience, runs } from '../support/property.ts';

class Guest extends Waiter {
  readonly id: number;
  private readonly served: number[];

  constructor(id: number, served: number[]) {
    super();
    this.id = id;
    this.served = served;
  }

  override granted(): void {
    this.served.push(this.id);
  }
}

describe('Permits', () => {
  it(
    'never gives out more than there are, and serves in the order of coming',
    () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 4 }),
          fc.array(
            fc.oneof(
              fc.constant({ come: true } as const),
              fc.constant({ release: true } as const),
              fc.record({ leave: fc.nat(20) }),
              fc.record({ limit: fc.integer({ min: 1, max: 5 }) }),
            ),
            { maxLength: 60 },
          ),
          (limit, commands) => {
            const permits = new Permits(limit);
            const served: number[] = [];
            const guests: Guest[] = [];
            const model = { limit, inUse: 0, waiting: [] as number[], served: [] as number[] };
            const serve = (): void => {
              while (model.waiting.length > 0 && model.inUse < model.limit) {
                model.served.push(model.waiting.shift()!);
                model.inUse++;
              }
            };
            for (const command of commands) {
              // What a command answers, and what it should.
              const answers: [unknown, unknown][] = [];
              if ('come' in command) {
                const free = model.inUse < model.limit && model.waiting.length === 0;
                answers.push([permits.take(), free]);
                if (free) model.inUse++;
                else {
                  const guest = new Guest(guests.length, served);
                  guests.push(guest);
                  permits.enqueue(guest);
                  model.waiting.push(guest.id);
                }
              } else if ('release' in command) {
                if (model.inUse === 0) continue;
                permits.release();
                model.inUse--;
                serve();
              } else if ('leave' in command) {
                const guest = guests[command.leave];
                if (guest === undefined) continue;
                const at = model.waiting.indexOf(guest.id);
                answers.push([permits.leave(guest), at >= 0]);
                if (at >= 0) model.waiting.splice(at, 1);
              } else {
                permits.limit = model.limit = command.limit;
                serve();
              }
              for (const [did, should] of answers) expect(did).toBe(should);
              expect(permits).toMatchObject({
                inUse: model.inUse,
                queued: model.waiting.length,
                limit: model.limit,
              });
              expect(served).toEqual(model.served);
            }
            while (permits.inUse > 0) permits.release();
            expect(permits.queued).toBe(0);
            expect(served).toEqual([...model.served, ...model.waiting]);
          },
        ),
        runs(1_000),
      );
    },
    patience,
  );

  it('a lower limit takes no permit back that is in use', () => {
    const permits = new Permits(3);
    for (let each = 0; each < 3; each++) permits.take();
    permits.limit = 1;
    expect(permits.inUse).toBe(3);
    permits.release();
    permits.release();
    expect(permits.take()).toBe(false);
    permits.release();
    expect(permits.take()).toBe(true);
  });

  it('who is served and comes back at once finds everything in order', () => {
    const permits = new Permits(1);
    const order: string[] = [];
    class Restless extends Waiter {
      override granted(): void {
        order.push('granted');
        if (order.length < 3) permits.release();
      }
    }
    permits.take();
    for (let each = 0; each < 4; each++) permits.enqueue(new Restless());
    permits.release();
    expect(order).toHaveLength(3);
    expect(permits).toMatchObject({ inUse: 1, queued: 1 });
  });

  it('nobody who comes while permits are handed out passes those who wait', () => {
    const permits = new Permits(1);
    const order: string[] = [];
    class Named extends Waiter {
      private readonly name: string;
      constructor(name: string) {
        super();
        this.name = name;
      }
      override granted(): void {
        order.push(this.name, permits.take() ? 'a newcomer' : 'no newcomer');
      }
    }
    permits.take();
    for (const name of ['first', 'second']) permits.enqueue(new Named(name));
    permits.limit = 3;
    expect(order).toEqual(['first', 'no newcomer', 'second', 'no newcomer']);
  });
});
