// What the metrics of several processes say together.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Scrape } from './scraping.ts';

async function fleet(kind: string): Promise<Scrape> {
  const script = join(import.meta.dirname, 'fleet.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=kedge-sources', script, kind],
    { timeout: 50_000 },
  );
  return new Scrape(stdout);
}

describe.each(['cluster', 'threads'])('the metrics of several processes or threads: %s', (kind) => {
  it('are sums where sums mean something, and else the worst or the scarcest of all', async () => {
    const metrics = await fleet(kind);
    const quotes = { pipeline: 'quotes' };
    expect(metrics.sum('kedge_executions_total', quotes)).toBe(21);
    expect(metrics.sum('kedge_execution_duration_seconds_count', quotes)).toBe(21);
    // How many see it in which state?
    const seen = (pipeline: string, state: string) =>
      metrics.value('kedge_circuit_breaker_state', { pipeline, state });
    expect([seen('idle', 'closed'), seen('quotes', 'closed')]).toEqual([2, 2]);
    expect([seen('orders', 'open'), seen('orders', 'closed')]).toEqual([1, 0]);
    expect(metrics.value('kedge_circuit_breaker_not_closed', { pipeline: 'orders' })).toBe(1);
    // Of the one that knows; and of none that know there is no line, and no 0.
    const rates = metrics.families.get('kedge_circuit_breaker_failure_rate')?.samples;
    expect(rates).toMatchObject([{ labels: quotes, value: 0.4 }]);
    expect(metrics.value('kedge_retry_budget_available_ratio', quotes)).toBe(0.6);
    expect(metrics.sum('kedge_info')).toBe(1);
  }, 60_000);
});
