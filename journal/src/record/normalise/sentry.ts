/** An event of Sentry's protocol. Its clients agree on less than its documentation says; a wrong type is nothing. */
import { kept } from '../personal.ts';
import {
  countOf,
  defined,
  type Fields,
  fieldsOf,
  isFields,
  ownOf,
  shownOf,
  textOf,
  valuesOf,
} from '../reading.ts';
import type { Breadcrumb, Draft, RequestData, Severity } from '../record.ts';
import { addSecret, findSecrets } from '../secrets.ts';
import { corrected, readTime } from '../time.ts';
import { type Arrival, idOf, type Normalised, tagsOf, userOf } from './common.ts';
import { exceptionsOf, platformOf } from './sentry-exceptions.ts';

const LONGEST_MESSAGE = 8_192;
const MOST_BREADCRUMBS = 50;
const LONGEST_BREADCRUMB = 1_000;

const severities: Readonly<Record<string, Severity>> = {
  fatal: 'critical',
  critical: 'critical',
  warning: 'warning',
  info: 'info',
  debug: 'info',
  log: 'info',
};

/** `sentAt` is the client's clock when it sent the event. */
export function normaliseSentry(
  event: Fields,
  arrival: Arrival & { readonly sentAt?: number | undefined },
): Normalised {
  const { received, hashUser } = arrival;
  const cut: string[] = [];
  const trace = fieldsOf(fieldsOf(event['contexts'])['trace']);
  const tags = tagsOf(event['tags'], cut);
  const release = shownOf(event['release']);
  const exceptions = exceptionsOf(event, cut);
  const draft: Draft = defined<Draft>({
    id: idOf(event['event_id']),
    time: new Date(corrected(readTime(event['timestamp']), arrival.sentAt, received)).toISOString(),
    received: new Date(received).toISOString(),
    platform: platformOf(event),
    severity: ownOf(severities, event['level']) ?? 'error',
    exceptions,
    message: messageOf(event),
    logger: textOf(event['logger']),
    transaction: textOf(event['transaction']),
    service: tags['service'] ?? release?.match(/^(.+)@/)?.[1],
    environment: shownOf(event['environment']),
    release,
    dist: shownOf(event['dist'], 64),
    host: textOf(event['server_name']),
    handled: handledOf(event),
    traceId: textOf(trace['trace_id'], 64),
    spanId: textOf(trace['span_id'], 64),
    requestId: tags['request_id'] ?? tags['requestId'],
    user: userOf(event['user'], hashUser),
    tags,
    sdk: sdkOf(event['sdk']),
    fingerprint: fingerprintOf(event['fingerprint']),
  });
  return { draft, rest: () => ({ parts: restOf(event, cut), hidden: hiddenIn(event) }) };
}

function restOf(event: Fields, cut: string[]): Partial<Draft> {
  return defined<Partial<Draft>>({
    request: requestOf(event['request']),
    contexts: contextsOf(event['contexts']),
    extra: kept(event['extra']),
    breadcrumbs: breadcrumbsOf(event['breadcrumbs'], cut),
    cut: cut.length === 0 ? undefined : cut,
  });
}

/** Secrets are looked for in all that came in, also in what is dropped. */
function hiddenIn(event: Fields): ReadonlySet<string> {
  const hidden = new Set<string>();
  const user = fieldsOf(event['user']);
  for (const name of ['id', 'email', 'username', 'name', 'ip_address']) {
    const value = shownOf(user[name], 1_000);
    if (value !== undefined && value !== '{{auto}}') addSecret(value, hidden);
  }
  for (const query of queriesOf(fieldsOf(event['request']))) findSecrets([...query], hidden);
  for (const part of [
    'request',
    'extra',
    'contexts',
    'tags',
    'breadcrumbs',
    'exception',
    'threads',
  ]) {
    findSecrets(event[part], hidden);
  }
  return hidden;
}

/** Pairs in texts: what is behind the `?` of the address, and a form. */
function queriesOf(request: Fields): URLSearchParams[] {
  return ['url', 'query_string', 'data'].flatMap((name) => {
    const text = textOf(request[name], 10_000);
    return text?.includes('=') === true ? [new URLSearchParams(text.replace(/^[^?]*\?/, ''))] : [];
  });
}

function messageOf(event: Fields): string | undefined {
  const { message } = event;
  const entry = fieldsOf(isFields(message) ? message : event['logentry']);
  const plain =
    textOf(message, LONGEST_MESSAGE) ??
    textOf(entry['formatted'], LONGEST_MESSAGE) ??
    textOf(entry['message'], LONGEST_MESSAGE);
  return plain === undefined ? undefined : withParams(plain, entry);
}

/** `job %s failed` with its parameters, where the client has not put them in. */
function withParams(message: string, entry: Fields): string {
  const params = Array.isArray(entry['params']) ? (entry['params'] as unknown[]) : [];
  if (params.length === 0 || textOf(entry['formatted']) !== undefined) return message;
  let next = 0;
  return message.replaceAll(
    /%(?:[sdifr]|\.\d+f)|\{\}/g,
    (place) => shownOf(params[next++]) ?? place,
  );
}

function handledOf(event: Fields): boolean | undefined {
  const handled = fieldsOf(fieldsOf(valuesOf(event['exception']).at(-1))['mechanism'])['handled'];
  return typeof handled === 'boolean' ? handled : undefined;
}

function requestOf(value: unknown): RequestData | undefined {
  if (!isFields(value)) return undefined;
  const headers = value['headers'];
  const pairs = Array.isArray(headers) ? (headers as unknown[]) : Object.entries(fieldsOf(headers));
  const header = (name: string): string | undefined => {
    const found = pairs.find(
      (pair) => Array.isArray(pair) && textOf(pair[0])?.toLowerCase() === name,
    );
    return Array.isArray(found) ? textOf(found[1]) : undefined;
  };
  const url = textOf(value['url'], 2_000);
  const request = defined<RequestData>({
    method: textOf(value['method'], 16),
    path: url?.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || undefined,
    contentType: header('content-type'),
    userAgent: header('user-agent'),
  });
  return Object.keys(request).length === 0 ? undefined : request;
}

function contextsOf(value: unknown): Draft['contexts'] {
  const { trace: _, response, ...contexts } = fieldsOf(value);
  const status = countOf(fieldsOf(response)['status_code']);
  const answered = status === undefined ? {} : { response: { status_code: status } };
  return kept({ ...contexts, ...answered });
}

function breadcrumbsOf(value: unknown, cut: string[]): Breadcrumb[] | undefined {
  const all = valuesOf(value);
  if (all.length === 0) return undefined;
  const last = all.slice(-MOST_BREADCRUMBS);
  if (last.length < all.length) cut.push(`breadcrumbs: the last ${last.length} of ${all.length}`);
  return last.flatMap((one) => {
    if (!isFields(one)) return [];
    const time = readTime(one['timestamp']);
    return defined<Breadcrumb>({
      time: time === undefined ? undefined : new Date(time).toISOString(),
      category: textOf(one['category'], 100) ?? textOf(one['type'], 100),
      level: textOf(one['level'], 20),
      message: textOf(one['message'], LONGEST_BREADCRUMB),
      data: kept(one['data']),
    });
  });
}

function sdkOf(value: unknown): Draft['sdk'] {
  const name = textOf(fieldsOf(value)['name'], 100);
  const version = textOf(fieldsOf(value)['version'], 50);
  return name === undefined ? undefined : defined<NonNullable<Draft['sdk']>>({ name, version });
}

function fingerprintOf(value: unknown): string[] | undefined {
  const parts = valuesOf(value)
    .slice(0, 20)
    .flatMap((part) => shownOf(part) ?? []);
  return parts.length === 0 ? undefined : parts;
}
