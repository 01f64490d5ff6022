import { createKedge, fallback, type Policy, retry } from 'kedge';
import { logs } from 'kedge/pino';
import { prometheus } from 'kedge/prometheus';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

const password = 'hunter2-is-not-a-password';
const jwt =
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const card = '4111 1111 1111 1111';
const mail = 'ann.smith@example.com';
const secrets = [password, jwt, card, mail, 'Alan Turing', 'row-value-7'];

/** What a driver or a client throws, with everything in it that it should not have. */
function leaky(): Error {
  const cause = Object.assign(new Error(`login of ${mail} failed, password=${password}`), {
    config: { headers: { authorization: `Bearer ${jwt}` } },
  });
  return Object.assign(
    new Error(`GET https://ann:${password}@db.example/?token=${jwt} card ${card}`, { cause }),
    {
      code: 'ECONNRESET',
      sql: `select * from users where name = 'Alan Turing'`,
      parameters: ['row-value-7'],
      detail: 'Key (name)=(Alan Turing) already exists.',
      request: { headers: { authorization: `Bearer ${jwt}`, cookie: `session=${password}` } },
      response: { status: 500, data: { name: 'Alan Turing' } },
      password,
    },
  );
}

const telling: Policy = {
  kind: 'telling',
  name: 'telling',
  apply: (next) => (execution) => {
    execution.emit({
      type: 'user.seen',
      severity: 'error',
      password,
      token: jwt,
      note: `write to ${mail}`,
      card: Number(card.replaceAll(' ', '')),
      query: `password=${password}`,
      reason: jwt,
      source: `Bearer ${jwt}`,
      user: { name: 'Alan Turing' },
      error: leaky(),
    });
    return next(execution);
  },
};

async function trouble() {
  const texts: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (text: string) => void texts.push(text) });
  const registry = new Registry();
  const kedge = createKedge();
  const context = () => ({ requestId: 'r-1', authorization: `Bearer ${jwt}`, user: mail });
  kedge.observe(logs(logger, { context }), prometheus(registry));
  const run = () => Promise.reject(leaky());
  const quotes = kedge.pipeline('quotes', fallback({ run }), telling, retry({ maxAttempts: 1 }));
  const attributes = { name: 'Alan Turing', password };
  const argument = 'row-value-7';
  await quotes.settle(() => Promise.reject(leaky()), { key: mail, attributes });
  await quotes.settle(() => ({ argument }), { key: mail });
  await quotes.wrap((id: string) => id)(argument);
  await quotes.settle(() => 1, { signal: AbortSignal.abort(leaky()) });
  await quotes.settle(() => Promise.reject(`password=${password}` as never));
  await quotes.settle(() => Promise.reject({ password, note: jwt }));
  return { texts, text: texts.join(''), metrics: await registry.metrics() };
}

describe('a secret', () => {
  it('is in no line of the log, wherever it stood', async () => {
    const { texts, text } = await trouble();
    expect(texts.length).toBeGreaterThan(15);
    for (const secret of secrets) expect([secret, text.includes(secret)]).toEqual([secret, false]);
    // They were about to be written: the lines are there, with what is left of them.
    expect(text).toContain('[redacted');
    expect(text).toContain('"event":"user.seen"');
    expect(text).toContain('"causes":');
  });

  it('is in no metric', async () => {
    const { metrics } = await trouble();
    for (const secret of secrets)
      expect([secret, metrics.includes(secret)]).toEqual([secret, false]);
  });
});

describe('what an application calls a secret', () => {
  it('is in no line either: by name, by shape, or by its own rule', async () => {
    const texts: string[] = [];
    const logger = pino({ level: 'trace' }, { write: (text: string) => void texts.push(text) });
    const kedge = createKedge();
    kedge.observe(
      logs(logger, {
        keys: ['iban'],
        patterns: [/cust-\d+/],
        scrub: (text) => text.replaceAll('Turing', '[a name]'),
      }),
    );
    await kedge.pipeline('quotes').settle(() => {
      throw new Error('iban=XX12 of cust-4711, Alan Turing');
    });
    const text = texts.join('');
    expect(text).toContain('"event":"attempt.failed"');
    for (const secret of ['XX12', 'cust-4711', 'Turing'])
      expect([secret, text.includes(secret)]).toEqual([secret, false]);
  });

  it('is named as `redact` wants it', () => {
    const logger = pino();
    expect(() => logs(logger, { patterns: ['x'] as never })).toThrow(/`patterns`/);
    expect(() => logs(logger, { keys: [''] })).toThrow(/`keys`/);
    expect(() => logs(logger, { scrub: 7 as never })).toThrow(/`scrub`/);
    expect(() => logs(logger, { limits: { depths: 3 } as never })).toThrow(/depth/);
  });
});
