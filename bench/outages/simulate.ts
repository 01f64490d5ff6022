import { Host } from './host.ts';
import type { Client, Library } from './libraries/library.ts';
import { Bins, type Outcome, quantile } from './measure.ts';
import { common, type Parameters } from './parameters.ts';
import { seeded } from './random.ts';
import type { Scenario } from './scenarios.ts';
import { World } from './world.ts';

/** Calls are followed for so long after the last one was asked for. */
const drain = 30_000;
/** Recovered: as many of a bin's calls are answered in time as without an outage. */
const recovered = 0.95;
const recoveryBin = 250;

/** Runs one scenario through one library, in virtual time. */
export async function simulate(
  scenario: Scenario,
  library: Library,
  given: Partial<Parameters>,
): Promise<Outcome> {
  const parameters: Parameters = { ...common, ...scenario.parameters, ...given };
  const world = new World(parameters.seed);
  const { stackTraceLimit } = Error;
  // Stacks cost more than the rest of the simulation.
  Error.stackTraceLimit = 0;
  const leave = world.enter();
  try {
    return await new Simulation(scenario, library, parameters, world).run();
  } finally {
    leave();
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class Simulation {
  private readonly scenario: Scenario;
  private readonly library: Library;
  private readonly p: Parameters;
  private readonly world: World;
  private readonly outageAt: number;
  private readonly end: number;
  private readonly from: number;
  private readonly to: number;
  private readonly hosts: Host[];
  /** By process, then by host. */
  private readonly clients: Client[][];
  private readonly choose: () => number;
  private openedAt: number | undefined = undefined;
  private unanswered = 0;
  private asked = 0;
  private good = 0;
  private sentMeasured = 0;
  private sentBad = 0;
  private askedOthers = 0;
  private goodOthers = 0;
  private readonly latencies: number[] = [];
  private readonly sent: Bins;
  private readonly askedBins: Bins;
  private readonly goodBins: Bins;

  constructor(scenario: Scenario, library: Library, p: Parameters, world: World) {
    this.scenario = scenario;
    this.library = library;
    this.p = p;
    this.world = world;
    this.outageAt = world.now + p.warmUp;
    this.end = this.outageAt + p.outage + p.after;
    const [from, to] = scenario.measured?.(p) ?? [0, p.outage];
    this.from = this.outageAt + from;
    this.to = this.outageAt + to;
    this.sent = new Bins(this.outageAt, 100);
    this.askedBins = new Bins(this.outageAt, recoveryBin);
    this.goodBins = new Bins(this.outageAt, recoveryBin);
    const work = seeded(p.seed, 'work');
    this.hosts = Array.from({ length: p.hosts }, (_, index) => this.host(index, work));
    this.clients = Array.from({ length: p.clients }, () =>
      this.hosts.map(() => library.client(p, () => (this.openedAt ??= this.sinceOutage))),
    );
    const pick = seeded(p.seed, 'hosts');
    this.choose = () => Math.floor(pick() * p.hosts);
  }

  async run(): Promise<Outcome> {
    if (this.scenario.periodic === true) this.byTheClock();
    else this.atRandom();
    await this.world.run(this.end);
    await this.world.run(this.end + drain, () => this.unanswered === 0);
    for (const client of this.clients.flat()) client.dispose?.();
    return this.outcome();
  }

  private get sinceOutage(): number | undefined {
    return this.world.now < this.outageAt ? undefined : this.world.now - this.outageAt;
  }

  private host(index: number, work: () => number): Host {
    const bad = index < this.p.badHosts;
    const time = (): number => this.world.now - this.outageAt;
    return new Host(
      this.world,
      this.p,
      work,
      () => this.scenario.condition(bad ? time() : -1, this.p),
      () => {
        const { now } = this.world;
        this.sent.add(now);
        if (now >= this.from && now < this.to) this.sentMeasured++;
        if (bad && time() >= 0 && time() < this.p.outage) this.sentBad++;
      },
    );
  }

  /** A Poisson process: what many independent users make together. */
  private atRandom(): void {
    const random = seeded(this.p.seed, 'arrivals');
    let turn = 0;
    const next = (): void => {
      const rate = this.scenario.rate?.(this.world.now - this.outageAt, this.p) ?? this.p.rate;
      const at = this.world.now - (Math.log(1 - random()) / rate) * 1_000;
      if (at >= this.end) return;
      this.world.at(at, () => {
        void this.ask(this.clients[turn++ % this.clients.length]!);
        next();
      });
    };
    next();
  }

  /** Each client at its own instant of every period. */
  private byTheClock(): void {
    const random = seeded(this.p.seed, 'arrivals');
    const period = (this.p.clients / this.p.rate) * 1_000;
    const { now } = this.world;
    for (const client of this.clients) {
      const next = (at: number): void => {
        if (at >= this.end) return;
        this.world.at(at, () => {
          void this.ask(client);
          next(at + period);
        });
      };
      next(now + random() * period);
    }
  }

  private async ask(client: readonly Client[]): Promise<void> {
    const { world } = this;
    const askedAt = world.now;
    const measured = askedAt >= this.from && askedAt < this.to;
    this.unanswered++;
    this.askedBins.add(askedAt);
    const first = this.choose();
    let answered = false;
    try {
      await this.askHost(client, first);
      answered = true;
    } catch {
      // What a caller does with a failure is not simulated.
    }
    this.unanswered--;
    const latency = world.now - askedAt;
    const good = answered && latency <= this.p.patience;
    if (good) this.goodBins.add(askedAt);
    if (!measured) return;
    this.asked++;
    if (good) this.good++;
    if (answered) this.latencies.push(latency);
    if (first < this.p.badHosts) return;
    this.askedOthers++;
    if (good) this.goodOthers++;
  }

  /** Of several hosts, another one is asked when the policies of the first turn the call away. */
  private async askHost(client: readonly Client[], first: number): Promise<unknown> {
    for (let tried = 0; ; tried++) {
      const index = (first + tried) % client.length;
      const host = this.hosts[index]!;
      try {
        return await client[index]!.call((signal) =>
          host.call(this.p.hostsNotice ? signal : undefined),
        );
      } catch (error) {
        if (tried + 1 >= client.length || !this.library.turnedAway(error)) throw error;
      }
    }
  }

  private outcome(): Outcome {
    const { p } = this;
    const sorted = this.latencies.toSorted((a, b) => a - b);
    const healed = Math.ceil(p.outage / 100);
    return {
      asked: this.asked,
      goodput: this.good / this.asked,
      amplification: this.sentMeasured / this.asked,
      sent: this.sentBad,
      wasted: Math.max(0, this.sentMeasured - this.good),
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      p999: quantile(sorted, 0.999),
      mostConcurrent: this.hosts.reduce((sum, host) => sum + host.mostConcurrent, 0),
      opened: this.openedAt,
      recovery: this.recovery(),
      peak: this.sent.most(10, healed, Math.floor((p.outage + p.after) / 100)) / p.rate,
      afterwards: this.share(Math.ceil(p.outage / recoveryBin), (p.outage + p.after) / recoveryBin),
      series: Array.from({ length: Math.floor((p.outage + p.after) / 1_000) }, (_, second) =>
        this.share((second * 1_000) / recoveryBin, ((second + 1) * 1_000) / recoveryBin),
      ),
      goodputOfOthers: p.hosts > 1 ? this.goodOthers / this.askedOthers : undefined,
      steps: this.world.steps,
    };
  }

  /** Until the first bin with enough good answers after which, for a while, there are enough on the whole. */
  private recovery(): number {
    const { outage, after } = this.p;
    const last = Math.floor((outage + after) / recoveryBin);
    const lasting = 5_000 / recoveryBin;
    for (let bin = Math.ceil(outage / recoveryBin); bin < last; bin++) {
      const enough = (to: number): boolean => this.share(bin, Math.min(last, to)) >= recovered;
      if (enough(bin + 1) && enough(bin + lasting)) return bin * recoveryBin - outage;
    }
    return Infinity;
  }

  /** Share of the calls answered in time of those asked in some bins. */
  private share(from: number, to: number): number {
    const asked = this.askedBins.sum(from, to);
    return asked === 0 ? 1 : this.goodBins.sum(from, to) / asked;
  }
}
