/** Records of logs, and exceptions of spans, as OpenTelemetry describes them. */
import { isDropped, kept } from '../personal.ts';
import {
  defined,
  type Fields,
  fieldsOf,
  isFields,
  listOf,
  numberOf,
  ownOf,
  shownOf,
  textOf,
} from '../reading.ts';
import type { Draft, ExceptionData, Severity } from '../record.ts';
import { addSecret, findSecrets } from '../secrets.ts';
import { framesOfStack } from '../stacks.ts';
import { corrected } from '../time.ts';
import { type Arrival, idOf, type Normalised, tagsOf, userOf } from './common.ts';

const LONGEST_MESSAGE = 8_192;
const LONGEST_STACK = 256 * 1024;

/** One log record or span event, with the attributes of where it came from. */
export interface OtlpFailure {
  readonly resource: Fields;
  readonly scope: string | undefined;
  readonly attributes: Fields;
  readonly body: unknown;
  /** From 1 to 24. */
  readonly severity: number;
  /** Nanoseconds since 1970. */
  readonly time: unknown;
  readonly traceId: unknown;
  readonly spanId: unknown;
  /** Of the span that it happened in. */
  readonly transaction: string | undefined;
}

const platforms: Readonly<Record<string, string>> = {
  nodejs: 'node',
  webjs: 'javascript',
  python: 'python',
  java: 'java',
  dotnet: 'csharp',
  go: 'go',
  ruby: 'ruby',
  php: 'php',
};

export function normaliseOtlp(failure: OtlpFailure, { received, hashUser }: Arrival): Normalised {
  const { resource, attributes, body } = failure;
  const cut: string[] = [];
  const { exceptions, platform } = exceptionOf(attributes, cut);
  const user = attributes['enduser.id'] ?? attributes['user.id'];
  const draft: Draft = defined<Draft>({
    id: idOf(undefined),
    time: new Date(corrected(milliseconds(failure.time), undefined, received)).toISOString(),
    received: new Date(received).toISOString(),
    platform: ownOf(platforms, resource['telemetry.sdk.language']) ?? platform ?? 'other',
    severity: severityOf(failure.severity),
    exceptions,
    message: shownOf(isFields(body) ? (body['message'] ?? body['msg']) : body, LONGEST_MESSAGE),
    logger: failure.scope,
    transaction: shownOf(attributes['http.route']) ?? failure.transaction,
    service: shownOf(resource['service.name']),
    environment: shownOf(
      resource['deployment.environment.name'] ?? resource['deployment.environment'],
    ),
    release: shownOf(resource['service.version']),
    host: shownOf(resource['host.name']),
    requestId: shownOf(attributes['http.request.id'] ?? attributes['request.id']),
    traceId: textOf(failure.traceId, 64),
    spanId: textOf(failure.spanId, 64),
    user: userOf(user, hashUser),
    tags: tagsOf(withoutKnown(attributes), cut),
  });
  return { draft, rest: () => ({ parts: restOf(failure, cut), hidden: hiddenIn(failure) }) };
}

function restOf({ attributes, resource, body }: OtlpFailure, cut: string[]): Partial<Draft> {
  return defined<Partial<Draft>>({
    request: requestOf(attributes),
    contexts: contextOf(resource, body),
    cut: cut.length === 0 ? undefined : cut,
  });
}

function hiddenIn({ resource, attributes, body }: OtlpFailure): ReadonlySet<string> {
  const hidden = new Set<string>();
  for (const part of [resource, attributes, body]) findSecrets(part, hidden);
  for (const name in attributes) {
    if (isDropped(name)) addSecret(shownOf(attributes[name], 1_000) ?? '', hidden);
  }
  return hidden;
}

function exceptionOf(
  attributes: Fields,
  cut: string[],
): { exceptions: ExceptionData[]; platform?: string } {
  const type = shownOf(attributes['exception.type']);
  const message = shownOf(attributes['exception.message'], LONGEST_MESSAGE);
  const stack = textOf(attributes['exception.stacktrace'], LONGEST_STACK);
  if (type === undefined && message === undefined && stack === undefined) return { exceptions: [] };
  const { platform, frames } = framesOfStack(stack ?? '', cut);
  const exceptions = [{ type: type ?? 'Error', message: message ?? '', frames }];
  return platform === undefined ? { exceptions } : { exceptions, platform };
}

function severityOf(number: number): Severity {
  if (number >= 21) return 'critical';
  if (number >= 17 || number === 0) return 'error';
  return number >= 13 ? 'warning' : 'info';
}

function milliseconds(nanoseconds: unknown): number | undefined {
  const number = numberOf(nanoseconds) ?? 0;
  return number >= 1e9 && number < 1e20 ? number / 1e6 : undefined;
}

function requestOf(attributes: Fields): Draft['request'] {
  const request = defined<NonNullable<Draft['request']>>({
    method: shownOf(attributes['http.request.method'] ?? attributes['http.method'], 16),
    path: textOf(attributes['url.path'], 500),
    userAgent: textOf(attributes['user_agent.original']),
  });
  return Object.keys(request).length === 0 ? undefined : request;
}

/** What has a field of its own is no tag as well. */
const known =
  /^(?:exception\.|enduser\.|user\.|http\.route$|http\.request\.method$|http\.method$|url\.(?:path|full|query)$|user_agent\.)/;

function withoutKnown(attributes: Fields): Fields {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !known.test(name)));
}

function contextOf(resource: Fields, body: unknown): Draft['contexts'] {
  const said = isFields(body) ? kept(body) : undefined;
  const from = kept(resource);
  const contexts = { ...(from && { resource: from }), ...(said && { log: said }) };
  return Object.keys(contexts).length === 0 ? undefined : contexts;
}

/** Attributes and values, which have their types in their names, as plain ones. */
export function plainAttributes(list: unknown, depth = 0): Fields {
  const plain: Record<string, unknown> = {};
  for (const one of listOf(list).slice(0, 500)) {
    const { key, value } = fieldsOf(one);
    if (typeof key === 'string' && key !== '__proto__') plain[key] = plainValue(value, depth + 1);
  }
  return plain;
}

const DEEPEST = 16;

export function plainValue(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) return '[deep]';
  const fields = fieldsOf(value);
  if (typeof fields['stringValue'] === 'string') return fields['stringValue'];
  if (typeof fields['boolValue'] === 'boolean') return fields['boolValue'];
  // A number in JSON of one SDK, a text in that of another.
  if ('intValue' in fields) return numberOf(fields['intValue']);
  if ('doubleValue' in fields) return numberOf(fields['doubleValue']);
  if ('arrayValue' in fields) {
    return listOf(fieldsOf(fields['arrayValue'])['values'])
      .slice(0, 500)
      .map((one) => plainValue(one, depth + 1));
  }
  if ('kvlistValue' in fields)
    return plainAttributes(fieldsOf(fields['kvlistValue'])['values'], depth);
  return undefined;
}
