/** Sentry's protocol: `POST /api/{project}/envelope/`, and `/store/` for its older clients. */
import { idOf } from '../record/normalise/common.ts';
import { normaliseSentry } from '../record/normalise/sentry.ts';
import { type Fields, fieldsOf, isFields, textOf } from '../record/reading.ts';
import { readTime } from '../record/time.ts';
import { parseEnvelope } from './envelope.ts';
import { parseJson } from './json.ts';
import type { Brought, Failure, Protocol } from './protocol.ts';
import { Refusal } from './refusal.ts';
import { talliesOf } from './sentry-tallies.ts';

const MOST_EVENT_BYTES = 4 * 1024 * 1024;
const own = /^\/api\/(\d{1,15})\/(envelope|store)\/?$/;
/** Where a page sends what a blocker would keep back: the key is in the envelope. */
const tunnel = /^\/tunnel\/?$/;

export const sentry: Protocol = {
  match(path) {
    if (tunnel.test(path)) return {};
    const project = own.exec(path)?.[1];
    return project === undefined ? undefined : { project: Number(project) };
  },

  key({ query, headers }) {
    const auth = headers['x-sentry-auth'] ?? headers.authorization;
    const inHeader = /\bsentry_key=([\w-]+)/.exec(String(auth ?? ''))?.[1];
    return query.get('sentry_key') ?? inHeader;
  },

  keyInBody(body) {
    const end = body.indexOf('\n');
    const header = parseJson(
      end === -1 ? body : body.subarray(0, end),
      'The header of the envelope',
    );
    const dsn = textOf(fieldsOf(header)['dsn'], 500);
    return (dsn && URL.parse(dsn)?.username) || undefined;
  },

  read: (body, head, arrival) =>
    head.path.includes('/store') ? readStore(body, arrival) : readEnvelope(body, arrival),
};

type Arrival = Parameters<Protocol['read']>[2];

function readStore(body: Buffer, arrival: Arrival): Brought {
  const failure = failureOf(body, arrival);
  return { failures: [failure], tallies: [], answer: answer(failure.draft.id) };
}

function readEnvelope(body: Buffer, arrival: Arrival): Brought {
  const { header, items } = parseEnvelope(body);
  const sentAt = readTime(header['sent_at']);
  const failures: Failure[] = [];
  const tallies: Brought['tallies'][number][] = [];
  for (const item of items) {
    if (item.type !== 'event') tallies.push(...talliesOf(item));
    else failures.push(failureOf(item.payload, { ...arrival, sentAt }, header));
  }
  return { failures, tallies, answer: answer(failures[0]?.draft.id ?? idOf(header['event_id'])) };
}

function failureOf(
  payload: Buffer,
  arrival: Parameters<typeof normaliseSentry>[1],
  header?: Fields,
): Failure {
  if (payload.length > MOST_EVENT_BYTES) {
    throw new Refusal(413, `An event has at most ${MOST_EVENT_BYTES / 1024 / 1024} MiB.`);
  }
  const event = parseJson(payload, 'The event');
  if (!isFields(event)) throw new Refusal(400, 'The event is no object.');
  const id = event['event_id'] ?? header?.['event_id'];
  return normaliseSentry({ ...event, event_id: id }, arrival);
}

const answer = (id: string): Brought['answer'] => ({ body: JSON.stringify({ id }) });
