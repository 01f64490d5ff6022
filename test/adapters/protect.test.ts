// A protected client is still that client.
import { EventEmitter } from 'node:events';
import { constantBackoff, createKedge, type Pipeline, retry } from 'kedge';
import { protect, type ProtectOptions } from 'kedge/protect';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { transient } from '../support/lab.ts';

class Store extends EventEmitter {
  #secret = 'private';
  readonly #failures: unknown[] = [];
  calls = 0;
  extra = 1;

  get secret(): string {
    return this.#secret;
  }
  set secret(value: string) {
    this.#secret = value;
  }

  failNext(...errors: unknown[]): this {
    this.#failures.push(...errors);
    return this;
  }

  async read(key: string): Promise<string>;
  async read(key: number): Promise<number>;
  async read(key: string | number): Promise<string | number> {
    this.calls++;
    if (this.#failures.length > 0) throw this.#failures.shift();
    return key;
  }

  /** Calls another method of its own. */
  async twice(key: string): Promise<string> {
    return (await this.read(key)) + (await this.read(key));
  }

  readBack(key: string, done?: (value: string) => void): Promise<string> | undefined {
    if (done === undefined) return this.read(key);
    this.calls++;
    done(key);
    return undefined;
  }

  async listen(
    key: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<AbortSignal | undefined> {
    await this.read(key);
    return signal;
  }

  plain(): Store {
    return this;
  }
}

function made(): { pipeline: Pipeline; executions: () => number } {
  const pipeline = createKedge().pipeline(
    'store',
    retry({ backoff: constantBackoff(0), budget: false }),
  );
  const executions = (): number =>
    Object.values(pipeline.stats().executions).reduce((sum, each) => sum + each, 0);
  return { pipeline, executions };
}

describe('what is protected', () => {
  it('runs under the pipeline, with its arguments and its overloads', async () => {
    const { pipeline, executions } = made();
    const store = protect(new Store(), { pipeline, methods: ['read'] });
    expectTypeOf(store).toEqualTypeOf<Store>();
    store.failNext(transient(), transient());
    const text: string = await store.read('a');
    const number: number = await store.read(7);
    expect([text, number, store.calls, executions()]).toEqual(['a', 7, 4, 2]);
  });

  it('what a method calls of its own is not protected once more', async () => {
    const { pipeline, executions } = made();
    const store = protect(new Store(), { pipeline, methods: ['read', 'twice'] });
    expect([await store.twice('a'), executions()]).toEqual(['aa', 1]);
  });

  it('is the same function each time, with its name and length', () => {
    const store = protect(new Store(), { pipeline: made().pipeline, methods: ['read'] });
    expect(store.read).toBe(store.read);
    expect(store.plain).toBe(store.plain);
    expect([store.read.name, store.read.length]).toEqual(['read', 1]);
  });

  it('can be taken off the client, and bound', async () => {
    const { pipeline, executions } = made();
    const store = protect(new Store(), { pipeline, methods: ['read'] });
    const read = store.read.bind(store) as (key: string) => Promise<string>;
    expect([await read('a'), executions()]).toEqual(['a', 1]);
  });

  it('a rule gives a call its key, attributes and signal, or leaves it alone', async () => {
    const { pipeline, executions } = made();
    const store = protect(new Store(), {
      pipeline,
      methods: {
        readBack: (_key: string, done?: unknown) =>
          done === undefined ? { attributes: { idempotent: false } } : false,
      },
    });
    const given: string[] = [];
    expect(store.readBack('b', (value) => given.push(value))).toBeUndefined();
    expect([given, executions()]).toEqual([['b'], 0]);
    store.failNext(transient());
    await expect(store.readBack('a')).rejects.toThrow('connection reset');
    expect(executions()).toBe(1);
  });

  it('a rule gives each attempt its own arguments', async () => {
    const store = protect(new Store(), {
      pipeline: made().pipeline,
      methods: {
        listen: (key: string, options = {}) => ({
          arguments: ({ signal }) => [key, { ...options, signal }],
        }),
      },
    });
    expect(await store.listen('a')).toBeInstanceOf(AbortSignal);
  });

  it('a method that is put in place later is protected as well', async () => {
    const { pipeline, executions } = made();
    const store = protect(new Store(), { pipeline, methods: ['read'] });
    store.read = (async () => 'other') as unknown as Store['read'];
    expect([await store.read('a'), executions()]).toEqual(['other', 1]);
  });
});

describe('what is not', () => {
  it("private fields, accessors and properties are the client's", () => {
    const client = new Store();
    const store = protect(client, { pipeline: made().pipeline, methods: ['read'] });
    store.secret = 'changed';
    store.extra = 2;
    expect([client.secret, client.extra, store.secret, 'extra' in store]).toEqual([
      'changed',
      2,
      'changed',
      true,
    ]);
    expect(Object.keys(store)).toEqual(Object.keys(client));
  });

  it('instanceof, constructor, events and chains hold', () => {
    const client = new Store();
    const store = protect(client, { pipeline: made().pipeline, methods: ['read'] });
    const heard: unknown[] = [];
    expect(store).toBeInstanceOf(Store);
    expect(store.constructor).toBe(Store);
    expect(store.on('error', (error) => heard.push(error))).toBe(store);
    client.emit('error', 1);
    store.emit('error', 2);
    expect([heard, store.listenerCount('error')]).toEqual([[1, 2], 1]);
    expect(store.plain()).toBe(store);
  });

  it('a class that a client carries stays that class, and what is frozen stays as it is', () => {
    class Inner {
      readonly own = true;
    }
    const client = Object.freeze({ Inner, fixed: () => 1 });
    const shown = protect(client, { pipeline: made().pipeline, methods: [] });
    expect(new shown.Inner()).toBeInstanceOf(Inner);
    expect([shown.Inner, shown.fixed]).toEqual([Inner, client.fixed]);
  });
});

describe('what cannot be', () => {
  it.each([
    ['no client', undefined, { pipeline: made().pipeline, methods: [] }],
    ['no pipeline', new Store(), { methods: [] }],
    ['no methods', new Store(), { pipeline: made().pipeline }],
    ['a method that is none', new Store(), { pipeline: made().pipeline, methods: ['calls'] }],
    ['a rule that is none', new Store(), { pipeline: made().pipeline, methods: { read: 1 } }],
    [
      'a method that is frozen',
      Object.freeze({ read: async () => 1 }),
      { pipeline: made().pipeline, methods: ['read'] },
    ],
  ])('%s is a TypeError', (_title, client, options) => {
    expect(() => protect(client as Store, options as ProtectOptions<Store>)).toThrow(TypeError);
  });
});
