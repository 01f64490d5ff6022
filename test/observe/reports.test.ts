// What happens outside of pipelines is in the metrics, too.
import { observe } from 'kedge';
import { job } from 'kedge/process';
import { prometheus } from 'kedge/prometheus';
import { securityLog } from 'kedge/security';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { report } from '../../src/failures/report.ts';
import { scrape } from './scraping.ts';

async function metrics() {
  const registry = new Registry();
  using watching = observe(prometheus(registry));
  expect(watching).toBeDefined();
  return scrape(registry);
}

describe('outside of pipelines are counted', () => {
  it('requests that failed, by framework, status and kind, before a registry was there too', async () => {
    const down = Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
    const failed = { type: 'request.failed', from: 'express', severity: 'error' } as const;
    report({ ...failed, error: down, fields: { status: 502 } }, { target: false });
    report({ ...failed, error: down, fields: { status: 502 } }, { target: false });
    report(
      { ...failed, error: new TypeError('x is not a function'), fields: { status: 500 } },
      { target: false },
    );
    report({ ...failed, from: 'hono', error: down, fields: { cutOff: true } }, { target: false });
    const read = await metrics();
    const count = (labels: Record<string, string>) =>
      read.value('kedge_request_failures_total', labels);
    expect(count({ framework: 'express', status: '502', kind: 'transient' })).toBe(2);
    expect(count({ framework: 'express', status: '500', kind: 'bug' })).toBe(1);
    expect(count({ framework: 'hono', status: 'none' })).toBe(1);
  });

  it('failures of the process, by their reason', async () => {
    const process = { from: 'process', severity: 'error', error: new Error('no') } as const;
    report(
      { ...process, type: 'process.failed', fields: { origin: 'uncaughtException' } },
      { target: false },
    );
    report({ ...process, type: 'drain.failed', fields: { reason: 'late' } }, { target: false });
    const read = await metrics();
    for (const reason of ['uncaughtException', 'drain']) {
      expect(read.value('kedge_process_failures_total', { reason })).toBe(1);
    }
  });

  it('jobs that are not tried again, and events of the security log', async () => {
    const send = job(() => Promise.reject(Object.assign(new Error('no'), { status: 404 })), {
      logger: false,
    });
    await send('ann');
    const security = securityLog({ hashKey: 'a key of some length, for tests', logger: false });
    security.loginFailed('ann');
    security.loginFailed('bob');
    security.loginSucceeded('bob');
    const read = await metrics();
    expect(read.sum('kedge_jobs_parked_total')).toBe(1);
    expect(read.value('kedge_security_events_total', { event: 'login_failed' })).toBe(2);
    expect(read.value('kedge_security_events_total', { event: 'login_succeeded' })).toBe(1);
  });
});
