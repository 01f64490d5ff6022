import { describeFailure } from 'kedge/failures';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { type TestIntake, testIntake } from '../support/server.ts';
import { sharedStore } from '../support/store.ts';

let store: Store;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ store, close } = await sharedStore());
});
afterAll(() => close());

const id = (at: number): string => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
const send = (to: TestIntake, request: object) =>
  to.send('/v1/failures', JSON.stringify(request), { authorization: `Bearer ${to.key}` });

const failure = describeFailure(
  new RangeError('order 17 failed', { cause: new Error('no stock') }),
  {
    service: 'shop',
    environment: 'production',
    version: '2.4.0',
    context: {
      pipeline: 'orders',
      policy: 'retry',
      attempt: 3,
      route: '/orders/:id',
      user: 17,
      tags: { region: 'eu' },
    },
  },
);

describe("intake of kedge's own protocol", () => {
  it('keeps a described failure as kedge has named it', async () => {
    const to = await testIntake(store);
    const response = await send(to, {
      id: id(1),
      version: '0.2.0',
      failures: [{ count: 4, failure }],
    });
    expect([response.status, await response.json()]).toEqual([200, { id: id(1) }]);
    const [record] = await to.records();
    expect(record).toMatchObject({
      id: failure.id.replaceAll('-', ''),
      severity: failure.severity,
      kind: failure.kind,
      source: failure.source,
      service: 'shop',
      environment: 'production',
      release: '2.4.0',
      pipeline: 'orders',
      policy: 'retry',
      attempt: 3,
      transaction: '/orders/:id',
      tags: { region: 'eu' },
      fingerprint: [failure.fingerprint],
      exceptions: [
        { type: 'RangeError', message: 'order 17 failed' },
        { type: 'Error', message: 'no stock' },
      ],
    });
    expect(record?.exceptions[0]?.frames.some(({ inApp }) => inApp)).toBe(true);
    expect(await store.groups({ projects: [to.project], most: 5 })).toMatchObject([{ seen: 4 }]);
  });

  it('keeps a batch that is sent again once', async () => {
    const to = await testIntake(store);
    const batch = {
      id: id(2),
      failures: [{ failure }],
      totals: [{ pipeline: 'orders', outcome: 'success', count: 9 }],
    };
    await send(to, batch);
    await send(to, batch);
    expect(await store.groups({ projects: [to.project], most: 5 })).toMatchObject([{ seen: 1 }]);
    expect(await store.tallies(to.project, 0, Infinity)).toMatchObject([
      { what: 'pipeline:orders:success', count: 9 },
    ]);
  });

  it.each([
    ['has no id', { failures: [] }, /`id`/],
    [
      'has a count of nothing',
      { id: id(3), failures: [{ count: 0, failure: {} }] },
      /`failures.0.count`/,
    ],
    [
      'has an outcome that is none',
      { id: id(3), totals: [{ pipeline: 'a', outcome: 'odd', count: 1 }] },
      /`totals.0.outcome`/,
    ],
    [
      'has more than a thousand failures',
      { id: id(3), failures: Array.from({ length: 1_001 }, () => ({ failure: {} })) },
      /`failures`/,
    ],
  ])('refuses a batch that %s, and says where', async (_, batch, detail) => {
    const to = await testIntake(store);
    const response = await send(to, batch);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { detail: string }).detail).toMatch(detail);
  });

  it('takes failures that are not as kedge describes them', async () => {
    const to = await testIntake(store);
    const odd = [
      'type',
      'message',
      'stack',
      'causes',
      'tags',
      'runtime',
      'time',
      'severity',
      'fingerprint',
    ];
    for (const value of [null, 7, [], {}, [7], 'x']) {
      const failure = Object.fromEntries(odd.map((name) => [name, value]));
      expect((await send(to, { id: crypto.randomUUID(), failures: [{ failure }] })).status).toBe(
        200,
      );
    }
    expect(to.errors).toEqual([]);
  });
});
