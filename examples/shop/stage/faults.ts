/**
 * What goes wrong, when, and how it heals.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Trouble } from '../dependencies/quotes-api.ts';
import type { Database } from './database.ts';
import type { Part } from './processes.ts';

export type Dependency = 'quotes-api' | 'orders-db';

export interface Fault {
  /** From when to when, as shares of the whole duration. */
  readonly from: number;
  readonly to: number;
  /** What is wrong, for a line on the screen. */
  readonly says: string;
  /** The dependency that cannot answer anything meanwhile, so that every call to it is wasted. */
  readonly dead?: Dependency;
  begin(over: AbortSignal): void | Promise<void>;
  heal(): void | Promise<void>;
}

export function faultsOf(api: Part, { link, ...database }: Database): Fault[] {
  const trouble = (kind: Trouble): Pick<Fault, 'begin' | 'heal'> => ({
    begin: () => api.send(kind),
    heal: () => api.send({} satisfies Trouble),
  });
  return [
    {
      from: 0.07,
      to: 0.18,
      says: 'quotes API: 3 of 10 answers are errors (503)',
      ...trouble({ errors: 0.3 }),
    },
    {
      from: 0.2,
      to: 0.29,
      says: 'quotes API: 2 of 10 answers come 3 s late',
      ...trouble({ late: { share: 0.2, by: 3_000 } }),
    },
    {
      from: 0.31,
      to: 0.38,
      says: 'quotes API: resets 3 of 10 connections',
      ...trouble({ resets: 0.3 }),
    },
    {
      from: 0.41,
      to: 0.55,
      says: 'quotes API: its process is killed',
      dead: 'quotes-api',
      begin: () => api.kill(),
      heal: () => api.start(),
    },
    {
      from: 0.62,
      to: 0.68,
      says: 'quotes API: is stuck, takes requests and answers none',
      dead: 'quotes-api',
      begin: () => api.send({ stuck: true } satisfies Trouble),
      // As its supervisor would.
      heal: async () => {
        await api.kill();
        await api.start();
      },
    },
    {
      from: 0.73,
      to: 0.81,
      says: 'database: 20 ms away, and its connections are cut again and again',
      begin: (over) => {
        link.delay = 20;
        void cutAgainAndAgain(link, over);
      },
      heal: () => {
        link.delay = 0;
      },
    },
    {
      from: 0.85,
      to: 0.89,
      says: 'database: crashes',
      dead: 'orders-db',
      begin: () => database.crash(),
      heal: () => database.recover(),
    },
  ];
}

async function cutAgainAndAgain(link: Database['link'], over: AbortSignal): Promise<void> {
  for (; !over.aborted; await sleep(250)) link.cut();
}

/** What the audience of a run hears. */
export interface Audience {
  /** Called when the fault has begun. */
  began(fault: Fault): void | Promise<void>;
  /** Called when the fault is about to be healed. */
  ends(fault: Fault): void | Promise<void>;
  healed(fault: Fault): void;
}

/** Lets the faults happen, spread over `duration` milliseconds; rejects when `stop` aborts. */
export async function happen(
  faults: readonly Fault[],
  duration: number,
  audience: Audience,
  stop: AbortSignal,
): Promise<void> {
  const start = performance.now();
  const until = (share: number): Promise<void> =>
    sleep(Math.max(0, start + share * duration - performance.now()), undefined, { signal: stop });
  for (const fault of faults) {
    await until(fault.from);
    const over = new AbortController();
    try {
      await fault.begin(over.signal);
      await audience.began(fault);
      await until(fault.to);
    } finally {
      over.abort();
    }
    await audience.ends(fault);
    await fault.heal();
    audience.healed(fault);
  }
  await until(1);
}
