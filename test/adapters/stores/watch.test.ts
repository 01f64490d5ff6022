import type { Context } from 'kedge';
import { timeout } from 'kedge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOver, plainContext, throwIfOver, Watched } from '../../../src/adapters/stores/watch.ts';
import { scopeBehindContext } from '../../../src/core/lazy-context.ts';
import { deferred, type Lab, lab, rejection } from '../../support/lab.ts';

let own: Lab;

beforeEach(() => {
  own = lab();
});
afterEach(() => {
  own[Symbol.dispose]();
});

const ended: unknown[] = [];
const end = (reason: unknown): number => ended.push(reason);
afterEach(() => {
  ended.length = 0;
});

/** Whether anybody has asked for the call's signal. */
const hasSignal = (context: Context): boolean => Reflect.get(context, 'viewed') !== undefined;

describe('work that is watched', () => {
  it('makes no signal while it is short', async () => {
    let seen: Context | undefined;
    const done = own.pipeline('short').execute(async (...[given]: [Context]) => {
      const context = scopeBehindContext(given);
      seen = context;
      throwIfOver(context);
      const watched = new Watched(context, end);
      await Promise.resolve();
      watched.done();
    });
    await done;
    await own.clock.advance(100);
    expect([hasSignal(seen!), ended]).toEqual([false, []]);
  });

  it('is ended with its call, once, when it takes longer', async () => {
    let seen: Context | undefined;
    const never = deferred();
    const done = own.pipeline('long', timeout(50)).execute((...[given]: [Context]) => {
      const context = scopeBehindContext(given);
      seen = context;
      void new Watched(context, end);
      return never.promise;
    });
    done.catch(() => {});
    await own.clock.advance(10);
    expect([hasSignal(seen!), isOver(seen!), ended]).toEqual([true, false, []]);
    await own.clock.advance(50);
    const failure = await rejection(done);
    expect([isOver(seen!), ended]).toEqual([true, [failure]]);
    expect(Object.keys(plainContext(seen!))).toContain('deadline');
    expect(() => throwIfOver(seen!)).toThrow(failure);
    await own.clock.advance(100);
    expect(ended).toEqual([failure]);
  });

  it('is ended also when its call was over before anybody looked', async () => {
    const controller = new AbortController();
    const done = own.pipeline('gone').execute(
      (context) => {
        void new Watched(context, end);
        return new Promise(() => {});
      },
      { signal: controller.signal },
    );
    controller.abort(new Error('enough'));
    const failure = await rejection(done);
    expect(ended).toEqual([]);
    await own.clock.advance(5);
    expect(ended).toEqual([failure]);
  });

  it('is left alone from when it is done', async () => {
    const never = deferred();
    let watched: Watched | undefined;
    const done = own.pipeline('done', timeout(50)).execute((context) => {
      watched = new Watched(context, end);
      return never.promise;
    });
    done.catch(() => {});
    await own.clock.advance(10);
    watched?.done();
    await own.clock.advance(50);
    await rejection(done);
    expect(ended).toEqual([]);
  });

  it('asks the signal of a context that is not of this engine', () => {
    const controller = new AbortController();
    const foreign = { signal: controller.signal } as Context;
    expect(isOver(foreign)).toBe(false);
    controller.abort(new Error('enough'));
    expect(isOver(foreign)).toBe(true);
    expect(() => throwIfOver(foreign)).toThrow('enough');
  });

  it('is ended also where the clock of what ran before was given back meanwhile', async () => {
    void own.pipeline('before').settle((context) => {
      void new Watched(context, end);
      return deferred().promise;
    });
    own[Symbol.dispose]();
    own = lab();
    const done = own.pipeline('long', timeout(50)).execute((context) => {
      void new Watched(context, end);
      return deferred().promise;
    });
    done.catch(() => {});
    await own.clock.advance(100);
    expect(ended).toEqual([await rejection(done)]);
  });
});
