// What stands in a terminal at three in the morning.
import { circuitBreaker, keyed, pipeline, presets } from 'kedge';
import { stateHandler } from 'kedge/state';
import { virtualClock, type VirtualClock } from 'kedge/testing';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { jobs } from '../support/lab.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock[Symbol.dispose]());

const refused = () =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));

function disposed<Made extends Disposable>(made: Made): Made {
  onTestFinished(() => made[Symbol.dispose]());
  return made;
}

function terminal(answer: (request: Request) => Response | Promise<Response> = stateHandler()) {
  const stop = new AbortController();
  const said = { out: '', complaints: '' };
  const asked: Request[] = [];
  return {
    said,
    asked,
    stop,
    io: {
      out: (text: string) => void (said.out += text),
      complain: (text: string) => void (said.complaints += text),
      fetch: ((...given: ConstructorParameters<typeof Request>) => {
        const request = new Request(...given);
        asked.push(request);
        return Promise.resolve().then(() => answer(request));
      }) as typeof fetch,
      columns: Infinity,
      colors: false,
      signal: stop.signal,
    },
  };
}

it('lists the circuits that are not closed first, then every pipeline with its numbers', async () => {
  const hosts = disposed(
    keyed('http', () => [circuitBreaker({ consecutiveFailures: 1, openFor: 5_000 })], {
      label: (key) => key,
    }),
  );
  const orders = disposed(pipeline('orders', ...presets.database()));
  await orders.execute(() => 1);
  for (let call = 0; call < 3; call++) await hosts.for('a.example').settle(refused);
  await clock.advance(192_000);
  await hosts.for('b.example').settle(refused);

  const { io, said } = terminal();
  expect(await run(['state', 'shop.example/state'], io)).toBe(0);
  const lines = said.out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '));
  expect(lines[0]).toMatch(/^1 of 2 pipelines have circuits that are not closed\./);
  expect(lines.slice(2, 5)).toEqual([
    'PIPELINE | CIRCUIT | KEY | STATE | NOT CLOSED | WHY | OPENINGS | TURNED AWAY | NEXT PROBE | ERROR',
    'http | circuitBreaker | a.example | open | 3 min 12 s | consecutive | 1 | 2 | next call | ECONNREFUSED: connect ECONNREFUSED',
    'http | circuitBreaker | b.example | open | 0 ms | consecutive | 1 | 0 | in 5 s | ECONNREFUSED: connect ECONNREFUSED',
  ]);
  expect(lines.find((line) => line.startsWith('orders'))).toMatch(
    /^orders \| 1 \| 1 \| 0 \| 0 \| 0 \| 0 \| 100 %.*closed$/,
  );
});

it('asks again every two seconds with --watch, also while nobody answers', async () => {
  let calls = 0;
  const { io, said, stop } = terminal(() => {
    calls++;
    if (calls === 2) throw new Error('connect ECONNREFUSED 127.0.0.1:80');
    return stateHandler()(new Request('http://shop.example/'));
  });
  const running = run(['state', 'shop.example', '--watch'], io);
  for (let tick = 0; tick < 2; tick++) {
    await jobs();
    await clock.advance(2_000);
  }
  await jobs();
  stop.abort();
  expect(await running).toBe(0);
  expect(calls).toBe(3);
  expect(said.out.match(/All circuits of \d+ pipelines are closed/g)).toHaveLength(2);
  expect(said.out).toContain('cannot be read: connect ECONNREFUSED');
});

it('sends the headers that it is given', async () => {
  const { io, asked } = terminal();
  await run(['state', 'https://shop.example/state', '--header', 'authorization: Bearer a:b'], io);
  expect(asked[0]?.headers.get('authorization')).toBe('Bearer a:b');
});

it('keeps what comes from outside from speaking to the terminal', async () => {
  const { io, said } = terminal(() =>
    Response.json({
      version: '0',
      at: '',
      more: 0,
      pipelines: [
        {
          name: 'a\u001B[2Jb',
          notClosed: 0,
          executions: { success: 0, fallback: 0, stale: 0, failure: 0, timeout: 0, rejected: 0 },
          policies: [],
          circuits: [],
          inFlight: 0,
          abandoned: 0,
        },
      ],
    }),
  );
  await run(['state', 'shop.example'], io);
  expect(said.out).toContain('a [2Jb');
  expect(said.out).not.toContain('\u001B');
});

it.each([
  [['state'], 'expected the address of a state'],
  [['state', 'http://'], "'http://' is no address"],
  [['state', 'a', 'b'], "there is nothing to do with 'b'"],
  [['state', 'a', '--colour'], "Unknown option '--colour'"],
  [['state', 'a', '--header', 'x'], "expected 'name: value'"],
  [['stat'], "there is no command 'stat'"],
  [['toString'], "there is no command 'toString'"],
])('says in a sentence that %j cannot be', async (args, sentence) => {
  const { io, said } = terminal();
  expect(await run(args, io)).toBe(2);
  expect(said.complaints).toContain(sentence);
});

it.each([
  ['another status', () => new Response('', { status: 403 }), 'answered 403'],
  ['a page', () => new Response('<p>'), 'does not answer as stateHandler() does'],
  ['another JSON', () => Response.json(null), 'does not answer as stateHandler() does'],
])('says in a sentence that the answer is %s', async (_, answer, sentence) => {
  const { io, said } = terminal(answer);
  expect(await run(['state', 'shop.example'], io)).toBe(2);
  expect(said.complaints).toContain(sentence);
});

it('lists its commands, and says what each takes', async () => {
  const { io, said } = terminal();
  expect(await run([], io)).toBe(0);
  expect(said.out).toMatch(/^ {2}state +prints/m);
  await run(['state', '--help'], io);
  expect(said.out).toContain('--watch');
});
