/** Counts what is reported outside of pipelines, for the metrics: under labels of closed sets alone. */
import { sharedBus } from '../../core/event-bus.ts';
import { classify } from '../../verdict/classify.ts';
import type { Report } from '../report.ts';

export function tally({ type, from, fields = {}, error, failure }: Report): void {
  if (type === 'request.failed') {
    const status = fields['status'] === undefined ? 'none' : String(fields['status']);
    const kind = failure?.kind ?? classify(error).kind;
    sharedBus.tally('request_failures_total', from, status, kind);
  } else if (type === 'process.failed') {
    sharedBus.tally('process_failures_total', String(fields['origin']));
  } else if (type === 'drain.failed' || type === 'flush.failed') {
    sharedBus.tally('process_failures_total', type.slice(0, type.indexOf('.')));
  } else if (type === 'job.parked') {
    sharedBus.tally('jobs_parked_total', String(fields['queue'] ?? 'jobs'));
  } else if (type.startsWith('security.')) {
    sharedBus.tally('security_events_total', type.slice('security.'.length));
  }
}
