import { beforeEach, describe, expect, it } from 'vitest';
import { signedIn, type TestJournal, testJournal, Visitor } from '../support/journal.ts';

let journal: TestJournal;

beforeEach(async () => {
  journal = await testJournal();
});

async function fail(type: string, value: string, more: object = {}): Promise<void> {
  const [key] = await journal.store.keys();
  const frames = [
    { function: 'place', filename: 'orders.js', in_app: true, context_line: `throw new ${type}()` },
  ];
  const event = {
    platform: 'node',
    exception: { values: [{ type, value, stacktrace: { frames } }] },
    ...more,
  };
  const url = `${journal.url}/api/1/store/?sentry_key=${key!.key}`;
  const { status } = await fetch(url, { method: 'POST', body: JSON.stringify(event) });
  expect(status).toBe(200);
}

// Passwords are made to take long.
describe('signing in', { timeout: 30_000 }, () => {
  it('is asked of everybody, for every page', async () => {
    const visitor = new Visitor(journal.url);
    for (const path of ['/', '/groups', '/groups/1', '/projects', '/account', '/nothing']) {
      const response = await visitor.get(path);
      expect([path, response.status, response.headers.get('location')]).toEqual([
        path,
        303,
        '/sign-in',
      ]);
    }
    expect((await visitor.get('/sign-in')).status).toBe(200);
  });

  it('works by a link once, and not by looking at it', async () => {
    const token = await journal.sessions.startLink('admin');
    const visitor = new Visitor(journal.url);
    expect(await visitor.text(`/sign-in?token=${token}`)).toContain('Sign in with this link');
    const response = await visitor.post('/sign-in', { token });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/groups']);
    expect(response.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Lax/);
    expect((await visitor.get('/groups')).status).toBe(200);
    expect((await new Visitor(journal.url).post('/sign-in', { token })).status).toBe(401);
  });

  it('by a link ends after a quarter of an hour, by a session after a week', async () => {
    const token = await journal.sessions.startLink('admin');
    journal.clock.advance(15 * 60_000 + 1);
    expect((await new Visitor(journal.url).post('/sign-in', { token })).status).toBe(401);
    const visitor = await signedIn(journal, 'viewer');
    journal.clock.advance(7 * 24 * 3_600_000 + 1);
    expect((await visitor.get('/groups')).status).toBe(303);
  });

  it('works by a password that was set, which ends all other sessions, ends with its own, and is refused alike for a wrong name', async () => {
    const visitor = await signedIn(journal, 'administrator');
    const other = new Visitor(journal.url);
    other.cookie = `kedge_journal_session=${await journal.sessions.startSession('administrator')}`;
    expect((await visitor.post('/account', { password: 'short' })).status).toBe(400);
    expect((await other.get('/groups')).status).toBe(200);
    expect(
      await (await visitor.post('/account', { password: 'a much longer one' })).text(),
    ).toContain('is set');
    expect((await other.get('/groups')).status).toBe(303);
    expect((await visitor.get('/groups')).status).toBe(200);
    await visitor.post('/sign-out', {});
    expect((await visitor.get('/groups')).status).toBe(303);
    const wrong = await visitor.post('/sign-in', {
      name: 'administrator',
      password: 'a wrong one',
    });
    const nobody = await visitor.post('/sign-in', { name: 'nobody', password: 'a wrong one' });
    expect([wrong.status, await wrong.text()]).toEqual([nobody.status, await nobody.text()]);
    const right = await visitor.post('/sign-in', {
      name: 'administrator',
      password: 'a much longer one',
    });
    expect(right.status).toBe(303);
    expect((await visitor.get('/groups')).status).toBe(200);
  });

  it('is not to be guessed: ten attempts a minute at one account', async () => {
    const visitor = new Visitor(journal.url);
    const guesses = Array.from({ length: 14 }, () =>
      visitor.post('/sign-in', { name: 'admin', password: 'x' }),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBe(4);
  });
});

describe('pages', () => {
  it('show groups, one group, and its stack, and are found by words and fields', async () => {
    await fail('OrderError', 'order 17 failed', { release: 'shop@1.0.0', user: { id: 'u' } });
    await fail('StockError', 'nothing left', { level: 'warning' });
    const visitor = await signedIn(journal, 'viewer');
    const list = await visitor.text('/groups');
    expect(list).toContain('OrderError: order 17 failed');
    expect(list).toContain('StockError: nothing left');
    const found = await visitor.text(`/groups?q=${encodeURIComponent('severity:warning noth')}`);
    expect(found).not.toContain('OrderError');
    const path = /href="(\/groups\/\d+)">StockError/.exec(found)?.[1] as string;
    const page = await visitor.text(path);
    expect(page).toContain('<code>place</code>');
    expect(page).toContain('throw new StockError()');
    const other = /href="(\/groups\/\d+)">OrderError/.exec(list)?.[1] as string;
    expect(await visitor.text(other)).toContain('<dt>By release</dt><dd>shop@1.0.0 1 time</dd>');
    expect(await visitor.text('/groups?q=nowhere')).toContain('Nothing is found');
    const byUser = await visitor.text('/groups?q=user:u');
    expect(byUser).toContain('OrderError');
    expect(byUser).not.toContain('StockError');
  });

  it('resolve, ignore and open again, by those who may', async () => {
    await fail('OrderError', 'failed');
    const visitor = await signedIn(journal, 'responder');
    const change = async (action: string): Promise<string> => {
      const response = await visitor.post('/groups', { id: '1', action });
      return visitor.text(response.headers.get('location') as string);
    };
    expect(await change('resolved')).toContain('The group is resolved;');
    expect(await visitor.text('/groups')).not.toContain('OrderError');
    await fail('OrderError', 'failed');
    journal.clock.advance(1_000);
    await fail('OrderError', 'failed');
    expect(await visitor.text('/groups')).toContain('OrderError');
    expect(await change('ignored')).toContain('ignored');
    expect(await change('unresolved')).toContain('open again');
    const viewer = await signedIn(journal, 'viewer');
    expect((await viewer.post('/groups', { id: '1', action: 'resolved' })).status).toBe(403);
    expect(await viewer.text('/groups/1')).not.toContain('name="action"');
  });

  it('add projects and keys, and end keys, which counts at once', async () => {
    const visitor = await signedIn(journal, 'administrator');
    await visitor.post('/projects', { action: 'add-project', name: 'shop' });
    const page = await visitor.text('/projects');
    const [, dsn] = /<code>(http:\/\/[\da-f]{32}@[^<]+\/2)<\/code>/.exec(page)!;
    const key = new URL(dsn!).username;
    const send = () =>
      fetch(`${journal.url}/api/2/store/?sentry_key=${key}`, { method: 'POST', body: '{}' });
    expect((await send()).status).toBe(200);
    await visitor.post('/projects', { action: 'end-key', key });
    expect((await send()).status).toBe(401);
    const said = await visitor.post('/projects', { action: 'add-project', name: 'shop' });
    expect(said.headers.get('location')).toBe('/projects?said=name');
    const responder = await signedIn(journal, 'responder');
    expect((await responder.post('/projects', { action: 'add-project', name: 'x' })).status).toBe(
      403,
    );
    expect(await responder.text('/projects')).not.toContain('@127.0.0.1');
  });

  it('change nothing for a form from another origin', async () => {
    await fail('OrderError', 'failed');
    const visitor = await signedIn(journal, 'administrator');
    const fields = { id: '1', action: 'resolved' };
    expect((await visitor.post('/groups', fields, 'https://evil.example')).status).toBe(403);
    expect((await visitor.post('/groups', fields, 'null')).status).toBe(403);
    expect(await journal.store.group(1)).toMatchObject({ state: 'unresolved' });
  });

  it('show hostile records as text, and nothing else', async () => {
    const markup = '<script>alert(1)</script><img src=x onerror=alert(1)>';
    await fail('<b>Error</b>', `${markup}\u202Etxt.exe\u001B[31m`, {
      tags: { '"><i>': 'javascript:alert(1)' },
      breadcrumbs: [{ message: markup, data: { link: 'javascript:alert(1)' } }],
      transaction: markup,
      release: '"><script>',
    });
    const visitor = await signedIn(journal, 'viewer');
    const pages = (await visitor.text('/groups')) + (await visitor.text('/groups/1'));
    expect(pages).not.toMatch(/<script|<img|<b>|<i>|href="javascript/);
    expect(pages).not.toContain('\u202E');
    expect(pages).not.toContain('\u001B');
    expect(pages).toContain('&lt;script&gt;');
  });

  it('have a strict policy and no resource from elsewhere', async () => {
    const visitor = await signedIn(journal, 'viewer');
    const response = await visitor.get('/groups');
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'/,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const page = await response.text();
    expect(page).not.toMatch(/<script|style="|https?:\/\//);
    expect((await visitor.get('/style.css')).headers.get('content-type')).toContain('text/css');
  });
});

describe('a form', () => {
  it('is no longer than forms are, whoever sends it', async () => {
    const name = 'x'.repeat(100_000);
    expect((await new Visitor(journal.url).post('/sign-in', { name })).status).toBe(413);
  });

  it('that is none is taken for an empty one', async () => {
    const response = await fetch(`${journal.url}/sign-in`, {
      method: 'POST',
      headers: { origin: journal.url, 'content-type': 'application/json' },
      body: '{"name":"admin"}',
    });
    expect(response.status).toBe(401);
  });
});

describe('a journal behind a path', () => {
  it('has the path in all of its links, and is reached with it or without', async () => {
    const behind = await testJournal({ PUBLIC_URL: 'https://example.org/errors' });
    expect(behind.url).toBe('https://example.org/errors');
    const local = `http://127.0.0.1:${behind.port}`;
    for (const path of ['/errors/sign-in', '/sign-in']) {
      const page = await (await fetch(local + path)).text();
      expect(page).toContain('href="/errors/style.css"');
      expect(page).toContain('action="/errors/sign-in"');
    }
    const away = await fetch(`${local}/errors/groups`, { redirect: 'manual' });
    expect(away.headers.get('location')).toBe('/errors/sign-in');
    const token = await behind.sessions.startLink('admin');
    const signIn = await fetch(`${local}/errors/sign-in`, {
      method: 'POST',
      headers: { origin: 'https://example.org' },
      body: new URLSearchParams({ token }),
      redirect: 'manual',
    });
    expect(signIn.headers.get('set-cookie')).toMatch(
      /Path=\/errors; HttpOnly; Secure; SameSite=Lax/,
    );
  });
});
