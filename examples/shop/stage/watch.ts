/**
 * Watches a run: what the users get, what the shop's metrics say, and what is wrong meanwhile.
 */
import { byRoute, type Route, routes } from '../routes.ts';
import { type Audience, called, type Dependency, type Fault } from './faults.ts';
import { type Scrape, scrape } from './scrape.ts';
import { milliseconds, type Screen, type Side, styled } from './screen.ts';
import type { Calls } from './summary.ts';
import type { Users } from './users.ts';

const dependencies: readonly Dependency[] = ['quotes-api', 'orders-db'];

/** Numbers of calls by route and dependency. */
type Counts = Record<Route, Record<Dependency, number>>;

export class Watch implements Audience {
  private readonly origin: string;
  private readonly users: Readonly<Record<Route, Users>>;
  private readonly screen: Screen;
  private readonly start: number = performance.now();
  private ticks = 0;
  private readonly wasted: Counts = counts(() => 0);
  private lastSecond: Counts = counts(() => 0);
  private atDeath: Counts = counts(() => 0);

  constructor(origin: string, users: Readonly<Record<Route, Users>>, screen: Screen) {
    this.origin = origin;
    this.users = users;
    this.screen = screen;
  }

  /** Shows what has happened since the last time, a second ago. */
  async tick(): Promise<void> {
    this.ticks++;
    const metrics = await scrape(this.origin);
    const now = callsIn(metrics);
    const side = (route: Route): Side => {
      const tally = this.users[route].lately();
      return {
        success: tally.success,
        standard: tally.count('standard') / tally.visits,
        p99: tally.waited(0.99),
        api: now[route]['quotes-api'] - this.lastSecond[route]['quotes-api'],
        db: now[route]['orders-db'] - this.lastSecond[route]['orders-db'],
      };
    };
    this.screen.show({
      second: this.ticks,
      sides: byRoute(side),
      breakers: Object.fromEntries(dependencies.map((name) => [name, metrics.breaker(name)])),
    });
    this.lastSecond = now;
  }

  async began(fault: Fault): Promise<void> {
    this.say(styled('red', `✗ ${called[fault.of]}: ${fault.says}`));
    if (fault.isDead) this.atDeath = callsIn(await scrape(this.origin));
  }

  async ends({ of, isDead }: Fault): Promise<void> {
    if (!isDead) return;
    const now = callsIn(await scrape(this.origin));
    for (const route of routes) this.wasted[route][of] += now[route][of] - this.atDeath[route][of];
  }

  healed(fault: Fault): void {
    this.say(styled('green', `✓ ${called[fault.of]} is well again`));
  }

  calls(metrics: Scrape): Record<Route, Calls> {
    const sent = callsIn(metrics);
    return byRoute((route) => ({
      api: sent[route]['quotes-api'],
      apiWasted: this.wasted[route]['quotes-api'],
      db: sent[route]['orders-db'],
      dbWasted: this.wasted[route]['orders-db'],
    }));
  }

  private say(text: string): void {
    const at = milliseconds(performance.now() - this.start);
    this.screen.say(`${styled('dim', at.padStart(8))}  ${text}`);
  }
}

function callsIn(metrics: Scrape): Counts {
  return counts((route, dependency) =>
    metrics.sum('shop_dependency_calls_total', { route, dependency }),
  );
}

function counts(of: (route: Route, dependency: Dependency) => number): Counts {
  return byRoute((route) => ({
    'quotes-api': of(route, 'quotes-api'),
    'orders-db': of(route, 'orders-db'),
  }));
}
