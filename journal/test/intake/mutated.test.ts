// Samples with bytes changed, cut and doubled: each is taken or refused, and none is an error of ours.
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpack } from '../../src/intake/body.ts';
import { otlp } from '../../src/intake/otlp.ts';
import type { Head } from '../../src/intake/protocol.ts';
import { Refusal } from '../../src/intake/refusal.ts';
import { sentry } from '../../src/intake/sentry.ts';
import { MOST_BYTES } from '../../src/record/fit.ts';
import { keptOf, sightingOf } from '../../src/record/sighting.ts';
import { arrival } from '../support/normalised.ts';
import { bodyOf, samples } from '../support/samples.ts';

const RUNS = Number(process.env['KEDGE_RUNS'] ?? 60);

/** A generator of numbers from 0 to 1 that are the same in each run: mulberry32 (Tommy Ettinger). */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const values = [
  'null',
  '[]',
  '{}',
  '""',
  '7',
  '-1e999',
  '"\\ud800"',
  '[[[[]]]]',
  'true',
  '"\\u0000"',
  '"constructor"',
  '"__proto__"',
  '{"__proto__":{"a":1},"toString":7}',
];

function mutate(sample: Buffer, chance: () => number): Buffer {
  const bytes = Buffer.from(sample);
  const at = Math.floor(chance() * bytes.length);
  const kind = Math.floor(chance() * 5);
  if (kind === 0) bytes[at] = Math.floor(chance() * 256);
  if (kind === 1) return bytes.subarray(0, at);
  if (kind === 2) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at / 2)]);
  if (kind === 3)
    bytes.fill(bytes[at] as number, at, Math.min(bytes.length, at + Math.floor(chance() * 50)));
  if (kind !== 4) return bytes;
  // One value of the JSON becomes another: what follows a colon, to the next comma.
  const text = bytes.toString('latin1');
  const colon = text.indexOf('":', at) + 2;
  const end = text.slice(colon).search(/[,}\]]/);
  if (colon === 1 || end === -1) return bytes;
  const value = values[Math.floor(chance() * values.length)] as string;
  return Buffer.from(text.slice(0, colon) + value + text.slice(colon + end), 'latin1');
}

async function take(body: Buffer, head: Head): Promise<number> {
  try {
    const protocol = sentry.match(head.path) === undefined ? otlp : sentry;
    const { failures } = protocol.read(await unpack(body, undefined), head, arrival);
    for (const failure of failures) {
      expect(sightingOf(failure).group).toMatch(/^v1:[\da-f]{16}$/);
      expect(Buffer.byteLength(keptOf(failure).json)).toBeLessThanOrEqual(MOST_BYTES);
    }
    return 200;
  } catch (error) {
    if (error instanceof Refusal) return error.status;
    throw error;
  }
}

describe('mutated samples', () => {
  it.each(samples.map(({ file }) => file))(
    'of %s are taken or refused',
    { timeout: 3_600_000 },
    async (file) => {
      const { path, headers } = samples.find((sample) => sample.file === file)!;
      const head = {
        method: 'POST',
        path: path.replace(/\?.*/, ''),
        query: new URLSearchParams(),
        headers,
      };
      const sample = file.endsWith('.gz') ? gunzipSync(bodyOf(file)) : bodyOf(file);
      const chance = chances(file.length);
      for (let run = 0; run < RUNS; run++) {
        expect([200, 400, 413]).toContain(await take(mutate(sample, chance), head));
      }
    },
  );
});
