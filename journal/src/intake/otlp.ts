/** OTLP over HTTP, in JSON and protobuf: `POST /v1/logs` and `/v1/traces`. Of both, failures are kept. */
import { hash } from 'node:crypto';
import {
  normaliseOtlp,
  type OtlpFailure,
  plainAttributes,
  plainValue,
} from '../record/normalise/otlp.ts';
import { type Fields, fieldsOf, listOf, numberOf, textOf } from '../record/reading.ts';
import { parseJson } from './json.ts';
import { LogsRequest, TracesRequest } from './otlp-messages.ts';
import { decode } from './protobuf.ts';
import { bearerOf, type Head, type Protocol } from './protocol.ts';

const path = /^\/v1\/(logs|traces)\/?$/;
const ERROR = 17;
const MOST_FAILURES = 1_000;

export const otlp: Protocol = {
  match: (given) => (path.test(given) ? {} : undefined),
  key: bearerOf,

  read(body, head, arrival) {
    const isLogs = head.path.startsWith('/v1/logs');
    const isBinary = isProtobuf(head);
    const request = isBinary
      ? decode(isLogs ? LogsRequest : TracesRequest, body)
      : fieldsOf(parseJson(body, 'The request'));
    const found = isLogs ? failuresInLogs(request) : failuresInTraces(request);
    const taken = found.slice(0, MOST_FAILURES);
    const dropped = found.length - taken.length;
    return {
      failures: taken.map((failure) => normaliseOtlp(failure, arrival)),
      tallies: dropped === 0 ? [] : [{ what: 'lost:batch_too_long', release: '', count: dropped }],
      requestHash: hash('sha256', body),
      answer: isBinary
        ? { type: 'application/x-protobuf', body: new Uint8Array() }
        : { body: '{"partialSuccess":{}}' },
    };
  },
};

const isProtobuf = ({ headers }: Head): boolean =>
  /^application\/(?:x-)?protobuf\b/.test(headers['content-type'] ?? '');

/** Records with an exception, and errors. */
function failuresInLogs(request: Fields): OtlpFailure[] {
  return listOf(request['resourceLogs']).flatMap((one) => {
    const { resource, scopeLogs } = fieldsOf(one);
    const from = plainAttributes(fieldsOf(resource)['attributes']);
    return listOf(scopeLogs).flatMap((logs) => {
      const { scope, logRecords } = fieldsOf(logs);
      return listOf(logRecords).flatMap((record) => {
        const log = fieldsOf(record);
        const attributes = plainAttributes(log['attributes']);
        const severity = numberOf(log['severityNumber']) ?? 0;
        const time =
          (numberOf(log['timeUnixNano']) ?? 0) > 0
            ? log['timeUnixNano']
            : log['observedTimeUnixNano'];
        return hasException(attributes) || severity >= ERROR
          ? [
              {
                resource: from,
                scope: textOf(fieldsOf(scope)['name']),
                attributes,
                body: plainValue(log['body']),
                severity,
                time,
                traceId: log['traceId'],
                spanId: log['spanId'],
                transaction: undefined,
              },
            ]
          : [];
      });
    });
  });
}

/** Events of spans that are named `exception`. */
function failuresInTraces(request: Fields): OtlpFailure[] {
  return listOf(request['resourceSpans']).flatMap((one) => {
    const { resource, scopeSpans } = fieldsOf(one);
    const from = plainAttributes(fieldsOf(resource)['attributes']);
    return listOf(scopeSpans).flatMap((spans) => {
      const scope = textOf(fieldsOf(fieldsOf(spans)['scope'])['name']);
      return listOf(fieldsOf(spans)['spans']).flatMap((given) => {
        const span = fieldsOf(given);
        const events = listOf(span['events'])
          .map(fieldsOf)
          .filter(({ name }) => name === 'exception');
        const around = events.length === 0 ? {} : plainAttributes(span['attributes']);
        return events.map((event) => ({
          resource: from,
          scope,
          attributes: { ...around, ...plainAttributes(event['attributes']) },
          body: undefined,
          severity: ERROR,
          time: event['timeUnixNano'],
          traceId: span['traceId'],
          spanId: span['spanId'],
          transaction: textOf(span['name']),
        }));
      });
    });
  });
}

const hasException = (attributes: Fields): boolean =>
  'exception.type' in attributes || 'exception.message' in attributes;
