/** Samples, as far as the record. */
import { gunzipSync, inflateSync } from 'node:zlib';
import { parseEnvelope } from '../../src/intake/envelope.ts';
import { parseJson } from '../../src/intake/json.ts';
import type { Arrival, Normalised } from '../../src/record/normalise/common.ts';
import { normaliseSentry } from '../../src/record/normalise/sentry.ts';
import { type Fields, fieldsOf } from '../../src/record/reading.ts';
import { readTime } from '../../src/record/time.ts';
import { userHash } from '../../src/record/user.ts';
import { bodyOf } from './samples.ts';

export const received: number = Date.parse('2026-11-27T21:10:00Z');
export const arrival: Arrival = {
  received,
  hashUser: (id: string): string => userHash(id, 'a key of sixteen bytes'),
};

/** The event in a sample of Sentry's protocol, if there is one. */
export function eventIn(file: string): { event: Fields; sentAt: number | undefined } | undefined {
  const raw = bodyOf(file);
  const body = file.endsWith('.gz') ? gunzipSync(raw) : raw;
  if (file.endsWith('.b64')) {
    const json = inflateSync(Buffer.from(raw.toString('ascii'), 'base64'));
    return { event: fieldsOf(parseJson(json, 'The event')), sentAt: undefined };
  }
  if (file.endsWith('.json')) {
    return { event: fieldsOf(parseJson(body, 'The event')), sentAt: undefined };
  }
  const { header, items } = parseEnvelope(body);
  const item = items.find(({ type }) => type === 'event');
  if (item === undefined) return undefined;
  const event = fieldsOf(parseJson(item.payload, 'The event'));
  return { event, sentAt: readTime(header['sent_at']) };
}

export function normalised(event: Fields, sentAt?: number): Normalised {
  return normaliseSentry(event, { ...arrival, sentAt });
}

export function sampled(file: string): Normalised {
  const found = eventIn(file);
  if (found === undefined) throw new Error(`${file} has no event.`);
  return normalised(found.event, found.sentAt);
}
