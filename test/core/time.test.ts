import { getEventListeners } from 'node:events';
import { virtualClock } from 'kedge/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isSignal, listen, reasonOf, unlisten } from '../../src/core/abort.ts';
import * as time from '../../src/core/time.ts';
import { afterJobs, type Clock, now, settled, Timer, useClock, wall } from '../../src/core/time.ts';

afterEach(() => {
  useClock(undefined);
  vi.useRealTimers();
});

describe('the clock', () => {
  it("is the machine's unless another is put in its place, and is again afterwards", () => {
    const clock = virtualClock({ wall: 1_000 });
    expect([now(), wall()]).toEqual([0, 1_000]);
    clock[Symbol.dispose]();
    expect(Math.abs(wall() - Date.now())).toBeLessThan(10_000);
    expect(now()).not.toBe(0);
  });

  it('lets promise jobs run before `settled` resolves, those that they cause included', async () => {
    const seen: number[] = [];
    let job = Promise.resolve();
    for (let each = 0; each < 50; each++) job = job.then(() => void seen.push(each));
    await settled();
    expect(seen).toHaveLength(50);
  });

  it('counts promise jobs, and none of them is held up by fake timers', async () => {
    vi.useFakeTimers({ toFake: ['queueMicrotask', 'setTimeout', 'setImmediate'] });
    const seen: string[] = [];
    afterJobs(3, () => seen.push('after three'));
    for (const job of ['first', 'second', 'third', 'fourth']) {
      await Promise.resolve();
      seen.push(job);
    }
    await settled();
    vi.useRealTimers();
    expect(seen).toEqual(['first', 'second', 'after three', 'third', 'fourth']);
  });
});

describe('the epoch', () => {
  /** A clock that shows what it is told to. */
  const hand = (time: number, at: number) => {
    const shown = { time, at };
    const clock: Clock = {
      now: () => shown.time,
      wall: () => shown.at,
      start: () => undefined,
      stop: () => {},
    };
    return Object.assign(clock, { shown });
  };

  /** By how much it moves while something happens. */
  const moved = (change: () => void): number => {
    now();
    const before = time.epoch;
    change();
    now();
    return time.epoch - before;
  };

  it('stays while time goes on', () => {
    const { shown, ...clock } = hand(500, 1_000);
    useClock(clock);
    expect(moved(() => Object.assign(shown, { time: 9_000, at: -5 }))).toBe(0);
  });

  it('moves with a clock that is set back, so that no time has passed', () => {
    const { shown, ...clock } = hand(500, 1_000);
    useClock(clock);
    expect(moved(() => Object.assign(shown, { time: 200 }))).toBe(-300);
  });

  it('moves with another clock by what lies between them, as far as they tell', () => {
    useClock(hand(500, 1_000));
    expect(moved(() => useClock(hand(40_000, 1_000)))).toBe(39_500);
    // A second later by its date.
    expect(moved(() => useClock(hand(40, 2_000)))).toBe(40 - 40_000 - 1_000);
    // An earlier date tells nothing.
    expect(moved(() => useClock(hand(70, 500)))).toBe(30);
    // More than a year is a year.
    expect(moved(() => useClock(hand(70, 1e13)))).toBe(-365 * 86_400_000);
  });

  it('counts what passes between two virtual clocks and on them', async () => {
    const seen: number[] = [];
    for (const pause of [10, 20]) {
      using clock = virtualClock();
      const begun = now() - time.epoch;
      await clock.advance(pause);
      seen.push(now() - time.epoch - begun);
    }
    expect(seen).toEqual([10, 20]);
  });

  it('leaves time alone where the wall clock alone is changed', () => {
    for (const change of [
      () => vi.spyOn(Date, 'now').mockReturnValue(0),
      () => void vi.setSystemTime(new Date('2030-01-01')),
    ]) {
      expect(moved(change)).toBe(0);
      vi.restoreAllMocks();
      expect(moved(() => void vi.useRealTimers())).toBe(0);
    }
  });

  it('moves when `performance` is made to go back', () => {
    const begun = now();
    // Or a millisecond of the machine's could pass in between.
    vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    const elapsed = vi.spyOn(performance, 'now').mockReturnValue(begun + 5_000);
    const later = now() - time.epoch;
    elapsed.mockReturnValue(0);
    expect(now() - time.epoch).toBeCloseTo(later, 3);
    vi.restoreAllMocks();
    expect(now() - time.epoch).toBeGreaterThanOrEqual(later - 1e-3);
    expect(now() - time.epoch).toBeLessThan(later + 60_000);
  });
});

/** A clock that only writes down what it is asked for. */
const noting = () => {
  const started: { run: () => void; ms: number; keepAlive: boolean }[] = [];
  const stopped: unknown[] = [];
  let time = 0;
  const clock: Clock = {
    now: () => time,
    wall: () => 0,
    start: (run, ms, keepAlive) => started.push({ run, ms, keepAlive }),
    stop: (handle) => stopped.push(handle),
  };
  useClock(clock);
  return { started, stopped, pass: (ms: number) => (time += ms) };
};

describe('a Timer', () => {
  it('starts one timer of the platform, and keeps the process alive if asked to', () => {
    const { started } = noting();
    new Timer(() => {}, 5, true);
    new Timer(() => {}, 6, false);
    expect(started.map(({ ms, keepAlive }) => [ms, keepAlive])).toEqual([
      [5, true],
      [6, false],
    ]);
  });

  it('starts none for Infinity, and can be stopped all the same', () => {
    const { started, stopped } = noting();
    new Timer(() => {}, Infinity, true).stop();
    expect([started, stopped]).toEqual([[], []]);
  });

  it('never asks the platform for more than 2³¹−1 ms, and fires once after all legs', () => {
    const { started, pass } = noting();
    let fired = 0;
    const long = 2 ** 31 - 1;
    new Timer(() => fired++, 2 * long + 10, true);
    for (const expected of [long, long, 10]) {
      const leg = started.at(-1)!;
      expect(leg.ms).toBe(expected);
      expect(fired).toBe(0);
      pass(leg.ms);
      leg.run();
    }
    expect(fired).toBe(1);
    expect(started).toHaveLength(3);
  });

  it('takes the longest that the platform can in one leg', () => {
    const { started } = noting();
    let fired = 0;
    new Timer(() => fired++, 2 ** 31 - 1, true);
    started[0]!.run();
    expect([fired, started.length]).toEqual([1, 1]);
  });

  it('makes the next leg shorter when the one before it was late', () => {
    const { started, pass } = noting();
    let fired = 0;
    new Timer(() => fired++, 2 ** 31 + 99, true);
    pass(2 ** 31 + 50);
    started[0]!.run();
    expect(started[1]!.ms).toBe(49);
    pass(1_000);
    started[1]!.run();
    expect(fired).toBe(1);
  });

  it('stays on the clock that it was started on', () => {
    const { started } = noting();
    const timer = new Timer(() => {}, 2 ** 32, true);
    useClock(undefined);
    started[0]!.run();
    expect(started).toHaveLength(2);
    timer.stop();
  });

  it('is stopped once', () => {
    const { stopped } = noting();
    const timer = new Timer(() => {}, 5, true);
    timer.stop();
    timer.stop();
    expect(stopped).toHaveLength(1);
  });
});

describe("the machine's clock", () => {
  it('lets the process end unless a timer is to keep it alive, and stops what was started', () => {
    const start = vi.spyOn(globalThis, 'setTimeout');
    const stop = vi.spyOn(globalThis, 'clearTimeout');
    const timers = [true, false].map((keepAlive) => new Timer(() => {}, 1e8, keepAlive));
    const handles = start.mock.results.map(({ value }) => value as NodeJS.Timeout);
    expect(handles.map((handle) => handle.hasRef())).toEqual([true, false]);
    for (const timer of timers) timer.stop();
    expect(stop.mock.calls.map(([handle]) => handle)).toEqual(handles);
  });

  it('measures the legs of a long timer by elapsed time', () => {
    const start = vi.spyOn(globalThis, 'setTimeout').mockReturnValue(5 as never);
    const elapsed = vi.spyOn(performance, 'now').mockReturnValue(1_000);
    new Timer(() => {}, 2 ** 31 + 99, true);
    elapsed.mockReturnValue(1_000 + 2 ** 31);
    start.mock.calls[0]![0]();
    expect(start.mock.calls.map(([, ms]) => ms)).toEqual([2 ** 31 - 1, 99]);
  });

  it('works where a timer is a number, or an object that cannot be unreferenced', () => {
    for (const handle of [5, {}, undefined]) {
      vi.stubGlobal('setTimeout', () => handle);
      expect(() => new Timer(() => {}, 1e8, false)).not.toThrow();
    }
  });

  it('rounds a wait up, so that no timer comes before it is over', () => {
    const start = vi.spyOn(globalThis, 'setTimeout').mockReturnValue(5 as never);
    for (const ms of [0, 0.2, 4.000_000_1, 4.1, 5]) new Timer(() => {}, ms, true);
    expect(start.mock.calls.map(([, ms]) => ms)).toEqual([0, 1, 4, 5, 5]);
  });

  it('ends a long wait after all its legs also where `performance` stands still', () => {
    const start = vi.spyOn(globalThis, 'setTimeout').mockReturnValue(5 as never);
    vi.spyOn(performance, 'now').mockReturnValue(1_000);
    let fired = 0;
    new Timer(() => fired++, 2 ** 32, true);
    for (let leg = 0; leg < 3; leg++) start.mock.calls[leg]![0]();
    expect(start.mock.calls.map(([, ms]) => ms)).toEqual([2 ** 31 - 1, 2 ** 31 - 1, 2]);
    expect(fired).toBe(1);
  });

  it('takes a timer that has fired for due, whatever the clock says', () => {
    const start = vi.spyOn(globalThis, 'setTimeout').mockReturnValue(5 as never);
    vi.spyOn(performance, 'now').mockReturnValue(1_000);
    new Timer(() => {}, 50, true);
    start.mock.calls[0]![0]();
    expect(now()).toBe(1_050);
  });

  it('stops no timer of fakes that are gone', () => {
    const stop = vi.fn<typeof clearTimeout>();
    vi.stubGlobal('setTimeout', () => 5);
    vi.stubGlobal('clearTimeout', stop);
    const [there, gone] = [new Timer(() => {}, 10, true), new Timer(() => {}, 10, true)];
    there.stop();
    vi.unstubAllGlobals();
    expect([gone.isOfAnotherClock, gone.isOrphaned]).toEqual([true, true]);
    gone.stop();
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it('does not lose its own timers to fakes', () => {
    const timer = new Timer(() => {}, 1e8, false);
    expect([timer.isOfAnotherClock, timer.isOrphaned]).toEqual([false, false]);
    vi.useFakeTimers();
    expect([timer.isOfAnotherClock, timer.isOrphaned]).toEqual([true, false]);
    timer.stop();
    vi.useRealTimers();
  });
});

describe('on another platform', () => {
  afterEach(() => vi.resetModules());

  const onPlatform = async (globals: Readonly<Record<string, unknown>>): Promise<typeof time> => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    vi.resetModules();
    return import('../../src/core/time.ts');
  };

  it.each([
    ['nothing but messages', { setImmediate: undefined }],
    ['nothing but timers', { setImmediate: undefined, MessageChannel: undefined }],
    ['timers that belong to requests', { WebSocketPair: class {} }],
  ])('with %s, promise jobs can be waited for', async (_name, globals) => {
    const other = await onPlatform(globals);
    const seen: string[] = [];
    void Promise.resolve()
      .then(() => {})
      .then(() => seen.push('jobs'));
    await other.settled();
    expect(seen).toEqual(['jobs']);
  });

  it.each([
    ['Node', {}, false, true],
    ['a browser', { setImmediate: undefined, process: undefined }, false, false],
    ["Cloudflare's Workers", { WebSocketPair: class {} }, true, false],
    ['an edge runtime', { EdgeRuntime: 'edge-runtime' }, true, false],
    ['Workers by their name', { navigator: { userAgent: 'Cloudflare-Workers' } }, true, false],
  ])('%s is known', async (_name, globals, belong, share) => {
    const other = await onPlatform(globals);
    expect(other.timersBelongToRequests).toBe(belong);
    expect(other.clockInForce().defer !== undefined).toBe(share);
  });
});

const listener = (heard: unknown[]) => ({
  aborted: (reason: unknown) => void heard.push(reason),
});

describe('listening to a signal', () => {
  it('puts one listener on it, however many listen, and takes it away with the last', () => {
    const { signal } = new AbortController();
    const listeners = Array.from({ length: 100 }, () => listener([]));
    for (const each of listeners) listen(signal, each);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const each of listeners) unlisten(signal, each);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    unlisten(signal, listeners[0]!);
  });

  it('tells everyone once, in the order of their coming, and then nobody', () => {
    const controller = new AbortController();
    const heard: string[] = [];
    const all = ['a', 'b', 'c'].map((name) => ({ aborted: () => void heard.push(name) }));
    for (const each of all) listen(controller.signal, each);
    unlisten(controller.signal, all[1]!);
    controller.abort();
    controller.abort();
    expect(heard).toEqual(['a', 'c']);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('begins anew after all have left', () => {
    const controller = new AbortController();
    const heard: unknown[] = [];
    const one = listener(heard);
    listen(controller.signal, one);
    unlisten(controller.signal, one);
    listen(controller.signal, one);
    controller.abort('reason');
    expect(heard).toEqual(['reason']);
  });

  it('gives a reason also where a polyfill has none', () => {
    const signal = { aborted: true, addEventListener: () => {}, removeEventListener: () => {} };
    expect(reasonOf(signal)).toMatchObject({
      name: 'AbortError',
      message: 'This operation was aborted',
    });
    expect(reasonOf(AbortSignal.abort('mine'))).toBe('mine');
    expect(reasonOf(AbortSignal.abort(null))).toBe(null);
  });

  it('knows what can serve as a signal', () => {
    expect(isSignal(new AbortController().signal)).toBe(true);
    for (const other of [undefined, null, 5, {}, new EventTarget(), new AbortController()]) {
      expect(isSignal(other)).toBe(false);
    }
    const like = { aborted: false, addEventListener() {}, removeEventListener() {} };
    expect(isSignal(like)).toBe(true);
    for (const lacking of Object.keys(like))
      expect(isSignal({ ...like, [lacking]: undefined })).toBe(false);
    expect(isSignal(Object.assign(() => {}, like))).toBe(false);
  });
});
