/** All that listens: metrics, a log that nobody reads, one who counts, and some that are no help. */
import type { EventType, Kedge, KedgeEvent } from 'kedge';
import { logs } from 'kedge/pino';
import { prometheus } from 'kedge/prometheus';
import { Registry } from 'prom-client';

/** Every type of event; a soak in which one of them never came has not shown much. */
const types: Readonly<Record<EventType, true>> = {
  'execution.succeeded': true,
  'execution.failed': true,
  'execution.cancelled': true,
  'attempt.succeeded': true,
  'attempt.failed': true,
  'retry.scheduled': true,
  'retry.recovered': true,
  'retry.exhausted': true,
  'retry.refused': true,
  'circuit.opened': true,
  'circuit.half-opened': true,
  'circuit.closed': true,
  'circuit.isolated': true,
  'circuit.dropped': true,
  'call.rejected': true,
  'timeout.exceeded': true,
  'fallback.used': true,
  'fallback.failed': true,
  'stale.served': true,
  'hedge.launched': true,
  'hedge.won': true,
  'hedge.refused': true,
  'limit.changed': true,
  'sink.failed': true,
};

export class Sinks {
  readonly registry: Registry = new Registry();
  events = 0;
  /** Lines of the log, with those that it says it held back. */
  lines = 0;
  /** How often a sink has thrown. */
  thrown = 0;
  private readonly kedge: Kedge;
  private readonly counts: Map<string, number> = new Map();
  private visitor: Disposable | undefined;

  constructor(kedge: Kedge) {
    this.kedge = kedge;
    const write = (line: object): void => {
      this.lines += 1 + ((line as { suppressed?: number }).suppressed ?? 0);
    };
    const nowhere = { debug: write, info: write, warn: write, error: write };
    kedge.observe(
      prometheus(this.registry),
      logs(nowhere),
      (event) => this.count(event),
      { name: 'clumsy', wants: (type) => type === 'attempt.failed', handle: () => this.stumble() },
      async ({ type }) => {
        if (type === 'timeout.exceeded') this.stumble();
      },
    );
  }

  /** How many events of a type a pipeline has sent; of failures those with this outcome. */
  of(pipeline: string, type: EventType, outcome?: string): number {
    const key = `${pipeline} ${type}`;
    return this.counts.get(outcome === undefined ? key : `${key} ${outcome}`) ?? 0;
  }

  /** The types that never came. */
  get missing(): string[] {
    const seen = new Set([...this.counts.keys()].map((key) => key.split(' ')[1]));
    return Object.keys(types).filter((type) => !seen.has(type));
  }

  /** One comes, or the one that is there goes. */
  visit(): void {
    if (this.visitor === undefined) this.visitor = this.kedge.observe(() => {});
    else {
      this.visitor[Symbol.dispose]();
      this.visitor = undefined;
    }
  }

  private count(event: KedgeEvent): void {
    this.events++;
    const { pipeline, type } = event;
    this.add(`${pipeline} ${type}`);
    if (type === 'execution.failed') this.add(`${pipeline} ${type} ${event.outcome}`);
  }

  private add(key: string): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  private stumble(): void {
    if (this.events % 100 !== 0) return;
    this.thrown++;
    throw new Error('a sink has stumbled');
  }
}
