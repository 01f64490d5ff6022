/** The metrics of one registry, and the sets of pipelines that they are read from. */
import type { Source } from '../../core/event-bus.ts';
import { type Facts, type Memory, readFacts } from './facts.ts';
import { inNextJob, settled } from '../../core/time.ts';
import { type Display, families, type Family, type Lines } from './families.ts';
import { KeyLabels } from './keys.ts';
import { Places } from './places.ts';
import { Metric, type MetricsRegistry } from './registry.ts';
import { Series } from './series.ts';

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
  private readonly display: Display;
  private readonly series: Map<Family, Series> = new Map();
  /** How often each set of pipelines was attached: it is read once. */
  private readonly sources: Map<Source, number> = new Map();
  private unregister: () => void = () => {};
  private scraped: Facts | undefined = undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(registry: MetricsRegistry, settings: Settings) {
    this.registry = registry;
    this.settings = settings;
    this.shown = familiesOf(settings);
    this.display = { ...settings, bounds: settings.buckets.map(String) };
    for (const family of this.shown)
      this.series.set(family, new Series(settings.prefix + family.name, family.labels));
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
        const metric = new Metric(prefix, family, () => {
          const facts = this.scrape();
          return {
            turn: () => this.turnOf(facts),
            samples: () => this.seriesOf(family, facts).samples(),
            shared: () => this.seriesOf(family, facts).shared(),
          };
        });
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
  private scrape(): Facts {
    if (this.scraped === undefined) {
      this.scraped = readFacts(this.sources.keys(), this.memory);
      inNextJob(() => (this.scraped = undefined));
    }
    return this.scraped;
  }

  private seriesOf(family: Family, facts: Facts): Series {
    const series = this.series.get(family) as Series;
    series.begin(family.labels[0] === 'pipeline' ? facts.labels : undefined);
    const skipsZeros = !this.settings.zeros && family.type === 'counter';
    // Without rest parameters, of which there would be one array a line.
    const lines: Lines = {
      add(value, first, one, two, three, four) {
        if (value !== 0 || !skipsZeros)
          series.add(value, undefined, undefined, first, one, two, three, four);
      },
      addKeyed(value, key, first, one, two, three, four) {
        if (value !== 0 || !skipsZeros)
          series.add(value, undefined, key, first, one, two, three, four);
      },
      addEnding(ending, value, first, one, two) {
        series.add(value, ending, undefined, first, one, two);
      },
    };
    family.write(facts, lines, this.display);
    return series;
  }

  /** Lets the event loop go on between the metrics of a long scrape: putting them into words takes the longest. */
  private turnOf({ pipelines }: Facts): Promise<void> | undefined {
    if (pipelines.length < manyPipelines) return undefined;
    this.turn = this.turn.then(settled);
    return this.turn;
  }
}

/** The lines of so many pipelines are put into words in about two milliseconds. */
const manyPipelines = 20;

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
