/**
 * The users of one route, and what they got. They come at a fixed rate, whether or not those before them
 * were answered, and leave when they have waited for ten seconds.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { orders } from './database.ts';

/** How long a user waits, in milliseconds. */
const patience = 10_000;

/** How one visit ended: with a page (`standard`: with the standard price on it), an error's status, or not at all. */
type Ending = 'page' | 'standard' | 'gave up' | 'cut off' | `error ${number}`;

/** What came of a number of visits. */
export class Tally {
  readonly endings: Map<Ending, number> = new Map();
  visits = 0;
  /** How many waited for so many milliseconds: users may come for days. */
  private readonly waits: Map<number, number> = new Map();

  add(ending: Ending, wait: number): void {
    const ms = Math.ceil(wait);
    this.visits++;
    this.endings.set(ending, this.count(ending) + 1);
    this.waits.set(ms, (this.waits.get(ms) ?? 0) + 1);
  }

  count(ending: Ending): number {
    return this.endings.get(ending) ?? 0;
  }

  /** The share that got a page; NaN without visits. */
  get success(): number {
    return (this.count('page') + this.count('standard')) / this.visits;
  }

  /** How long that share of the users, 0–1, waited at most for whatever they got, in milliseconds. */
  waited(share: number): number {
    let left = Math.max(1, Math.ceil(share * this.visits));
    for (const [ms, visits] of [...this.waits].toSorted(([a], [b]) => a - b)) {
      left -= visits;
      if (left <= 0) return ms;
    }
    return NaN;
  }
}

export class Users {
  readonly total: Tally = new Tally();
  private second = new Tally();
  private waiting = 0;
  private readonly url: string;
  private readonly agent = new Agent({ keepAlive: true });

  /** `url` is what the number of an order is put behind. */
  constructor(url: string) {
    this.url = url;
  }

  /** What came in since this was last asked. */
  lately(): Tally {
    const { second } = this;
    this.second = new Tally();
    return second;
  }

  /** Sends `rate` users a second until `over` aborts, and waits until the last one has left. */
  async come(rate: number, over: AbortSignal): Promise<void> {
    const start = performance.now();
    for (let sent = 0; !over.aborted; await sleep(10)) {
      const due = ((performance.now() - start) / 1_000) * rate;
      for (; sent < due; sent++) this.visit(1 + Math.floor(Math.random() * orders));
    }
    while (this.waiting > 0) await sleep(10);
    this.agent.destroy();
  }

  private visit(order: number): void {
    const start = performance.now();
    let ending: Ending = 'cut off';
    this.waiting++;
    const request = get(this.url + order, { agent: this.agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        if (response.statusCode !== 200) ending = `error ${response.statusCode ?? 0}`;
        else ending = text.includes('"quoted":true') ? 'page' : 'standard';
      });
    });
    const leave = setTimeout(() => {
      ending = 'gave up';
      request.destroy();
    }, patience);
    request.once('error', () => {}); // 'close' follows
    request.once('close', () => {
      clearTimeout(leave);
      this.waiting--;
      const wait = performance.now() - start;
      this.total.add(ending, wait);
      this.second.add(ending, wait);
    });
  }
}
