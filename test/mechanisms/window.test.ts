import { describe, expect, it } from 'vitest';
import { CallWindow, TimeWindow, type Totals, type Window } from '../../src/mechanisms/window.ts';

const totals = (window: Window, time: number): Totals => ({ ...window.at(time) });
const none = { calls: 0, failures: 0, slow: 0 };

describe.each<[string, () => Window]>([
  ['time', () => new TimeWindow(1_000)],
  ['calls', () => new CallWindow(10)],
])('a window of %s', (_, make) => {
  it('is spotless as long as it holds no failure and no slow call', () => {
    const window = make();
    expect(window.isSpotless(0)).toBe(true);
    window.add(0, false, false);
    expect(window.isSpotless(0)).toBe(true);
    window.add(0, true, false);
    expect(window.isSpotless(0)).toBe(false);
    for (let at = 1_000; at < 1_010; at++) window.add(at, false, false);
    expect(window.isSpotless(1_010)).toBe(true);
    window.add(1_010, false, true);
    expect(window.isSpotless(1_010)).toBe(false);
  });
});

describe('a window of time', () => {
  it('counts calls, failures and slow calls', () => {
    const window = new TimeWindow(10_000);
    window.add(0, true, false);
    window.add(1, false, true);
    window.add(2, true, true);
    window.add(3, false, false);
    expect(totals(window, 3)).toEqual({ calls: 4, failures: 2, slow: 2 });
  });

  it('lets go of its past a tenth at a time, when the whole window has passed since that tenth', () => {
    const window = new TimeWindow(10_000);
    window.add(0, true, false);
    window.add(999, true, false);
    window.add(1_000, true, false);
    expect(totals(window, 9_999).calls).toBe(3);
    expect(totals(window, 10_000).calls).toBe(1);
    expect(totals(window, 10_999).calls).toBe(1);
    expect(totals(window, 11_000)).toEqual(none);
  });

  it('lets go of everything after an idle time, however long', () => {
    for (const idle of [10_000, 11_000, 19_999, 20_000, 1e6, 1e12]) {
      const window = new TimeWindow(10_000);
      for (let at = 0; at < 1_000; at += 10) window.add(at, true, true);
      expect(totals(window, 1_000 + idle)).toEqual(none);
    }
  });

  it('works far from the zero of the clock', () => {
    const window = new TimeWindow(1_000);
    const start = 123_456_789.123;
    window.add(start, true, false);
    expect(totals(window, start + 899).calls).toBe(1);
    expect(totals(window, start + 1_000).calls).toBe(0);
  });

  it('can be cleared, and loaded with what another had counted', () => {
    const window = new TimeWindow(1_000);
    window.add(0, true, true);
    window.clear();
    expect(totals(window, 0)).toEqual(none);
    window.load(50, { calls: 10, failures: 4, slow: 1 });
    window.add(60, true, false);
    expect(totals(window, 60)).toEqual({ calls: 11, failures: 5, slow: 1 });
    expect(totals(window, 1_050)).toEqual(none);
  });
});

describe('a window of calls', () => {
  it('counts the last so many, however long ago', () => {
    const window = new CallWindow(3);
    window.add(0, true, false);
    window.add(0, true, true);
    expect(totals(window, 0)).toEqual({ calls: 2, failures: 2, slow: 1 });
    window.add(1e12, false, false);
    window.add(1e12, false, false);
    expect(totals(window, 1e13)).toEqual({ calls: 3, failures: 1, slow: 1 });
    window.add(1e12, false, false);
    expect(totals(window, 1e13)).toEqual({ calls: 3, failures: 0, slow: 0 });
  });

  it('can be cleared, and begins anew', () => {
    const window = new CallWindow(2);
    for (let each = 0; each < 5; each++) window.add(0, true, true);
    window.clear();
    expect(totals(window, 0)).toEqual(none);
    window.add(0, false, true);
    expect(totals(window, 0)).toEqual({ calls: 1, failures: 0, slow: 1 });
    window.add(0, true, false);
    window.add(0, true, false);
    expect(totals(window, 0)).toEqual({ calls: 2, failures: 2, slow: 0 });
  });

  it('is loaded with what fits, and with less at the same rate of what does not', () => {
    const fits = new CallWindow(100);
    fits.load(0, { calls: 10, failures: 4, slow: 1 });
    expect(totals(fits, 0)).toEqual({ calls: 10, failures: 4, slow: 1 });
    const tight = new CallWindow(10);
    tight.load(0, { calls: 100, failures: 40, slow: 10 });
    expect(totals(tight, 0)).toEqual({ calls: 10, failures: 4, slow: 1 });
  });

  it('of one call knows the last one', () => {
    const window = new CallWindow(1);
    for (const failed of [true, false, true]) {
      window.add(0, failed, false);
      expect(totals(window, 0)).toEqual({ calls: 1, failures: failed ? 1 : 0, slow: 0 });
    }
  });
});
