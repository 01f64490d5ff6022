// What the pages say of options, events, metrics and peers is what the code says.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as kedge from 'kedge';
import { liveHandler } from 'kedge/live';
import { journal } from 'kedge/journal';
import { openTelemetry } from 'kedge/opentelemetry';
import { logs } from 'kedge/pino';
import { prometheus } from 'kedge/prometheus';
import { stateHandler } from 'kedge/state';
import { chaos } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { severities } from '../../src/core/events.ts';
import { families } from '../../src/observe/prometheus/families.ts';
import { pages, read, root } from './blocks.ts';
import { plain, rowsOf, section } from './tables.ts';

function raise(message: string): never {
  throw new Error(message);
}

const policyPages: Readonly<Record<string, string>> = {
  retry: 'retry',
  circuitBreaker: 'circuit-breaker',
  timeout: 'timeout',
  fallback: 'fallback',
  staleIfError: 'stale-if-error',
  bulkhead: 'bulkhead',
  rateLimiter: 'rate-limiter',
  hedge: 'hedge',
  adaptiveLimiter: 'adaptive-limiter',
  adaptiveThrottle: 'adaptive-throttle',
  coalesce: 'coalesce',
};
const otherPages = ['keyed', 'presets', 'backoff', 'retry-budget'];

describe('every page', () => {
  const headings = ['About', 'Usage', 'Defaults', 'Telemetry', 'Diagram', 'Anti-patterns'];

  it.each([...Object.values(policyPages), ...otherPages])(
    'docs/%s.md has the six headings',
    (page) => {
      const found = [...read(`docs/${page}.md`).matchAll(/^## (.+)$/gm)].map(
        ([, heading]) => heading,
      );
      expect(found).toEqual(headings);
    },
  );

  it('is linked from the index', () => {
    const index = read('docs/README.md');
    const missing = pages().filter(
      (page) =>
        page.startsWith('docs/') &&
        page !== 'docs/README.md' &&
        !index.includes(`(${page.slice(5)})`),
    );
    expect(missing).toEqual([]);
  });

  it('has links that lead somewhere', () => {
    expect(pages().flatMap(brokenLinks)).toEqual([]);
  });

  it('has a row in the table of the index for every policy', () => {
    const linked = rowsOf(read('docs/README.md')).flatMap((cells) =>
      [...cells.join(' ').matchAll(/\(([\w-]+)\.md\)/g)].map(([, page]) => page),
    );
    expect(linked).toEqual(expect.arrayContaining(Object.values(policyPages)));
  });

  it('is there for every policy and mechanism that is exported', () => {
    const made = Object.entries(kedge)
      .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
      .map(([name]) => name);
    const known = [
      ...Object.keys(policyPages),
      ...['keyed', 'retryBudget', 'classify', 'doNotRetry', 'withEvidence'],
      ...['exponentialBackoff', 'linearBackoff', 'constantBackoff', 'listedBackoff'],
      ...['pipeline', 'observe', 'createKedge'],
    ];
    expect(made.toSorted()).toEqual(known.toSorted());
  });
});

/** `npm run bench` writes it, and a checkout may be without. */
const writtenByCommand = /(?:^|\/)benchmarks\.md$/;

function brokenLinks(page: string): string[] {
  const text = read(page).replaceAll(/```[\s\S]*?```/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^https?:/.test(target) && !writtenByCommand.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? page : join(dirname(page), file);
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && !anchorsOf(path).has(anchor);
    })
    .map((target) => `${page}: ${target}`);
}

/** As GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Where options are declared, and who checks them: `make` is given one that is nonsense beside those that are required. */
const options: Readonly<
  Record<string, { file: string; interfaces?: string[]; make: (options: never) => unknown }>
> = {
  RetryOptions: { file: 'src/policies/retry/options.ts', make: kedge.retry },
  ExponentialBackoffOptions: { file: 'src/mechanisms/backoff.ts', make: kedge.exponentialBackoff },
  LinearBackoffOptions: { file: 'src/mechanisms/backoff.ts', make: kedge.linearBackoff },
  RetryBudgetOptions: { file: 'src/mechanisms/budget.ts', make: kedge.retryBudget },
  TimeoutOptions: {
    file: 'src/policies/timeout.ts',
    make: (given: object) => kedge.timeout({ after: 1, ...given }),
  },
  FallbackOptions: {
    file: 'src/policies/fallback.ts',
    interfaces: ['FallbackValueOptions', 'FallbackRunOptions', 'FallbackBase'],
    make: (given: object) =>
      kedge.fallback({ ...('run' in given ? {} : { value: 1 }), ...given } as { value: number }),
  },
  CircuitBreakerOptions: {
    file: 'src/policies/circuit-breaker/options.ts',
    make: kedge.circuitBreaker,
  },
  StaleIfErrorOptions: {
    file: 'src/policies/stale-if-error/options.ts',
    make: (given: object) => kedge.staleIfError({ maxAge: 1, ...given }),
  },
  BulkheadOptions: {
    file: 'src/policies/bulkhead.ts',
    make: (given: object) => kedge.bulkhead({ maxConcurrent: 1, ...given }),
  },
  RateLimiterOptions: {
    file: 'src/policies/rate-limiter.ts',
    make: (given: object) => kedge.rateLimiter({ limit: 1, ...given }),
  },
  HedgeOptions: {
    file: 'src/policies/hedge/options.ts',
    make: (given: object) => kedge.hedge({ after: 1, ...given }),
  },
  AdaptiveLimiterOptions: { file: 'src/policies/adaptive-limiter.ts', make: kedge.adaptiveLimiter },
  AdaptiveThrottleOptions: {
    file: 'src/policies/adaptive-throttle.ts',
    make: kedge.adaptiveThrottle,
  },
  CoalesceOptions: { file: 'src/policies/coalesce/options.ts', make: kedge.coalesce },
  KeyedOptions: {
    file: 'src/core/keyed.ts',
    make: (given: object) => kedge.createKedge().keyed('keyed', () => [], given),
  },
  PresetOptions: { file: 'src/presets.ts', make: (given: object) => kedge.presets.http(given) },
  JournalOptions: {
    file: 'src/observe/journal.ts',
    make: (given: object) => journal({ url: 'http://127.0.0.1', key: 'key', ...given }),
  },
  LogsOptions: {
    file: 'src/observe/pino.ts',
    make: (given: object) => logs(console, given),
  },
  OpenTelemetryOptions: { file: 'src/observe/opentelemetry.ts', make: openTelemetry },
  PrometheusOptions: {
    file: 'src/observe/prometheus.ts',
    make: (given: object) =>
      prometheus({ registerMetric() {}, getSingleMetric() {}, removeSingleMetric() {} }, given),
  },
  LiveOptions: { file: 'src/observe/live.ts', make: liveHandler },
  StateOptions: { file: 'src/observe/state.ts', make: stateHandler },
  ChaosOptions: { file: 'src/testing/chaos.ts', make: chaos },
};

interface Declared {
  readonly name: string;
  readonly optional: boolean;
  readonly default: string | undefined;
}

/** The members of interfaces in a file, with what their docstrings say of defaults. */
function declared(file: string, interfaces: readonly string[]): Declared[] {
  const text = read(file);
  return interfaces.flatMap((name) => {
    const [, body = ''] =
      new RegExp(
        `^(?:export )?interface ${name}(?:<[^{]*>)?(?: extends [^{]+)? \\{\\n([\\s\\S]*?)^\\}`,
        'm',
      ).exec(text) ?? raise(`${file} has no interface ${name}`);
    return [
      ...body.matchAll(/^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(?:readonly )?(\w+)(\?)?[:(]/gm),
    ].map(([, doc = '', member = '', optional]) => ({
      name: member,
      optional: optional !== undefined,
      default: /@default ([\s\S]*?)\s*$/.exec(doc)?.[1]?.replaceAll(/\s*\n\s*\*\s*/g, ' '),
    }));
  });
}

/** What a message says that an option may be. */
function allowed(make: (options: never) => unknown, option: string): string {
  try {
    make({ [option]: Symbol('nonsense') } as never);
    return 'anything';
  } catch (error) {
    const { message } = error as Error;
    return / to be (.*), got a symbol\.$/.exec(message)?.[1] ?? message;
  }
}

describe('the options in', () => {
  const tables = pages().flatMap((page) =>
    read(page)
      .split(/^<!-- options: (?=\w+ -->$)/m)
      .slice(1)
      .map((text) => ({
        page,
        name: /^\w+/.exec(text)?.[0] ?? '',
        rows: rowsOf(text.split(/^(?!\|)(?!\w+ -->)/m)[0] ?? ''),
      })),
  );

  it('all pages are those of the code', () => {
    expect(tables.map(({ name }) => name).toSorted()).toEqual(Object.keys(options).toSorted());
  });

  it.each(tables)('$page: $name', ({ name, rows }) => {
    const { file, interfaces = [name], make } = options[name] ?? raise(`who makes ${name}?`);
    const members = declared(file, interfaces);
    const said = rows.map(([option = '', byDefault = '', range = '']) => ({
      option: plain(option),
      default: plain(byDefault),
      range: plain(range),
    }));
    expect(said).toEqual(
      members.map((member, index) => ({
        option: member.name,
        // Where the docstring has none, the page says in its own words what that means.
        default: plain(member.default ?? said[index]?.default ?? ''),
        range: plain(allowed(make, member.name)),
      })),
    );
    expect(
      said.filter(
        ({ option, default: byDefault }) =>
          byDefault.startsWith('required') !==
          members.some((member) => member.name === option && !member.optional),
      ),
    ).toEqual([]);
  });
});

/** The fields that each type of event adds, from the declarations. */
function fieldsOfEvents(): Map<string, string[]> {
  const text = read('src/core/events.ts');
  const [, body = ''] = /^export interface EventFields \{\n([\s\S]*?)^\}/m.exec(text) ?? [];
  const bare = body.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  return new Map(
    [...bare.matchAll(/^ {2}'([\w.-]+)': \{([^}]*)\}/gm)].map(([, type = '', fields = '']) => [
      type,
      [...fields.matchAll(/(\w+\??):/g)].map(([, field = '']) => field),
    ]),
  );
}

describe('the events in', () => {
  const events = fieldsOfEvents();
  const described = pages().flatMap((page) =>
    rowsOf(read(page))
      .filter(
        ([type = '', severity = '']) =>
          events.has(plain(type)) && /^(?:debug|info|warn|error)$/.test(severity),
      )
      .map(([type = '', severity = '', adds = '']) => ({
        page,
        type: plain(type),
        severity,
        adds: adds === '' || adds === '—' ? [] : plain(adds).split(', '),
      })),
  );

  it('docs/telemetry.md are all there are', () => {
    const listed = described.filter(({ page }) => page === 'docs/telemetry.md');
    expect(listed.map(({ type }) => type).toSorted()).toEqual([...events.keys()].toSorted());
  });

  it.each(described)('$page: $type', ({ type, severity, adds }) => {
    expect(severity).toBe(severities[type as keyof typeof severities]);
    expect(adds).toEqual(events.get(type));
  });

  it('the pages of policies are every event that a policy can cause', () => {
    const own = new Set(
      described.filter(({ page }) => page !== 'docs/telemetry.md').map(({ type }) => type),
    );
    const ofPipelines = [...events.keys()].filter((type) =>
      /^(?:execution|attempt|sink)\./.test(type),
    );
    expect([...own, ...ofPipelines].toSorted()).toEqual([...events.keys()].toSorted());
  });
});

describe('the metrics in', () => {
  const known = new Map(families.map((family) => [`kedge_${family.name}`, family]));
  const described = pages().flatMap((page) =>
    rowsOf(read(page))
      .filter(([name = '']) => plain(name).startsWith('kedge_'))
      .map(([name = '', type = '', labels = '']) => ({ page, name: plain(name), type, labels })),
  );

  it('docs/telemetry.md are all there are', () => {
    const listed = described.filter(({ page }) => page === 'docs/telemetry.md');
    expect(listed.map(({ name }) => name).toSorted()).toEqual([...known.keys()].toSorted());
  });

  it.each(described)('$page: $name', ({ name, type, labels }) => {
    expect({ type, labels: plain(labels).split(', ') }).toEqual({
      type: known.get(name)?.type,
      labels: known.get(name)?.labels,
    });
  });

  it('running text exist', () => {
    const unknown = pages().flatMap((page) =>
      [...read(page).matchAll(/\bkedge_[a-z_]+/g)]
        .map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''))
        .filter((name) => name !== 'kedge_' && !known.has(name) && !known.has(`${name}_total`))
        .map((name) => `${page}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe('what is said of peers', () => {
  it('is shown by a test for every row and every peer', () => {
    const shown = readdirSync(join(root, 'test/peers'))
      .filter((file) => file.endsWith('.test.ts'))
      .flatMap((file) =>
        [...read(`test/peers/${file}`).matchAll(/\bit\(\s*['"]row (\d+):/g)].map(
          ([, row]) => `${row} ${file.replace('.test.ts', '')}`,
        ),
      );
    const said = rowsOf(section(read('docs/comparison.md'), 'Behaviour')).flatMap(
      ([row, , peers = '', kedges]) => [
        ...[...peers.matchAll(/\b(cockatiel|p-retry|opossum)\b/g)].map(
          ([peer]) => `${row} ${peer}`,
        ),
        ...(kedges === undefined ? [] : [`${row} kedge`]),
      ],
    );
    expect(said.toSorted()).toEqual(shown.toSorted());
  });
});

describe('README.md', () => {
  it('fits on a page: 120 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(121);
  });

  it('leads to a table of every entry of the package', () => {
    const { exports } = JSON.parse(read('package.json')) as { exports: object };
    const entries = Object.keys(exports)
      .filter((path) => path !== '.' && path !== './package.json')
      .map((path) => `kedge${path.slice(1)}`);
    const rows = rowsOf(section(read('docs/README.md'), 'What it needs'));
    expect(rows.flatMap(([names = '']) => plain(names).split(', ')).toSorted()).toEqual(
      entries.toSorted(),
    );
  });

  it('has commands that are scripts of the package', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const used = pages().flatMap((page) => [
      ...read(page).matchAll(/\bnpm (?:run (?:-s )?)?(start|test|(?<=run )[\w:]+)/g),
    ]);
    expect(used.map(([, name = '']) => name).filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('has a line for each dependency, and for nothing else', () => {
    const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
    const packages = new Set(
      ['dependencies', 'devDependencies', 'peerDependencies'].flatMap((kind) =>
        Object.keys(manifest[kind] ?? {}),
      ),
    );
    const rows = rowsOf(section(read('docs/architecture.md'), 'Dependencies'));
    const listed = rows.flatMap(([names = '']) => plain(names).split(', '));
    expect(listed.toSorted()).toEqual([...packages].toSorted());
  });

  it('has a row for each folder of src', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `src/${name}`);
    const rows = rowsOf(section(read('docs/architecture.md'), 'Folders'));
    expect(rows.map(([folder = '']) => plain(folder))).toEqual(expect.arrayContaining(folders));
  });
});
