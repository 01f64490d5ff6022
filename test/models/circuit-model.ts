/**
 * A circuit breaker in plain lists: what the real one does with permits, generations, buckets and running totals,
 * told again as slowly and as simply as it can be told.
 */
import type { CircuitSnapshot, CircuitState, OpenReason } from 'kedge';

export interface Rules {
  readonly failureRate: number;
  readonly minimumCalls: number;
  readonly window: { readonly duration: number } | { readonly calls: number };
  readonly consecutiveFailures: number;
  readonly slowCall: { readonly after: number; readonly rate: number } | undefined;
  /** For the so many-th opening in a row. */
  readonly openFor: (opening: number) => number;
  readonly probes: number;
  readonly leaseFor: number;
}

/** A call as the model sees it. */
export interface ModelCall {
  readonly since: number;
  readonly generation: number;
  readonly probe: boolean;
  slow: boolean;
}

export type Verdict = 'failure' | 'success' | 'nothing';

interface Seen {
  readonly at: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

export class CircuitModel {
  state: CircuitState = 'closed';
  readonly transitions: string[] = [];
  rules: Rules;
  private generation = 0;
  private seen: Seen[] = [];
  private running: ModelCall[] = [];
  /** When the failures in a row were sent. */
  private streak: number[] = [];
  private succeededSince = -Infinity;
  private failedAt = -Infinity;
  private openings = 0;
  private openFor = 0;
  private opensUntil = 0;
  private ranBefore = 1;
  private probesOut: ModelCall[] = [];
  /** Whether each probe of this half-open time that has ended failed. */
  private probed: boolean[] = [];
  private trialRules: Rules;
  private holders = new Set<object>();
  private untold: string[] = [];

  constructor(rules: Rules) {
    this.rules = this.trialRules = rules;
  }

  /** What is in the window, by counting it. */
  private inWindow(now: number): Seen[] {
    const { window } = this.rules;
    if ('calls' in window) return this.seen.slice(-window.calls);
    const bucket = (at: number): number => Math.floor(at / (window.duration / 10));
    return this.seen.filter(({ at }) => bucket(now) - bucket(at) < 10);
  }

  tell(): void {
    this.transitions.unshift(...this.untold.splice(0));
  }

  begin(now: number): ModelCall | { readonly retryAfter: number } {
    this.tell();
    if (this.state === 'open' && now >= this.opensUntil) {
      this.enter('half-open');
      this.probesOut = [];
      this.probed = [];
      this.trialRules = this.rules;
    }
    if (this.state === 'half-open') {
      this.endLeases(now);
      this.judgeProbes(now);
    }
    const place = this.probesOut.length < this.places();
    if (this.state !== 'closed' && !(this.state === 'half-open' && place)) {
      return { retryAfter: this.retryAfter(now) };
    }
    const probe = this.state === 'half-open';
    const call = { since: now, generation: this.generation, probe, slow: false };
    (probe ? this.probesOut : this.running).push(call);
    return call;
  }

  private retryAfter(now: number): number {
    if (this.state === 'isolated') return Infinity;
    if (this.state === 'half-open') return Math.min(500, this.openFor || 500);
    return this.opensUntil - now;
  }

  /** Calls that have become slow at this very instant; time passes millisecond by millisecond. */
  tick(now: number): void {
    const { slowCall } = this.rules;
    if (slowCall === undefined) return;
    for (const call of [...this.running]) {
      if (call.slow || now - call.since !== Math.ceil(slowCall.after)) continue;
      call.slow = true;
      if (call.generation === this.generation) this.judge(now);
    }
  }

  end(call: ModelCall, now: number, verdict: Verdict): void {
    const { slowCall } = this.rules;
    const slow = slowCall !== undefined && now - call.since > slowCall.after;
    this.running = this.running.filter((other) => other !== call);
    if (call.generation !== this.generation) return;
    if (call.probe) {
      this.endLeases(now);
      if (this.probesOut.includes(call)) {
        this.probesOut = this.probesOut.filter((other) => other !== call);
        if (verdict !== 'nothing') this.seeProbe(now, call.since, verdict === 'failure' || slow);
      }
      this.judgeProbes(now);
      const enough = this.probed.length >= this.trialRules.probes;
      if (this.state === 'half-open' && enough && this.places() >= Math.min(64, this.ranBefore))
        this.close();
      return;
    }
    if (verdict === 'nothing') return;
    const failed = verdict === 'failure';
    this.seen.push({ at: now, failed, slow });
    this.seeStreak(now, call.since, failed);
    this.judge(now);
  }

  open(now: number, reason: OpenReason): void {
    this.tell();
    if (this.state === 'isolated') return;
    if (this.state === 'closed') {
      const before = this.running.filter((call) => call.generation === this.generation).length;
      this.ranBefore = Math.max(1, before);
    }
    this.openings++;
    this.openFor = this.rules.openFor(this.openings);
    this.opensUntil = now + this.openFor;
    this.enter('open', reason);
  }

  close(): void {
    this.tell();
    this.holders.clear();
    if (this.state === 'closed') return;
    this.openings = this.openFor = 0;
    this.enter('closed');
  }

  isolate(): () => void {
    this.tell();
    const holder = {};
    this.holders.add(holder);
    if (this.state !== 'isolated') this.enter('isolated');
    return () => {
      if (this.holders.delete(holder) && this.holders.size === 0) this.close();
    };
  }

  expected(now: number): Omit<CircuitSnapshot, 'version' | 'at'> {
    const seen = this.inWindow(now);
    return {
      state: this.state,
      calls: seen.length,
      failures: seen.filter(({ failed }) => failed).length,
      slow: seen.filter(({ slow }) => slow).length,
      consecutiveFailures: this.state === 'half-open' ? 0 : this.streak.length,
      openings: this.openings,
      openFor: this.openFor,
      remaining: this.state === 'open' ? Math.max(0, this.opensUntil - now) : 0,
    };
  }

  /** Another process goes on where this one stood. */
  restarted(now: number): CircuitModel {
    const next = new CircuitModel(this.rules);
    const { calls, failures, slow, consecutiveFailures } = this.expected(now);
    if (this.state !== 'closed') {
      next.openings = Math.max(1, this.openings);
      next.openFor = this.openFor;
      next.opensUntil = this.state === 'open' ? Math.max(now, this.opensUntil) : now;
      next.enter('open', 'restored');
      // Told to the pipeline of the first who has to do with it.
      next.untold = next.transitions.splice(0);
      return next;
    }
    for (let call = 0; call < calls; call++) {
      next.seen.push({ at: now, failed: call < failures, slow: call < slow });
    }
    next.streak = new Array<number>(consecutiveFailures).fill(-Infinity);
    next.failedAt = now;
    return next;
  }

  private endLeases(now: number): void {
    const over = this.probesOut.filter(({ since }) => now - since >= this.trialRules.leaseFor);
    this.probesOut = this.probesOut.filter((call) => !over.includes(call));
    for (const { since } of over) this.seeProbe(now, since, true);
  }

  private seeProbe(now: number, since: number, failed: boolean): void {
    this.probed.push(failed);
    this.seeStreak(now, since, failed);
  }

  private seeStreak(now: number, since: number, failed: boolean): void {
    const { window } = this.rules;
    if (!failed) {
      this.succeededSince = Math.max(this.succeededSince, since);
      // A late success is from before the row.
      if (since >= (this.streak[0] ?? -Infinity)) this.streak = [];
      return;
    }
    if ('duration' in window && now - this.failedAt > window.duration) this.streak = [];
    // One that was sent before the latest success was is not in a row with those after it.
    if (since >= this.succeededSince) this.streak.push(since);
    this.failedAt = now;
  }

  /** How many probes may be out. */
  private places(): number {
    return this.trialRules.probes + this.probed.filter((failed) => !failed).length;
  }

  /** The latest `minimumCalls` probes; while they are fewer, those that are out and still to come count as good. */
  private judgeProbes(now: number): void {
    const { probes, minimumCalls } = this.trialRules;
    const seen = Math.max(probes, this.probed.length + this.probesOut.length);
    const failures = this.probed.slice(-minimumCalls).filter(Boolean).length;
    if (failures / Math.min(minimumCalls, seen) >= this.rules.failureRate)
      this.open(now, 'probe-failed');
    else if (this.streak.length >= this.rules.consecutiveFailures) this.open(now, 'consecutive');
  }

  private judge(now: number): void {
    const { minimumCalls, failureRate, consecutiveFailures, slowCall } = this.rules;
    const seen = this.inWindow(now);
    const failures = seen.filter(({ failed }) => failed).length;
    const slowRunning = this.running.filter(
      (call) => call.slow && call.generation === this.generation,
    ).length;
    const slow = seen.filter((call) => call.slow).length + slowRunning;
    const all = seen.length + slowRunning;
    if (this.streak.length >= consecutiveFailures) this.open(now, 'consecutive');
    else if (seen.length >= minimumCalls && failures / seen.length >= failureRate) {
      this.open(now, 'failure-rate');
    } else if (slowCall !== undefined && all >= minimumCalls && slow / all >= slowCall.rate) {
      this.open(now, 'slow-rate');
    }
  }

  private enter(state: CircuitState, reason = ''): void {
    this.transitions.push(`${this.state} → ${state} ${reason}`.trim());
    this.state = state;
    this.generation++;
    this.seen = [];
    this.probesOut = [];
    this.streak = [];
  }
}
