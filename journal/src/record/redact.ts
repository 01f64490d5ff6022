/** Takes the secrets out of a draft, part by part, so that a long part costs none of the others its place. */
import { type Json, redact } from 'kedge/failures';
import { Memo } from './memo.ts';
import type { Breadcrumb, Draft, ExceptionData, FailureRecord, FrameData } from './record.ts';

const part = { limits: { depth: 8, width: 100, text: 4_000, bytes: 8_192 } };
const small = { limits: { depth: 4, width: 50, text: 500, bytes: 1_500 } };
const long = { limits: { text: 8_192 } };

// The names, frames and lines of a program are few, and come again with each failure.
const texts = new Memo(10_000, 200);
const members = new Memo(5_000, 300);
const sources = new Memo(2_000, 2_500);
const REDACTED = '[redacted]';

/** A text without secrets. */
export function clean(text: string): string {
  return texts.get(text, () => redact(text, long));
}

/** `hidden` are values that may stand nowhere. */
export function redacted(draft: Draft, hidden: ReadonlySet<string>): FailureRecord {
  const record: Draft = { ...draft };
  for (const field of textFields) {
    const text = draft[field];
    if (text !== undefined) record[field] = clean(text);
  }
  record.exceptions = draft.exceptions.map(cleanException);
  record.tags = Object.fromEntries(
    // The name says what the value is.
    Object.entries(draft.tags).map(([name, value]) => [clean(name), cleanMember(name, value)]),
  );
  if (draft.request !== undefined) record.request = cleanTexts(draft.request);
  if (draft.contexts !== undefined) record.contexts = cleanPart(draft.contexts, part);
  if (draft.extra !== undefined) record.extra = cleanPart(draft.extra, part);
  if (draft.breadcrumbs !== undefined) record.breadcrumbs = draft.breadcrumbs.map(cleanBreadcrumb);
  if (draft.sdk !== undefined) record.sdk = cleanTexts(draft.sdk);
  if (draft.fingerprint !== undefined) record.fingerprint = draft.fingerprint.map(clean);
  return hidden.size === 0 ? record : swept(record, [...hidden]);
}

const textFields = [
  'message',
  'logger',
  'transaction',
  'service',
  'environment',
  'release',
  'dist',
  'host',
  'pipeline',
  'policy',
  'requestId',
  'traceId',
  'spanId',
] as const satisfies readonly (keyof Draft)[];

function cleanMember(name: string, value: string): string {
  return members.get(`${name.length} ${name}${value}`, () => {
    const [clean] = Object.values(redact({ [name]: value }) as Record<string, string>);
    return clean as string;
  });
}

function cleanPart<T extends object>(value: T, options: typeof part): T {
  return redact(value, options) as unknown as T;
}

/** An object of texts alone. */
function cleanTexts<T extends object>(value: T): T {
  const entries = Object.entries(value).map(([name, text]) => [name, clean(String(text))]);
  return Object.fromEntries(entries) as T;
}

function cleanException(exception: ExceptionData): ExceptionData {
  const { type, message, code, frames } = exception;
  return {
    type: clean(type),
    message: clean(message),
    ...(code === undefined ? {} : { code: clean(code) }),
    frames: frames.map(cleanFrame),
  };
}

function cleanFrame(frame: FrameData): FrameData {
  const copy = { ...frame, file: clean(frame.file) };
  if (frame.function !== undefined) copy.function = clean(frame.function);
  if (frame.module !== undefined) copy.module = clean(frame.module);
  if (frame.source !== undefined) copy.source = cleanSource(frame.source);
  return copy;
}

/** All lines as one text: a key in PEM takes several. */
function cleanSource(source: NonNullable<FrameData['source']>): NonNullable<FrameData['source']> {
  const { before, line, after } = source;
  const text = [...before, line, ...after].join('\n');
  const lines = sources.get(text, () => redact(text, long)).split('\n');
  if (lines.length !== before.length + after.length + 1)
    return { before: [], line: REDACTED, after: [] };
  return {
    before: lines.slice(0, before.length),
    line: lines[before.length] as string,
    after: lines.slice(before.length + 1),
  };
}

function cleanBreadcrumb(breadcrumb: Breadcrumb): Breadcrumb {
  const { category, level, message, data } = breadcrumb;
  return {
    ...breadcrumb,
    ...(category === undefined ? {} : { category: clean(category) }),
    ...(level === undefined ? {} : { level: clean(level) }),
    ...(message === undefined ? {} : { message: clean(message) }),
    ...(data === undefined ? {} : { data: redact(data, small) }),
  };
}

/** Most records have none of the hidden values left, and their JSON tells it at once. */
function swept(record: Draft, hidden: readonly string[]): FailureRecord {
  const json = JSON.stringify(record);
  const left = hidden.filter((value) => json.includes(JSON.stringify(value).slice(1, -1)));
  if (left.length === 0) return record;
  // The longest first: one may be part of another.
  left.sort((one, other) => other.length - one.length);
  return sweepRecord(record, left);
}

/** What clients have named themselves is swept with its names; all else has the names of a record. */
function sweepRecord(record: Draft, hidden: readonly string[]): FailureRecord {
  const { id, time, received, user, platform, severity, breadcrumbs, ...rest } = record;
  const named = Object.entries(rest)
    .filter(([part]) => /^(?:tags|contexts|extra)$/.test(part))
    .map(([part, value]) => [part, sweep(value as Json, hidden, true)]);
  return {
    ...(sweep(rest as unknown as Json, hidden, false) as unknown as Draft),
    ...(Object.fromEntries(named) as Partial<Draft>),
    ...(breadcrumbs && { breadcrumbs: breadcrumbs.map((one) => sweepBreadcrumb(one, hidden)) }),
    ...(user !== undefined && { user }),
    id,
    time,
    received,
    platform,
    severity,
  };
}

function sweepBreadcrumb(breadcrumb: Breadcrumb, hidden: readonly string[]): Breadcrumb {
  const swept = sweep(breadcrumb as unknown as Json, hidden, false) as unknown as Breadcrumb;
  const { data } = breadcrumb;
  return data === undefined ? swept : { ...swept, data: sweep(data, hidden, true) };
}

function sweep(value: Json, hidden: readonly string[], withNames: boolean): Json {
  if (typeof value === 'string') {
    return hidden.reduce((text, one) => text.replaceAll(one, REDACTED), value);
  }
  if (typeof value === 'number') return hidden.includes(String(value)) ? REDACTED : value;
  if (Array.isArray(value)) return value.map((item) => sweep(item, hidden, withNames));
  if (typeof value !== 'object' || value === null) return value;
  const out: Record<string, Json> = {};
  for (const name in value) {
    const one = value[name];
    if (one === undefined) continue;
    out[withNames ? (sweep(name, hidden, false) as string) : name] = sweep(one, hidden, withNames);
  }
  return out;
}
