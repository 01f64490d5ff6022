// Each in a process of its own: what is under test is how that ends.
import { execFile } from 'node:child_process';
import { captureProcessFailures } from 'kedge/process';
import { describe, expect, it } from 'vitest';

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly lines: readonly Record<string, unknown>[];
}

const source = (path: string): string => new URL(`../../src/${path}`, import.meta.url).href;
const [entry, root, pino] = ['process/index.ts', 'index.ts', 'observe/pino.ts'].map(source);

function run(code: string): Promise<Ended> {
  const text = `import { captureProcessFailures } from ${JSON.stringify(entry)};\n${code}`;
  return new Promise((resolve) => {
    const args = ['--input-type=module', '--no-warnings=ExperimentalWarning', '--eval', text];
    execFile(process.execPath, args, { timeout: 20_000 }, (error, output, complaints) => {
      const lines = complaints
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const code = error === null ? 0 : ((error as { code?: number | null }).code ?? null);
      resolve({ code, output, lines });
    });
  });
}

const idle = 'setInterval(() => {}, 60_000);';

it('signals that cannot be caught are refused, and nothing is left behind', () => {
  const listeners = (): number[] =>
    ['uncaughtException', 'unhandledRejection', 'warning', 'SIGTERM', 'SIGHUP'].map((name) =>
      process.listenerCount(name),
    );
  const before = listeners();
  for (const name of ['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGNONSENSE', 'SIGTERm'])
    expect(() => captureProcessFailures({ signals: ['SIGHUP', name as 'SIGHUP'] })).toThrow(
      new RangeError(
        `captureProcessFailures: expected \`signals\` to be a list of signals that can be caught, such as ['SIGTERM', 'SIGINT']; not '${name}', got an array.`,
      ),
    );
  expect(listeners()).toEqual(before);
  captureProcessFailures({ signals: ['SIGHUP', 'SIGBREAK'] })[Symbol.dispose]();
  expect(listeners()).toEqual(before);
});

describe('captureProcessFailures', { timeout: 20_000 }, () => {
  it.each([
    ['uncaughtException', `setImmediate(() => { throw new Error('password=hunter2'); });`],
    ['unhandledRejection', `Promise.reject(new Error('password=hunter2'));`],
  ])('logs an %s and ends the process with 1', async (origin, code) => {
    const { code: exit, lines } = await run(`captureProcessFailures(); ${idle} ${code}`);
    expect(exit).toBe(1);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 50,
        event: 'process.failed',
        origin,
        err: expect.objectContaining({ message: 'password=[redacted]' }) as object,
      }),
    ]);
  });

  it('writes what is held back before it ends, but does not wait for ever', async () => {
    const flushed = await run(`
      captureProcessFailures({ flush: async () => { await null; console.log('flushed'); } });
      ${idle} Promise.reject(undefined);
    `);
    expect(flushed).toMatchObject({ code: 1, output: 'flushed\n' });
    const hung = await run(`
      captureProcessFailures({ flush: () => new Promise(() => {}), flushTimeout: 10 });
      ${idle} Promise.reject(undefined);
    `);
    expect(hung.code).toBe(1);
    expect(hung.lines).toMatchObject([
      { event: 'process.failed' },
      { event: 'flush.failed', reason: 'late' },
    ]);
  });

  it('flushes a logger that can be flushed', async () => {
    const { output, code } = await run(`
      const write = (object, message) => console.log(message);
      const flush = (done) => { console.log('flushed'); done(); };
      const logger = { debug: write, info: write, warn: write, error: write, flush };
      captureProcessFailures({ logger });
      ${idle} Promise.reject(new Error('x'));
    `);
    expect(code).toBe(1);
    expect(output).toBe('process failed\nflushed\n');
  });

  it('flushes although more fails meanwhile, and logs that as well', async () => {
    const { code, output, lines } = await run(`
      const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const flush = async () => { Promise.reject(new Error('again')); await later(20); console.log('flushed'); };
      captureProcessFailures({ flush });
      Promise.reject(new Error('first'));
      Promise.reject(new Error('second'));
      ${idle}
    `);
    expect({ code, output }).toEqual({ code: 1, output: 'flushed\n' });
    expect(lines).toMatchObject([
      { err: { message: 'first' } },
      { err: { message: 'second' } },
      { err: { message: 'again' } },
    ]);
  });

  it('goes on draining although something fails meanwhile, and ends with 1', async () => {
    const { code, output } = await run(`
      const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      captureProcessFailures({
        drain: async () => { Promise.reject(new Error('stray')); await later(20); console.log('drained'); },
        flush: async () => { await later(5); console.log('flushed'); },
      });
      ${idle} process.kill(process.pid, 'SIGTERM');
    `);
    expect({ code, output }).toEqual({ code: 1, output: 'drained\nflushed\n' });
  });

  it('flushes several, each of them although another fails, and the logger last', async () => {
    const { code, output, lines } = await run(`
      const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const write = () => {};
      const flush = (done) => { console.log('logger'); done(); };
      captureProcessFailures({
        logger: { debug: write, info: write, warn: write, error: write, flush },
        flush: [
          () => { throw new Error('x'); },
          async () => { await later(10); console.log('slow'); },
          () => console.log('quick'),
        ],
      });
      ${idle} Promise.reject(new Error('x'));
    `);
    expect(lines).toEqual([]);
    expect({ code, output }).toEqual({ code: 1, output: 'quick\nslow\nlogger\n' });
  });

  it.each([
    [
      'the logger',
      `captureProcessFailures({ logger: { debug: full, info: full, warn: full, error: full } });`,
    ],
    [
      'logs()',
      `observe(logs({ debug: full, info: full, warn: full, error: full })); captureProcessFailures();`,
    ],
  ])('says its last words on standard error where %s fails', async (_, code) => {
    const { code: exit, lines } = await run(`
      import { observe } from ${JSON.stringify(root)};
      import { logs } from ${JSON.stringify(pino)};
      const full = () => { throw new Error('disk full'); };
      ${code}
      ${idle} setImmediate(() => { throw new Error('last words'); });
    `);
    expect(exit).toBe(1);
    expect(lines).toMatchObject([{ event: 'process.failed', err: { message: 'last words' } }]);
  });

  it('hides names of its own', async () => {
    const { lines } = await run(`
      captureProcessFailures({ keys: ['kundennummer'] });
      ${idle} Promise.reject(new Error('kundennummer=1007 is gone'));
    `);
    expect(lines).toMatchObject([{ err: { message: 'kundennummer=[redacted] is gone' } }]);
  });

  it('drains when it is asked to stop, and ends with 0', async () => {
    const { code, output, lines } = await run(`
      import { createServer } from 'node:http';
      const server = createServer().listen(0);
      captureProcessFailures({
        drain: () => new Promise((resolve) => server.close(() => { console.log('drained'); resolve(); })),
        flush: () => console.log('flushed'),
      });
      process.kill(process.pid, 'SIGTERM');
    `);
    expect({ code, output }).toEqual({ code: 0, output: 'drained\nflushed\n' });
    expect(lines).toMatchObject([{ level: 40, event: 'stop.requested', signal: 'SIGTERM' }]);
  });

  it.each([
    ['fails', `drain: () => { throw new Error('x'); }`, 'failed'],
    ['takes too long', `drain: () => new Promise(() => {}), drainTimeout: 10`, 'late'],
  ])('ends with 1 when draining %s', async (_what, options, reason) => {
    const { code, lines } = await run(`
      captureProcessFailures({ ${options} });
      ${idle} process.kill(process.pid, 'SIGTERM');
    `);
    expect(code).toBe(1);
    expect(lines).toMatchObject([{ event: 'stop.requested' }, { event: 'drain.failed', reason }]);
  });

  const aSecondOneAfter = (ms: number): string => `
    const clock = performance.now.bind(performance);
    captureProcessFailures({
      drain: () => {
        performance.now = () => clock() + ${ms};
        process.kill(process.pid, 'SIGINT');
        return new Promise((resolve) => setTimeout(resolve, 50));
      },
      flush: () => console.log('flushed'),
    });
    ${idle} process.kill(process.pid, 'SIGTERM');`;

  it('ends at once at a second signal', async () => {
    expect(await run(aSecondOneAfter(1_000))).toMatchObject({ code: 1, output: '' });
  });

  it('takes signals that come together for one, as npm and the terminal send them', async () => {
    expect(await run(aSecondOneAfter(0))).toMatchObject({ code: 0, output: 'flushed\n' });
  });

  it('logs each warning once', async () => {
    const { code, lines } = await run(`
      captureProcessFailures();
      process.emitWarning('password=hunter2');
      process.emitWarning('password=hunter2');
      setImmediate(() => process.exit(0));
    `);
    expect(code).toBe(0);
    expect(lines).toMatchObject([
      { event: 'process.warned', err: { type: 'Warning', message: 'password=[redacted]' } },
    ]);
  });

  it('lets the process go on where that is wanted', async () => {
    const { code, output, lines } = await run(`
      captureProcessFailures({ exit: false });
      Promise.reject(new Error('x'));
      setTimeout(() => console.log('still here'), 5);
    `);
    expect({ code, output }).toEqual({ code: 0, output: 'still here\n' });
    expect(lines).toHaveLength(1);
  });

  it('is there once, and can be taken away again', () => {
    const before = process.listenerCount('unhandledRejection');
    const capturing = captureProcessFailures({ logger: false });
    expect(process.listenerCount('unhandledRejection')).toBe(before + 1);
    expect(() => captureProcessFailures()).toThrow('it is there already');
    capturing[Symbol.dispose]();
    expect(process.listenerCount('unhandledRejection')).toBe(before);
    captureProcessFailures({ logger: false })[Symbol.dispose]();
    expect(() => captureProcessFailures({ drainTimeout: -1 })).toThrow(RangeError);
  });
});
