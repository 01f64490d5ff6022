/**
 * Something that kedge remembers about an object that is not its own: a private field on it, which nobody else sees.
 *
 * A `WeakMap` would do the same and cost every collection of garbage: an operation that reads its signal took eight
 * times as long.
 */
export interface Mark<T> {
  keep(on: object, value: T): void;
  of(thing: object): T | undefined;
}

/** Gives back what it is asked to make: so a class can put a private field on an object that is there already. */
const Given = function (thing: object): object {
  return thing;
} as unknown as new (thing: object) => object;

export function mark<T>(): Mark<T> {
  class Marked extends Given {
    #value: T;

    constructor(thing: object, value: T) {
      super(thing);
      this.#value = value;
    }

    static keep(thing: object, value: T): void {
      if (#value in thing) thing.#value = value;
      else new Marked(thing, value);
    }

    static of(thing: object): T | undefined {
      return #value in thing ? thing.#value : undefined;
    }
  }
  return Marked;
}
