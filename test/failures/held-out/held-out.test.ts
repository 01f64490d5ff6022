// Measures by corpora that were written before the rules were looked at: what is lost of them is lost of others as well.
import { fingerprint, redact } from 'kedge/failures';
import { describe, expect, it } from 'vitest';
import { ordinary } from './ordinary.ts';
import { different, same } from './pairs.ts';
import { secrets } from './secrets.ts';

/** So long a secret is lost by a part of it, too. */
const LONG = 40;

function shows(given: unknown, secret: string): boolean {
  const out = JSON.stringify(redact(given));
  const parts = secret.length > LONG ? [secret.slice(8, 32), secret.slice(-16)] : [secret];
  return parts.some((part) => out.includes(part));
}

describe('of what was written before', () => {
  it('at least 96 of 100 secrets are hidden', () => {
    expect(secrets.length).toBeGreaterThanOrEqual(100);
    const shown = secrets.filter(([given, secret]) => shows(given, secret));
    expect(shown.length / secrets.length <= 0.04 ? [] : shown).toEqual([]);
  });

  it('at most 2 of 100 ordinary messages are changed', () => {
    expect(ordinary.length).toBeGreaterThanOrEqual(100);
    const changed = ordinary.filter((message) => redact(message) !== message);
    expect(changed.length / ordinary.length <= 0.02 ? [] : changed).toEqual([]);
  });

  it('at least 97 of 100 pairs of the same failure have one fingerprint, and of different ones two', () => {
    expect(same.length + different.length).toBeGreaterThanOrEqual(60);
    const apart = same.filter(([one, other]) => fingerprint(one) !== fingerprint(other));
    const merged = different.filter(([one, other]) => fingerprint(one) === fingerprint(other));
    expect(apart.length / same.length <= 0.03 ? [] : apart).toEqual([]);
    expect(merged.length / different.length <= 0.03 ? [] : merged).toEqual([]);
  });
});
