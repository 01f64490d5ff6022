import type { OpenReason } from '../../core/events.ts';
import { CallWindow, TimeWindow, type Window } from '../../mechanisms/window.ts';
import type { Settings } from './settings.ts';
import { Streak } from './streak.ts';

/** The shares of failures and of slow calls among so many calls; NaN of none. */
export interface Rates {
  readonly calls: number;
  readonly failureRate: number;
  readonly slowRate: number;
}

/** What the calls through a closed circuit show of the dependency. It decides nothing: it says when it is bad. */
export class Health {
  /** Calls that are under way. */
  running = 0;
  readonly streak: Streak;
  private window: Window;
  private settings: Settings;
  /** Those under way that are slow already. */
  private slowRunning = 0;

  constructor(settings: Settings) {
    this.settings = settings;
    this.window = windowOf(settings);
    this.streak = new Streak(settings.window);
  }

  /** A call is slow, and still under way. */
  slow(): void {
    this.slowRunning++;
  }

  /** A call has ended that shows nothing. `wasSlow`: it had been reported by `slow` before. */
  left(wasSlow: boolean): void {
    this.running--;
    if (wasSlow) this.slowRunning--;
  }

  succeeded(time: number, sent: number, slow: boolean): void {
    this.streak.succeeded(sent);
    this.window.add(time, false, slow);
  }

  failed(time: number, sent: number, slow: boolean): void {
    this.streak.failed(sent, time);
    this.window.add(time, true, slow);
  }

  /** Whether there is anything at all that `judge` could find bad; it costs less to ask. */
  isSpotless(time: number): boolean {
    return this.slowRunning === 0 && this.window.isSpotless(time);
  }

  /** Why the dependency should not be called any more, or `undefined`. */
  judge(time: number): OpenReason | undefined {
    const { settings, slowRunning } = this;
    if (this.streak.count >= settings.consecutiveFailures) return 'consecutive';
    const { calls, failures, slow } = this.window.at(time);
    // Divided, not multiplied: 0.07 × 100 is more than 7, and 7 of 100 must reach a rate of 0.07.
    if (calls >= settings.minimumCalls && failures / calls >= settings.failureRate)
      return 'failure-rate';
    const { slowCall } = settings;
    const seen = calls + slowRunning;
    const isSlow =
      slowCall !== undefined &&
      seen >= settings.minimumCalls &&
      (slow + slowRunning) / seen >= slowCall.rate;
    return isSlow ? 'slow-rate' : undefined;
  }

  rates(time: number): Rates {
    const { calls, failures, slow } = this.window.at(time);
    const { slowRunning } = this;
    return {
      calls,
      failureRate: failures / calls,
      slowRate: (slow + slowRunning) / (calls + slowRunning),
    };
  }

  /** The rates that are judged at `time`: those below the minimum of calls are none. */
  judged(time: number): Partial<Rates> {
    const { minimumCalls, slowCall } = this.settings;
    const rates = this.rates(time);
    return {
      ...(rates.calls >= minimumCalls && { failureRate: rates.failureRate }),
      ...(slowCall !== undefined &&
        rates.calls + this.slowRunning >= minimumCalls && { slowRate: rates.slowRate }),
    };
  }

  /** What was learnt stays. */
  reconfigure(settings: Settings, time: number): void {
    const before = this.settings.window;
    this.settings = settings;
    this.streak.window = settings.window;
    if (JSON.stringify(before) === JSON.stringify(settings.window)) return;
    const known = { ...this.window.at(time) };
    this.window = windowOf(settings);
    this.window.load(time, known);
  }

  clear(): void {
    this.running = this.slowRunning = 0;
    this.streak.clear();
    this.window.clear();
  }

  snapshot(time: number): HealthSnapshot {
    const { calls, failures, slow } = this.window.at(time);
    return { calls, failures, slow, consecutiveFailures: this.streak.count };
  }

  restore(snapshot: HealthSnapshot, time: number): void {
    this.window.load(time, snapshot);
    this.streak.load(snapshot.consecutiveFailures, time);
  }
}

/** What a snapshot keeps of it. */
export interface HealthSnapshot {
  /** What the window held. */
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  readonly consecutiveFailures: number;
}

function windowOf({ window }: Settings): Window {
  return window.duration === undefined
    ? new CallWindow(window.calls)
    : new TimeWindow(window.duration);
}
