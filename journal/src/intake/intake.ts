/**
 * What comes in: found by its path, let in by its key, read, grouped, cleaned of secrets, and written. The answer 200
 * means that all of it is on the disk.
 */
import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import { Memo } from '../record/memo.ts';
import { keptOf, sightingOf } from '../record/sighting.ts';
import { userHash } from '../record/user.ts';
import { type Entry, type Outcome, type Project, type Store, StoreError } from '../store/store.ts';
import { MOST_BYTES, readBody, tooLarge, unpack } from './body.ts';
import { Directory } from './directory.ts';
import { Gate } from './gate.ts';
import { kedge } from './kedge.ts';
import { otlp } from './otlp.ts';
import type { Answer, Failure, Head, Protocol } from './protocol.ts';
import { Refusal } from './refusal.ts';
import { type Place, Room } from './room.ts';
import { sentry } from './sentry.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface IntakeOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** The key that the users of a project are hashed with; it is not in the database. */
  readonly userKey: (project: number) => string | Uint8Array;
  /** Hears that a group is new, or there again; that is in the store already. */
  readonly onNews?: () => void;
  /** Hears of what was not expected. */
  readonly onError?: (error: unknown) => void;
}

const protocols: readonly Protocol[] = [sentry, otlp, kedge];
/** A request whose length nobody says. */
const ASSUMED_BYTES = 64 * 1024;
const GROWS_BY = 1024 * 1024;
/** Half of the room: whatever a project sends, the others find some. */
const MOST_OF_A_PROJECT = 32 * 1024 * 1024;
/** Of requests whose key is in their body: until that is read, anybody may have sent them. */
const MOST_OF_STRANGERS = 1024 * 1024;
const ROOM_OF_STRANGERS = 8 * MOST_OF_STRANGERS;

const cors: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-sentry-error, x-sentry-rate-limits, retry-after',
  'cross-origin-resource-policy': 'cross-origin',
};
const preflight: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers':
    'authorization, content-type, content-encoding, sentry-trace, baggage, x-sentry-auth, x-requested-with',
  'access-control-max-age': '3600',
};

/** What intake has done since it started. */
interface Numbers {
  /** By status. */
  readonly answers: Map<number, number>;
  /** Failures. */
  kept: number;
  counted: number;
  repeated: number;
}

export class Intake {
  readonly directory: Directory;
  readonly room: Room;
  private readonly strangers: Room;
  private readonly rooms = new Map<number, Room>();
  readonly numbers: Numbers = { answers: new Map(), kept: 0, counted: 0, repeated: 0 };
  private readonly gate: Gate;
  /** The same users come again. */
  private readonly users = new Memo(10_000, 100);
  private readonly options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.options = options;
    this.directory = new Directory(options.store, options.clock);
    this.room = new Room(options.clock);
    this.strangers = new Room(options.clock, { most: ROOM_OF_STRANGERS });
    this.gate = new Gate(options.clock);
  }

  /** Nothing where the path is none of intake's. */
  answer(head: Head, body: Readable): Promise<Reply> | undefined {
    for (const protocol of protocols) {
      const match = protocol.match(head.path);
      if (match !== undefined) return this.reply(protocol, match.project, head, body);
    }
    const isClients = /^\/(?:api\/\d+|v1)\//.test(head.path);
    return isClients ? Promise.resolve(this.refused(nothingHere())) : undefined;
  }

  private async reply(
    protocol: Protocol,
    project: number | undefined,
    head: Head,
    body: Readable,
  ): Promise<Reply> {
    const reply = await this.take(protocol, project, head, body).catch((error: unknown) =>
      this.refused(error),
    );
    const { answers } = this.numbers;
    answers.set(reply.status, (answers.get(reply.status) ?? 0) + 1);
    return reply;
  }

  private async take(
    protocol: Protocol,
    named: number | undefined,
    head: Head,
    stream: Readable,
  ): Promise<Reply> {
    if (head.method === 'OPTIONS')
      return { status: 204, headers: { ...cors, ...preflight }, body: '' };
    if (head.method !== 'POST')
      throw new Refusal(405, 'Failures are sent by POST.', { allow: 'POST' });
    const key = protocol.key(head);
    const early = key === undefined ? undefined : await this.projectOf(key, named, head);
    if (early === undefined && protocol.keyInBody === undefined) throw noKey();
    const most = early === undefined ? MOST_OF_STRANGERS : MOST_BYTES;
    const bytes = expectedBytes(head);
    if (bytes > most) throw tooLarge(most);
    const place =
      early === undefined
        ? await this.strangers.take(bytes, false)
        : await this.roomOf(early).take(bytes, this.gate.isOver(early));
    try {
      const body = await this.bodyOf(head, stream, place, most);
      const project = early ?? (await this.projectOf(protocol.keyInBody?.(body), named, head));
      return accepted(await this.write(protocol, project, head, body));
    } finally {
      place.leave();
    }
  }

  private roomOf({ id }: Project): Room {
    let room = this.rooms.get(id);
    if (room === undefined) {
      room = new Room(this.options.clock, { most: MOST_OF_A_PROJECT, within: this.room });
      this.rooms.set(id, room);
    }
    return room;
  }

  private async bodyOf(head: Head, stream: Readable, place: Place, most: number): Promise<Buffer> {
    const grow = (size: number): Promise<void> | undefined =>
      place.has(size) ? undefined : place.grow(Math.min(most, size + GROWS_BY));
    const packed = await readBody(stream, { most, clock: this.options.clock, grow });
    const body = await unpack(packed, head.headers['content-encoding']);
    place.resize(body.length);
    return body;
  }

  private async projectOf(
    key: string | undefined,
    named: number | undefined,
    { headers }: Head,
  ): Promise<Project> {
    if (key === undefined) throw noKey();
    const project = await this.directory.projectOf(key);
    if (project === undefined) throw new Refusal(401, 'The key is unknown, or has ended.');
    if (named !== undefined && named !== project.id) {
      throw new Refusal(403, `The key is none of project ${named}.`);
    }
    const { origin } = headers;
    if (origin !== undefined && project.origins.length > 0 && !project.origins.includes(origin)) {
      throw new Refusal(403, 'The project takes nothing from pages of this origin.');
    }
    return project;
  }

  private async write(
    protocol: Protocol,
    project: Project,
    head: Head,
    body: Buffer,
  ): Promise<Answer> {
    const { store, clock, userKey } = this.options;
    const received = clock.now();
    const hashUser = (id: string): string =>
      this.users.get(`${project.id} ${id}`, () => userHash(id, userKey(project.id)));
    const brought = protocol.read(body, head, { received, hashUser });
    const { tallies, requestHash, answer } = brought;
    if (brought.failures.length === 0 && tallies.length === 0) return answer;
    const entries: Entry[] = [];
    for (const failure of brought.failures) entries.push(await this.entryOf(project, failure));
    const outcome = await store.write({
      project: project.id,
      at: received,
      entries,
      tallies,
      ...(requestHash === undefined ? {} : { requestHash }),
    });
    this.count(entries, outcome);
    if (outcome.entries.some(isNews)) this.options.onNews?.();
    return answer;
  }

  private async entryOf(project: Project, failure: Failure): Promise<Entry> {
    const sighting = sightingOf(failure, failure.count);
    const isKept = await this.gate.keeps(project, sighting.group);
    return isKept ? { ...sighting, kept: keptOf(failure) } : sighting;
  }

  private count(entries: readonly Entry[], outcome: Outcome): void {
    for (const [at, { was }] of outcome.entries.entries()) {
      const { count = 1, kept } = entries[at] ?? {};
      const isKept = kept !== undefined;
      if (was === 'repeated') this.numbers.repeated += count;
      else this.numbers.counted += isKept ? count - 1 : count;
      if (was !== 'repeated' && isKept) this.numbers.kept += 1;
    }
  }

  private refused(error: unknown): Reply {
    if (error instanceof Refusal) return refusal(error);
    this.options.onError?.(error);
    const isFull = error instanceof StoreError && error.isFull;
    const why = isFull ? 'The disk of the journal is full.' : 'The journal could not keep it.';
    return refusal(new Refusal(503, why, { 'retry-after': '5' }));
  }
}

const isNews = ({ was }: Outcome['entries'][number]): boolean =>
  was === 'new' || was === 'regressed';
const nothingHere = (): Refusal => new Refusal(404, 'The journal takes nothing at this path.');
const noKey = (): Refusal => new Refusal(401, 'The request has no key.');

function expectedBytes({ headers }: Head): number {
  const length = Number(headers['content-length']);
  return Number.isSafeInteger(length) ? length : ASSUMED_BYTES;
}

function accepted({ type = 'application/json', body }: Answer): Reply {
  return { status: 200, headers: { ...cors, 'content-type': type }, body };
}

function refusal({ status, message, headers }: Refusal): Reply {
  return {
    status,
    headers: {
      ...cors,
      ...headers,
      'content-type': 'application/json',
      'x-sentry-error': inHeader(message),
    },
    body: JSON.stringify({ detail: message }),
  };
}

/** Whatever a sentence quotes, a header has to be plain. */
const inHeader = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?');
