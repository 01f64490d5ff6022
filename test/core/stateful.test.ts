import { beforeEach, describe, expect, it } from 'vitest';
import { object, type Rules, text, wholeNumber } from '../../src/core/options.ts';
import { type Schema, StatefulPolicy } from '../../src/core/stateful.ts';

interface BoxOptions {
  width: number;
  height?: number;
  material?: string;
  name?: string;
}

const rules: Rules<BoxOptions> = {
  width: wholeNumber(1),
  height: wholeNumber(1),
  material: text,
  name: text,
};

const schema: Schema<BoxOptions, { area: number }> = {
  kind: 'box',
  rules,
  defaults: { height: 10 },
  required: ['width'],
  fixed: ['material'],
  complete: ({ width, height = 0 }) => {
    if (height > 100 * width) throw new RangeError('too slim');
    return { area: width * height };
  },
};

class Box extends StatefulPolicy<BoxOptions, { area: number }> {
  changes = 0;

  constructor(options: BoxOptions) {
    super(schema, options);
  }

  protected override reconfigured(): void {
    this.changes++;
  }
}

describe('a policy with options that can change', () => {
  let box: Box;
  beforeEach(() => {
    box = new Box({ width: 2, height: 3 });
  });

  it('is called by its kind until it is given a name', () => {
    expect([box.kind, box.name]).toEqual(['box', 'box']);
    expect(new Box({ width: 1, name: 'crate' }).name).toBe('crate');
  });

  it('puts defaults in place of options that were not given', () => {
    expect(new Box({ width: 2 }).settings.area).toBe(20);
  });

  it('changes the options that are named, and keeps the others', () => {
    box.reconfigure({ width: 5 });
    expect(box.settings.area).toBe(15);
    expect(box.changes).toBe(1);
  });

  it('keeps an option that is changed to undefined', () => {
    box.reconfigure({ height: undefined });
    expect(box.settings.area).toBe(6);
  });

  it('goes back to the default of an option that null takes away', () => {
    box.reconfigure({ height: null });
    expect(box.settings.area).toBe(20);
    box.reconfigure({ width: 3 });
    expect(box.settings.area).toBe(30);
  });

  it('does not let null take away an option that it needs', () => {
    expect(() => box.reconfigure({ width: null } as never)).toThrow(
      'box: `width` is required: a whole number from 1.',
    );
  });

  it.each([
    ['a value out of range', { height: 0 }],
    ['a value of another type', { width: 7, height: '7' }],
    ['no option at all', { depth: null }],
    ['its name', { name: 'crate' }],
    ['its name, by null', { name: null }],
    ['an option that cannot change', { width: 7, material: 'wood' }],
    ['an option that cannot change, by null', { material: null }],
    ['options that contradict each other', { width: 7, height: 1_000 }],
    ['no options', null],
  ])('refuses %s, and stays as it was', (_, changes) => {
    expect(() => box.reconfigure(changes as never)).toThrow(/^box|too slim/);
    expect(box.settings.area).toBe(6);
    expect(box.changes).toBe(0);
  });

  it('does not read the options again that it was given', () => {
    const options = { width: 2, height: 3 };
    const copied = new Box(options);
    options.height = 9;
    copied.reconfigure({ width: 4 });
    expect(copied.settings.area).toBe(12);
  });

  it('asks for the options that it needs when it is made', () => {
    expect(() => new Box({} as never)).toThrow('box: `width` is required');
    expect(() => new Box({ width: null } as never)).toThrow('box: expected `width` to be');
  });
});

describe('an option that is an object', () => {
  const asked: unknown[] = [];
  const nested: Schema<{ box?: object; name?: string }, unknown> = {
    kind: 'nested',
    rules: { box: object('{ width }'), name: text },
    defaults: {},
    complete: ({ box }) => asked.push(box) && box,
  };
  class Nested extends StatefulPolicy<{ box?: object; name?: string }, unknown> {
    constructor(box: object) {
      super(nested, { box });
    }
  }

  it('is copied: whoever changes it later has not changed the policy', () => {
    const box = { width: 1 };
    const policy = new Nested(box);
    box.width = 2;
    policy.reconfigure({});
    expect(policy.settings).toEqual({ width: 1 });
  });

  it('is itself where it can do something', () => {
    const budget = { withdraw: (): boolean => true };
    expect(new Nested(budget).settings).toBe(budget);
  });
});
