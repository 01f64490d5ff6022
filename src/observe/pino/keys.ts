/** What lines call a key: what may be shown, or a hash by which lines of one key are found. Keys may be personal. */
import type { Source } from '../../core/event-bus.ts';
import { keyedHash } from '../../failures/hash.ts';

const LONGEST = 128;
const DIGITS = 8;

export interface KeyFields {
  readonly key?: string;
  readonly keyHash?: string;
}

export function keyFields(pipeline: string, key: string, sources: Iterable<Source>): KeyFields {
  for (const { names } of sources) {
    const label = labelOf(key, names.get(pipeline)?.keyLabel);
    if (label !== undefined) return { key: label };
  }
  // With a random secret of the process, or keys could be found by trying.
  return { keyHash: keyedHash(key).slice(0, DIGITS) };
}

function labelOf(key: string, label: ((key: string) => string) | undefined): string | undefined {
  if (label === undefined) return undefined;
  try {
    const text: unknown = label(key);
    return typeof text === 'string'
      ? text.slice(0, LONGEST).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
      : undefined;
  } catch {
    return undefined;
  }
}
