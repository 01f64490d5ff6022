/** Errors and their frames, as Sentry's clients describe them. */
import { isOwn } from '../in-app.ts';
import { limitExceptions, limitFrames } from '../limits.ts';
import { plainFile } from '../personal.ts';
import {
  countOf,
  defined,
  type Fields,
  fieldsOf,
  isFields,
  listOf,
  shownOf,
  textOf,
  valuesOf,
} from '../reading.ts';
import type { ExceptionData, FrameData } from '../record.ts';

const LONGEST_MESSAGE = 8_192;
const LONGEST_LINE = 300;
const MOST_LINES = 5;

/** The thrown error first; clients send it last. */
export function exceptionsOf(event: Fields, cut: string[]): ExceptionData[] {
  const values = valuesOf(event['exception']).filter(isFields).toReversed();
  const exceptions = limitExceptions(values, cut).map((value) => exceptionOf(value, cut));
  if (exceptions.length > 0) return exceptions;
  // Messages may have a stack all the same, under the thread that reported them.
  const stack =
    event['stacktrace'] ??
    valuesOf(event['threads'])
      .map((thread) => fieldsOf(thread)['stacktrace'])
      .find(isFields);
  const frames = framesOf(stack, cut);
  return frames.length === 0 ? [] : [{ type: '', message: '', frames }];
}

function exceptionOf(value: Fields, cut: string[]): ExceptionData {
  const type = textOf(value['type']) ?? '';
  const { code } = fieldsOf(fieldsOf(value['mechanism'])['data']);
  return defined<ExceptionData>({
    type: type.replace(/^\*(?=\w)/, ''),
    message: shownOf(value['value'], LONGEST_MESSAGE) ?? '',
    code: shownOf(code, 64),
    frames: framesOf(value['stacktrace'] ?? value['raw_stacktrace'], cut),
  });
}

function framesOf(stack: unknown, cut: string[]): FrameData[] {
  const frames = limitFrames(listOf(fieldsOf(stack)['frames']).filter(isFields), cut);
  // Some clients mark none, outside of the framework that they know.
  const isMarked = frames.some((frame) => frame['in_app'] === true);
  return frames.map((frame) => frameOf(frame, isMarked));
}

function frameOf(frame: Fields, isMarked: boolean): FrameData {
  const file = plainFile(textOf(frame['filename'], 500) ?? textOf(frame['abs_path'], 500) ?? '');
  const module = textOf(frame['module']);
  const inApp = isMarked
    ? frame['in_app'] === true
    : isOwn(textOf(frame['abs_path'], 500) ?? file, module);
  const name = textOf(frame['function']);
  return defined<FrameData>({
    file,
    function: name === '?' ? undefined : name,
    module,
    line: countOf(frame['lineno']),
    column: countOf(frame['colno']),
    inApp,
    source: inApp ? sourceOf(frame) : undefined,
  });
}

function sourceOf(frame: Fields): FrameData['source'] {
  const line = frame['context_line'];
  if (typeof line !== 'string') return undefined;
  const lines = (value: unknown): string[] =>
    listOf(value).map((one) => textOf(one, LONGEST_LINE) ?? '');
  return {
    before: lines(frame['pre_context']).slice(-MOST_LINES),
    line: textOf(line, LONGEST_LINE) ?? '',
    after: lines(frame['post_context']).slice(0, MOST_LINES),
  };
}

const platforms = /^(?:node|javascript|python|ruby|go|java|csharp|php)$/;

/** The older Ruby client and some others say `other`. */
export function platformOf(event: Fields): string {
  const platform = textOf(event['platform'], 32) ?? '';
  if (platforms.test(platform)) return platform;
  const sdk = textOf(fieldsOf(event['sdk'])['name'], 100) ?? '';
  return (
    /python|ruby|\bgo\b|java(?!script)|php/.exec(sdk)?.[0] ??
    (/javascript|browser/.test(sdk) ? 'javascript' : 'other')
  );
}
