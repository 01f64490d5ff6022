/**
 * What goes wrong, when, and how it heals.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Trouble } from '../dependencies/quotes-api.ts';
import type { Breakdowns } from './breakdowns.ts';
import type { Database } from './database.ts';
import type { Part } from './processes.ts';

export type Dependency = 'quotes-api' | 'orders-db';

export interface Fault {
  /** From when to when, as shares of the whole duration. */
  readonly from: number;
  readonly to: number;
  /** With which dependency something is wrong. */
  readonly of: Dependency;
  /** What is wrong, for a line on the screen. */
  readonly says: string;
  /** Whether it cannot answer anything meanwhile, so that every call to it is wasted. */
  readonly isDead?: boolean;
  begin(over: AbortSignal): void | Promise<void>;
  heal(): void | Promise<void>;
}

/** What people call the dependencies. */
export const called: Readonly<Record<Dependency, string>> = {
  'quotes-api': 'quotes API',
  'orders-db': 'database',
};

export function faultsOf(api: Part, { link, ...database }: Database): Fault[] {
  const trouble = (kind: Trouble): Pick<Fault, 'of' | 'begin' | 'heal'> => ({
    of: 'quotes-api',
    begin: () => api.send(kind),
    heal: () => api.send({} satisfies Trouble),
  });
  return [
    {
      from: 0.07,
      to: 0.18,
      says: '3 of 10 answers are errors (503)',
      ...trouble({ errors: 0.3 }),
    },
    {
      from: 0.2,
      to: 0.29,
      says: '2 of 10 answers come 3 s late',
      ...trouble({ late: { share: 0.2, by: 3_000 } }),
    },
    {
      from: 0.31,
      to: 0.38,
      says: 'resets 3 of 10 connections',
      ...trouble({ resets: 0.3 }),
    },
    {
      from: 0.41,
      to: 0.55,
      of: 'quotes-api',
      says: 'its process is killed',
      isDead: true,
      begin: () => api.kill(),
      heal: () => api.start(),
    },
    {
      from: 0.62,
      to: 0.68,
      of: 'quotes-api',
      says: 'is stuck, takes requests and answers none',
      isDead: true,
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
      of: 'orders-db',
      says: '20 ms away, and its connections are cut again and again',
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
      of: 'orders-db',
      says: 'crashes',
      isDead: true,
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

/** Lets the faults happen to the dependencies, spread over `duration` milliseconds; rejects when `stop` aborts. */
export async function happen(
  breakdowns: Breakdowns,
  duration: number,
  audience: Audience,
  stop: AbortSignal,
): Promise<void> {
  const start = performance.now();
  const until = (share: number): Promise<void> =>
    sleep(Math.max(0, start + share * duration - performance.now()), undefined, { signal: stop });
  for (const fault of breakdowns.faults) {
    await until(fault.from);
    await breakdowns.break(fault);
    await audience.began(fault);
    await until(fault.to);
    await audience.ends(fault);
    await breakdowns.heal(fault.of);
    audience.healed(fault);
  }
  await until(1);
}
