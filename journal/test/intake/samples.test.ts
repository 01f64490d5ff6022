// What unchanged clients have sent is taken, kept and grouped as it should be.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { planted, requestOf, type Sample, samples } from '../support/samples.ts';
import { type TestIntake, testIntake } from '../support/server.ts';
import { sharedStore } from '../support/store.ts';

let store: Store;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ store, close } = await sharedStore());
});
afterAll(() => close());

/** As the client has sent it, with the key of this test's project. */
function replay(to: TestIntake, sample: Sample): Promise<Response> {
  const { path, body, headers } = requestOf(sample, to);
  return to.send(path, body, headers);
}

describe('samples of real clients', () => {
  it.each(samples)('$file is answered with 200: $what', async (sample) => {
    const to = await testIntake(store);
    const response = await replay(to, sample);
    expect(await response.text()).not.toContain('detail');
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(to.errors).toEqual([]);
  });

  it('keeps one record of each failure in them, none of which holds what was planted', async () => {
    const to = await testIntake(store);
    for (const sample of samples) await replay(to, sample);
    const records = await to.records();
    const failing = /^(?!.*(?:report|session|span\.envelope|log\.envelope|transaction))/;
    const expected = samples.filter(({ file }) => failing.test(file)).length;
    // One request of OTLP has several log records at two levels.
    expect(records.length).toBeGreaterThanOrEqual(expected);
    const secrets = /PLANTED-\d+|4111111111111111|someone@example\.org/g;
    expect(JSON.stringify(records).match(secrets)).toBeNull();
    const seen = await store.groups({ projects: [to.project], most: 100 });
    expect(JSON.stringify(seen).match(planted)).toBeNull();
  });

  it('says the same of a failure in JSON and in protobuf', async () => {
    const to = await testIntake(store);
    for (const sample of samples) if (sample.pair === 'otlp-place') await replay(to, sample);
    const said = (await to.records()).map(
      ({ exceptions, platform, service, environment, release, host }) => ({
        type: exceptions[0]?.type,
        at: exceptions[0]?.frames.at(-1),
        from: [platform, service, environment, release, host],
      }),
    );
    expect(said).toHaveLength(2);
    expect(said[0]).toEqual(said[1]);
    expect(said[0]).toMatchObject({
      type: 'OrderError',
      at: {
        file: '/srv/shop/src/otel.mjs',
        function: 'placeOrder',
        line: 10,
        column: 33,
        inApp: true,
      },
      from: ['node', 'checkout', 'staging', '2.4.0', 'host-e'],
    });
  });

  it('counts what the client had to drop, and its sessions by release', async () => {
    const to = await testIntake(store);
    for (const sample of samples) await replay(to, sample);
    const hour = 3_600_000;
    const tallies = await store.tallies(to.project, to.clock.now() - hour, to.clock.now() + hour);
    const counts = Object.fromEntries(
      tallies.map(({ what, release, count }) => [`${what} ${release}`, count]),
    );
    expect(counts).toMatchObject({
      'lost:queue_overflow ': 436,
      'session:errored shop@2.4.0': 1,
      'session:started billing@5.1.0': 1,
      'session:crashed billing@5.1.0': 1,
      'session:started web@1.8.0': 1,
      'item:span ': 2,
      'item:log ': 1,
      'item:transaction ': 1,
    });
  });
});
