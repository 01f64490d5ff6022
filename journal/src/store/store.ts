/**
 * Where the journal keeps everything: one interface, whatever the database behind it. All of it is asynchronous, and a
 * promise of a change is kept when it is on the disk.
 */
import type { Severity } from '../record/record.ts';
import type { Group, GroupState } from './group.ts';
import type { Channel, DueNotices, NewChannel, NoticeChange } from './notices.ts';
import type { Kept, Sighting } from '../record/sighting.ts';

export interface Store {
  /** Writes what one request brought, all of it or nothing. Requests that come together share one transaction. */
  write(batch: Batch): Promise<Outcome>;

  createProject(project: NewProject): Promise<Project>;
  changeProject(id: number, changes: Partial<NewProject>): Promise<Project | undefined>;
  projects(): Promise<readonly Project[]>;
  createKey(project: number, key: string, label: string, at: number): Promise<IntakeKey>;
  /** An ended key is refused; what it sent stays. */
  endKey(key: string, at: number): Promise<boolean>;
  keys(): Promise<readonly IntakeKey[]>;

  /** Makes an account, or changes the one of that name; its sessions end with another password. */
  saveAccount(account: Account): Promise<void>;
  endAccount(name: string): Promise<boolean>;
  accounts(): Promise<readonly Account[]>;
  startSession(session: Session): Promise<void>;
  /** One that has not expired. */
  session(hash: string, at: number): Promise<Session | undefined>;
  endSession(hash: string): Promise<boolean>;

  /** Latest first, unless the query says another order. */
  groups(query: GroupQuery): Promise<readonly Group[]>;
  group(id: number): Promise<Group | undefined>;
  /** Returns how many groups of `project` were changed. */
  changeGroups(project: number, ids: readonly number[], change: GroupChange): Promise<number>;
  /** Latest first; `before` is the last of the page before. */
  records(group: number, most: number, before?: number): Promise<readonly StoredRecord[]>;
  /** The latest 100 by what they are found by exactly. */
  find(
    project: number,
    by: 'event' | 'trace' | 'request' | 'user',
    value: string,
  ): Promise<readonly StoredRecord[]>;
  /** Sums by time of groups, from the first to before the last. */
  counts(
    groups: readonly number[],
    step: Step,
    from: number,
    to: number,
  ): Promise<readonly Count[]>;
  tallies(project: number, from: number, to: number): Promise<readonly Tally[]>;

  /** Where notices of new and regressed groups go, with how that has gone. */
  channels(): Promise<readonly Channel[]>;
  /** Makes a channel, or changes the one of that id; nothing waits for one that has ended. */
  saveChannel(
    channel: NewChannel & { readonly id?: number; readonly ended?: number },
  ): Promise<number>;
  /** What waits to be told and is due, by channel, oldest first. `write` has put it there, in its transaction. */
  dueNotices(at: number): Promise<readonly DueNotices[]>;
  changeNotices(change: NoticeChange): Promise<void>;

  /** One step of retention: at most 2 000 records in one transaction. */
  prune(limits: PruneLimits): Promise<PruneResult>;
  /** Takes everything of one user out of a project, and remembers that it did. Returns how many records. */
  erase(project: number, user: string, at: number): Promise<number>;
  erasures(): Promise<readonly Erasure[]>;
  /** All records of a project or of one user in it, oldest first, 200 at a time after `after`. */
  exported(
    project: number,
    user: string | undefined,
    after: number,
  ): Promise<readonly StoredRecord[]>;
  size(): Promise<Size>;
  close(): Promise<void>;
}

export type { Group, GroupState } from './group.ts';
export type * from './notices.ts';

export interface Batch {
  readonly project: number;
  /** When it came in, in milliseconds since 1970. */
  readonly at: number;
  readonly entries: readonly Entry[];
  readonly tallies: readonly Omit<Tally, 'at'>[];
  /** Of requests that are sent again without ids: one that was written in the last ten minutes is not written again. */
  readonly requestHash?: string;
}

export interface Entry extends Sighting {
  /** Without it the failure is counted only. */
  readonly kept?: Kept;
}

/** For each entry, what it was: `repeated` is one whose id is known already, and is not counted again. */
export interface Outcome {
  readonly entries: readonly {
    readonly group: number;
    readonly was: 'new' | 'regressed' | 'known' | 'repeated';
  }[];
}

/** What is counted beside failures: `item:transaction`, `session:crashed`, `lost:queue_overflow`. */
export interface Tally {
  readonly what: string;
  readonly release: string;
  readonly count: number;
  /** The hour. */
  readonly at: number;
}

export interface NewProject {
  readonly name: string;
  /** How many failures a second are kept, and how many at once after a pause. */
  readonly rate: number;
  readonly burst: number;
  /** How many failures of one group are kept in an hour. */
  readonly keepPerHour: number;
  /** From which pages browsers may send; all where there are none. */
  readonly origins: readonly string[];
}

export interface Project extends NewProject {
  readonly id: number;
}

export interface IntakeKey {
  readonly key: string;
  readonly project: number;
  readonly label: string;
  readonly created: number;
  readonly ended?: number;
}

export type Role = 'viewer' | 'responder' | 'administrator';

export interface Account {
  readonly name: string;
  /** In all projects. */
  readonly role: Role | 'none';
  /** In single projects, by their number. */
  readonly roles: Readonly<Record<number, Role>>;
  /** As `scrypt` made it; empty for one that signs in by a link. */
  readonly password: string;
}

export interface Session {
  /** Of the token, which is nowhere kept. */
  readonly hash: string;
  readonly account: string;
  /** A link becomes a session, once. */
  readonly kind: 'session' | 'link';
  readonly expires: number;
}

export interface GroupQuery {
  readonly projects: readonly number[];
  readonly state?: GroupState;
  readonly severity?: Severity;
  readonly service?: string;
  /** kedge's verdict. */
  readonly kind?: string;
  readonly platform?: string;
  readonly environment?: string;
  readonly release?: string;
  /** The hash of a user in each project. */
  readonly user?: Readonly<Record<number, string>>;
  /** Of one record. */
  readonly event?: string;
  readonly trace?: string;
  readonly request?: string;
  /** Words that all have to be there; the last may be the beginning of one. */
  readonly text?: string;
  readonly sort?: 'last' | 'first' | 'seen' | 'users';
  readonly most: number;
  readonly skip?: number;
}

export interface GroupChange {
  readonly state: GroupState;
  readonly at: number;
  /** Resolved in: an older release does not open it again. The latest by default. */
  readonly release?: string;
  /** Ignored until. */
  readonly until?: number;
}

export interface StoredRecord {
  /** Grows with time. */
  readonly row: number;
  readonly group: number;
  readonly time: number;
  /** A `FailureRecord`. */
  readonly json: string;
}

export type Step = 'minute' | 'hour' | 'day';

export interface Count {
  readonly group: number;
  readonly at: number;
  readonly environment: string;
  readonly release: string;
  readonly severity: Severity;
  readonly count: number;
}

export interface Erasure {
  readonly project: number;
  readonly user: string;
  readonly at: number;
}

export interface PruneLimits {
  readonly now: number;
  /** Records that came in before are deleted. */
  readonly recordsBefore: number;
  readonly maxBytes: number;
}

export interface PruneResult {
  readonly deleted: number;
  /** Whether there is more to do. */
  readonly more: boolean;
}

export interface Size {
  readonly bytes: number;
  readonly records: number;
  readonly groups: number;
}

/** The database could not do it. `isFull`: there is no room on the disk. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code = 'KEDGE_JOURNAL_STORE';
  readonly isFull: boolean;

  constructor(message: string, isFull: boolean) {
    super(message);
    this.isFull = isFull;
  }
}
