// Each alert, on made-up series: when it must fire, when it must not, and when it must not end yet.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alerts } from '../../src/cli/rules/alerts.ts';
import { runbookOf } from '../../src/cli/rules/file.ts';
import { Metrics } from '../../src/cli/rules/metrics.ts';
import { run } from '../../src/cli/run.ts';
import { families } from '../../src/observe/prometheus/families.ts';
import { root } from '../docs/blocks.ts';
import { fires, hasPromtool, type Series, type Trial, tried } from './promtool.ts';

async function printed(
  ...args: readonly string[]
): Promise<{ code: number; out: string; complaints: string }> {
  const said = { out: '', complaints: '' };
  const code = await run(['rules', ...args], {
    out: (text) => void (said.out += text),
    complain: (text) => void (said.complaints += text),
    fetch,
    columns: Infinity,
    colors: false,
  });
  return { code, ...said };
}

const rules = (await printed()).out;
const own = 'job="shop",pipeline="quotes"';
const calls = (outcome: string, values: string): Series => ({
  [`kedge_executions_total{${own},outcome="${outcome}"}`]: values,
});
const circuit = (member: string, more: string, values: string, where = own): Series => ({
  [`kedge_circuit_breaker_${member}{${where},policy="circuitBreaker"${more}}`]: values,
});

/** A circuit, by its state in every scrape: `c`, `o`, `h` or `i`, each followed by how often. */
function states(text: string, where = own): Series {
  const runs = [...text.matchAll(/([cohi])(\d+)/g)].map(([, state, count]) => ({
    state: state as string,
    count: Number(count),
  }));
  const values = (is: (state: string) => boolean): string =>
    runs.map(({ state, count }) => `${is(state) ? 1 : 0}x${count - 1}`).join(' ');
  return {
    ...circuit(
      'state',
      ',state="closed"',
      values((state) => state === 'c'),
      where,
    ),
    ...circuit(
      'state',
      ',state="open"',
      values((state) => state === 'o'),
      where,
    ),
    ...circuit(
      'state',
      ',state="half_open"',
      values((state) => state === 'h'),
      where,
    ),
    ...circuit(
      'state',
      ',state="isolated"',
      values((state) => state === 'i'),
      where,
    ),
    ...circuit(
      'not_closed',
      '',
      values((state) => state === 'o' || state === 'h'),
      where,
    ),
  };
}

const traffic = calls('rejected', '0+150x400');
const good = calls('success', '0+1500x400');

const trials: readonly Trial[] = [
  {
    name: 'an outage pages after two minutes, again after fifteen, and ends a minute after it',
    series: { ...traffic, ...states('c8 o80 c20') },
    asks: [
      ...fires('KedgeCircuitNotClosed', ['4m15s', '21m45s', '22m30s'], ['1m', '3m45s', '23m30s']),
      ...fires('KedgeCircuitNotClosedLong', ['17m15s', '22m30s'], ['16m30s', '23m30s']),
    ],
  },
  {
    name: 'an outage in which every scrape meets half-open pages as well',
    series: { ...traffic, ...states('c8 h40 c20') },
    asks: fires('KedgeCircuitNotClosed', ['4m15s', '11m45s'], ['3m30s', '14m']),
  },
  {
    name: 'an outage of a minute and a half pages nobody, whatever scrapes meet',
    series: { ...traffic, ...states('c8 o2 h1 o2 h1 c20') },
    asks: fires('KedgeCircuitNotClosed', [], ['3m', '3m45s', '4m30s', '6m']),
  },
  {
    name: 'a process that starts anew in an outage has forgotten it, and the alert goes on',
    series: { ...traffic, ...states('c8 o20 c2 o20 c20') },
    asks: fires('KedgeCircuitNotClosed', ['6m45s', '7m', '7m15s', '7m30s'], ['14m30s']),
  },
  {
    name: 'a host that nobody calls any more pages nobody, however long its circuit is open',
    series: {
      ...good,
      ...states('c8 o90'),
      // After ten times its openFor.
      ...circuit('not_closed', '', '0x7 1x3 0x90'),
    },
    asks: fires('KedgeCircuitNotClosed', [], ['4m30s', '10m', '20m']),
  },
  {
    name: 'a pipeline without any traffic pages nobody',
    series: { ...calls('success', '5x100'), ...states('o100') },
    asks: fires('KedgeCircuitNotClosed', [], ['4m30s', '10m', '20m']),
  },
  {
    name: 'with keys, the alert is that of the key, and says since when',
    series: {
      ...traffic,
      ...states('c100', `${own},key="a.example"`),
      ...states('c8 o92', `${own},key="b.example"`),
      // It has opened between two scrapes, and again since.
      ...circuit('last_opened_timestamp_seconds', '', '7x99', `${own},key="a.example"`),
      ...circuit('last_opened_timestamp_seconds', '', '_x8 109 127x91', `${own},key="b.example"`),
    },
    asks: [
      {
        at: '6m',
        expr: 'sum by (alertname, job, pipeline, key, severity) (ALERTS{alertname="KedgeCircuitNotClosed",alertstate="firing"})',
        gives: {
          '{alertname="KedgeCircuitNotClosed",job="shop",pipeline="quotes",key="b.example",severity="page"}': 1,
        },
      },
      {
        at: '6m',
        expr: 'kedge:circuit_not_closed_since:timestamp',
        gives: {
          'kedge:circuit_not_closed_since:timestamp{job="shop",pipeline="quotes",policy="circuitBreaker",key="b.example"}': 109,
        },
      },
    ],
  },
  {
    name: 'many hosts that are down are one outage',
    series: {
      ...traffic,
      ...circuit('state', ',state="closed"', '500x7 300x90'),
      ...circuit('state', ',state="open"', '0x7 200x90'),
      ...circuit('not_closed', '', '0x7 200x90'),
    },
    asks: [
      ...fires('KedgeManyCircuitsNotClosed', ['4m15s'], ['3m30s']),
      { at: '6m', expr: 'sum(kedge:circuit_not_closed_since:timestamp)', gives: { '{}': 120 } },
    ],
  },
  {
    name: 'two hosts of eight that are down are two outages',
    series: {
      ...traffic,
      ...circuit('state', ',state="closed"', '8x7 6x90'),
      ...circuit('state', ',state="open"', '0x7 2x90'),
      ...circuit('not_closed', '', '0x7 2x90'),
    },
    asks: fires('KedgeManyCircuitsNotClosed', [], ['4m15s', '10m']),
  },
  {
    name: 'a second outage has a beginning of its own',
    series: { ...traffic, ...states('c8 o8 c4 o20') },
    asks: [
      {
        at: '6m',
        expr: 'sum(kedge:circuit_not_closed_since:timestamp)',
        gives: { '{}': 300 },
      },
    ],
  },
  {
    name: 'an isolated circuit is a ticket after a quarter of an hour, and no outage',
    series: { ...traffic, ...states('c8 i100') },
    asks: [
      ...fires('KedgeCircuitIsolated', ['17m15s', '25m'], ['16m30s']),
      ...fires('KedgeCircuitNotClosed', [], ['10m', '25m']),
    ],
  },
  {
    name: 'a circuit that opens again and again is flapping',
    series: {
      ...states('c100'),
      ...circuit(
        'transitions_total',
        ',from="closed",to="open",reason="consecutive"',
        '0x7 0+1x20 21x80',
      ),
    },
    asks: fires('KedgeCircuitFlapping', ['4m'], ['1m', '24m']),
  },
  {
    name: 'five hundred hosts that go down once are not flapping, and neither is who opens by hand',
    series: {
      ...circuit('state', ',state="closed"', '500x7 0x7 500x60'),
      ...circuit('state', ',state="open"', '0x7 500x7 0x60'),
      ...circuit(
        'transitions_total',
        ',from="closed",to="open",reason="consecutive"',
        '0x7 500x80',
      ),
      ...states('c100', 'job="shop",pipeline="orders"'),
      ...Object.fromEntries([
        [
          'kedge_circuit_breaker_transitions_total{job="shop",pipeline="orders",policy="circuitBreaker",from="closed",to="open",reason="manual"}',
          '0+1x100',
        ],
      ]),
    },
    asks: fires('KedgeCircuitFlapping', [], ['2m', '4m', '10m', '14m']),
  },
  {
    name: 'retries of every second call are a storm, while it lasts',
    series: {
      ...calls('success', '0+100x200'),
      [`kedge_retries_total{${own},policy="retry",result="scheduled"}`]: '0x20 0+50x60 3000x100',
    },
    asks: fires('KedgeRetryStorm', ['14m', '20m'], ['5m', '8m', '30m']),
  },
  {
    name: 'healthy hedging is no storm, although it sends more than was asked for',
    series: {
      ...calls('success', '0+100x200'),
      [`kedge_attempts_total{${own},outcome="success"}`]: '0+150x200',
      [`kedge_hedges_total{${own},policy="hedge",result="launched"}`]: '0+50x200',
      [`kedge_retries_total{${own},policy="retry",result="scheduled"}`]: '0x200',
    },
    asks: fires('KedgeRetryStorm', [], ['10m', '20m', '40m']),
  },
  {
    name: 'a job that is called once a minute may retry as it likes',
    series: {
      ...calls(
        'success',
        '0 0 0 1 1 1 1 2 2 2 2 3 3 3 3 4 4 4 4 5 5 5 5 6 6 6 6 7 7 7 7 8 8 8 8 9',
      ),
      [`kedge_retries_total{${own},policy="retry",result="scheduled"}`]: '0+1x60',
    },
    asks: fires('KedgeRetryStorm', [], ['7m', '8m30s']),
  },
  {
    name: 'a budget that is spent is a ticket, where retries are refused for it',
    series: {
      ...good,
      [`kedge_retry_budget_available_ratio{${own},policy="retry"}`]: '1x8 0x100',
      [`kedge_retries_total{${own},policy="retry",result="refused_budget"}`]: '0x8 0+5x100',
      'kedge_retry_budget_available_ratio{job="shop",pipeline="quiet",policy="retry"}': '0x100',
      'kedge_retries_total{job="shop",pipeline="quiet",policy="retry",result="refused_budget"}':
        '0x100',
    },
    asks: [
      ...fires('KedgeRetryBudgetExhausted', ['18m'], ['2m', '10m']),
      {
        at: '20m',
        expr: 'count by (severity) (ALERTS{alertname="KedgeRetryBudgetExhausted"})',
        gives: { '{severity="ticket"}': 1 },
      },
    ],
  },
  {
    name: 'calls that a bulkhead turns away are told of by their reason, those of an open circuit are not',
    series: {
      ...calls('success', '0+90x200'),
      ...calls('rejected', '0+10x200'),
      [`kedge_rejections_total{${own},policy="bulkhead",reason="bulkhead-full"}`]:
        '0x20 0+10x60 600x100',
      [`kedge_rejections_total{${own},policy="circuitBreaker",reason="circuit-open"}`]: '0+10x200',
    },
    asks: [
      ...fires('KedgeRejections', ['14m'], ['5m', '9m', '30m']),
      {
        at: '14m',
        expr: 'sum by (reason) (ALERTS{alertname="KedgeRejections",alertstate="firing"})',
        gives: { '{reason="bulkhead-full"}': 1 },
      },
    ],
  },
  {
    name: 'a bulkhead that is nearly full for ten minutes, and the fullest of a keyed one',
    series: {
      [`kedge_bulkhead_in_use{${own},policy="bulkhead"}`]: '2x20 19x80',
      [`kedge_bulkhead_limit{${own},policy="bulkhead"}`]: '20x100',
    },
    asks: fires('KedgeBulkheadNearlyFull', ['22m'], ['5m', '12m']),
  },
  {
    name: 'a keyed bulkhead by its fullest',
    series: {
      [`kedge_bulkhead_in_use{${own},policy="bulkhead"}`]: '20x100',
      [`kedge_bulkhead_limit{${own},policy="bulkhead"}`]: '2000x100',
      [`kedge_bulkhead_fullest_ratio{${own},policy="bulkhead"}`]: '0.1x20 1x80',
    },
    asks: fires('KedgeBulkheadNearlyFull', ['22m'], ['5m', '12m']),
  },
  {
    name: 'an adaptive limit that is used up to where it stands is no alarm',
    series: {
      [`kedge_bulkhead_in_use{${own},policy="adaptiveLimiter"}`]: '20x100',
      [`kedge_bulkhead_limit{${own},policy="adaptiveLimiter"}`]: '20x100',
    },
    asks: fires('KedgeBulkheadNearlyFull', [], ['12m', '22m']),
  },
  {
    name: 'abandoned work that grows, and none that only stands',
    series: {
      [`kedge_abandoned{${own}}`]: '0x8 0+1x200',
      'kedge_abandoned{job="shop",pipeline="steady"}': '50x200',
    },
    asks: fires('KedgeAbandonedWorkGrowing', ['30m'], ['2m', '10m']),
  },
  {
    name: 'a throttle that refuses, and one that hardly does',
    series: {
      [`kedge_throttle_refusal_ratio{${own},policy="adaptiveThrottle"}`]: '0x8 0.6x60 0x60',
      'kedge_throttle_refusal_ratio{job="shop",pipeline="well",policy="adaptiveThrottle"}':
        '0.02x200',
    },
    asks: fires('KedgeThrottleRefusing', ['10m', '16m'], ['2m', '4m', '25m']),
  },
  ...(['fallback', 'stale'] as const).map((outcome) => ({
    name: `answers that are ${outcome}`,
    series: { ...calls('success', '0+90x200'), ...calls(outcome, '0x20 0+10x80 800x100') },
    asks: fires(
      outcome === 'stale' ? 'KedgeStaleRatio' : 'KedgeFallbackRatio',
      ['19m', '24m'],
      ['5m', '12m', '33m'],
    ),
  })),
  {
    name: 'permanent errors of every tenth attempt, and a single one',
    series: {
      [`kedge_attempts_total{${own},outcome="success"}`]: '0+90x200',
      [`kedge_failures_total{${own},kind="permanent"}`]: '0x20 0+10x80 800x100',
      'kedge_attempts_total{job="shop",pipeline="well",outcome="success"}': '0+90x200',
      'kedge_failures_total{job="shop",pipeline="well",kind="permanent"}': '0x20 1x180',
    },
    asks: fires('KedgePermanentErrors', ['19m', '24m'], ['5m', '12m', '33m']),
  },
  {
    name: 'one bug is told of at once, and for ten minutes',
    series: { [`kedge_failures_total{${own},kind="bug"}`]: '0x20 1x180' },
    asks: fires('KedgeBugs', ['5m30s', '14m'], ['5m', '16m']),
  },
  {
    name: 'lines that are held back for long, and not those of a moment',
    series: {
      [`kedge_log_lines_suppressed_total{${own}}`]: '0x8 0+10x100 1000x100',
      'kedge_log_lines_suppressed_total{job="shop",pipeline="moment"}': '0x20 100x180',
    },
    asks: fires('KedgeLogLinesSuppressed', ['13m', '26m'], ['2m', '11m', '38m']),
  },
  {
    name: 'the very first error of a sink, before which there is no series',
    series: { 'kedge_sink_errors_total{job="shop",sink="logs"}': '_x20 1x180' },
    asks: fires('KedgeSinkErrors', ['5m', '14m'], ['4m45s', '16m']),
  },
  {
    name: 'errors that use up a month in two days page, and end with the errors',
    series: {
      ...calls('success', '0+980x400'),
      ...calls('failure', '0x20 0+20x100 2000x300'),
    },
    asks: fires('KedgeErrorBudgetBurnFast', ['25m', '30m'], ['5m', '36m', '60m']),
  },
  {
    name: 'a few errors of a quiet pipeline page nobody, and neither do callers who leave',
    series: {
      ...calls('success', '0+1x400'),
      ...calls('failure', '0x20 3x380'),
      'kedge_executions_total{job="shop",pipeline="left",outcome="success"}': '0+10x400',
      'kedge_executions_total{job="shop",pipeline="left",outcome="cancelled"}': '0+100x400',
    },
    asks: [
      ...fires('KedgeErrorBudgetBurnFast', [], ['8m', '10m', '30m']),
      ...fires('KedgeErrorBudgetBurnSlow', [], ['30m', '90m']),
    ],
  },
  {
    name: 'fewer errors all the time are a ticket',
    series: { ...calls('success', '0+990x300'), ...calls('timeout', '0+10x300') },
    asks: [
      ...fires('KedgeErrorBudgetBurnSlow', ['60m'], ['10m']),
      ...fires('KedgeErrorBudgetBurnFast', [], ['60m']),
    ],
  },
  {
    name: 'shares, quantiles and means are recorded by job and pipeline',
    series: {
      ...calls('success', '0+90x100'),
      ...calls('failure', '0+10x100'),
      ...calls('cancelled', '0+100x100'),
      [`kedge_execution_duration_seconds_bucket{${own},outcome="success",le="0.1"}`]: '0+90x100',
      [`kedge_execution_duration_seconds_bucket{${own},outcome="success",le="1"}`]: '0+90x100',
      [`kedge_execution_duration_seconds_bucket{${own},outcome="success",le="+Inf"}`]: '0+90x100',
      ...circuit('not_closed_seconds_total', '', '0x20 0+15x20 300x60'),
      ...circuit('transitions_total', ',from="closed",to="open",reason="consecutive"', '0x20 2x80'),
    },
    asks: [
      {
        at: '20m',
        expr: 'round(kedge:executions:success_ratio5m, 0.01)',
        gives: { [`{${own}}`]: 0.9 },
      },
      {
        at: '20m',
        expr: 'round(kedge:executions_bad:ratio5m, 0.01)',
        gives: { [`{${own}}`]: 0.1 },
      },
      {
        at: '20m',
        expr: 'round(kedge:execution_duration_seconds:p50_5m, 0.01)',
        gives: { [`{${own}}`]: 0.05 },
      },
      {
        at: '20m',
        expr: 'round(kedge:time_to_recover_seconds:mean1d)',
        gives: { [`{${own},policy="circuitBreaker"}`]: 150 },
      },
    ],
  },
  {
    name: 'the time to detect is that in which most attempts fail and no circuit is open',
    series: {
      [`kedge_attempts_total{${own},outcome="success"}`]: '0+100x20 2000x80',
      [`kedge_attempts_total{${own},outcome="failure"}`]: '0x20 0+100x8 800x72',
      ...states('c25 o75'),
      ...circuit('transitions_total', ',from="closed",to="open",reason="consecutive"', '0x24 1x80'),
    },
    asks: [
      {
        at: '10m',
        expr: 'kedge:time_to_detect_seconds:mean1d > bool 15 < bool 90',
        gives: { [`{${own}}`]: 1 },
      },
    ],
  },
];

describe('the rules', () => {
  it.skipIf(!hasPromtool).each(trials)('$name', (trial) => {
    expect(tried(rules, [trial])).toBe('');
  });

  it('have a trial each in which they fire, and a runbook', () => {
    const asked = JSON.stringify(
      trials.flatMap(({ asks }) => asks.filter(({ gives }) => Object.keys(gives).length > 0)),
    );
    const all = alerts(new Metrics({ prefix: 'kedge_', selector: '' }), 0.999, 1);
    expect(
      all.filter(({ name }) => !asked.includes(`\\"${name}\\"`)).map(({ name }) => name),
    ).toEqual([]);
    const pages = all.map(({ name }) => `${runbookOf(name)}.md`);
    expect(pages.filter((page) => !existsSync(join(root, 'docs/runbooks', page)))).toEqual([]);
    expect(readdirSync(join(root, 'docs/runbooks')).toSorted()).toEqual(pages.toSorted());
  });

  it('ask for metrics that there are', () => {
    const known = new Set(families.map(({ name }) => `kedge_${name}`));
    const named = [...rules.matchAll(/\bkedge_[a-z_]+/g)]
      .map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''))
      .filter((name) => !/^kedge_(?:recordings|means|alerts)$/.test(name));
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('keep the job wherever they aggregate', () => {
    const all = [...rules.matchAll(/ by \(([^)]*)\)/g)].map(([, labels = '']) => labels);
    expect(all.length).toBeGreaterThan(50);
    expect(all.filter((labels) => !labels.startsWith('job'))).toEqual([]);
  });
});

describe('npx kedge rules', () => {
  it('takes prefix, matchers, times, the label of severities and the place of runbooks', async () => {
    const { out } = await printed(
      ...['--prefix', 'shop_', '--selector', 'env="prod"', '--for-scale', '0.05'],
      ...['--severity-label', 'priority', '--runbook-base', 'https://wiki.example/kedge/'],
    );
    expect(out).not.toMatch(/\bkedge_/);
    const selectors =
      out.match(
        /\bshop_[a-z_]+(?:_total|_state|_closed|_ratio|_bucket|abandoned)\b(?:\{[^}]*\})?/g,
      ) ?? [];
    expect(selectors.filter((each) => !each.includes('env=') && !each.includes('%q'))).toEqual([]);
    expect(out).toContain('for: 6s');
    expect(out).toContain('has not closed for 6 seconds');
    expect(out).toContain('priority: page');
    expect(out).toContain('"https://wiki.example/kedge/circuit-not-closed.md"');
  });

  it.each([
    [['--prefix', '9x'], '--prefix: expected letters'],
    [['--selector', 'env=prod'], '--selector: expected matchers'],
    [['--selector', 'a="b"} or vector(1) or x{'], '--selector: expected matchers'],
    [['--for-scale', '0'], '--for-scale: expected a number above 0'],
    [['--for-scale', 'x'], '--for-scale: expected a number above 0'],
    [['--severity-label', 'a b'], '--severity-label: expected'],
    [['--runbook-base', 'docs'], '--runbook-base: expected an address'],
    [['--objective', '99.9'], '--objective: expected'],
    [['quotes'], "there is nothing to do with 'quotes'"],
  ])('says in a sentence that %j cannot be', async (args, sentence) => {
    const { code, complaints } = await printed(...args);
    expect(code).toBe(2);
    expect(complaints).toContain(sentence);
  });

  it('says what it takes', async () => {
    expect((await printed('--help')).out).toContain('--runbook-base URL');
  });
});
