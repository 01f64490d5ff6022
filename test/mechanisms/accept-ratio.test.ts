import { describe, expect, it } from 'vitest';
import { AcceptRatio, levelOf } from '../../src/mechanisms/accept-ratio.ts';

/** Asks and answers so many calls of one level at one instant. */
function traffic(ratio: AcceptRatio, time: number, accepted: number, refused: number): void {
  for (let call = 0; call < accepted + refused; call++) {
    ratio.asked(time, 5);
    ratio.sent(time);
    ratio.answered(time, call < accepted, 2);
  }
}

/** Calls that are held back: asked for, and not sent. */
function heldBack(ratio: AcceptRatio, time: number, calls: number): void {
  for (let call = 0; call < calls; call++) ratio.asked(time, 5);
}

describe('an accept ratio', () => {
  it('has the chance of the formula', () => {
    const ratio = new AcceptRatio(10_000);
    traffic(ratio, 0, 10, 30);
    heldBack(ratio, 0, 60);
    expect(ratio.refusalRatio(0, 2)).toBeCloseTo((100 - 2 * 10) / 101);
    expect(ratio.refusalRatio(0, 8)).toBeCloseTo((100 - 8 * 10) / 101);
    expect(ratio.refusalRatio(0, 10)).toBe(0);
  });

  it('takes what is under way for accepted in the share of what has come back', () => {
    const ratio = new AcceptRatio(10_000);
    traffic(ratio, 0, 1, 3);
    for (let call = 0; call < 8; call++) {
      ratio.asked(0, 5);
      ratio.sent(0);
    }
    expect(ratio.refusalRatio(0, 2)).toBeCloseTo((12 - 2 * (1 + 8 / 4)) / 13);
  });

  it('takes no more for under way than was asked for: what hangs for longer than the window counts no more', () => {
    const ratio = new AcceptRatio(10_000);
    for (let call = 0; call < 100; call++) {
      ratio.asked(0, 5);
      ratio.sent(0);
    }
    traffic(ratio, 20_000, 1, 9);
    expect(ratio.refusalRatio(20_000, 2)).toBeCloseTo((10 - 2 * (1 + 10 / 10)) / 11);
  });

  it('forgets in its window, and can be given another', () => {
    const ratio = new AcceptRatio(10_000);
    traffic(ratio, 0, 0, 10);
    ratio.resize(0, 20_000);
    expect(ratio.refusalRatio(17_000, 2)).toBeCloseTo(10 / 11);
    expect(ratio.refusalRatio(20_000, 2)).toBe(0);
  });

  it('asks for a probe when nothing was sent for so long, or the clock was set back', () => {
    const ratio = new AcceptRatio(10_000);
    expect(ratio.isProbeDue(0, 1_000)).toBe(true);
    ratio.sent(5_000);
    expect(ratio.isProbeDue(5_999, 1_000)).toBe(false);
    expect(ratio.isProbeDue(6_000, 1_000)).toBe(true);
    expect(ratio.isProbeDue(4_999, 1_000)).toBe(true);
  });
});

/** A minute of an outage: a hundred calls a second, of which one is sent. */
const outage = (): AcceptRatio => {
  const ratio = new AcceptRatio(120_000);
  for (let second = 0; second < 60; second++) {
    traffic(ratio, second * 1_000, 0, 1);
    heldBack(ratio, second * 1_000, 99);
  }
  return ratio;
};

describe('an accept ratio after an outage', () => {
  it('forgets nothing for one call that went well', () => {
    const ratio = outage();
    const before = ratio.refusalRatio(60_000, 2);
    traffic(ratio, 60_000, 1, 0);
    expect(ratio.refusalRatio(60_000, 2)).toBeGreaterThan(before - 0.001);
  });

  it('lets the chance fall by an eighth a second once calls go well, and no faster by itself', () => {
    const ratio = outage();
    const chances: number[] = [];
    for (let second = 60; second < 68; second++) {
      traffic(ratio, second * 1_000, 1, 0);
      chances.push(ratio.refusalRatio(second * 1_000, 2));
    }
    // In the first two seconds there are answers of the outage among the latest.
    expect(chances[1]!).toBeGreaterThan(0.98);
    for (let each = 4; each < chances.length; each++) {
      const share = chances[each]! / chances[each - 1]!;
      expect(share).toBeLessThanOrEqual(Math.exp(-1 / 8) + 1e-9);
    }
  });

  it('forgets no more, however many calls end in one instant', () => {
    const ratio = outage();
    for (let second = 60; second < 64; second++) traffic(ratio, second * 1_000, 1, 0);
    traffic(ratio, 64_000, 1, 0);
    const before = ratio.refusalRatio(64_000, 2);
    for (let call = 0; call < 50; call++) {
      heldBack(ratio, 64_000, 9);
      traffic(ratio, 64_000, 1, 0);
    }
    // As many are held back of these as before, by the formula alone.
    expect(ratio.refusalRatio(64_000, 2)).toBeGreaterThan(Math.min(before, 8 / 10) - 0.1);
  });

  it('forgets nothing while no more is accepted than of an overload', () => {
    const ratio = outage();
    const before = ratio.refusalRatio(60_000, 2);
    for (let second = 60; second < 90; second++) traffic(ratio, second * 1_000, 1, 1);
    expect(ratio.refusalRatio(90_000, 2)).toBeGreaterThan(before - 0.05);
  });

  it('keeps its counts sound: it never goes below nothing, and the next outage counts from the first call', () => {
    const ratio = outage();
    for (let second = 60; second < 400; second++) traffic(ratio, second * 1_000, 10, 0);
    expect(ratio.refusalRatio(400_000, 2)).toBe(0);
    traffic(ratio, 400_000, 0, 3_000);
    expect(ratio.refusalRatio(400_000, 2)).toBeGreaterThan(0.2);
  });
});

describe('levels', () => {
  it.each([
    [undefined, 5],
    ['9', 5],
    [NaN, 5],
    [-1, 0],
    [3.4, 3],
    [9.7, 9],
    [Infinity, 9],
  ])('of %s is %i', (priority, level) => {
    expect(levelOf(priority)).toBe(level);
  });
});
