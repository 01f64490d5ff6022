// A protected client is still that client.
import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import {
  constantBackoff,
  createKedge,
  hedge,
  type Pipeline,
  retry,
  timeout,
  TimeoutError,
} from 'kedge';
import { protect, type ProtectOptions } from 'kedge/protect';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { virtualClock } from 'kedge/testing';
import { jobs, track, transient } from '../support/lab.ts';

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

describe('methods further in', () => {
  class Sdk {
    readonly made: string[] = [];
    readonly chat = {
      label: 'chat',
      completions: {
        create: async (text: string): Promise<string> => {
          this.made.push(text);
          if (this.made.length === 1) throw transient();
          return `said ${text}`;
        },
      },
    };
    get fresh(): { list(): Promise<number> } {
      return { list: async () => this.made.length };
    }
  }

  it('are named by their paths', async () => {
    const { pipeline, executions } = made();
    const sdk = protect(new Sdk(), {
      pipeline,
      methods: ['chat.completions.create', 'fresh.list'],
    });
    expectTypeOf(sdk).toEqualTypeOf<Sdk>();
    expect(await sdk.chat.completions.create('x')).toBe('said x');
    expect([sdk.made, executions()]).toEqual([['x', 'x'], 1]);
    expect(await sdk.fresh.list()).toBe(2);
    expect([executions(), sdk.chat.label]).toEqual([2, 'chat']);
    expect(sdk.chat.completions).toBe(sdk.chat.completions);
  });

  it('take rules, too', async () => {
    const { pipeline, executions } = made();
    const sdk = protect(new Sdk(), { pipeline, methods: { 'fresh.list': () => false } });
    expect([await sdk.fresh.list(), executions()]).toEqual([0, 0]);
  });

  it.each(['chat.completions.creat', 'chat.label.create', 'nothing.at.all', 'chat.completions'])(
    '%s, which there is not, is a TypeError',
    (path) => {
      const { pipeline } = made();
      expect(() => protect(new Sdk(), { pipeline, methods: [path as 'chat.x'] })).toThrow(
        `the client has no method \`${path}\``,
      );
    },
  );
});

describe('what can be read once', () => {
  /** Reads what it is given, and fails as a server does that is not well. */
  class Uploads {
    readonly received: string[] = [];
    failure: unknown = Object.assign(new Error('try later'), { status: 500 });

    async send(command: { readonly input: { readonly Body: unknown } }): Promise<void> {
      let text = '';
      for await (const chunk of command.input.Body as AsyncIterable<string>) text += chunk;
      this.received.push(text);
      throw this.failure;
    }

    async connect(_body: unknown): Promise<void> {
      this.received.push('refused');
      throw this.failure;
    }
  }
  class Put {
    readonly input: { readonly Body: unknown };
    constructor(Body: unknown) {
      this.input = { Body };
    }
  }

  it.each([
    ['a stream of Node', () => Readable.from(['hel', 'lo'])],
    [
      'a stream of the web',
      () => new Blob(['hello']).stream().pipeThrough(new TextDecoderStream()),
    ],
    ['an iterator', () => ['hel', 'lo'].values()],
  ])('%s is read by one attempt, and the caller gets its error', async (_title, body) => {
    const uploads = new Uploads();
    const client = protect(uploads, { pipeline: made().pipeline, methods: ['send'] });
    await expect(client.send(new Put(body()))).rejects.toBe(uploads.failure);
    expect(uploads.received).toEqual(['hello']);
  });

  const key = Symbol('body');
  it.each<[string, (stream: Readable) => unknown, (given: never) => unknown]>([
    [
      'a Map',
      (stream) => new Map([['body', stream]]),
      (map: Map<string, unknown>) => map.get('body'),
    ],
    ['a Set', (stream) => new Set([stream]), (set: Set<unknown>) => [...set][0]],
    [
      'a member by a symbol',
      (stream) => ({ [key]: stream }),
      (given: { [key]: unknown }) => given[key],
    ],
    [
      'a Response',
      (stream) => new Response(Readable.toWeb(stream) as never),
      (given: Response) => given.body,
    ],
    [
      'a Request',
      (stream) =>
        new Request('http://x/', {
          method: 'PUT',
          body: Readable.toWeb(stream),
          duplex: 'half',
        } as never),
      (given: Request) => given.body,
    ],
    [
      'a list of Maps, six steps further in',
      (stream) => ({ a: { b: { c: [new Map([['body', stream]])] } } }),
      (given: { a: { b: { c: [Map<string, unknown>] } } }) => given.a.b.c[0].get('body'),
    ],
  ])('in %s is sent once, and whole', async (_title, wrap, unwrap) => {
    const received: string[] = [];
    const store = {
      async put(given: unknown): Promise<void> {
        let text = '';
        for await (const piece of unwrap(given as never) as AsyncIterable<Uint8Array>)
          text += String(Buffer.from(piece));
        received.push(text);
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      },
    };
    const client = protect(store, { pipeline: made().pipeline, methods: ['put'] });
    await expect(client.put(wrap(Readable.from([Buffer.from('hello')])))).rejects.toThrow(
      'ECONNRESET',
    );
    expect(received).toEqual(['hello']);
  });

  it('is tried again where it was not touched, and where it can be read again', async () => {
    const uploads = new Uploads();
    const client = protect(uploads, { pipeline: made().pipeline, methods: ['send', 'connect'] });
    await expect(client.connect(Readable.from(['hello']))).rejects.toBe(uploads.failure);
    expect(uploads.received).toEqual(['refused', 'refused', 'refused']);
    uploads.received.splice(0);
    await expect(client.send(new Put(['hel', 'lo']))).rejects.toBe(uploads.failure);
    expect(uploads.received).toEqual(['hello', 'hello', 'hello']);
  });

  it('was read before the call: then it says nothing about the attempts', async () => {
    const read = Readable.from(['hello']);
    read.resume();
    await once(read, 'end');
    const uploads = new Uploads();
    const client = protect(uploads, { pipeline: made().pipeline, methods: ['connect'] });
    await expect(client.connect(read)).rejects.toBe(uploads.failure);
    expect(uploads.received).toHaveLength(3);
  });

  it('is given anew by a rule, and then tried again', async () => {
    const uploads = new Uploads();
    const client = protect(uploads, {
      pipeline: made().pipeline,
      methods: { send: () => ({ arguments: () => [new Put(Readable.from(['hello']))] }) },
    });
    await expect(client.send(new Put(undefined))).rejects.toBe(uploads.failure);
    expect(uploads.received).toEqual(['hello', 'hello', 'hello']);
  });

  it('an attempt that ran out of time ends the call with its timeout', async () => {
    using clock = virtualClock();
    const slow = {
      calls: 0,
      send(body: Readable): Promise<void> {
        this.calls++;
        body.resume();
        return new Promise(() => {});
      },
    };
    const kedge = createKedge();
    const pipeline = kedge.pipeline('slow', retry({ backoff: () => 1 }), timeout(100));
    const client = protect(slow, { pipeline, methods: ['send'] });
    const answer = track(client.send(Readable.from(['hello'])));
    for (let round = 0; round < 30 && answer.state === 'pending'; round++) await clock.advance(10);
    expect(answer.reason).toBeInstanceOf(TimeoutError);
    expect(slow.calls).toBe(1);
  });

  it('a hedge joins the attempt that reads it', async () => {
    using clock = virtualClock();
    let done: ((text: string) => void) | undefined;
    const slow = {
      calls: 0,
      send(body: Readable): Promise<string> {
        this.calls++;
        body.resume();
        return new Promise((resolve) => (done = resolve));
      },
    };
    const pipeline = createKedge().pipeline('slow', hedge({ after: 10 }));
    const client = protect(slow, { pipeline, methods: ['send'] });
    const answer = track(client.send(Readable.from(['hello'])));
    await jobs();
    await clock.advance(50);
    done?.('stored');
    await jobs();
    expect([slow.calls, answer.value]).toEqual([1, 'stored']);
  });
});

it('members that cannot be replaced are shown as they are', () => {
  const client = Object.defineProperty(new Store(), 'label', { value: () => 'mine' });
  const store = protect(client, { pipeline: made().pipeline, methods: ['read'] });
  expect((store as unknown as { label(): string }).label()).toBe('mine');
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
