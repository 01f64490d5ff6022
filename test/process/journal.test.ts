// Each in a process of its own, with a journal in this one: what arrives of a process that ends.
import { execFile } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JournalServer } from '../observe/journal-server.ts';

const source = (path: string): string =>
  JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

interface Ended {
  readonly code: number | null;
  readonly complaints: string;
}

let server: JournalServer;
beforeEach(async () => {
  server = await new JournalServer().start();
});
afterEach(() => server.stop());

function run(code: string): Promise<Ended> {
  const text = `
    import { observe, pipeline } from ${source('index.ts')};
    import { journal } from ${source('observe/journal.ts')};
    import { captureProcessFailures } from ${source('process/index.ts')};
    const failures = journal({ url: ${JSON.stringify(server.url)}, key: 'key' });
    observe(failures);
    ${code}
  `;
  return new Promise((resolve) => {
    const args = ['--input-type=module', '--no-warnings=ExperimentalWarning', '--eval', text];
    execFile(process.execPath, args, { timeout: 20_000 }, (error, _, complaints) => {
      const code = error === null ? 0 : ((error as { code?: number | null }).code ?? null);
      resolve({ code, complaints });
    });
  });
}

const told = (): unknown[] =>
  server.sent.flatMap(({ body }) => body.failures.map(({ failure }) => failure['message']));

describe('a journal hears of', { timeout: 20_000 }, () => {
  it('the failure that ended the process, and of those that waited', async () => {
    const { code } = await run(`
      captureProcessFailures({ flush: [failures.flush] });
      await pipeline('maps').settle(() => Promise.reject(new Error('before')));
      setInterval(() => {}, 60_000);
      Promise.reject(new Error('the end'));
    `);
    expect(code).toBe(1);
    expect(told()).toEqual(['before', 'the end']);
    expect(server.sent[0]?.body.failures[1]?.failure).toMatchObject({
      severity: 'critical',
      tags: { event: 'process.failed', origin: 'unhandledRejection' },
    });
  });

  it('failures and totals of a program that has nothing left to do', async () => {
    const { code } = await run(`
      await pipeline('maps').settle(() => Promise.reject(new Error('in a script')));
      await pipeline('maps').execute(() => 1);
    `);
    expect(code).toBe(0);
    expect(told()).toEqual(['in a script']);
    expect(server.sent[0]?.body.totals).toMatchObject([
      { pipeline: 'maps', outcome: 'success', count: 1 },
      { pipeline: 'maps', outcome: 'failure', count: 1 },
    ]);
  });
});

describe('a journal that does not answer', { timeout: 20_000 }, () => {
  it('holds a process up for two seconds, and no more than once', async () => {
    server.answers = [() => {}];
    const { code } = await run(`
      await pipeline('maps').settle(() => Promise.reject(new Error('lost')));
    `);
    // Three tries of ten seconds each would be too long for `run`.
    expect(code).toBe(0);
    expect(server.sent).toHaveLength(1);
  });

  it('holds it up no longer because a request was under way', async () => {
    server.answers = [() => {}];
    const { code } = await run(`
      for (let each = 0; each < 250; each++)
        await pipeline('maps' + each).settle(() => Promise.reject({ code: 'E' + each, message: 'x' }));
    `);
    expect(code).toBe(0);
    // A second one would be the next try, after ten seconds.
    expect(server.sent).toHaveLength(1);
  });

  it('nor listens: the process ends all the same, without a word', async () => {
    const { port } = new URL(server.url);
    await server.stop();
    const { code, complaints } = await run(`
      captureProcessFailures({ flush: failures.flush, logger: false });
      await pipeline('maps').settle(() => Promise.reject(new Error('lost')));
    `);
    expect({ code, complaints }).toEqual({ code: 0, complaints: '' });
    server = await new JournalServer().start(Number(port));
  });
});
