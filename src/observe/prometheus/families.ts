/** What is shown of pipelines as a whole; `policies.ts` has what is shown of policies. */
import type { Histogram } from '../../core/durations.ts';
import type { Facts, PipelineFacts } from './facts.ts';
import { version } from '../version.ts';
import { type PolicyFamily, policyFamilies } from './policies.ts';
import type { Heading } from './registry.ts';

/** What the options say of what is shown. */
export interface Display {
  /** Upper bounds of the histograms, in seconds. */
  readonly buckets: readonly number[];
  readonly histograms: boolean;
  readonly zeros: boolean;
}

/** One line, by the values of its labels in the order of the metric's own. */
export interface Line {
  readonly values: readonly string[];
  readonly value: number;
  /** Of a policy in a keyed pipeline, where keys are shown. */
  readonly key?: string | undefined;
  /** The end of the name, of a histogram's lines. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

/** One metric, and how it is read. */
export interface Family extends Heading {
  write(facts: Facts, add: (line: Line) => void, display: Display): void;
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
  write({ pipelines }, add) {
    for (const facts of pipelines) {
      const counts = of(facts);
      for (const member of Object.keys(counts)) {
        add({ values: [facts.pipeline, member], value: counts[member] as number });
      }
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
  write({ pipelines }, add) {
    for (const facts of pipelines) {
      const value = of(facts);
      if (value !== undefined) add({ values: [facts.pipeline], value });
    }
  },
});

const tally = (name: string, help: string, ...labels: readonly string[]): Family => ({
  name,
  help,
  type: 'counter',
  labels,
  write({ tallies }, add) {
    for (const [values, value] of tallies(name)) add({ values, value });
  },
});

const durations = (
  name: string,
  help: string,
  labels: readonly string[],
  of: (facts: PipelineFacts) => readonly (readonly [values: readonly string[], of: Histogram])[],
): Family => ({
  name,
  help,
  type: 'histogram',
  labels: ['pipeline', ...labels],
  write({ pipelines }, add, { buckets, zeros }) {
    for (const facts of pipelines) {
      for (const [values, histogram] of of(facts)) {
        writeHistogram([facts.pipeline, ...values], histogram, buckets, zeros, add);
      }
    }
  },
});

/** Counted by more bounds than these, perhaps. The text format wants buckets that add up, and seconds. */
function writeHistogram(
  values: readonly string[],
  { bounds, counts, sum }: Histogram,
  buckets: readonly number[],
  zeros: boolean,
  add: (line: Line) => void,
): void {
  let count = 0;
  const cumulated: number[] = [];
  for (const [index, bound] of bounds.entries()) {
    count += counts[index] as number;
    if (bound === buckets[cumulated.length]) cumulated.push(count);
  }
  count += counts[bounds.length] as number;
  if (count === 0 && !zeros) return;
  for (const [index, value] of cumulated.entries()) {
    add({ values: [...values, String(buckets[index])], value, suffix: '_bucket' });
  }
  add({ values: [...values, '+Inf'], value: count, suffix: '_bucket' });
  add({ values, value: sum / 1_000, suffix: '_sum' });
  add({ values, value: count, suffix: '_count' });
}

const beforePolicies: readonly Family[] = [
  record(
    'executions_total',
    'Executions that ended, by how they ended for the caller.',
    'outcome',
    ({ numbers }) => numbers.executions,
  ),
  durations(
    'execution_duration_seconds',
    'How long executions took from the call to the answer, waits included; success is any value.',
    ['outcome'],
    ({ numbers }) => [
      [['success'], numbers.succeeded],
      [['failure'], numbers.failed],
    ],
  ),
  record(
    'attempts_total',
    'Starts of an operation that ended, by how they ended.',
    'outcome',
    ({ numbers }) => numbers.attempts,
  ),
  durations('attempt_duration_seconds', 'How long attempts took.', [], ({ numbers }) => [
    [[], numbers.attempted],
  ]),
  record(
    'failures_total',
    'Failed attempts and rejected calls, by what sort of failure it was.',
    'kind',
    ({ numbers }) => numbers.failures,
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
    ({ numbers }) => (numbers.isKeyed ? numbers.evictions : undefined),
  ),
  {
    name: 'custom_events_total',
    help: 'Events of policies of your own.',
    type: 'counter',
    labels: ['pipeline', 'type'],
    write({ customEvents }, add) {
      for (const [pipeline, counts] of customEvents) {
        for (const [type, value] of counts) add({ values: [pipeline, type], value });
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
  single(
    'log_lines_suppressed_total',
    'counter',
    'Log lines that were held back because too many alike came.',
    ({ numbers }) => numbers.suppressed,
  ),
  {
    name: 'sink_errors_total',
    help: 'How often a sink threw on an event.',
    type: 'counter',
    labels: ['sink'],
    write({ sinkErrors }, add) {
      for (const [sink, value] of sinkErrors) add({ values: [sink], value });
    },
  },
  {
    name: 'pipelines',
    help: 'How many names of pipelines are shown, and how many as _other.',
    type: 'gauge',
    aggregator: 'max',
    labels: ['shown'],
    write({ names }, add) {
      add({ values: ['true'], value: names.shown });
      add({ values: ['false'], value: names.hidden });
    },
  },
  {
    name: 'info',
    help: 'The version of kedge.',
    type: 'gauge',
    aggregator: 'max',
    labels: ['version'],
    write(_, add) {
      add({ values: [version], value: 1 });
    },
  },
];

const ofPolicies = (family: PolicyFamily): Family => ({
  ...family,
  write({ pipelines }, add) {
    family.write(pipelines, (pipeline, values, value, key) =>
      add({ values: [pipeline, ...values], value, key }),
    );
  },
});

export const families: readonly Family[] = [
  ...beforePolicies,
  ...policyFamilies.map(ofPolicies),
  ...afterPolicies,
];
