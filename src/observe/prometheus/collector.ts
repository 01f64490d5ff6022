/** The metrics of one registry, and the sets of pipelines that they are read from. */
import type { Source } from '../../core/event-bus.ts';
import { type Memory, readFacts } from './facts.ts';
import { families, type Family } from './families.ts';
import { KeyLabels } from './keys.ts';
import { Places } from './places.ts';
import { Metric, type MetricsRegistry, type Sample } from './registry.ts';
import { Labelling } from './series.ts';

export interface Settings {
  readonly prefix: string;
  readonly buckets: readonly number[];
  readonly histograms: boolean;
  readonly keys: boolean;
  readonly zeros: boolean;
}

/** Where a registry's metrics keep what they belong to; other copies of the package look there, too. */
const collector: unique symbol = Symbol.for('kedge.prometheus.v1') as never;

/** What one copy of the package uses of another's collector. */
interface Joinable {
  readonly settings: Settings;
  attach(source: Source): () => void;
}

class Collector implements Joinable {
  readonly settings: Settings;
  private readonly registry: MetricsRegistry;
  private readonly shown: readonly Family[];
  private readonly memory: Memory;
  private readonly labellings: Map<Family, Labelling> = new Map();
  /** How often each set of pipelines was attached: it is read once. */
  private readonly sources: Map<Source, number> = new Map();
  private unregister: () => void = () => {};
  private scraped: ReadonlyMap<Family, readonly Sample[]> | undefined = undefined;

  constructor(registry: MetricsRegistry, settings: Settings) {
    this.registry = registry;
    this.settings = settings;
    this.shown = familiesOf(settings);
    this.memory = {
      places: new Places(settings.buckets),
      keys: settings.keys ? new KeyLabels() : undefined,
      types: new Set(),
    };
  }

  attach(source: Source): () => void {
    source.refine(this.settings.buckets);
    if (this.sources.size === 0) this.unregister = this.register();
    this.sources.set(source, (this.sources.get(source) ?? 0) + 1);
    return () => {
      const others = (this.sources.get(source) ?? 1) - 1;
      if (others > 0) this.sources.set(source, others);
      else this.sources.delete(source);
      if (this.sources.size === 0) this.unregister();
    };
  }

  private register(): () => void {
    checkFree(this.registry, this.settings);
    const registered: Metric[] = [];
    const { registry, shown } = this;
    const { prefix } = this.settings;
    const unregister = (): void => {
      for (const [index, metric] of registered.entries()) {
        const name = prefix + (shown[index] as Family).name;
        // The registry may have been cleared, and the name be somebody else's now.
        if (registry.getSingleMetric(name) === metric) registry.removeSingleMetric(name);
      }
    };
    try {
      for (const family of shown) {
        const metric = new Metric(prefix, family, () => this.scrape().get(family) ?? []);
        Object.defineProperty(metric, collector, { value: this });
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
   * The clients ask all their metrics in one go before they wait for anything: what is read for the first of them
   * holds for the others, even if something is called in between, and not for the next scrape.
   */
  private scrape(): ReadonlyMap<Family, readonly Sample[]> {
    if (this.scraped !== undefined) return this.scraped;
    const facts = readFacts([...this.sources.keys()], this.memory);
    const pipelines = new Set(facts.pipelines.map(({ pipeline }) => pipeline));
    const scraped = new Map<Family, Sample[]>();
    for (const family of this.shown) {
      const samples: Sample[] = [];
      const write = this.writerOf(family, pipelines, samples);
      family.write(facts, write, this.settings);
      scraped.set(family, samples);
    }
    this.scraped = scraped;
    queueMicrotask(() => (this.scraped = undefined));
    return scraped;
  }

  private writerOf(
    family: Family,
    pipelines: ReadonlySet<string>,
    samples: Sample[],
  ): Parameters<Family['write']>[1] {
    let labelling = this.labellings.get(family);
    if (labelling === undefined) {
      labelling = new Labelling(family.labels);
      this.labellings.set(family, labelling);
    } else if (family.labels[0] === 'pipeline') labelling.keep(pipelines);
    const name = this.settings.prefix + family.name;
    const skipsZeros = !this.settings.zeros && family.type === 'counter';
    return ({ values, value, key, suffix }) => {
      // Neither NaN nor infinities get through the JSON in which the processes of a cluster tell their numbers.
      if (!Number.isFinite(value) || (skipsZeros && value === 0)) return;
      const labels = labelling.of(values, key, suffix);
      samples.push(
        suffix === undefined ? { labels, value } : { labels, value, metricName: name + suffix },
      );
    };
  }
}

function familiesOf({ histograms }: Settings): readonly Family[] {
  return histograms ? families : families.filter(({ type }) => type !== 'histogram');
}

/** The one that the registry has already, or a new one. */
export function collectorFor(registry: MetricsRegistry, settings: Settings): Joinable {
  return joined(registry, settings) ?? new Collector(registry, settings);
}

function joined(registry: MetricsRegistry, settings: Settings): Joinable | undefined {
  const metric = registry.getSingleMetric(`${settings.prefix}info`);
  const known = (metric as { readonly [collector]?: Joinable } | undefined)?.[collector];
  if (known === undefined) return undefined;
  if (JSON.stringify(known.settings) === JSON.stringify(settings)) return known;
  throw new Error(
    `prometheus: the registry shows metrics of kedge already, with other options; give these a \`prefix\` of their own.`,
  );
}

/** Throws when the registry has metrics of these names that belong to somebody else. */
export function checkFree(registry: MetricsRegistry, settings: Settings): void {
  if (joined(registry, settings) !== undefined) return;
  for (const { name } of familiesOf(settings)) {
    if (registry.getSingleMetric(settings.prefix + name) === undefined) continue;
    throw new Error(
      `prometheus: the registry has a metric ${settings.prefix}${name} already; ` +
        'give these a `prefix` of their own.',
    );
  }
}
