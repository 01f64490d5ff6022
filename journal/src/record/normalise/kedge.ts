/** A failure that kedge has described: redacted and named already, and looked through again all the same. */
import { kept } from '../personal.ts';
import {
  countOf,
  defined,
  type Fields,
  fieldsOf,
  isFields,
  listOf,
  shownOf,
  textOf,
} from '../reading.ts';
import type { Draft, ExceptionData, FrameData, Severity } from '../record.ts';
import { findSecrets } from '../secrets.ts';
import { framesOfStack } from '../stacks.ts';
import { corrected, readTime } from '../time.ts';
import { limitExceptions } from '../limits.ts';
import { type Arrival, idOf, type Normalised, tagsOf, userOf } from './common.ts';

const LONGEST_MESSAGE = 8_192;
const LONGEST_STACK = 64 * 1024;
const severities: ReadonlySet<unknown> = new Set<Severity>([
  'critical',
  'error',
  'warning',
  'info',
]);

export function normaliseKedge(
  failure: Fields,
  arrival: Arrival & { readonly sentAt: number | undefined; readonly version: string | undefined },
): Normalised {
  const { received, hashUser, sentAt } = arrival;
  const cut: string[] = [];
  const runtime = fieldsOf(failure['runtime']);
  const thrown = exceptionOf(failure, cut);
  const causes = listOf(failure['causes'])
    .filter(isFields)
    .map((cause) => exceptionOf(cause, cut));
  const fingerprint = textOf(failure['fingerprint'], 64);
  const severity = failure['severity'];
  const draft: Draft = defined<Draft>({
    id: idOf(failure['id']),
    time: new Date(corrected(readTime(failure['time']), sentAt, received)).toISOString(),
    received: new Date(received).toISOString(),
    platform: 'node',
    severity: severities.has(severity) ? (severity as Severity) : 'error',
    exceptions: limitExceptions([thrown, ...causes], cut),
    transaction: textOf(failure['route']),
    service: textOf(failure['service']),
    environment: textOf(failure['environment']),
    release: textOf(failure['version']),
    host: textOf(runtime['host'] ?? runtime['hostname']),
    kind: textOf(failure['kind'], 32),
    source: textOf(failure['source'], 32),
    pipeline: textOf(failure['pipeline']),
    policy: textOf(failure['policy']),
    attempt: countOf(failure['attempt']),
    requestId: textOf(failure['requestId']),
    traceId: textOf(failure['traceId'], 64),
    spanId: textOf(failure['spanId'], 64),
    user: userOf(failure['userHash'], hashUser),
    tags: tagsOf(failure['tags'], cut),
    sdk: defined<NonNullable<Draft['sdk']>>({ name: 'kedge', version: arrival.version }),
    fingerprint: fingerprint === undefined ? undefined : [fingerprint],
  });
  return { draft, rest: () => ({ parts: restOf(failure, cut), hidden: hiddenIn(failure) }) };
}

function restOf({ runtime }: Fields, cut: string[]): Partial<Draft> {
  return defined<Partial<Draft>>({
    contexts: isFields(runtime) ? kept({ runtime }) : undefined,
    cut: cut.length === 0 ? undefined : cut,
  });
}

function hiddenIn({ tags }: Fields): ReadonlySet<string> {
  const hidden = new Set<string>();
  findSecrets(tags, hidden);
  return hidden;
}

function exceptionOf(error: Fields, cut: string[]): ExceptionData {
  const stack = textOf(error['stack'], LONGEST_STACK) ?? '';
  return defined<ExceptionData>({
    type: textOf(error['type']) ?? 'Error',
    message: textOf(error['message'], LONGEST_MESSAGE) ?? '',
    code: shownOf(error['code'], 64),
    frames: marked(stack, cut),
  });
}

/** kedge marks frames of the application with `>`, or with nothing where there are none. */
function marked(stack: string, cut: string[]): FrameData[] {
  const lines = stack.split('\n').filter((line) => /^\s*>?\s*at /.test(line));
  const own = new Set(lines.filter((line) => line.trimStart().startsWith('>')).map(plain));
  return lines.toReversed().flatMap((line) => {
    const [frame] = framesOfStack(plain(line), cut).frames;
    return frame === undefined ? [] : [{ ...frame, inApp: own.has(plain(line)) }];
  });
}

const plain = (line: string): string => `    ${line.replace(/^\s*>?\s*/, '')}`;
