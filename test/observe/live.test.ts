// The page, what its watchers are sent, and who may act.
import { circuitBreaker, keyed, type KedgeEvent, observe, pipeline, retry } from 'kedge';
import { type LiveOptions, liveHandler } from 'kedge/live';
import { virtualClock, type VirtualClock } from 'kedge/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock[Symbol.dispose]());

const refused = () =>
  Promise.reject(
    Object.assign(new Error('connect ECONNREFUSED password=hunter2'), { code: 'ECONNREFUSED' }),
  );

function disposed<Made extends Disposable>(made: Made): Made {
  onTestFinished(() => made[Symbol.dispose]());
  return made;
}

const live = (options?: LiveOptions) => disposed(liveHandler(options));
const at = (path = '', init?: RequestInit): Request =>
  new Request(`https://shop.example/live${path}`, init);

interface Update {
  readonly all?: boolean;
  readonly rows: readonly (readonly unknown[])[];
  readonly gone?: readonly string[];
  readonly circuits?: readonly { readonly id: number; readonly [field: string]: unknown }[];
  readonly failures?: readonly { readonly [field: string]: unknown }[];
}

/** Watches, and reads the next message. */
async function watching(handle: ReturnType<typeof liveHandler>) {
  const { body } = await handle(at('?events'));
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  onTestFinished(() => reader.cancel());
  const next = async (): Promise<Update> => {
    const { value } = await reader.read();
    const text = new TextDecoder().decode(value);
    return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '') as Update;
  };
  const second = async (): Promise<Update> => {
    await clock.advance(1_000);
    return next();
  };
  return { next, second, reader };
}

describe('what watchers are sent', () => {
  it('is everything at first, then each second what has changed', async () => {
    const quotes = disposed(
      pipeline('quotes', circuitBreaker({ consecutiveFailures: 1 }), retry()),
    );
    disposed(pipeline('quiet'));
    const { next, second } = await watching(live());
    const first = await next();
    expect(first.all).toBe(true);
    expect(first.rows.map(([name]) => name)).toEqual(expect.arrayContaining(['quotes', 'quiet']));
    await quotes.execute(() => 1);
    const { rows } = await second();
    expect(rows.map(([name, state, , good, bad]) => [name, state, good, bad])).toEqual([
      ['quotes', 0, 1, 0],
    ]);
  });

  it('has circuits while they are not closed, with why and by which error, and nothing secret', async () => {
    const hosts = disposed(
      keyed('http', () => [circuitBreaker({ consecutiveFailures: 1, openFor: 500 })], {
        label: (key) => `host ${key}`,
      }),
    );
    const { next, second } = await watching(live());
    await next();
    await hosts.for('a.example').settle(refused);
    const open = await second();
    expect(open.circuits).toMatchObject([
      {
        pipeline: 'http',
        key: 'host a.example',
        state: 'open',
        reason: 'consecutive',
        openings: 1,
      },
    ]);
    expect(open.failures).toMatchObject([{ pipeline: 'http', kind: 'transient', count: 1 }]);
    expect(JSON.stringify(open)).not.toContain('hunter2');
    for (let call = 0; call < 3; call++) await hosts.for('a.example').execute(() => 1);
    expect((await second()).circuits).toEqual([]);
  });

  it('counts failures that came too fast to be looked at', async () => {
    const quotes = disposed(pipeline('storm'));
    const { next, second } = await watching(live());
    await next();
    for (let call = 0; call < 500; call++) await quotes.settle(refused);
    await clock.advance(1_000);
    await next();
    await quotes.settle(refused);
    expect((await second()).failures).toMatchObject([{ pipeline: 'storm', count: 501 }]);
  });

  it('is nothing any more for those who have left, and no timer is left behind', async () => {
    const { next, reader } = await watching(live());
    await next();
    expect(clock.timers).toBe(1);
    await reader.cancel();
    expect(clock.timers).toBe(0);
  });

  it('is refused to the two hundred and first watcher', async () => {
    const handle = live();
    const all: Response[] = [];
    for (let watcher = 0; watcher < 200; watcher++) all.push(await handle(at('?events')));
    expect((await handle(at('?events'))).status).toBe(503);
    await all[0]?.body?.cancel();
    expect((await handle(at('?events'))).status).toBe(200);
  });
});

describe('the page', () => {
  it('lets nothing run but its own program, and nothing be loaded from elsewhere', async () => {
    const response = await live()(at());
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+'; connect-src 'self'/,
    );
    expect(policy).not.toContain('unsafe');
    const text = await response.text();
    expect(text).not.toMatch(/(?:src|href)="?http|@import|url\(/);
    expect(text).toContain('data-may="no"');
  });

  it('may change something for those alone who are let', async () => {
    const handle = live({ authorize: ({ headers }) => headers.get('x-user') });
    expect(await (await handle(at())).text()).toContain('data-may="no"');
    expect(await (await handle(at('', { headers: { 'x-user': 'ann' } }))).text()).toContain(
      'data-may="yes"',
    );
  });

  it('leads where it is told to, and has buttons for those who may press them', async () => {
    const handle = live({
      authorize: ({ headers }) => headers.get('x-user'),
      links: { 'Log & more': '/log?a=1&b="2"' },
      buttons: { '<Break> it': () => {} },
    });
    const seen = await (await handle(at())).text();
    expect(seen).toContain('<a href="/log?a=1&amp;b=&quot;2&quot;">Log &amp; more</a>');
    expect(seen).not.toContain('data-button="');
    const acting = await (await handle(at('', { headers: { 'x-user': 'ann' } }))).text();
    expect(acting).toContain('data-button="&lt;Break&gt; it">&lt;Break&gt; it</button>');
  });

  it.each([
    ['links', { links: { Metrics: 'javascript:alert(1)' } }, TypeError],
    ['links', { links: { Metrics: 7 } }, TypeError],
    ['links', { links: { '': '/metrics' } }, RangeError],
    ['buttons', { buttons: { Break: 'it' } }, TypeError],
    [
      'buttons',
      { buttons: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`b${n}`, () => n])) },
      RangeError,
    ],
  ])('has no %s that cannot be', (name, options, kind) => {
    const make = () => liveHandler(options as LiveOptions);
    expect(make).toThrow(kind);
    expect(make).toThrow(name);
  });

  it('takes GET, HEAD and POST alone', async () => {
    expect((await live()(at('', { method: 'PUT' }))).status).toBe(405);
    expect((await live()(at('?events', { method: 'HEAD' }))).body?.locked ?? false).toBe(false);
  });
});

describe('an action', () => {
  async function shop(options: LiveOptions) {
    // Nobody has attached a logger: the line goes to standard error.
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const breaker = circuitBreaker();
    disposed(pipeline('quotes', breaker));
    const events: KedgeEvent[] = [];
    disposed(observe((event) => void events.push(event)));
    const handle = live(options);
    const { next } = await watching(handle);
    const { rows } = await next();
    const ids = rows.find(([name]) => name === 'quotes')?.at(-1) as [number, string][];
    const send = (query: string, headers: Record<string, string>) =>
      handle(
        at(query, {
          method: 'POST',
          headers: { 'x-kedge-live': '1', 'x-user': 'ann', ...headers },
        }),
      );
    const post = (action: string, headers: Record<string, string> = {}, circuit = ids[0]?.[0]) =>
      send(`?action=${action}&circuit=${circuit}&note=moving+house`, headers);
    const press = (button: string, headers: Record<string, string> = {}) =>
      send(`?button=${button}`, headers);
    return { breaker, post, press, events };
  }
  const answerOf = async (response: Response) =>
    [response.status, (await response.json()) as { said?: string; title?: string }] as const;
  const authorize = ({ headers }: Request) => headers.get('x-user');

  it('isolates, opens and closes a circuit, and is an event with who did it and why', async () => {
    const { breaker, post, events } = await shop({ authorize });
    for (const [action, state] of [
      ['isolate', 'isolated'],
      ['close', 'closed'],
      ['open', 'open'],
      ['close', 'closed'],
    ] as const) {
      expect((await post(action)).status).toBe(200);
      expect(breaker.state).toBe(state);
      expect(breaker.reason).toBe(state === 'closed' ? undefined : 'moving house (by ann)');
    }
    const told = events.filter(({ type }) => (type as string) === 'operator.acted');
    expect(told).toMatchObject([
      {
        pipeline: 'quotes',
        policy: 'circuitBreaker',
        action: 'isolate',
        by: 'ann',
        note: 'moving house',
        before: 'closed',
        severity: 'warn',
      },
      { action: 'close', by: 'ann', before: 'isolated' },
      { action: 'open', by: 'ann' },
      { action: 'close', by: 'ann' },
    ]);
  });

  it.each([
    ['nobody is let', {}, {}],
    ['whoever asks is not let', { authorize }, { 'x-user': '' }],
    ['the page has not sent it', { authorize }, { 'x-kedge-live': '' }],
    ['another site has sent it', { authorize }, { origin: 'https://evil.example' }],
    ['the browser says it is another site', { authorize }, { 'sec-fetch-site': 'cross-site' }],
    ['the origin is hidden', { authorize }, { origin: 'null' }],
  ])('is forbidden where %s', async (_, options, headers) => {
    const { breaker, post } = await shop(options);
    expect((await post('isolate', headers as Record<string, string>)).status).toBe(403);
    expect(breaker.state).toBe('closed');
  });

  it('of a button is the application’s own, with an event of who pressed it', async () => {
    const pressed: unknown[] = [];
    const { press, events } = await shop({
      authorize,
      buttons: {
        Break: (who) => void pressed.push(who),
        Heal: async () => 'It is well.',
        Fail: async () => {
          throw new Error('no way to host with password=hunter2');
        },
      },
    });
    expect(await answerOf(await press('Break'))).toEqual([200, { said: 'Done.' }]);
    expect(await answerOf(await press('Heal'))).toEqual([200, { said: 'It is well.' }]);
    const [status, { title }] = await answerOf(await press('Fail'));
    expect(status).toBe(500);
    expect(title).toMatch(/^no way to host/);
    expect(title).not.toContain('hunter2');
    expect((await press('constructor')).status).toBe(404);
    for (const headers of [
      { 'x-user': '' },
      { 'x-kedge-live': '' },
      { origin: 'https://evil.example' },
    ])
      expect((await press('Break', headers)).status).toBe(403);
    expect(pressed).toEqual(['ann']);
    const told = events.filter(({ type }) => (type as string) === 'operator.acted');
    expect(told).toMatchObject([
      { pipeline: 'live', action: 'Break', by: 'ann', severity: 'warn' },
      { action: 'Heal' },
      { action: 'Fail' },
    ]);
  });

  it('that is none, or of a circuit that is gone, says so', async () => {
    const { post } = await shop({ authorize });
    expect((await post('constructor')).status).toBe(400);
    expect((await post('isolate', {}, 9_999)).status).toBe(404);
  });
});
