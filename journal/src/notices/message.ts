/** What a message tells: of one group, of many at once, or that the channel works. */
import { hash } from 'node:crypto';
import { shown } from '../record/shown.ts';
import type { Channel, Group, Notice } from '../store/store.ts';

export interface Message {
  /** The same each time that the same is sent: receivers can tell what they have had. */
  readonly id: string;
  readonly type: 'group.new' | 'group.regressed' | 'groups.digest' | 'channel.test';
  /** ISO 8601. */
  readonly timestamp: string;
  readonly project: { readonly id: number; readonly name: string };
  readonly groups: readonly Told[];
}

/** A group, as others are told of it. */
export interface Told {
  readonly notice: string;
  readonly was: 'new' | 'regressed';
  readonly id: number;
  readonly title: string;
  readonly culprit: string;
  readonly service: string;
  readonly platform: string;
  readonly severity: string;
  readonly release: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly seen: number;
  readonly users: number;
  readonly url: string;
}

const LONGEST = 300;
const idOf = (notice: number): string => `notice-${notice}`;
const text = (one: string): string => shown(one.replaceAll(/\s+/g, ' '), LONGEST);
const iso = (time: number): string => new Date(time).toISOString();

export function messageOf(
  notices: readonly Notice[],
  { project }: Channel,
  { projectName, url }: { projectName: string; url: string },
): Message {
  const [first] = notices;
  const groups = notices.flatMap(({ id, was, group }) =>
    was === 'test' || group === undefined ? [] : [toldOf(id, was, group, url)],
  );
  const [told] = groups;
  const isOne = notices.length === 1;
  const ids = notices.map(({ id }) => id).join(' ');
  return {
    id: isOne ? idOf(first?.id ?? 0) : `digest-${hash('sha256', ids).slice(0, 24)}`,
    type: told === undefined ? 'channel.test' : isOne ? `group.${told.was}` : 'groups.digest',
    timestamp: iso(Math.max(0, ...notices.map(({ at }) => at))),
    project: { id: project, name: projectName },
    groups,
  };
}

function toldOf(notice: number, was: 'new' | 'regressed', group: Group, url: string): Told {
  const { id, title, culprit, service, platform, severity, lastRelease, seen, users } = group;
  return {
    notice: idOf(notice),
    was,
    id,
    title: text(title),
    culprit: text(culprit),
    service: text(service),
    platform,
    severity,
    release: text(lastRelease),
    firstSeen: iso(group.firstSeen),
    lastSeen: iso(group.lastSeen),
    seen,
    users,
    url: `${url}/groups/${id}`,
  };
}
