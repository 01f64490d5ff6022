// kedge's own sink and this journal, as they meet in production.
import { circuitBreaker, createKedge } from 'kedge';
import { journal as sink } from 'kedge/journal';
import { describe, expect, it } from 'vitest';
import { testJournal } from '../support/journal.ts';

describe('what the sink of kedge sends', () => {
  it('is kept, grouped and counted, with the verdict and where in a pipeline it was', async () => {
    const { store, url } = await testJournal();
    const [key] = await store.keys();
    const failures = sink({ url, key: key!.key, service: 'shop', release: 'shop@2.4.0' });
    const { pipeline, observe } = createKedge();
    observe(failures);
    const quotes = pipeline('quotes-api', circuitBreaker({ consecutiveFailures: 3 }));
    for (let n = 1; n <= 3; n++) {
      const lost = Object.assign(new Error(`read ECONNRESET of call ${n}`), { code: 'ECONNRESET' });
      await quotes.settle(() => Promise.reject(lost));
    }
    await failures.flush();

    const groups = await store.groups({ projects: [key!.project], most: 10, sort: 'seen' });
    expect(groups.map(({ title, seen, service }) => [title, seen, service])).toEqual([
      [expect.stringContaining('read ECONNRESET of call'), 3, 'shop'],
      [expect.stringContaining('circuitBreaker of quotes-api opened: consecutive'), 1, 'shop'],
    ]);
    const [record] = await store.records(groups[0]!.id, 1);
    expect(JSON.parse(record!.json)).toMatchObject({
      kind: 'transient',
      pipeline: 'quotes-api',
      release: 'shop@2.4.0',
    });
  });
});
