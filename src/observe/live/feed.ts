/** What watchers are sent: one message for all of them, with what has changed since the last one. */
import type { CircuitView } from '../../core/circuit-view.ts';
import { sharedBus } from '../../core/event-bus.ts';
import type { PipelineMetrics } from '../../core/pipeline-metrics.ts';
import type { PolicyStats } from '../../core/policy.ts';
import { now, Timer, wall } from '../../core/time.ts';
import type { ErrorTexts } from '../state/errors.ts';
import { keyNames, readPipeline, type Standing } from '../state/read.ts';
import type { Push } from '../web.ts';
import type { Failures } from './failures.ts';
import { Rates } from './rates.ts';

/** A message a second, and fewer where making and sending one takes long: a hundredth of the time at most. */
const pause = 1_000;
const share = 100;
export const mostWatchers = 200;
const mostPipelines = 2_000;
const mostCircuits = 100;
const encoder = new TextEncoder();

interface Watcher {
  readonly push: Push;
  readonly end: () => void;
}

/** Where a circuit stands, in words that may be shown. */
export interface Where {
  readonly pipeline: string;
  readonly policy: string;
  readonly key?: string;
  readonly keyHash?: string;
}

interface Known {
  readonly reference: WeakRef<CircuitView>;
  readonly where: Where;
}

/** A circuit, and what it is called. */
export interface Named {
  readonly circuit: CircuitView;
  readonly where: Where;
}

export class Feed {
  private readonly errors: ErrorTexts;
  private readonly failures: Failures;
  private readonly keys: boolean;
  private readonly watchers: Set<Watcher> = new Set();
  private readonly rates: Map<string, Rates> = new Map();
  /** The rows as they were sent last. */
  private rows: Map<string, string> = new Map();
  private readonly sent: Record<string, string> = {};
  private readonly ids: WeakMap<CircuitView, number> = new WeakMap();
  private readonly circuits: Map<number, Known> = new Map();
  private next = 1;
  private timer: Timer | undefined;
  private readAt = 0;

  constructor(errors: ErrorTexts, failures: Failures, keys: boolean) {
    this.errors = errors;
    this.failures = failures;
    this.keys = keys;
  }

  get isFull(): boolean {
    return this.watchers.size >= mostWatchers;
  }

  /** The circuit that watchers know by this number, as long as it is there. */
  circuit(id: number): Named | undefined {
    const known = this.circuits.get(id);
    const circuit = known?.reference.deref();
    return known && circuit && { circuit, where: known.where };
  }

  watch(push: Push, end: () => void): () => void {
    const watcher = { push, end };
    if (this.timer === undefined) this.read();
    push(encoder.encode(this.everything()));
    this.watchers.add(watcher);
    this.timer ??= this.start(pause);
    return () => this.leave(watcher);
  }

  /** Sends a message now: somebody has changed something. */
  refresh(): void {
    if (this.watchers.size > 0) this.send();
  }

  close(): void {
    for (const watcher of this.watchers) {
      this.leave(watcher);
      watcher.end();
    }
  }

  private leave(watcher: Watcher): void {
    this.watchers.delete(watcher);
    if (this.watchers.size > 0) return;
    this.timer?.stop();
    this.timer = undefined;
  }

  private start(ms: number): Timer {
    return new Timer(
      () => {
        const begin = now();
        this.send();
        if (this.watchers.size > 0)
          this.timer = this.start(Math.max(pause, (now() - begin) * share));
      },
      ms,
      false,
    );
  }

  private send(): void {
    const chunk = encoder.encode(this.changes());
    for (const watcher of this.watchers) if (!watcher.push(chunk)) this.leave(watcher);
  }

  private everything(): string {
    const { circuits = '[]', failures = '[]' } = this.sent;
    return `retry: 2000\ndata: {"all":true,"at":${wall()},"rows":[${[...this.rows.values()].join(',')}],"circuits":${circuits},"failures":${failures}}\n\n`;
  }

  private changes(): string {
    const before = { rows: this.rows, ...this.sent } as Record<string, unknown>;
    const names = this.rows;
    this.read();
    const rows = [...this.rows].flatMap(([name, row]) => (names.get(name) === row ? [] : [row]));
    const gone = [...names.keys()].filter((name) => !this.rows.has(name));
    const parts = [`"at":${wall()}`, `"rows":[${rows.join(',')}]`];
    if (gone.length > 0) parts.push(`"gone":${JSON.stringify(gone)}`);
    for (const part of ['circuits', 'failures']) {
      if (before[part] !== this.sent[part]) parts.push(`"${part}":${this.sent[part]}`);
    }
    return `data: {${parts.join(',')}}\n\n`;
  }

  private read(): void {
    const time = now();
    const elapsed = Math.max(1, time - this.readAt);
    this.readAt = time;
    const seen = new Set<object>();
    const rows = new Map<string, string>();
    const open: (Standing & { readonly metrics: PipelineMetrics })[] = [];
    for (const metrics of sharedBus.names) {
      if (metrics.pipelines === 0 || rows.size >= mostPipelines) continue;
      const { policies, circuits, notClosed } = readPipeline(metrics, seen);
      let rates = this.rates.get(metrics.name);
      if (rates === undefined) this.rates.set(metrics.name, (rates = new Rates(metrics)));
      const row = [
        metrics.name,
        worstOf(policies),
        notClosed,
        ...rates.since(metrics, elapsed),
        metrics.inFlight,
        metrics.abandoned,
        round(gauge(policies, 'budget_available_ratio', Math.min)),
        ...fullest(policies),
        metrics.keys ?? null,
        circuits
          .filter(({ key }) => key === undefined)
          .slice(0, 4)
          .map((each) => [this.idOf(metrics, each), each.policy]),
      ];
      rows.set(metrics.name, JSON.stringify(row));
      for (const each of circuits) {
        if (open.length < mostCircuits && each.circuit.state !== 'closed')
          open.push({ ...each, metrics });
      }
    }
    for (const name of this.rates.keys()) if (!rows.has(name)) this.rates.delete(name);
    this.rows = rows;
    this.errors.begin();
    this.sent['circuits'] = JSON.stringify(open.map((each) => this.circuitText(each)));
    this.sent['failures'] = JSON.stringify(this.failures.latest().slice(0, 20));
    this.forget();
  }

  private circuitText(standing: Standing & { readonly metrics: PipelineMetrics }): object {
    const { metrics, circuit } = standing;
    const { error, reason, notClosedFor, nextProbeIn } = circuit;
    const said = error === undefined ? undefined : this.errors.of(error);
    const { code, type, message } = (said ?? {}) as {
      code?: string;
      type?: string;
      message?: string;
    };
    return {
      id: this.idOf(metrics, standing),
      ...this.where(metrics, standing),
      state: circuit.state,
      since: notClosedFor === undefined ? circuit.since : instant(-notClosedFor),
      ...(reason !== undefined && { reason: this.errors.text(reason) }),
      ...(said !== undefined && {
        error: [code ?? type ?? said.kind, message].filter((text) => text !== undefined).join(': '),
      }),
      openings: circuit.openings,
      turnedAway: circuit.turnedAway,
      probe: nextProbeIn === Infinity ? null : nextProbeIn <= 0 ? 0 : instant(nextProbeIn),
    };
  }

  private where(metrics: PipelineMetrics, { policy, key }: Standing): Where {
    return { pipeline: metrics.name, policy, ...keyNames(metrics, key, this.keys) };
  }

  private idOf(metrics: PipelineMetrics, standing: Standing): number {
    const { circuit } = standing;
    let id = this.ids.get(circuit);
    if (id === undefined) {
      id = this.next++;
      this.ids.set(circuit, id);
      const reference = new WeakRef(circuit);
      this.circuits.set(id, { reference, where: this.where(metrics, standing) });
    }
    return id;
  }

  /** Circuits come and go with their keys; a few that are gone are looked for each time. */
  private forget(): void {
    let left = 50;
    for (const [id, known] of this.circuits) {
      if (left-- === 0) return;
      this.circuits.delete(id);
      // To the end, so that the next ones have their turn.
      if (known.reference.deref() !== undefined) this.circuits.set(id, known);
    }
  }
}

const states = ['closed', 'half_open', 'open', 'isolated'];

/** The worst state of all circuits: its place in `states`, or -1 where there is no circuit. */
function worstOf(policies: readonly PolicyStats[]): number {
  let worst = -1;
  for (const { gauges } of policies)
    for (const [rank, state] of states.entries())
      if ((gauges[state] ?? 0) > 0) worst = Math.max(worst, rank);
  return worst;
}

/** Of the limit that is the fullest: permits in use, all permits, and calls that wait for one. */
function fullest(policies: readonly PolicyStats[]): readonly (number | null)[] {
  let found: readonly (number | null)[] = [null, null, null];
  let most = -1;
  for (const { gauges } of policies) {
    const { in_use: used, limit, queued = 0 } = gauges;
    if (used === undefined || limit === undefined || used / limit <= most) continue;
    most = used / limit;
    found = [used, limit, queued];
  }
  return found;
}

function gauge(
  policies: readonly PolicyStats[],
  name: string,
  merge: (one: number, other: number) => number,
): number | null {
  let found: number | null = null;
  for (const { gauges } of policies) {
    const value = gauges[name];
    if (value !== undefined) found = found === null ? value : merge(found, value);
  }
  return found;
}

function round(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}

/** So many milliseconds from now, to a tenth of a second: what has not changed is not sent again. */
const instant = (ms: number): number => Math.round((wall() + ms) / 100) * 100;
