/**
 * The shop's metrics as Prometheus sees them: all that the live table knows of the inside of the shop.
 */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class Scrape {
  readonly samples: readonly Sample[];

  constructor(text: string) {
    this.samples = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(readSample);
  }

  /** The sum over all samples of that name with those labels. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.find(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  /** The state of the circuit breaker of a pipeline: the one whose gauge is 1. */
  breaker(pipeline: string): string {
    const states = this.find('kedge_circuit_breaker_state', { pipeline });
    return states.find(({ value }) => value === 1)?.labels['state'] ?? '?';
  }

  private find(name: string, labels: Readonly<Record<string, string>>): Sample[] {
    return this.samples.filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  }
}

/** Long: a shop that other work on the machine keeps waiting is no reason to end the example. */
const patience = 30_000;

export async function scrape(origin: string): Promise<Scrape> {
  const response = await fetch(`${origin}/metrics`, { signal: AbortSignal.timeout(patience) });
  return new Scrape(await response.text());
}

/** One line of the text format: `name{label="value",…} number`. */
function readSample(line: string): Sample {
  const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
  return {
    name,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label, text]),
    ) as Record<string, string>,
    value: value === '+Inf' ? Infinity : Number(value),
  };
}
