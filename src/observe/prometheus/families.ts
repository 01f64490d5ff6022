/** What is shown of pipelines as a whole; `policies.ts` has what is shown of policies. */
import type { Histogram } from '../../core/durations.ts';
import type { Facts, PipelineFacts } from './facts.ts';
import { version } from '../version.ts';
import { type PolicyFamily, policyFamilies } from './policies.ts';
import type { Heading } from './registry.ts';

/** What the options say of what is shown. */
export interface Display {
  /** Upper bounds of the histograms, in seconds, and as texts. */
  readonly buckets: readonly number[];
  readonly bounds: readonly string[];
  readonly zeros: boolean;
}

/** Adds one line: the values of its labels in the order of the metric's own. */
export type Add = (value: number, ...values: LabelValues) => void;
export type LabelValues = [
  first: string,
  one?: string | undefined,
  two?: string | undefined,
  three?: string | undefined,
  four?: string | undefined,
];

/** What a family writes to. */
export interface Lines {
  add: Add;
  /** The same, of a policy in a keyed pipeline, where keys are shown. */
  addKeyed(value: number, key: string | undefined, ...values: LabelValues): void;
  /** The same, of a histogram: `end` ends the name of the line. */
  addEnding(end: '_bucket' | '_sum' | '_count', value: number, ...values: LabelValues): void;
}

/** One metric, and how it is read. */
export interface Family extends Heading {
  write(facts: Facts, lines: Lines, display: Display): void;
}

/** A counter whose lines are the members of a record of numbers. */
const record = (
  name: string,
  help: string,
  label: string,
  of: (facts: PipelineFacts) => Readonly<Record<string, number>>,
): Family => ({
  name,
  help,
  type: 'counter',
  labels: ['pipeline', label],
  write({ pipelines }, { add }) {
    for (const facts of pipelines) {
      const counts = of(facts);
      for (const member in counts) add(counts[member] as number, facts.pipeline, member);
    }
  },
});

/** One line a pipeline, where there is a value. */
const single = (
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  of: (facts: PipelineFacts) => number | undefined,
): Family => ({
  name,
  help,
  type,
  labels: ['pipeline'],
  write({ pipelines }, { add }) {
    for (const facts of pipelines) {
      const value = of(facts);
      if (value !== undefined) add(value, facts.pipeline);
    }
  },
});

const tally = (name: string, help: string, ...labels: readonly string[]): Family => ({
  name,
  help,
  type: 'counter',
  labels,
  write({ tallies }, { add }) {
    for (const [values, value] of tallies(name)) add(value, ...(values as LabelValues));
  },
});

const durations = (
  name: string,
  help: string,
  labels: readonly string[],
  of: (facts: PipelineFacts) => readonly (readonly [of: Histogram, value?: string])[],
): Family => ({
  name,
  help,
  type: 'histogram',
  labels: ['pipeline', ...labels],
  write({ pipelines }, lines, display) {
    for (const facts of pipelines) {
      for (const [histogram, value] of of(facts)) {
        writeHistogram(lines, display, histogram, facts.pipeline, value);
      }
    }
  },
});

/** Counted by more bounds than these, perhaps. The text format wants buckets that add up, and seconds. */
function writeHistogram(
  { addEnding }: Lines,
  { buckets, bounds: texts, zeros }: Display,
  { bounds, counts, sum }: Histogram,
  ...values: [pipeline: string, value?: string]
): void {
  const [first, second] = values;
  let total = 0;
  for (const each of counts) total += each;
  if (total === 0 && !zeros) return;
  let [count, at] = [0, 0];
  for (const [index, bucket] of buckets.entries()) {
    while (at < bounds.length && (bounds[at] as number) <= bucket) count += counts[at++] as number;
    const le = texts[index] as string;
    if (second === undefined) addEnding('_bucket', count, first, le);
    else addEnding('_bucket', count, first, second, le);
  }
  if (second === undefined) addEnding('_bucket', total, first, '+Inf');
  else addEnding('_bucket', total, first, second, '+Inf');
  addEnding('_sum', sum / 1_000, first, second);
  addEnding('_count', total, first, second);
}

const beforePolicies: readonly Family[] = [
  record(
    'executions_total',
    'Executions that ended, by how they ended for the caller.',
    'outcome',
    ({ counted }) => counted.executions,
  ),
  durations(
    'execution_duration_seconds',
    'How long executions took from the call to the answer, waits included; success is any value.',
    ['outcome'],
    ({ counted }) => [
      [counted.succeeded, 'success'],
      [counted.failed, 'failure'],
    ],
  ),
  record(
    'attempts_total',
    'Starts of an operation that ended, by how they ended.',
    'outcome',
    ({ counted }) => counted.attempts,
  ),
  durations('attempt_duration_seconds', 'How long attempts took.', [], ({ counted }) => [
    [counted.attempted],
  ]),
  record(
    'failures_total',
    'Failed attempts and rejected calls, by what sort of failure it was.',
    'kind',
    ({ counted }) => counted.failures,
  ),
  single(
    'in_flight',
    'gauge',
    'Executions that have not been answered yet.',
    ({ levels }) => levels?.inFlight,
  ),
  single(
    'abandoned',
    'gauge',
    'Operations that still run although their call was answered or went on without them.',
    ({ levels }) => levels?.abandoned,
  ),
];

const afterPolicies: readonly Family[] = [
  single('keyed_size', 'gauge', 'How many keys have a pipeline.', ({ levels }) => levels?.keys),
  single(
    'keyed_evictions_total',
    'counter',
    'Pipelines of keys that were dropped, for room or for having been idle.',
    ({ counted }) => counted.evictions,
  ),
  {
    name: 'custom_events_total',
    help: 'Events of policies of your own.',
    type: 'counter',
    labels: ['pipeline', 'type'],
    write({ customEvents }, { add }) {
      for (const [pipeline, counts] of customEvents) {
        for (const [type, value] of counts) add(value, pipeline, type);
      }
    },
  },
  tally(
    'request_failures_total',
    'Requests that were answered with an error of the server, or cut off.',
    'framework',
    'status',
    'kind',
  ),
  tally('process_failures_total', 'What went wrong with the process itself.', 'reason'),
  tally('jobs_parked_total', 'Jobs that are not tried again.', 'queue'),
  tally('security_events_total', 'Events of the security log.', 'event'),
  tally(
    'journal_dropped_total',
    'Failures that a journal did not get: no room to hold them, or it refused them.',
    'reason',
  ),
  single(
    'log_lines_suppressed_total',
    'counter',
    'Log lines that were held back because too many alike came.',
    ({ counted }) => counted.suppressed,
  ),
  {
    name: 'sink_errors_total',
    help: 'How often a sink threw on an event.',
    type: 'counter',
    labels: ['sink'],
    write({ sinkErrors }, { add }) {
      for (const [sink, value] of sinkErrors) add(value, sink);
    },
  },
  {
    name: 'pipelines',
    help: 'How many names of pipelines are shown, and how many as _other.',
    type: 'gauge',
    aggregator: 'max',
    labels: ['shown'],
    write({ names }, { add }) {
      add(names.shown, 'true');
      add(names.hidden, 'false');
    },
  },
  {
    name: 'info',
    help: 'The version of kedge.',
    type: 'gauge',
    aggregator: 'max',
    labels: ['version'],
    write(_, { add }) {
      add(1, version);
    },
  },
];

const ofPolicies = (family: PolicyFamily): Family => ({
  ...family,
  write: ({ pipelines }, { addKeyed }) => family.write(pipelines, addKeyed),
});

export const families: readonly Family[] = [
  ...beforePolicies,
  ...policyFamilies.map(ofPolicies),
  ...afterPolicies,
];
