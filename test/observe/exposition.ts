/** A strict reader of Prometheus' text format: what it lets pass, `promtool check metrics` does too. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The families of a scrape, by name. Throws for whatever a server or a linter would find wrong. */
export function read(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  const series = new Set<string>();
  let family: Family | undefined;
  let help: string | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const about = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (about !== null) {
      const [, what, name, rest] = about as unknown as [string, string, string, string];
      if (families.has(name)) throw new Error(`${name} comes twice`);
      if (what === 'HELP') help = rest;
      else {
        if (help === undefined) throw new Error(`${name} has no help`);
        family = { name, help, type: rest, samples: [] };
        families.set(name, family);
        help = undefined;
      }
      continue;
    }
    if (line.startsWith('#')) throw new Error(`not understood: ${line}`);
    if (family === undefined) throw new Error(`a line before any family: ${line}`);
    const sample = readSample(line);
    const suffix = sample.name.slice(family.name.length);
    const suffixes = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    if (!sample.name.startsWith(family.name) || !suffixes.includes(suffix)) {
      throw new Error(`${sample.name} stands among ${family.name}`);
    }
    const labels = Object.entries(sample.labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const identity = JSON.stringify([sample.name, labels]);
    if (series.has(identity)) throw new Error(`twice: ${line}`);
    series.add(identity);
    family.samples.push(sample);
  }
  for (const each of families.values()) lint(each);
  return families;
}

function readSample(line: string): Sample {
  const parts = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (parts === null) throw new Error(`not understood: ${line}`);
  const [, name, inner = '', value] = parts as unknown as [string, string, string?, string?];
  if (!metricName.test(name)) throw new Error(`no name of a metric: ${name}`);
  const labels: Record<string, string> = {};
  let rest = inner;
  while (rest !== '') {
    const label = /^([^=]+)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/.exec(rest);
    if (label === null) throw new Error(`no labels: ${inner}`);
    const [all, key, escaped] = label as unknown as [string, string, string];
    if (!labelName.test(key)) throw new Error(`no name of a label: ${key}`);
    if (Object.hasOwn(labels, key)) throw new Error(`the label ${key} twice: ${line}`);
    labels[key] = escaped.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
    rest = rest.slice(all.length);
  }
  return { name, labels, value: readNumber(value as string) };
}

function readNumber(text: string): number {
  // Go reads NaN and infinities in any case; the clients write `Nan`.
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`no number: ${text}`);
  return value;
}

/** What promtool asks of names and values. */
function lint({ name, help, type, samples }: Family): void {
  const wrong = (what: string): never => {
    throw new Error(`${name}: ${what}`);
  };
  if (help.trim() === '') wrong('no help');
  if (!/^[a-z0-9_]+$/.test(name)) wrong('not in snake case');
  if ((type === 'counter') !== name.endsWith('_total')) wrong('`_total` is for counters alone');
  if (/(?:milliseconds|_ms|minutes|hours|percent)(?:_|$)/.test(name)) wrong('not in base units');
  if (/_(?:counter|gauge|histogram|sum|count|bucket)(?:_|$)/.test(name))
    wrong('has its type in its name');
  if (!['counter', 'gauge', 'histogram'].includes(type)) wrong(`type ${type}`);
  for (const { value, labels } of samples) {
    if (!Number.isFinite(value)) wrong(`shows ${value}`);
    if (type !== 'gauge' && !(value >= 0 && value < Infinity)) wrong(`counts ${value}`);
    if ('le' in labels && type !== 'histogram') wrong('le is for histograms alone');
  }
  if (type === 'histogram')
    for (const each of histograms(samples).values()) checkHistogram(each, wrong);
}

interface Histogram {
  readonly buckets: [le: number, count: number][];
  sum?: number;
  count?: number;
}

function histograms(samples: readonly Sample[]): Map<string, Histogram> {
  const found = new Map<string, Histogram>();
  for (const { name, labels, value } of samples) {
    const { le, ...others } = labels;
    const key = JSON.stringify(others);
    const one: Histogram = found.get(key) ?? { buckets: [] };
    found.set(key, one);
    if (name.endsWith('_bucket')) one.buckets.push([readNumber(le ?? ''), value]);
    else if (name.endsWith('_sum')) one.sum = value;
    else one.count = value;
  }
  return found;
}

function checkHistogram({ buckets, sum, count }: Histogram, wrong: (what: string) => never): void {
  if (sum === undefined || count === undefined) wrong('no sum or no count');
  let [below, before] = [-Infinity, 0];
  for (const [le, value] of buckets) {
    if (le <= below) wrong('bounds do not ascend');
    if (value < before) wrong('buckets do not add up');
    [below, before] = [le, value];
  }
  if (below !== Infinity) wrong('no bucket for +Inf');
  if (before !== count) wrong('the last bucket is not the count');
}
