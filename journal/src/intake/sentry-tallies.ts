/** What comes in envelopes beside failures: it is counted, and dropped. */
import { clean } from '../record/redact.ts';
import { countOf, type Fields, fieldsOf, listOf, shownOf, textOf } from '../record/reading.ts';
import type { Tally } from '../store/store.ts';
import type { Item } from './envelope.ts';
import { parseJson } from './json.ts';

type Counted = Omit<Tally, 'at'>;

const MOST_TALLIES = 100;
const known =
  /^(?:transaction|span|log|trace_metric|check_in|feedback|user_report|replay_event|replay_recording|replay_video|profile|profile_chunk|attachment|statsd|metric_buckets|security|raw_security|nel|form_data|minidump)$/;
const states = /^(?:ok|exited|crashed|abnormal|errored|unhandled)$/;
const badly = /^(?:crashed|abnormal|errored|unhandled)$/;

export function talliesOf(item: Item): Counted[] {
  if (item.type === 'client_report')
    return lost(fieldsOf(parseJson(item.payload, 'The client report')));
  if (item.type === 'session') return session(fieldsOf(parseJson(item.payload, 'The session')));
  if (item.type === 'sessions') return sessions(fieldsOf(parseJson(item.payload, 'The sessions')));
  // Names that anybody can think of would be a table without end.
  const type = known.test(item.type) ? item.type : 'other';
  return [{ what: `item:${type}`, release: '', count: countOf(item.header['item_count']) ?? 1 }];
}

/** What the client had to drop. */
function lost(report: Fields): Counted[] {
  return listOf(report['discarded_events'])
    .slice(0, MOST_TALLIES)
    .flatMap((one) => {
      const { reason, category, quantity } = fieldsOf(one);
      const isError = category === 'error' || category === 'default';
      const count = countOf(quantity) ?? 0;
      const said = /^[a-z_]{1,40}$/.exec(textOf(reason) ?? '')?.[0] ?? 'other';
      return isError && count > 0 ? [{ what: `lost:${said}`, release: '', count }] : [];
    });
}

/** A session is counted when it begins, and by how it ends if that was not well. */
function session(one: Fields): Counted[] {
  const release = releaseOf(one);
  const status = textOf(one['status']) ?? '';
  const counted = (what: string): Counted => ({ what: `session:${what}`, release, count: 1 });
  const ended = status === 'crashed' || status === 'abnormal' ? status : undefined;
  const bad =
    ended ?? ((countOf(one['errors']) ?? 0) > 0 && status === 'exited' ? 'errored' : undefined);
  return [
    ...(one['init'] === true ? [counted('started')] : []),
    ...(bad === undefined ? [] : [counted(bad)]),
  ];
}

/** Sums of sessions that were over when they were sent. */
function sessions(all: Fields): Counted[] {
  const release = releaseOf(all);
  return listOf(all['aggregates'])
    .slice(0, MOST_TALLIES)
    .flatMap((one) => {
      const ended = Object.entries(fieldsOf(one)).flatMap(([status, value]) => {
        const count = countOf(value) ?? 0;
        return states.test(status) && count > 0 ? [{ status, count }] : [];
      });
      const count = ended.reduce((sum, one) => sum + one.count, 0);
      return [
        { what: 'session:started', release, count },
        ...ended
          .filter(({ status }) => badly.test(status))
          .map(({ status, count }) => ({ what: `session:${status}`, release, count })),
      ];
    });
}

function releaseOf(session: Fields): string {
  return clean(shownOf(fieldsOf(session['attrs'])['release']) ?? '');
}
