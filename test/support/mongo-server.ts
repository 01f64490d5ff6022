/**
 * The server's side of MongoDB's wire protocol, as far as a driver needs it to connect, to read and to write: a primary
 * of a replica set on a real socket, whose outcomes are scripted. It stores nothing: it counts what it was told to do.
 *
 * https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { BSON, type Document, Long, Timestamp } from 'mongodb';

/** A command as it came. */
export interface Command {
  /** `find`, `insert`, `commitTransaction` … */
  readonly name: string;
  readonly body: Document;
}

/** What becomes of a command: nothing said, it is carried out and answered. */
export type Outcome =
  /** The connection ends, and nothing is done. */
  | 'cut'
  /** It is done, and the connection ends before the answer. */
  | 'done, then cut'
  /** It is done, and there is no answer. */
  | 'done, then silence'
  /** Nothing is done, and there is no answer. */
  | 'silence'
  /** It is refused with these fields: `code`, `errorLabels`, `errmsg`. */
  | { readonly refused: Document }
  /** It is done, and answered with these fields: `writeConcernError`, `cursor`. */
  | { readonly answer: Document };

export type Script = (command: Command, nth: number) => Outcome | undefined;

export interface MongoServer extends AsyncDisposable {
  readonly port: number;
  /** All commands of callers, without those that the driver sends of its own accord. */
  readonly received: readonly Command[];
  /** The names of those. */
  readonly names: readonly string[];
  /** Writes that took effect: a write that comes twice with one number of its session takes effect once. */
  readonly executed: readonly Command[];
  /** Connections that are open. */
  readonly open: number;
  /** Is asked about each command, with its number among those of its name, from 1. */
  script: Script;
  /** Forgets what has come. */
  clear(): void;
}

const opMsg = 2013;
const opQuery = 2004;
const opReply = 1;
const moreToCome = 2;

const writing: ReadonlySet<string> = new Set([
  'insert',
  'update',
  'delete',
  'findAndModify',
  'bulkWrite',
  'create',
  'drop',
]);
const upkeep: ReadonlySet<string> = new Set(['hello', 'ismaster', 'isMaster', 'endSessions']);

interface Request {
  readonly id: number;
  readonly query: boolean;
  readonly silent: boolean;
  readonly command: Command;
}

/** Starts it on a free port of the loopback interface. */
export async function mongoServer(): Promise<MongoServer> {
  const sockets = new Set<Socket>();
  let received: Command[] = [];
  let executed: Command[] = [];
  /** Answers to writes by session and number, and the writes of transactions that are not committed yet. */
  const answered = new Map<string, Document>();
  const pending = new Map<string, Command[]>();

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    let buffered: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 4 && buffered.length >= buffered.readInt32LE(0)) {
        const length = buffered.readInt32LE(0);
        const request = parse(buffered.subarray(0, length));
        buffered = buffered.subarray(length);
        handle(socket, request);
      }
    });
  });

  function handle(socket: Socket, request: Request): void {
    const { command } = request;
    const reply = (answer: Document): void => {
      if (!request.silent) socket.write(message(request, { ok: 1, ...clusterTime, ...answer }));
    };
    if (upkeep.has(command.name)) {
      reply(hello());
      return;
    }
    received.push(command);
    const nth = received.filter(({ name }) => name === command.name).length;
    const outcome = mongo.script(command, nth);
    if (outcome === 'silence') return;
    if (outcome === 'cut') {
      socket.resetAndDestroy();
      return;
    }
    if (typeof outcome === 'object' && 'refused' in outcome) {
      reply({ ok: 0, ...outcome.refused });
      return;
    }
    const answer = execute(command);
    if (outcome === 'done, then cut') socket.resetAndDestroy();
    else if (outcome !== 'done, then silence') reply({ ...answer, ...outcome?.answer });
  }

  /** Each number of a session is used once: whoever repeats it gets the first answer again. */
  function execute(command: Command): Document {
    const { name, body } = command;
    const number = body['txnNumber'] === undefined ? undefined : keyOf(body);
    if (number === undefined) {
      if (writing.has(name)) executed.push(command);
      return answerTo(command);
    }
    if (body['autocommit'] === false) {
      const known = answered.get(number);
      if (name === 'commitTransaction') {
        if (known !== undefined) return known;
        executed.push(...(pending.get(number) ?? []));
        pending.delete(number);
        answered.set(number, {});
        return {};
      }
      if (name === 'abortTransaction') pending.delete(number);
      else if (writing.has(name)) {
        pending.set(number, [...(pending.get(number) ?? []), command]);
      }
      return answerTo(command);
    }
    const known = answered.get(number);
    if (known !== undefined) return known;
    executed.push(command);
    const answer = answerTo(command);
    answered.set(number, answer);
    return answer;
  }

  function hello(): Document {
    const me = `127.0.0.1:${mongo.port}`;
    return {
      helloOk: true,
      ismaster: true,
      isWritablePrimary: true,
      secondary: false,
      setName: 'kedge',
      setVersion: 1,
      hosts: [me],
      me,
      primary: me,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      logicalSessionTimeoutMinutes: 30,
      minWireVersion: 0,
      maxWireVersion: 25,
      readOnly: false,
    };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const mongo: MongoServer = {
    port,
    get received() {
      return received;
    },
    get names() {
      return received.map(({ name }) => name);
    },
    get executed() {
      return executed;
    },
    get open() {
      return sockets.size;
    },
    script: () => undefined,
    clear() {
      received = [];
      executed = [];
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return mongo;
}

const clusterTime: Document = { operationTime: new Timestamp({ t: 1, i: 1 }) };

function keyOf({ lsid, txnNumber }: Document): string {
  const { id } = lsid as { id: { toString(encoding: string): string } };
  return `${id.toString('hex')} ${String(txnNumber)}`;
}

/** The documents of a write, or what it changes. */
const parts = ['documents', 'updates', 'deletes', 'ops'];

function answerTo({ name, body }: Command): Document {
  const ns = `${String(body['$db'])}.${String(body[name])}`;
  const n = parts.map((part) => (body[part] as unknown[] | undefined)?.length).find(Boolean) ?? 0;
  switch (name) {
    case 'find':
    case 'aggregate':
    case 'listCollections':
    case 'listIndexes':
      return { cursor: { id: Long.ZERO, ns, firstBatch: [{ _id: 1, n: 1 }] } };
    case 'getMore':
      return { cursor: { id: Long.ZERO, ns, nextBatch: [{ _id: 2, n: 2 }] } };
    case 'insert':
    case 'delete':
      return { n };
    case 'update':
      return { n, nModified: n };
    case 'findAndModify':
      return { value: { _id: 1 }, lastErrorObject: { n: 1, updatedExisting: true } };
    case 'count':
      return { n: 1 };
    case 'distinct':
      return { values: [1] };
    case 'bulkWrite':
      return {
        cursor: { id: Long.ZERO, ns: 'admin.$cmd.bulkWrite', firstBatch: [] },
        nInserted: n,
        nErrors: 0,
        nMatched: 0,
        nModified: 0,
        nUpserted: 0,
        nDeleted: 0,
      };
    default:
      return {};
  }
}

function parse(bytes: Buffer): Request {
  const id = bytes.readInt32LE(4);
  if (bytes.readInt32LE(12) === opQuery) {
    const name = bytes.indexOf(0, 20) + 1;
    const body = BSON.deserialize(bytes.subarray(name + 8));
    return { id, query: true, silent: false, command: commandOf(body) };
  }
  const flags = bytes.readUInt32LE(16);
  let body: Document = {};
  const sequences: Record<string, Document[]> = {};
  for (let at = 20; at < bytes.length;) {
    const kind = bytes[at++];
    const size = bytes.readInt32LE(at);
    if (kind === 0) body = BSON.deserialize(bytes.subarray(at, at + size), { promoteLongs: false });
    else {
      const end = bytes.indexOf(0, at + 4);
      const documents: Document[] = [];
      for (let from = end + 1; from < at + size; from += bytes.readInt32LE(from)) {
        documents.push(BSON.deserialize(bytes.subarray(from, from + bytes.readInt32LE(from))));
      }
      sequences[bytes.toString('utf8', at + 4, end)] = documents;
    }
    at += size;
  }
  const silent = (flags & moreToCome) !== 0;
  return { id, query: false, silent, command: commandOf({ ...body, ...sequences }) };
}

const commandOf = (body: Document): Command => ({ name: Object.keys(body)[0] ?? '', body });

function message({ id, query }: Request, answer: Document): Buffer {
  const document = BSON.serialize(answer);
  const before = Buffer.alloc(query ? 36 : 21);
  before.writeInt32LE(before.length + document.length, 0);
  before.writeInt32LE(id, 8);
  before.writeInt32LE(query ? opReply : opMsg, 12);
  // One document of an OP_REPLY; the section of an OP_MSG is of kind 0, as its flags are.
  if (query) before.writeInt32LE(1, 32);
  return Buffer.concat([before, document]);
}
