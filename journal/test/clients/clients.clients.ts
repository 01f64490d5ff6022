// Every failure that an unchanged client sends is kept, and on a page of the console as soon as the client has ended.
import { describe, expect, it } from 'vitest';
import { type TestJournal, signedIn, testJournal } from '../support/journal.ts';
import { runClient, runPage } from '../support/clients.ts';

interface Shown {
  readonly title: string;
  readonly count: number;
}

/** What the first page says, most often seen first. */
async function shown(journal: TestJournal): Promise<Shown[]> {
  const visitor = await signedIn(journal, 'viewer');
  const page = await visitor.text('/groups?q=&sort=seen');
  const rows = page.matchAll(
    /<a href="\/groups\/\d+">(.*?)<\/a>.*?<td class="number">(\d+)<\/td>/gs,
  );
  return [...rows].map(([, title = '', count]) => ({ title, count: Number(count) }));
}

async function dsnOf(journal: TestJournal): Promise<string> {
  const [key] = await journal.store.keys();
  const { host } = new URL(journal.url);
  return `http://${key!.key}@${host}/1`;
}

describe('failures of unchanged clients are all kept, grouped and shown:', () => {
  it.each([
    [
      'node.mjs',
      [
        { title: expect.stringMatching(/^OrderError: order \d+ cannot be cancelled$/), count: 20 },
        { title: 'RangeError: crashed', count: 1 },
        { title: 'stock is low', count: 1 },
      ],
    ],
    [
      'python.py',
      [
        { title: expect.stringMatching(/^OrderError: order \d+ cannot be cancelled$/), count: 20 },
        { title: 'RuntimeError: crashed', count: 1 },
        { title: 'stock is low', count: 1 },
      ],
    ],
    [
      'sentry.rb',
      [
        { title: expect.stringMatching(/^OrderError: order \d+ cannot be cancelled/), count: 20 },
        { title: 'stock is low', count: 1 },
      ],
    ],
    [
      'raven.rb',
      [{ title: expect.stringMatching(/^OrderError: order \d+ cannot be cancelled/), count: 20 }],
    ],
    [
      'main.go',
      [
        {
          title: expect.stringMatching(/^main\.orderError: order \d+ cannot be cancelled$/),
          count: 20,
        },
        { title: 'stock is low', count: 1 },
      ],
    ],
  ])('%s', async (program, groups) => {
    const journal = await testJournal();
    await runClient(program, { DSN: await dsnOf(journal) });
    const found = await shown(journal);
    expect(found).toHaveLength(groups.length);
    expect(found).toEqual(expect.arrayContaining(groups));
  });

  it('@sentry/browser in Chromium, on a page of another origin', async () => {
    const journal = await testJournal();
    await runPage(await dsnOf(journal));
    const found = await shown(journal);
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        { title: expect.stringMatching(/^TypeError: basket \d is empty$/), count: 10 },
        { title: 'Error: nobody caught it', count: 1 },
      ]),
    );
  });

  it('OpenTelemetry, logs as protobuf and traces as JSON, by its own variables', async () => {
    const journal = await testJournal();
    const [key] = await journal.store.keys();
    await runClient('opentelemetry.mjs', {
      OTEL_EXPORTER_OTLP_ENDPOINT: journal.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${key!.key}`,
      OTEL_SERVICE_NAME: 'shop',
    });
    // The same stack in a log and in a span is the same failure, told twice.
    expect(await shown(journal)).toEqual([
      { title: 'RangeError: card is not accepted', count: 20 },
    ]);
  });
});
