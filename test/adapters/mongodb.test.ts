import { EventEmitter, once } from 'node:events';
import { CircuitOpenError } from 'kedge';
import { classify } from 'kedge/failures';
import { OutcomeUnknownError, resilientMongo } from 'kedge/mongodb';
import {
  AggregationCursor,
  ChangeStream,
  Collection,
  Db,
  FindCursor,
  Long,
  MongoClient,
  type ClientSession,
} from 'mongodb';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { deferred, rejection } from '../support/lab.ts';
import { type MongoServer, mongoServer, type Outcome } from '../support/mongo-server.ts';
import { fc, patience } from '../support/property.ts';
import { random } from '../support/random.ts';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let server: MongoServer;
let proxy: TcpProxy;
let bare: MongoClient;

/** A client of the driver behind the proxy; `settings` are its own. */
function connectTo(settings = ''): MongoClient {
  bare = new MongoClient(
    `mongodb://${proxy.host}:${proxy.port}/shop?directConnection=true&minHeartbeatFrequencyMS=5` +
      `&heartbeatFrequencyMS=10&connectTimeoutMS=1000&${settings}`,
  );
  return bare;
}

beforeEach(async () => {
  server = await mongoServer();
  proxy = await tcpProxy(server.port);
  connectTo();
});
afterEach(async () => {
  await bare.close();
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const options = { backoff: () => 1, circuitBreaker: { minimumCalls: 1e6 } } as const;
const patient = { ...options, maxAttempts: 1_000, budget: false, totalTimeout: 30_000 } as const;

/** So happens what `outcomes` lists to the commands of `name`, in turn, and then nothing more. */
const script = (name: string, ...outcomes: readonly (Outcome | undefined)[]): void => {
  server.script = (command, nth) => (command.name === name ? outcomes[nth - 1] : undefined);
};
const always = (name: string, outcome: Outcome): void => {
  server.script = (command) => (command.name === name ? outcome : undefined);
};
const refused = (code: number, ...errorLabels: string[]): Outcome => ({
  refused: { code, codeName: `Code${code}`, errmsg: `refused with ${code}`, errorLabels },
});

/** What the driver itself keeps of sessions and cursors. */
function kept(client: MongoClient): { sessions: number; cursors: number } {
  const { activeSessions, activeCursors } = Reflect.get(client, 's') as Record<
    string,
    Set<unknown>
  >;
  return { sessions: activeSessions?.size ?? -1, cursors: activeCursors?.size ?? -1 };
}

describe('a protected client', () => {
  it('is still a MongoClient, with its events, databases, collections and cursors', async () => {
    const client = resilientMongo(bare, options);
    expect([client instanceof MongoClient, client instanceof EventEmitter]).toEqual([true, true]);
    const opened = once(bare, 'serverOpening');
    expect(client.on('topologyClosed', () => {})).toBe(client);
    expect(await client.connect()).toBe(client);
    await opened;
    const orders = client.db().collection<{ _id: number }>('orders');
    expect(client.db() instanceof Db && orders instanceof Collection).toBe(true);
    expect([orders.namespace, client.db().databaseName]).toEqual(['shop.orders', 'shop']);
    expect([client.db().client, orders.db.client]).toEqual([client, client]);
    expect(orders.find() instanceof FindCursor).toBe(true);
    expect(orders.aggregate() instanceof AggregationCursor).toBe(true);
    expect(orders.findOne).toBe(orders.findOne);
    expectTypeOf(orders.find).toEqualTypeOf<Collection<{ _id: number }>['find']>();
    expectTypeOf<Parameters<Parameters<typeof client.transaction>[0]>[0]>().toExtend<
      MongoClient & { session: ClientSession }
    >();
    await client.close();
    expect(() => resilientMongo(bare, { attempts: 3 } as object)).toThrow(/no option `attempts`/);
  });

  it('hands on what operations answer, also collections, which are protected too', async () => {
    const client = resilientMongo(connectTo('retryReads=false'), options);
    const orders = client.db().collection('orders');
    expect(await orders.insertOne({ a: 1 })).toMatchObject({ acknowledged: true });
    expect(await orders.insertMany([{ a: 1 }, { a: 2 }])).toMatchObject({ insertedCount: 2 });
    expect(await orders.updateMany({}, { $set: { a: 1 } })).toMatchObject({ modifiedCount: 1 });
    expect(await orders.findOneAndUpdate({}, { $set: { a: 1 } })).toEqual({ _id: 1 });
    expect(await orders.createIndex({ a: 1 })).toBe('a_1');
    expect(await orders.deleteOne()).toMatchObject({ deletedCount: 1 });
    const namespace = 'shop.orders';
    const models = [{ name: 'insertOne', namespace, document: { a: 3 } }] as const;
    expect(await client.bulkWrite(models)).toMatchObject({ insertedCount: 1 });
    const made = await client.db().createCollection('made');
    script('find', 'cut');
    expect(await made.find().toArray()).toEqual([{ _id: 1, n: 1 }]);
  });

  it('opens its circuit, and sends nothing while it is open', async () => {
    const client = resilientMongo(connectTo('retryReads=false'), {
      maxAttempts: 1,
      circuitBreaker: { minimumCalls: 2, openFor: 60_000 },
    });
    always('find', 'cut');
    const orders = client.db().collection('orders');
    for (let n = 0; n < 2; n++) {
      await expect(orders.findOne()).rejects.toMatchObject({ name: 'MongoNetworkError' });
    }
    await expect(orders.findOne()).rejects.toBeInstanceOf(CircuitOpenError);
    expect(server.names).toEqual(['find', 'find']);
  });

  it('connects anew when its first connection could not be made', async () => {
    const client = resilientMongo(connectTo('serverSelectionTimeoutMS=30'), {
      ...patient,
      backoff: () => {
        void proxy.start();
        return 1;
      },
    });
    await proxy.stop();
    const orders = client.db().collection('orders');
    expect(await orders.insertOne({ a: 1 })).toMatchObject({ acknowledged: true });
    expect(server.names).toEqual(['insert']);
    await proxy.stop();
    proxy.end();
    expect(await orders.findOne()).toEqual({ _id: 1, n: 1 });
  });

  it('stays closed when it was closed', async () => {
    const client = resilientMongo(bare, options);
    await client.db().collection('orders').findOne();
    await client.close();
    await expect(client.db().collection('orders').findOne()).rejects.toMatchObject({
      name: 'MongoNotConnectedError',
    });
  });
});

describe('a read', () => {
  it('is repeated after a lost connection, whatever its method', async () => {
    const client = resilientMongo(connectTo('retryReads=false'), options);
    const orders = client.db().collection('orders');
    const reads: Readonly<Record<string, () => Promise<unknown>>> = {
      find: () => orders.findOne({ _id: 1 as never }),
      aggregate: () => orders.countDocuments({ a: 1 }),
      count: () => orders.estimatedDocumentCount(),
      distinct: () => orders.distinct('n'),
      listIndexes: () => orders.indexes(),
      listCollections: () => client.db().listCollections().toArray(),
      dbStats: () => client.db().stats(),
    };
    for (const [name, read] of Object.entries(reads)) {
      server.clear();
      script(name, 'cut', 'cut');
      await read();
      expect(server.names).toEqual([name, name, name]);
    }
  });

  it('is not multiplied by the retries of the driver', async () => {
    for (const [settings, sent] of [
      ['retryReads=false', 3],
      // Two of each attempt, and no third attempt.
      ['retryReads=true', 4],
    ] as const) {
      server.clear();
      const client = resilientMongo(connectTo(settings), options);
      always('find', 'cut');
      const failed = await rejection(client.db().collection('orders').findOne());
      expect(failed).toMatchObject({ name: 'MongoNetworkError' });
      expect(server.names.length).toBe(sent);
      await client.close();
    }
  });

  it('is left to the driver when the server is overloaded', async () => {
    const client = resilientMongo(bare, options);
    const { refused: overloaded } = refused(462, 'SystemOverloadedError', 'RetryableError') as {
      refused: object;
    };
    always('find', { refused: { ...overloaded, baseBackoffMS: Long.fromNumber(1) } });
    const bareFailure = await rejection(bare.db().collection('orders').findOne());
    const ofDriver = server.names.length;
    const failure = await rejection(client.db().collection('orders').findOne());
    expect([bareFailure, failure]).toMatchObject([{ code: 462 }, { code: 462 }]);
    expect(server.names.length).toBe(2 * ofDriver);
  });

  it('is not repeated when the server has refused it for good', async () => {
    const client = resilientMongo(bare, options);
    always('find', refused(2));
    await expect(client.db().collection('orders').findOne()).rejects.toMatchObject({ code: 2 });
    expect(server.names).toEqual(['find']);
  });

  it('tells the server how long it may take, unless its caller has', async () => {
    const client = resilientMongo(bare, { ...options, attemptTimeout: 4_000 });
    const orders = client.db().collection('orders');
    await orders.findOne();
    await orders.find().toArray();
    await orders.findOne({}, { maxTimeMS: 7 });
    await orders.find().maxTimeMS(8).toArray();
    for await (const document of orders.find()) expect(document).toBeDefined();
    await orders.updateOne({}, { $set: { a: 1 } });
    expect(server.received.map(({ body }) => (body['maxTimeMS'] as unknown)?.toString())).toEqual([
      '5000',
      '5000',
      '7',
      '8',
      // Its documents may be read for longer.
      undefined,
      '5000',
    ]);
  });

  it('ends with its caller, and closes its connection', async () => {
    const client = resilientMongo(bare, options);
    const orders = client.db().collection('orders');
    for (const how of ['of the call', 'of the operation'] as const) {
      const controller = new AbortController();
      const { signal } = controller;
      server.script = () => {
        setImmediate(() => controller.abort(new Error('enough')));
        return 'silence';
      };
      const closed = once(bare, 'connectionClosed');
      const done =
        how === 'of the call'
          ? client.with({ signal }).db().collection('orders').findOne()
          : orders.findOne({}, { signal });
      await expect(done).rejects.toThrow('enough');
      await closed;
    }
    expect(kept(bare)).toEqual({ sessions: 0, cursors: 0 });
  });
});

describe('a write', () => {
  const writes: Readonly<Record<string, (orders: Collection) => Promise<unknown>>> = {
    insertOne: (orders) => orders.insertOne({ a: 1 }),
    insertMany: (orders) => orders.insertMany([{ a: 1 }, { a: 2 }]),
    updateOne: (orders) => orders.updateOne({}, { $inc: { a: 1 } }),
    updateMany: (orders) => orders.updateMany({}, { $inc: { a: 1 } }),
    replaceOne: (orders) => orders.replaceOne({}, { a: 1 }),
    deleteMany: (orders) => orders.deleteMany(),
    findOneAndUpdate: (orders) => orders.findOneAndUpdate({}, { $inc: { a: 1 } }),
    bulkWrite: (orders) =>
      orders.bulkWrite([{ updateMany: { filter: {}, update: { $inc: { a: 1 } } } }]),
    'client.bulkWrite': (orders) =>
      orders.db.client.bulkWrite([{ name: 'insertOne', namespace: 'a.b', document: {} }]),
  };

  for (const settings of ['retryWrites=true', 'retryWrites=false']) {
    it(`takes effect once when its answers are lost, with ${settings}`, async () => {
      const client = resilientMongo(connectTo(settings), options);
      const orders = client.db().collection('orders');
      await client.connect();
      for (const [name, write] of Object.entries(writes)) {
        server.clear();
        server.script = () => 'done, then cut';
        const failure = await rejection(write(orders));
        expect([name, failure]).toMatchObject([
          name,
          { message: expect.stringMatching(/ECONNRESET|closed/) },
        ]);
        expect([name, server.executed.length]).toEqual([name, 1]);
        expect(kept(bare)).toEqual({ sessions: 0, cursors: 0 });
      }
    });
  }

  it('is not repeated when the driver has sent it and then finds no server', async () => {
    const client = resilientMongo(connectTo('serverSelectionTimeoutMS=60'), {
      ...options,
      backoff: () => {
        void proxy.start();
        return 1;
      },
    });
    const orders = client.db().collection('orders');
    await client.connect();
    server.script = () => {
      void proxy.stop();
      proxy.end();
      return 'done, then cut';
    };
    const failure = await rejection(orders.insertOne({ a: 1 }));
    expect(failure).toMatchObject({
      name: expect.stringMatching(/^Mongo(ServerSelection|PoolCleared|Network)Error$/),
    });
    // Who has no more than the error cannot know.
    expect(classify(failure)).toMatchObject({ kind: 'transient', repeat: 'idempotent' });
    expect(server.names).toEqual(['insert']);
  });

  it('is repeated when it was not sent, and never sent late', async () => {
    const client = resilientMongo(connectTo('serverSelectionTimeoutMS=2000'), {
      ...patient,
      attemptTimeout: 250,
      backoff: () => {
        void proxy.start();
        return 1;
      },
    });
    const orders = client.db().collection('orders');
    await client.connect();
    await proxy.stop();
    const closed = once(bare, 'connectionPoolCleared');
    proxy.end();
    await closed;
    await orders.updateMany({}, { $inc: { a: 1 } });
    await orders.findOne();
    expect(server.names.filter((name) => name === 'update')).toEqual(['update']);
  });

  it('is not repeated in parts: what follows a part that was carried out decides nothing', async () => {
    const client = resilientMongo(bare, options);
    const orders = client.db().collection('orders');
    always('update', refused(91, 'NoWritesPerformed', 'RetryableWriteError'));
    const failure = await rejection(
      orders.bulkWrite([
        { insertOne: { document: { a: 1 } } },
        { updateOne: { filter: {}, update: { $inc: { a: 1 } } } },
      ]),
    );
    expect(failure).toMatchObject({ code: 91 });
    expect(server.executed.map(({ name }) => name)).toEqual(['insert']);
  });

  it('of many documents is not repeated where some of them may have been written', async () => {
    const client = resilientMongo(connectTo('retryWrites=false'), options);
    const database = client.db();
    const orders = database.collection('orders');
    const update = { q: {}, u: { $inc: { a: 1 } }, multi: true };
    for (const code of [24, 112, 117, 251, 365, 16500]) {
      for (const send of [
        () => orders.updateMany({}, { $inc: { a: 1 } }),
        () => orders.deleteMany({}),
        () => database.command({ update: 'orders', updates: [update] }),
      ]) {
        const before = server.names.length;
        server.script = ({ name }) => (/update|delete/.test(name) ? refused(code) : undefined);
        expect(await rejection(send())).toMatchObject({ code });
        expect(server.names.length - before).toBe(1);
      }
    }
  });

  it('of one document is repeated where it was not written, and of many where none was', async () => {
    const client = resilientMongo(connectTo('retryWrites=false'), options);
    const orders = client.db().collection('orders');
    script('update', refused(112), undefined, refused(91, 'NoWritesPerformed'));
    await orders.updateOne({}, { $inc: { a: 1 } });
    await orders.updateMany({}, { $inc: { a: 1 } });
    expect([server.names.length, server.executed.length]).toEqual([4, 2]);
  });

  it('is repeated when the server says that nothing was written', async () => {
    const client = resilientMongo(connectTo('retryWrites=false'), options);
    script('update', refused(91, 'NoWritesPerformed'), refused(91, 'NoWritesPerformed'));
    await client
      .db()
      .collection('orders')
      .updateOne({}, { $inc: { a: 1 } });
    expect([server.names.length, server.executed.length]).toEqual([3, 1]);
  });

  it('is repeated when its caller says that twice is the same as once', async () => {
    const client = resilientMongo(connectTo('retryWrites=false'), options);
    const again = client
      .with({ attributes: { idempotent: true } })
      .db()
      .collection('orders');
    script('update', 'done, then cut');
    await again.updateOne({}, { $set: { a: 1 } });
    expect(server.names).toEqual(['update', 'update']);
  });

  it('goes without a session where it is not acknowledged, and in the session of its caller', async () => {
    const client = resilientMongo(bare, options);
    const orders = client.db().collection('orders');
    await orders.insertOne({ a: 1 }, { writeConcern: { w: 0 } });
    const silent = client.db().collection('orders', { writeConcern: { w: 0 } });
    await silent.insertOne({ a: 2 });
    const session = client.startSession();
    await orders.insertOne({ a: 3 }, { session });
    await orders.createIndex({ a: 1 }, { sparse: true }, { session });
    const { id } = session;
    await session.endSession();
    await orders.findOne();
    const sessions = server.received.map(({ body }) => body['lsid'] as unknown);
    expect(sessions.slice(0, 4)).toEqual([undefined, undefined, id, id]);
  });
});

describe('a cursor', () => {
  it('is opened again with all that was asked of it, and goes on by itself', async () => {
    const client = resilientMongo(connectTo('retryReads=false'), options);
    const orders = client.db().collection('orders');
    const more = {
      cursor: { id: Long.fromNumber(5), ns: 'shop.orders', firstBatch: [{ _id: 1 }] },
    };
    script('find', 'cut', { answer: more }, 'cut', { answer: more });
    const seen: unknown[] = [];
    const cursor = orders
      .find({ a: 1 })
      .sort({ a: -1 })
      .limit(9)
      .project({ a: 1 })
      .map(({ _id }) => _id);
    for await (const id of cursor) seen.push(id);
    expect(seen).toEqual([1, 2]);
    expect([cursor.closed, kept(bare)]).toEqual([true, { sessions: 0, cursors: 0 }]);
    expect(server.names).toEqual(['find', 'find', 'getMore']);
    for (const { body } of server.received.slice(0, 2)) {
      expect(body).toMatchObject({
        filter: { a: 1 },
        sort: { a: -1 },
        projection: { a: 1 },
      });
    }
    const next = orders.find();
    expect([await next.hasNext(), await next.next(), await next.next(), await next.next()]).toEqual(
      [true, { _id: 1 }, { _id: 2, n: 2 }, null],
    );
    expect(kept(bare).cursors).toBe(0);
  });

  it('is not opened again when documents have come: others would come twice', async () => {
    const client = resilientMongo(connectTo('retryReads=false'), options);
    const cursor = client.db().collection('orders').find();
    const firstBatch = [{ _id: 1 }];
    server.script = ({ name }) =>
      name === 'getMore'
        ? 'cut'
        : { answer: { cursor: { id: Long.fromNumber(5), ns: 'shop.orders', firstBatch } } };
    const seen: unknown[] = [];
    const failure = await rejection(cursor.forEach((document) => void seen.push(document)));
    expect([seen.length, failure]).toMatchObject([1, { name: 'MongoNetworkError' }]);
    expect(server.names).toEqual(['find', 'getMore', 'killCursors']);
  });

  it('is read as a whole by toArray, and again as a whole', async () => {
    const client = resilientMongo(connectTo('retryReads=false'), options);
    const cursor = client.db().collection('orders').find();
    const firstBatch = [{ _id: 1 }];
    server.script = ({ name }, nth) => {
      if (name === 'getMore') return nth === 1 ? 'cut' : undefined;
      return { answer: { cursor: { id: Long.fromNumber(5), ns: 'shop.orders', firstBatch } } };
    };
    expect(await cursor.toArray()).toEqual([{ _id: 1 }, { _id: 2, n: 2 }]);
    expect(server.names).toEqual(['find', 'getMore', 'killCursors', 'find', 'getMore']);
    expect(await cursor.toArray()).toEqual([]);
    expect([cursor.closed, kept(bare)]).toEqual([true, { sessions: 0, cursors: 0 }]);
    expect(await cursor.clone().toArray()).toEqual([{ _id: 1 }, { _id: 2, n: 2 }]);
  });

  it('of an aggregation has its stages once, and does not write again what it may have written', async () => {
    const client = resilientMongo(connectTo('retryReads=false'), options);
    const orders = client.db().collection('orders');
    const stages = [{ $match: { a: 1 } }];
    script('aggregate', 'cut', 'cut');
    await orders.aggregate(stages).limit(3).toArray();
    const sent = server.received.map(({ body }) => body['pipeline'] as unknown);
    expect(sent).toEqual([1, 2, 3].map(() => [{ $match: { a: 1 } }, { $limit: 3 }]));
    expect(stages).toEqual([{ $match: { a: 1 } }]);
    for (const write of [
      () => orders.aggregate([{ $out: 'copies' }]),
      () => orders.aggregate(stages).out('copies'),
      () => orders.aggregate([{ $merge: 'copies' }]),
    ]) {
      server.clear();
      always('aggregate', 'done, then cut');
      await rejection(write().toArray());
      expect(server.names).toEqual(['aggregate']);
    }
  });

  it('of a change stream or a tailable collection is left alone', async () => {
    const client = resilientMongo(connectTo('retryReads=false'), options);
    const orders = client.db().collection('orders');
    const stream = orders.watch();
    expect(stream instanceof ChangeStream).toBe(true);
    await stream.close();
    always('find', 'cut');
    await rejection(orders.find({}, { tailable: true }).next());
    await rejection(orders.find().addCursorFlag('tailable', true).next());
    expect(server.names).toEqual(['find', 'find']);
  });
});

describe('operations in a transaction of the caller', () => {
  it('are not repeated alone', async () => {
    const client = resilientMongo(bare, options);
    const orders = client.db().collection('orders');
    const session = client.startSession();
    session.startTransaction();
    script('find', 'cut');
    const failure = await rejection(orders.findOne({}, { session }));
    expect(failure).toMatchObject({ name: 'MongoNetworkError' });
    await session.abortTransaction();
    await session.endSession();
    expect(server.names).toEqual(['find', 'abortTransaction']);
  });

  it('belong to withTransaction of the driver, which repeats the whole', async () => {
    const client = resilientMongo(bare, options);
    const orders = client.db().collection('orders');
    script('find', refused(112, 'TransientTransactionError'));
    let runs = 0;
    await client.withSession((session) =>
      session.withTransaction(async () => {
        runs++;
        await orders.insertOne({ a: runs }, { session });
        await orders.find({}, { session }).toArray();
      }),
    );
    expect([runs, server.executed.length]).toEqual([2, 1]);
  });
});

describe('a transaction', () => {
  it('commits what it returns from, in one session, and aborts what throws', async () => {
    const client = resilientMongo(bare, options);
    const answer = await client.transaction(async (tx) => {
      const orders = tx.db().collection('orders');
      expect([tx instanceof MongoClient, tx.session.inTransaction()]).toEqual([true, true]);
      await orders.insertOne({ a: 1 });
      await orders.find().toArray();
      return 'done';
    });
    expect(answer).toBe('done');
    expect(server.names).toEqual(['insert', 'find', 'commitTransaction']);
    const sessions = server.received.map(({ body }) => JSON.stringify(body['lsid']));
    expect([new Set(sessions).size, server.executed.length]).toEqual([1, 1]);
    const own = new Error('the caller changed its mind');
    await expect(
      client.transaction(async (tx) => {
        await tx.db().collection('orders').insertOne({ a: 2 });
        throw own;
      }),
    ).rejects.toBe(own);
    expect([server.names.at(-1), server.executed.length]).toEqual(['abortTransaction', 1]);
    expect(kept(bare)).toEqual({ sessions: 0, cursors: 0 });
  });

  it('hands its own options to the driver', async () => {
    const client = resilientMongo(bare, options);
    await client.transaction((tx) => tx.db().collection('orders').insertOne({ a: 1 }), {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority' },
      maxCommitTimeMS: 900,
    });
    const [insert, commit] = server.received.map(({ body }) => body);
    expect(insert).toMatchObject({ readConcern: { level: 'snapshot' }, startTransaction: true });
    expect(commit).toMatchObject({ writeConcern: { w: 'majority' } });
  });

  it('is run again as a whole after a conflict, and not beyond its retries', async () => {
    const client = resilientMongo(bare, options);
    let runs = 0;
    const conflict = (retries: number): Promise<unknown> =>
      client.transaction((tx) => tx.db().collection('orders').insertOne({ run: ++runs }), {
        retries,
      });
    const lost = refused(112, 'TransientTransactionError');
    script('insert', lost, lost, lost, lost);
    await conflict(4);
    expect([runs, server.executed.length]).toEqual([5, 1]);
    server.clear();
    script('commitTransaction', lost);
    await conflict(4);
    expect([runs, server.executed.length]).toEqual([7, 1]);
    server.clear();
    always('insert', lost);
    await expect(conflict(4)).rejects.toMatchObject({ code: 112 });
    expect([runs, server.executed.length]).toEqual([12, 0]);
  });

  it('is run again when its connection is lost before the commit', async () => {
    const client = resilientMongo(bare, options);
    let runs = 0;
    script('insert', 'done, then cut');
    await client.transaction(async (tx) => {
      await tx.db().collection('orders').insertOne({ run: ++runs });
    });
    expect([runs, server.executed.length]).toEqual([2, 1]);
    server.clear();
    script('insert', 'done, then cut');
    // What goes elsewhere belongs to it by its session.
    await client.transaction(async ({ session }) => {
      await bare.db().collection('orders').insertOne({ run: ++runs }, { session });
    });
    expect([runs, server.executed.length]).toEqual([4, 1]);
  });

  it('repeats a commit whose answer was lost, and not the transaction', async () => {
    const client = resilientMongo(bare, options);
    let runs = 0;
    const lost = 'done, then cut';
    script('commitTransaction', lost, lost, lost);
    await client.transaction(async (tx) => {
      await tx.db().collection('orders').insertOne({ run: ++runs });
    });
    expect([runs, server.executed.length]).toEqual([1, 1]);
    expect(server.names.filter((name) => name === 'commitTransaction').length).toBe(4);
  });

  it('says that its outcome is unknown when no commit is answered', async () => {
    const client = resilientMongo(bare, options);
    let runs = 0;
    always('commitTransaction', 'done, then cut');
    const failure = await rejection(
      client.transaction(
        async (tx) => {
          await tx.db().collection('orders').insertOne({ run: ++runs });
        },
        { retries: 1 },
      ),
    );
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure).toMatchObject({
      code: 'KEDGE_OUTCOME_UNKNOWN',
      pipeline: 'mongodb',
      cause: { name: 'MongoNetworkError' },
    });
    expect([runs, server.executed.length]).toEqual([1, 1]);
  });

  it('says so too when its time is up or its caller leaves during the commit', async () => {
    const client = resilientMongo(bare, options);
    const controller = new AbortController();
    server.script = ({ name }) => {
      if (name !== 'commitTransaction') return undefined;
      setImmediate(() => controller.abort(new Error('enough')));
      return 'done, then silence';
    };
    const failure = await rejection(
      client.transaction((tx) => tx.db().collection('orders').insertOne({ a: 1 }), {
        signal: controller.signal,
      }),
    );
    expect(failure).toMatchObject({ code: 'KEDGE_OUTCOME_UNKNOWN', cause: { message: 'enough' } });
    // What was sent before this read has arrived when it is answered.
    await bare.db().collection('orders').findOne();
    expect(server.names).toEqual(['insert', 'commitTransaction', 'find']);
    proxy.end();
  });

  it('is aborted when its caller leaves before the commit, which is never sent', async () => {
    const client = resilientMongo(bare, options);
    const controller = new AbortController();
    const later = deferred();
    const done = client.transaction(
      async (tx) => {
        await tx.db().collection('orders').insertOne({ a: 1 });
        controller.abort(new Error('enough'));
        later.resolve(rejection(tx.db().collection('orders').findOne()));
      },
      { signal: controller.signal },
    );
    await expect(done).rejects.toThrow('enough');
    await expect.poll(() => server.names).toEqual(['insert', 'abortTransaction']);
    expect(await later.promise).toMatchObject({
      message: expect.stringContaining('ended by its timeout'),
    });
    await expect.poll(() => kept(bare).sessions).toBe(0);
    expect(server.executed).toEqual([]);
  });

  it('is aborted when its caller leaves, also while its function does not return', async () => {
    const client = resilientMongo(bare, options);
    const controller = new AbortController();
    const done = client.transaction(
      async (tx) => {
        await tx.db().collection('orders').insertOne({ a: 1 });
        controller.abort(new Error('enough'));
        await new Promise(() => {});
      },
      { signal: controller.signal },
    );
    await expect(done).rejects.toThrow('enough');
    await expect.poll(() => server.names).toEqual(['insert', 'abortTransaction']);
  });

  it('reports the failure that its function has swallowed and the server has not', async () => {
    const client = resilientMongo(bare, options);
    let runs = 0;
    server.script = ({ name }) => {
      if (name === 'insert') return refused(11_000);
      return name === 'commitTransaction' ? refused(251, 'TransientTransactionError') : undefined;
    };
    const failure = await rejection(
      client.transaction(async (tx) => {
        runs++;
        await tx
          .db()
          .collection('orders')
          .insertOne({ a: 1 })
          .catch(() => {});
      }),
    );
    expect([runs, failure]).toMatchObject([1, { code: 11_000 }]);
  });

  it('has no transaction inside itself', async () => {
    const client = resilientMongo(bare, options);
    const nested = client.transaction((tx) =>
      (tx as unknown as typeof client).transaction(async () => {}),
    );
    await expect(nested).rejects.toThrow('no transactions inside transactions');
  });
});

describe('on a line that is cut at random', () => {
  it(
    'no write takes effect twice, what was acknowledged has, and nothing is left behind',
    { timeout: patience },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, retryWrites) => {
          server.clear();
          proxy.weather = {};
          const chance = random(seed);
          const driver = connectTo(`retryWrites=${retryWrites}&serverSelectionTimeoutMS=100`);
          const client = resilientMongo(driver, { ...options, budget: false });
          const orders = client.db().collection('orders');
          // Each connection ends by itself, in the middle of an answer or of a command.
          proxy.weather = () => ({
            after: { [chance() < 0.5 ? 'up' : 'down']: 400 + Math.floor(chance() * 2_000) },
          });
          const acknowledged: number[] = [];
          const works = Array.from({ length: 12 }, async (_, n) => {
            const how = [
              () => orders.insertOne({ n }),
              () => orders.updateMany({ n }, { $inc: { a: 1 } }, { comment: { n } }),
              () => orders.bulkWrite([{ insertOne: { document: { n } } }]),
              () => client.transaction((tx) => tx.db().collection('orders').insertOne({ n })),
              () => orders.find({ n }).toArray(),
            ][n % 5]!;
            await how();
            if (n % 5 !== 4) acknowledged.push(n);
          });
          await Promise.allSettled(works);
          const effects = server.executed.map(({ body }) => {
            const [document] = (body['documents'] ?? []) as { n: number }[];
            return document?.n ?? (body['comment'] as { n: number }).n;
          });
          expect(new Set(effects).size).toBe(effects.length);
          expect(effects).toEqual(expect.arrayContaining(acknowledged));
          proxy.weather = {};
          proxy.end();
          await driver.close();
          expect(kept(driver)).toEqual({ sessions: 0, cursors: 0 });
        }),
        { numRuns: 15 },
      );
    },
  );
});
