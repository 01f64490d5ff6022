/** Shows the numbers of pipelines in a Prometheus registry. */
import type { SinkObject } from '../core/event-bus.ts';
import { defaultBounds } from '../core/durations.ts';
import { boolean, readOptions, type Rules } from '../core/options.ts';
import { checkFree, collectorFor, type Settings } from './prometheus/collector.ts';
import type { MetricsRegistry } from './prometheus/registry.ts';

export type { MetricsRegistry } from './prometheus/registry.ts';

/** Options of `prometheus`. */
export interface PrometheusOptions {
  /** What the names of all metrics begin with. @default 'kedge_' */
  prefix?: string;
  /**
   * The upper bounds of both histograms, in seconds, ascending.
   * @default [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
   */
  buckets?: readonly number[];
  /** Whether durations are shown; they are most of the lines. @default true */
  histograms?: boolean;
  /**
   * Whether gauges of a keyed pipeline are shown key by key, with a label `key`: what its `label` calls the key, or
   * the key itself. At most 1,000 keys are shown; the rest is `_other`.
   * @default false
   */
  keys?: boolean;
  /** Whether counters and histograms are shown that have counted nothing yet. @default true */
  zeros?: boolean;
}

const defaults: Settings = {
  prefix: 'kedge_',
  buckets: defaultBounds,
  histograms: true,
  keys: false,
  zeros: true,
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
  histograms: boolean,
  keys: boolean,
  zeros: boolean,
};

/**
 * A sink that shows counters, gauges and histograms of all pipelines in a registry of prom-client or
 * `@prometheus-io/client`.
 *
 * Pipelines count in plain numbers; they are read when the registry is scraped, all metrics at one moment. Durations
 * are in seconds. Pipelines of one name are summed, and their numbers stay when they go; at most 200 names are shown,
 * the rest as `_other`. Of buckets that are not the default ones, durations count from when the sink was attached.
 * Disposing what `observe` returned takes the metrics out of the registry. Several sinks may show their pipelines in
 * one registry, those of other copies of the package too, if they have the same options.
 *
 * Throws a `TypeError` or a `RangeError` for options that cannot be; this or `observe` throws an `Error` when the
 * registry has metrics of these names already that are not kedge's.
 *
 * @example
 * import { observe, pipeline, retry } from 'kedge';
 * import { prometheus } from 'kedge/prometheus';
 * import { Registry } from 'prom-client';
 *
 * const registry = new Registry();
 * observe(prometheus(registry));
 * await pipeline('maps', retry()).execute(() => 1);
 * console.log(await registry.metrics()); // … kedge_executions_total{pipeline="maps",outcome="success"} 1 …
 */
export function prometheus(registry: MetricsRegistry, options: PrometheusOptions = {}): SinkObject {
  const { buckets, ...others } = readOptions<Settings>('prometheus', options, defaults, rules);
  const settings = { ...others, buckets: [...buckets] };
  checkRegistry(registry);
  checkFree(registry, settings);
  return {
    name: 'prometheus',
    // It reads, and hears of nothing.
    wants: () => false,
    attach: (source) => collectorFor(registry, settings).attach(source),
  };
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
