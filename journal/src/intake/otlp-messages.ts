/** The messages of OTLP 1.x that matter here; the numbers are those of opentelemetry-proto. */
import type { Message } from './protobuf.ts';

const anyValue = (): Message => AnyValue;
const keyValue = (): Message => KeyValue;

const ArrayValue: Message = { 1: { name: 'values', type: anyValue, isRepeated: true } };
const KeyValueList: Message = { 1: { name: 'values', type: keyValue, isRepeated: true } };
const AnyValue: Message = {
  1: { name: 'stringValue', type: 'string' },
  2: { name: 'boolValue', type: 'bool' },
  3: { name: 'intValue', type: 'varint' },
  4: { name: 'doubleValue', type: 'double' },
  5: { name: 'arrayValue', type: () => ArrayValue },
  6: { name: 'kvlistValue', type: () => KeyValueList },
};
const KeyValue: Message = {
  1: { name: 'key', type: 'string' },
  2: { name: 'value', type: anyValue },
};

const Resource: Message = { 1: { name: 'attributes', type: keyValue, isRepeated: true } };
const Scope: Message = { 1: { name: 'name', type: 'string' } };

const LogRecord: Message = {
  1: { name: 'timeUnixNano', type: 'fixed64' },
  2: { name: 'severityNumber', type: 'varint' },
  5: { name: 'body', type: anyValue },
  6: { name: 'attributes', type: keyValue, isRepeated: true },
  9: { name: 'traceId', type: 'hex' },
  10: { name: 'spanId', type: 'hex' },
  11: { name: 'observedTimeUnixNano', type: 'fixed64' },
};
const ScopeLogs: Message = {
  1: { name: 'scope', type: () => Scope },
  2: { name: 'logRecords', type: () => LogRecord, isRepeated: true },
};
const ResourceLogs: Message = {
  1: { name: 'resource', type: () => Resource },
  2: { name: 'scopeLogs', type: () => ScopeLogs, isRepeated: true },
};

const SpanEvent: Message = {
  1: { name: 'timeUnixNano', type: 'fixed64' },
  2: { name: 'name', type: 'string' },
  3: { name: 'attributes', type: keyValue, isRepeated: true },
};
const Span: Message = {
  1: { name: 'traceId', type: 'hex' },
  2: { name: 'spanId', type: 'hex' },
  5: { name: 'name', type: 'string' },
  9: { name: 'attributes', type: keyValue, isRepeated: true },
  11: { name: 'events', type: () => SpanEvent, isRepeated: true },
};
const ScopeSpans: Message = {
  1: { name: 'scope', type: () => Scope },
  2: { name: 'spans', type: () => Span, isRepeated: true },
};
const ResourceSpans: Message = {
  1: { name: 'resource', type: () => Resource },
  2: { name: 'scopeSpans', type: () => ScopeSpans, isRepeated: true },
};

export const LogsRequest: Message = {
  1: { name: 'resourceLogs', type: () => ResourceLogs, isRepeated: true },
};
export const TracesRequest: Message = {
  1: { name: 'resourceSpans', type: () => ResourceSpans, isRepeated: true },
};
