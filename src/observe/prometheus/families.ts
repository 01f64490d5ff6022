/** What is shown of pipelines as a whole; `policies.ts` has what is shown of policies. */
import type { Histogram } from './durations.ts';
import type { Facts } from './ledger.ts';
import { policyFamilies } from './policies.ts';
import type { Heading, Labels } from './registry.ts';

/** Adds one line; `suffix` ends the names of a histogram's lines. */
export type Add = (labels: Labels, value: number, suffix?: string) => void;

/** One metric, and how it is read. */
export interface Family extends Heading {
  samples(facts: Facts, add: Add): void;
}

const beforePolicies: readonly Family[] = [
  {
    name: 'executions_total',
    help: 'Executions that ended, by how they ended for the caller.',
    type: 'counter',
    labels: ['pipeline', 'outcome'],
    samples({ pipelines }, add) {
      for (const { pipeline, totals } of pipelines) {
        for (const [outcome, count] of Object.entries(totals.executions)) {
          add({ pipeline, outcome }, count);
        }
      }
    },
  },
  {
    name: 'execution_duration_seconds',
    help: 'How long executions took from the call to the answer, waits included.',
    type: 'histogram',
    labels: ['pipeline', 'outcome'],
    samples({ pipelines }, add) {
      for (const { pipeline, durations } of pipelines) {
        for (const [outcome, histogram] of durations.executions) {
          addHistogram({ pipeline, outcome }, histogram, add);
        }
      }
    },
  },
  {
    name: 'attempts_total',
    help: 'Starts of an operation that ended, by how they ended.',
    type: 'counter',
    labels: ['pipeline', 'outcome'],
    samples({ pipelines }, add) {
      for (const { pipeline, totals } of pipelines) {
        for (const [outcome, count] of Object.entries(totals.attempts)) {
          add({ pipeline, outcome }, count);
        }
      }
    },
  },
  {
    name: 'attempt_duration_seconds',
    help: 'How long attempts took.',
    type: 'histogram',
    labels: ['pipeline'],
    samples({ pipelines }, add) {
      for (const { pipeline, durations } of pipelines) {
        addHistogram({ pipeline }, durations.attempts, add);
      }
    },
  },
  {
    name: 'failures_total',
    help: 'Failed attempts and rejected calls, by what sort of failure it was and where it came from.',
    type: 'counter',
    labels: ['pipeline', 'kind', 'source'],
    samples({ pipelines }, add) {
      for (const { pipeline, failures } of pipelines) {
        for (const [kind, bySource] of failures) {
          for (const [source, count] of bySource) add({ pipeline, kind, source }, count);
        }
      }
    },
  },
];

const afterPolicies: readonly Family[] = [
  {
    name: 'in_flight',
    help: 'Executions that have not been answered yet.',
    type: 'gauge',
    labels: ['pipeline'],
    samples({ pipelines }, add) {
      for (const { pipeline, totals } of pipelines) add({ pipeline }, totals.inFlight);
    },
  },
  {
    name: 'log_lines_suppressed_total',
    help: 'Log lines that were held back because too many alike came in one second.',
    type: 'counter',
    labels: ['pipeline'],
    samples({ pipelines }, add) {
      for (const { pipeline, suppressed } of pipelines) add({ pipeline }, suppressed);
    },
  },
  {
    name: 'sink_errors_total',
    help: 'How often a sink threw on an event.',
    type: 'counter',
    labels: ['sink'],
    samples({ sinkErrors }, add) {
      for (const [sink, errors] of sinkErrors) add({ sink }, errors);
    },
  },
];

export const families: readonly Family[] = [...beforePolicies, ...policyFamilies, ...afterPolicies];

/** The text format wants buckets that add up, and seconds. */
function addHistogram(labels: Labels, { bounds, counts, sum }: Histogram, add: Add): void {
  let count = 0;
  for (const [index, bound] of bounds.entries()) {
    count += counts[index] as number;
    add({ ...labels, le: bound }, count, '_bucket');
  }
  count += counts[bounds.length] as number;
  add({ ...labels, le: '+Inf' }, count, '_bucket');
  add(labels, sum / 1_000, '_sum');
  add({ ...labels }, count, '_count');
}
