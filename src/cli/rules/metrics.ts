/** Names of metrics and labels in expressions. */

/** What aggregations keep. `key` is there where metrics are shown key by key. */
export const pipelines = 'job, pipeline';
export const policies = 'job, pipeline, policy, key';

/** How the metrics of a fleet are called and told apart. */
export interface Naming {
  readonly prefix: string;
  /** Matchers that every selector gets, such as `env="production"`. */
  readonly selector: string;
}

/** Writes expressions on the metrics of one fleet. */
export class Metrics {
  /** What recorded series are called before their colon. */
  readonly recorded: string;
  private readonly naming: Naming;

  constructor(naming: Naming) {
    this.naming = naming;
    this.recorded = naming.prefix.replace(/_+$/, '') || 'kedge';
  }

  withoutSelector(): Metrics {
    return new Metrics({ ...this.naming, selector: '' });
  }

  /** A selector of one metric. */
  of(name: string, ...matchers: readonly string[]): string {
    const all = [...matchers, this.naming.selector].filter((matcher) => matcher !== '');
    const metric = this.naming.prefix + name;
    return all.length === 0 ? metric : `${metric}{${all.join(',')}}`;
  }

  /** How much a counter grows in a second, by pipeline, or by what else is given. */
  rate(
    name: string,
    window: string,
    matchers: readonly string[] = [],
    by: string = pipelines,
  ): string {
    return `sum by (${by}) (rate(${this.of(name, ...matchers)}[${window}]))`;
  }

  /** How much a counter has grown in a window. */
  increase(
    name: string,
    window: string,
    matchers: readonly string[] = [],
    by: string = pipelines,
  ): string {
    return `sum by (${by}) (increase(${this.of(name, ...matchers)}[${window}]))`;
  }
}

/** The calls that a caller got no value for; one that he gave up himself says nothing. */
export const bad = 'outcome=~"failure|rejected|timeout"';
export const asked = 'outcome!="cancelled"';
