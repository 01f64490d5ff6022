/** A record as it is counted, and as it is kept. */
import { fitted } from './fit.ts';
import { groupOf } from './group.ts';
import type { Normalised } from './normalise/common.ts';
import { clean, redacted } from './redact.ts';
import type { Severity } from './record.ts';
import { culpritOf, titleOf } from './title.ts';

/** What is counted of every failure, also of those that are not kept. */
export interface Sighting {
  /** The key of its group. */
  readonly group: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly severity: Severity;
  readonly environment: string;
  readonly release: string;
  readonly user: string | undefined;
  /** How many it stands for. */
  readonly count: number;
}

/** What is kept of it, without secrets, and what it is found by. */
export interface Kept {
  readonly id: string;
  readonly json: string;
  readonly title: string;
  readonly culprit: string;
  readonly platform: string;
  readonly service: string;
  /** kedge's verdict, where there is one. */
  readonly kind: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly traceId: string | undefined;
  readonly requestId: string | undefined;
}

export function sightingOf({ draft }: Normalised, count = 1): Sighting {
  const { time, severity, environment = '', release = '', user } = draft;
  return {
    group: groupOf(draft),
    time: Date.parse(time),
    severity,
    environment: clean(environment),
    release: clean(release),
    user,
    count,
  };
}

export function keptOf({ draft, rest }: Normalised): Kept {
  const { parts, hidden } = rest();
  const record = redacted({ ...draft, ...parts }, hidden);
  return {
    id: record.id,
    json: fitted(record),
    title: titleOf(record),
    culprit: culpritOf(record),
    platform: record.platform,
    service: record.service ?? '',
    kind: record.kind ?? '',
    tags: record.tags,
    traceId: record.traceId,
    requestId: record.requestId,
  };
}
