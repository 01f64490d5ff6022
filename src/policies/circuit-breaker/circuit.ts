import { epoch, wall } from '../../core/time.ts';
import type { CircuitState, OpenReason, TransitionReason } from '../../core/transitions.ts';
import { delayOf } from '../../mechanisms/backoff.ts';
import { Health, type Rates } from './health.ts';
import { type News, type Report, said } from './news.ts';
import { Outage } from './outage.ts';
import type { Ending, Permit } from './permit.ts';
import type { Settings } from './settings.ts';
import { finite, type Snapshot } from './snapshot.ts';
import { HalfOpenTrial, type Probe } from './trial.ts';

/**
 * The state machine of a circuit breaker: four states, no timer, transitions made by the calls that find them due.
 *
 * Each transition begins a new generation, and a permit carries the one that gave it: a call of an older generation
 * has no say (as in Sony's gobreaker). `health` says when a closed circuit is to open, a trial how a half-open one is
 * to end. It knows of no pipeline: whoever calls it looks for `news` afterwards, and passes them on.
 */
export class Circuit {
  state: CircuitState = 'closed';
  /** When the state began, in milliseconds since the epoch. */
  since: number = wall();
  news: News[] | undefined = undefined;
  private readonly ownOutage: Outage = new Outage();
  private epoch = epoch;
  private settings: Settings;
  private readonly health: Health;
  private generation = 0;
  private concurrencyBefore = 1;
  private trial: HalfOpenTrial | undefined = undefined;
  private readonly isolations: Set<object> = new Set();

  constructor(settings: Settings) {
    this.settings = settings;
    this.health = new Health(settings);
  }

  /** What is known of the time in which it is not closed. */
  get outage(): Outage {
    this.followClock();
    return this.ownOutage;
  }

  /** Lets a call in, or returns `undefined`. `around` is the probe inside which it is made. */
  admit(time: number, around?: Probe): Permit | undefined {
    if (this.state === 'closed') {
      this.health.running++;
      return this.generation;
    }
    this.outage.called(time);
    if (this.state === 'open' && time >= this.outage.until) this.halfOpen(time);
    if (this.trial === undefined) return undefined;
    this.trial.endLeases(time);
    this.judgeTrial(this.trial, time);
    return this.trial?.admit(this.generation, time, around);
  }

  /** A call is slow, and still under way. Returns whether that is noted. */
  slow(permit: Permit, time: number): boolean {
    if (permit !== this.generation) return false;
    this.health.slow();
    this.judge(time, undefined);
    return true;
  }

  /** A call through a closed circuit has ended well, without anything else to note. */
  succeeded(permit: number, time: number, sent: number): void {
    if (permit !== this.generation) return;
    this.followClock();
    const { health } = this;
    health.running--;
    health.succeeded(time, sent, false);
    if (!health.isSpotless(time)) this.judge(time, undefined);
  }

  /** A call has ended. */
  end(permit: Permit, ending: Ending): void {
    this.followClock();
    if (typeof permit !== 'number') this.probeEnded(permit, ending);
    else if (permit === this.generation) {
      const { outcome, time, sent, slow } = ending;
      this.health.left(ending.wasSlow);
      if (outcome === 'nothing') return;
      if (outcome === 'failure') this.health.failed(time, sent, slow);
      else this.health.succeeded(time, sent, slow);
      this.judge(time, ending.error);
    }
  }

  private probeEnded(probe: Probe, { outcome, time, sent, slow, error, byItself }: Ending): void {
    const { trial } = this;
    if (trial === undefined || probe.generation !== this.generation) return;
    // A probe that came back too slowly is no sign of health where slowness opens the circuit.
    const failed = outcome === 'nothing' ? undefined : outcome === 'failure' || slow;
    // Also when nobody called meanwhile: what comes back after its lease is over has failed.
    trial.endLeases(time);
    trial.end(probe, failed, slow, time, sent);
    if (failed === true) this.outage.error = error ?? this.outage.error;
    if (byItself) trial.makeRoom();
    this.judgeTrial(trial, time);
    if (this.trial?.hasSucceeded === true) this.close(time, 'recovered');
  }

  private judge(time: number, error: unknown): void {
    const reason = this.health.judge(time);
    if (reason !== undefined) this.open(time, reason, error);
  }

  private judgeTrial(trial: HalfOpenTrial, time: number): void {
    const { failureRate, consecutiveFailures } = this.settings;
    const { error } = this.outage;
    if (trial.failureRate >= failureRate) this.open(time, 'probe-failed', error);
    else if (trial.streak.count >= consecutiveFailures) this.open(time, 'consecutive', error);
  }

  open(time: number, reason: OpenReason, error: unknown, note?: string): void {
    if (this.state === 'isolated') return;
    // Asked before anything changes: it may be a rule of a user's own, and throw.
    const { openings, openFor: before } = this.outage;
    const openFor = delayOf(this.settings.openFor, openings + 1, error, before);
    this.enterOpen(time, openFor, openFor, reason, error, note);
  }

  private enterOpen(
    time: number,
    openFor: number,
    remaining: number,
    reason: OpenReason,
    error: unknown,
    note?: string,
  ): void {
    const { outage, health, trial } = this;
    const rates = trial === undefined ? health.rates(time) : trial.rates;
    const consecutiveFailures = (trial ?? health).streak.count;
    if (this.state === 'closed') this.concurrencyBefore = Math.max(1, health.running);
    const from = this.enter('open', time);
    outage.opened(time, openFor, remaining, note ?? reason, error);
    const { openings } = outage;
    const fields = { from, reason, ...rates, consecutiveFailures, openFor, openings, error };
    this.tell(reason, { type: 'circuit.opened', fields: { ...fields, ...said(note) } });
  }

  private halfOpen(time: number): void {
    const from = this.enter('half-open', time);
    this.trial = new HalfOpenTrial(this.settings, this.concurrencyBefore);
    this.tell('elapsed', { type: 'circuit.half-opened', fields: { from } });
  }

  close(time: number, reason: TransitionReason): void {
    this.isolations.clear();
    if (this.state === 'closed') return;
    const from = this.enter('closed', time);
    const ended = this.outage.end(time);
    this.tell(reason, { type: 'circuit.closed', fields: { from, ...ended } });
  }

  /** Lets nothing through until every holder of an isolation has ended it. */
  isolate(time: number, note?: string): (time: number) => void {
    const holder = {};
    this.isolations.add(holder);
    if (this.state !== 'isolated') {
      const from = this.enter('isolated', time);
      this.outage.isolated(note ?? 'manual');
      this.tell('manual', { type: 'circuit.isolated', fields: { from, ...said(note) } });
    }
    return (until) => {
      if (this.isolations.delete(holder) && this.isolations.size === 0) this.close(until, 'manual');
    };
  }

  /** After how many milliseconds a call that was not let in may try again. */
  retryAfter(time: number): number {
    const { outage } = this;
    return this.state === 'half-open' ? outage.retryWhileProbing : Math.max(0, outage.until - time);
  }

  /** After how many milliseconds a call would be let in as things stand; 0 for at once. */
  admitsIn(time: number): number {
    const admits = this.state === 'closed' || this.trial?.hasPlace === true;
    return admits ? 0 : this.retryAfter(time);
  }

  /** For how many milliseconds it has not been closed. */
  downFor(time: number): number {
    return this.outage.lasting(time) ?? 0;
  }

  /** The rates that are judged at this moment; of a circuit that is not closed, those that were when it opened. */
  judgedRates(time: number): Partial<Rates> {
    return this.state === 'closed' ? this.health.judged(time) : this.outage.rates;
  }

  /** What was learnt stays, and a half-open time ends by the rules that it began with. */
  reconfigure(settings: Settings, time: number): void {
    this.settings = settings;
    this.health.reconfigure(settings, time);
  }

  snapshot(time: number): Snapshot {
    const { openings, openFor, until } = this.outage;
    return {
      version: 1,
      state: this.state,
      at: wall(),
      ...this.health.snapshot(time),
      openings,
      openFor: finite(openFor),
      remaining: this.state === 'open' ? finite(Math.max(0, until - time)) : 0,
    };
  }

  restore(snapshot: Snapshot, time: number): void {
    const age = Math.max(0, wall() - snapshot.at);
    if (snapshot.state !== 'closed') {
      this.outage.openings = Math.max(0, snapshot.openings - 1);
      // A wall clock that was set back must not keep it open for longer than it was to be.
      const remaining = Math.max(0, snapshot.remaining - age);
      this.enterOpen(time, snapshot.openFor, remaining, 'restored', undefined);
      return;
    }
    const { window } = this.settings;
    if (age < (window.duration ?? Infinity)) this.health.restore(snapshot, time);
  }

  /** Begins a generation. */
  private enter(state: CircuitState, time: number): CircuitState {
    const from = this.state;
    if (from === 'closed') this.outage.begin(time, this.health.judged(time));
    this.state = state;
    this.since = wall();
    this.generation++;
    this.trial = undefined;
    this.health.clear();
    return from;
  }

  /** Another clock has come: all that is kept goes on where it was. */
  private followClock(): void {
    const by = epoch - this.epoch;
    if (by === 0) return;
    this.epoch = epoch;
    this.ownOutage.shift(by);
    this.health.streak.shift(by);
    this.trial?.shift(by);
  }

  private tell(reason: TransitionReason, report: Report): void {
    (this.news ??= []).push({ ...report, to: this.state, reason });
  }

  /** Nobody is there to be told. Of all that happened meanwhile the first who comes hears the last. */
  keepNews(): void {
    this.news = this.state === 'closed' ? undefined : this.news?.slice(-1);
  }
}
