import { describe, expect, it } from 'vitest';
import { corrected, readTime } from '../../src/record/time.ts';

const noon = Date.parse('2026-11-27T12:00:00Z');

describe('time', () => {
  it.each([
    [noon / 1_000 + 0.5, noon + 500],
    ['2026-11-27T12:00:00', noon],
    ['2026-11-27T12:00:00Z', noon],
    ['2026-11-27 12:00:00.123456', noon + 123],
    ['2026-11-27T12:00:00.123456789Z', noon + 123],
    ['2026-11-27T13:00:00.5+01:00', noon + 500],
    ['yesterday', undefined],
    [-1, undefined],
    [1e300, undefined],
    [null, undefined],
  ])('of %s is read as %s', (value, time) => {
    expect(readTime(value)).toBe(time);
  });

  it('is moved by as much as the clock of the client is off', () => {
    const hourSlow = noon - 3_600_000;
    expect(corrected(hourSlow - 2_000, hourSlow, noon)).toBe(noon - 2_000);
    expect(corrected(noon + 3_600_000, noon + 3_600_000 + 50, noon)).toBe(noon - 50);
  });

  it('is left alone where the request was only slow', () => {
    expect(corrected(noon - 3_000, noon - 2_000, noon)).toBe(noon - 3_000);
  });

  it('is that of the arrival where it cannot be', () => {
    expect(corrected(noon + 1, undefined, noon)).toBe(noon);
    expect(corrected(0, undefined, noon)).toBe(noon);
    expect(corrected(undefined, undefined, noon)).toBe(noon);
  });
});
