// Events that are made to take long: what is looked at of one is bounded, whatever it is made of.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keptOf } from '../../src/record/sighting.ts';
import { normalised } from '../support/normalised.ts';

const asked = vi.hoisted(() => ({ redactions: 0 }));
vi.mock(import('kedge/failures'), async (original) => {
  const all = await original();
  const redact = ((...args: Parameters<typeof all.redact>) => {
    asked.redactions += 1;
    return all.redact(...args);
  }) as typeof all.redact;
  return { ...all, redact };
});
afterEach(() => {
  asked.redactions = 0;
});

let made = 0;
const many = (count: number, value: (at: number) => unknown): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${(made += 1)}`, value(at)]));

describe('an event with a hundred thousand names', () => {
  it.each([
    ['extra', () => ({ extra: many(100_000, (at) => at) })],
    ['contexts', () => ({ contexts: many(100_000, (at) => ({ at })) })],
    ['tags', () => ({ tags: many(100_000, String) })],
    ['headers', () => ({ request: { headers: many(100_000, String) } })],
    [
      'breadcrumbs',
      () => ({ breadcrumbs: Array.from({ length: 100 }, () => ({ data: many(1_000, String) })) }),
    ],
    [
      'variables',
      () => ({
        exception: {
          values: [{ stacktrace: { frames: [{ function: 'f', vars: many(100_000, String) }] } }],
        },
      }),
    ],
  ])('in its %s is looked at so far, and no further', (_, event) => {
    keptOf(normalised(event()));
    expect(asked.redactions).toBeLessThan(3_000);
  });

  it('has its secrets looked for by value as long as it is not too long', () => {
    const event = {
      extra: { ...many(1_000, String), password: 'correct horse battery' },
      message: 'login with correct horse battery failed',
    };
    expect(keptOf(normalised(event)).json).not.toContain('horse');
  });
});
