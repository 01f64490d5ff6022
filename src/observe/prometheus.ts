/** Shows the numbers of pipelines in a Prometheus registry. */
import type { SinkObject, Source } from '../core/event-bus.ts';
import { readOptions, type Rules } from '../core/options.ts';
import { families, type Family } from './prometheus/families.ts';
import { MetricsStore } from './prometheus/ledger.ts';
import { Metric, type MetricsRegistry, type Sample } from './prometheus/registry.ts';

export type { MetricsRegistry } from './prometheus/registry.ts';

/** Options of `prometheus`. */
export interface PrometheusOptions {
  /** What the names of all metrics begin with. @default 'kedge_' */
  prefix?: string;
  /**
   * The upper bounds of both histograms, in seconds, ascending.
   * @default [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
   */
  buckets?: readonly number[];
}

const defaults: Required<PrometheusOptions> = {
  prefix: 'kedge_',
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

const rules: Rules<PrometheusOptions> = {
  prefix: {
    expected: 'letters, digits, _ and :, a digit not first, at most 64',
    type: (value) => typeof value === 'string',
    range: (value: string) => value.length <= 64 && /^(?:[A-Za-z_:][\w:]*)?$/.test(value),
  },
  buckets: {
    expected: '1 to 100 ascending numbers of seconds above 0',
    type: (value) => Array.isArray(value) && value.every((bound) => typeof bound === 'number'),
    range: (value: readonly number[]) =>
      value.length >= 1 &&
      value.length <= 100 &&
      value.every((bound, index) => bound > (value[index - 1] ?? 0) && bound < Infinity),
  },
};

/**
 * A sink that shows counters, gauges and histograms of all pipelines in a registry of prom-client 15 or
 * `@prometheus-io/client`.
 *
 * Pipelines count in plain numbers; they are read when the registry is scraped, all metrics at one moment. Durations
 * are in seconds. Pipelines of one name are summed; names after the first 200 are shown as `_other`. Durations and
 * `failures_total` count from when the sink was attached, all else from when the pipeline was made. Disposing what
 * `observe` returned takes the metrics out of the registry.
 *
 * Throws a `TypeError` or a `RangeError` for options that cannot be; this or `observe` throws an `Error` when the
 * registry has metrics of these names already.
 *
 * @example
 * import { observe, pipeline, retry } from 'kedge';
 * import { prometheus } from 'kedge/prometheus';
 * import { Registry } from 'prom-client';
 *
 * const registry = new Registry();
 * observe(prometheus(registry));
 * await pipeline('quotes', retry()).execute(() => 1);
 * console.log(await registry.metrics()); // … kedge_executions_total{pipeline="quotes",outcome="success"} 1 …
 */
export function prometheus(registry: MetricsRegistry, options: PrometheusOptions = {}): SinkObject {
  const settings = readOptions<Required<PrometheusOptions>>('prometheus', options, defaults, rules);
  checkRegistry(registry);
  checkFree(registry, settings.prefix);
  return new PrometheusSink(registry, settings.prefix, [...settings.buckets]);
}

class PrometheusSink implements SinkObject {
  readonly name = 'prometheus';
  private readonly registry: MetricsRegistry;
  private readonly prefix: string;
  private readonly ledger: MetricsStore;
  private readonly sources: Set<Source> = new Set();
  private unregister: () => void = () => {};
  private scraped: ReadonlyMap<Family, readonly Sample[]> | undefined = undefined;

  constructor(registry: MetricsRegistry, prefix: string, buckets: readonly number[]) {
    this.registry = registry;
    this.prefix = prefix;
    this.ledger = new MetricsStore(buckets);
  }

  wants(type: string): boolean {
    return type === 'attempt.failed' || type === 'call.rejected';
  }

  handle(event: {
    readonly type: string;
    readonly pipeline: string;
    readonly error?: unknown;
  }): void {
    if (event.type === 'attempt.failed') this.ledger.attemptFailed(event.pipeline, event.error);
    else if (event.type === 'call.rejected') this.ledger.callRejected(event.pipeline);
  }

  attach(source: Source): () => void {
    if (this.sources.has(source)) throw new Error('prometheus: the sink is attached already.');
    if (this.sources.size === 0) this.unregister = this.register();
    this.sources.add(source);
    const stopRecording = source.recordDurations((pipeline) => this.ledger.recorderOf(pipeline));
    const stopInheriting = source.onLeave((last) => this.ledger.departed(last));
    return () => {
      stopRecording();
      stopInheriting();
      this.sources.delete(source);
      if (this.sources.size === 0) this.unregister();
    };
  }

  private register(): () => void {
    checkFree(this.registry, this.prefix);
    const registered: Metric[] = [];
    const { registry, prefix } = this;
    const unregister = (): void => {
      for (const [index, metric] of registered.entries()) {
        const name = prefix + (families[index] as Family).name;
        // The registry may have been cleared, and the name be somebody else's now.
        if (registry.getSingleMetric(name) === metric) registry.removeSingleMetric(name);
      }
    };
    try {
      for (const family of families) {
        const metric = new Metric(prefix, family, () => this.scrape().get(family) ?? []);
        registry.registerMetric(metric as never);
        registered.push(metric);
      }
    } catch (error) {
      unregister();
      throw error;
    }
    return unregister;
  }

  /**
   * Both clients ask all their metrics in one go before they wait for anything: what is read for the first of them
   * holds for the others, even if something is called in between, and not for the next scrape.
   */
  private scrape(): ReadonlyMap<Family, readonly Sample[]> {
    if (this.scraped !== undefined) return this.scraped;
    const facts = this.ledger.facts(this.sources);
    const scraped = new Map<Family, Sample[]>();
    for (const family of families) {
      const name = this.prefix + family.name;
      const samples: Sample[] = [];
      scraped.set(family, samples);
      family.samples(facts, (labels, value, suffix) => {
        samples.push(
          suffix === undefined ? { labels, value } : { labels, value, metricName: name + suffix },
        );
      });
    }
    this.scraped = scraped;
    queueMicrotask(() => (this.scraped = undefined));
    return scraped;
  }
}

function checkRegistry(registry: unknown): void {
  const given = registry as Partial<MetricsRegistry> | null | undefined;
  const fit =
    typeof given?.registerMetric === 'function' &&
    typeof given.getSingleMetric === 'function' &&
    typeof given.removeSingleMetric === 'function';
  if (!fit)
    throw new TypeError('prometheus: expected a registry of prom-client or @prometheus-io/client.');
}

function checkFree(registry: MetricsRegistry, prefix: string): void {
  for (const { name } of families) {
    if (registry.getSingleMetric(prefix + name) === undefined) continue;
    throw new Error(
      `prometheus: the registry has a metric ${prefix}${name} already; ` +
        'observe one prometheus() a registry, or give this one a `prefix` of its own.',
    );
  }
}
