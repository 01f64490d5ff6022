/** Who is told of what: channels, and the notices that wait for them. */
import type { Group } from './group.ts';

export interface NewChannel {
  readonly project: number;
  readonly kind: 'webhook' | 'mail';
  /** An address of the web, or of mail. */
  readonly target: string;
  /** What its messages are signed with. */
  readonly secret: string;
  readonly created: number;
}

export interface Channel extends NewChannel {
  readonly id: number;
  readonly waiting: number;
  /** Of the one that has waited longest. */
  readonly waitsSince?: number;
  /** Why the last message did not get through, until one does. */
  readonly error?: string;
  readonly sentAt?: number;
  /** Notices of the last week that were given up. */
  readonly givenUp: number;
}

/** What happened to a group; `test` is a notice of no group. */
export type NoticeOf = 'new' | 'regressed' | 'test';

export interface Notice {
  /** Grows with time. */
  readonly id: number;
  readonly was: NoticeOf;
  /** When it happened. */
  readonly at: number;
  /** How often it was tried to tell it. */
  readonly tries: number;
  readonly group: Group | undefined;
}

export interface DueNotices {
  readonly channel: Channel;
  readonly notices: readonly Notice[];
  /** Messages of the last hour, and when the latest was sent. */
  readonly sentLastHour: number;
  readonly lastSent: number;
}

export type NoticeChange =
  /** One message has told them all. */
  | { readonly sent: readonly number[]; readonly at: number }
  | { readonly failed: readonly number[]; readonly error: string; readonly retryAt: number }
  | { readonly givenUp: readonly number[]; readonly error: string; readonly at: number }
  | { readonly test: number; readonly at: number };
