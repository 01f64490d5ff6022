/** kedge's own protocol: `POST /v1/failures`, described in docs/protocol.md. */
import { z } from 'zod';
import { normaliseKedge } from '../record/normalise/kedge.ts';
import { clean } from '../record/redact.ts';
import { readTime } from '../record/time.ts';
import { parseJson } from './json.ts';
import { bearerOf, type Protocol } from './protocol.ts';
import { Refusal } from './refusal.ts';

const MOST_FAILURES = 1_000;
const MOST_TOTALS = 1_000;
const count = z.int().min(1).max(1_000_000_000);

/** One request. What is unknown in it is left alone, so that newer clients can say more. */
export const failuresRequest = z.object({
  /** Of this batch; one that is sent again has the same. */
  id: z.uuid(),
  sentAt: z.iso.datetime().optional(),
  /** Of kedge. */
  version: z.string().max(50).optional(),
  failures: z
    .array(z.object({ count: count.default(1), failure: z.record(z.string(), z.unknown()) }))
    .max(MOST_FAILURES)
    .default([]),
  totals: z
    .array(
      z.object({
        pipeline: z.string().min(1).max(128),
        outcome: z.enum(['success', 'failure', 'rejected', 'cancelled']),
        release: z.string().max(200).default(''),
        count,
      }),
    )
    .max(MOST_TOTALS)
    .default([]),
});

const path = /^\/v1\/failures\/?$/;

export const kedge: Protocol = {
  match: (given) => (path.test(given) ? {} : undefined),
  key: bearerOf,

  read(body, _head, arrival) {
    const { data, error } = failuresRequest.safeParse(parseJson(body, 'The request'));
    if (data === undefined) throw new Refusal(400, whatIsWrong(error));
    const sentAt = readTime(data.sentAt);
    return {
      failures: data.failures.map(({ count, failure }) => ({
        ...normaliseKedge(failure, { ...arrival, sentAt, version: data.version }),
        count,
      })),
      tallies: data.totals.map(({ pipeline, outcome, release, count }) => ({
        what: `pipeline:${clean(pipeline)}:${outcome}`,
        release: clean(release),
        count,
      })),
      requestHash: data.id,
      answer: { body: JSON.stringify({ id: data.id }) },
    };
  },
};

function whatIsWrong({ issues: [first] }: z.ZodError): string {
  const where = first?.path.join('.') ?? '';
  return `The request is not as it has to be: ${where === '' ? '' : `\`${where}\`: `}${first?.message ?? ''}`;
}
