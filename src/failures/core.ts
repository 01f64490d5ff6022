/** What an error says of itself, redacted: the part of a description that depends on the error alone. */
import { classify, type FailureKind, type FailureSource } from '../verdict/classify.ts';
import type { FailureCause } from './failure.ts';
import { fingerprintOf } from './fingerprint.ts';
import { causesOf, codeOf, messageOf, read, typeOf } from './probe.ts';
import type { Redaction } from './redact/options.ts';
import { Taken } from './redact/taken.ts';
import { redactText } from './redact/text.ts';
import { Walk } from './redact/walk.ts';
import { formatFrames, type Frame, framesOf } from './stack.ts';
import { rejectedBy } from './validation.ts';

/** The redacted part of an error. */
export interface Core {
  readonly kind: FailureKind;
  readonly source: FailureSource;
  readonly code: string | undefined;
  readonly type: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly causes: readonly FailureCause[];
  readonly fingerprint: string;
  /** What was taken out of it by name. */
  readonly taken: Taken;
}

const LONGEST_MESSAGE = 4_000;
const LONGEST_CAUSE = 1_000;
const LONGEST_HEADLINE = 200;
const LONGEST_CODE = 255;
const MOST_FRAMES = 30;
const MOST_CAUSE_FRAMES = 10;
const OBJECT = { depth: 2, width: 50, text: 1_000 };

interface Known {
  readonly redaction: Redaction;
  readonly core: Core;
  // What an error is told by; somebody may change it before it is described again.
  readonly message: unknown;
  readonly stack: unknown;
  readonly cause: unknown;
  readonly code: unknown;
}

const known: WeakMap<object, Known> = new WeakMap();

/** Describes an error once, however many ask: the answer, the log, a sink, an alert. */
export function coreOf(error: unknown, redaction: Redaction): Core {
  if (typeof error !== 'object' || error === null) return describe(error, redaction);
  const before = known.get(error);
  if (before?.redaction === redaction && isSame(error, before)) return before.core;
  const core = describe(error, redaction);
  known.set(error, {
    redaction,
    core,
    message: read(error, 'message'),
    stack: read(error, 'stack'),
    cause: read(error, 'cause'),
    code: read(error, 'code'),
  });
  return core;
}

function isSame(error: object, before: Known): boolean {
  return (
    read(error, 'message') === before.message &&
    read(error, 'code') === before.code &&
    read(error, 'cause') === before.cause &&
    read(error, 'stack') === before.stack
  );
}

function describe(error: unknown, redaction: Redaction): Core {
  const taken = new Taken();
  const rules = { redaction, taken, rows: true };
  const { kind, source, code } = classify(error);
  const type = clean(typeOf(error), LONGEST_CODE, redaction);
  const message = sayingOf(error, LONGEST_MESSAGE, rules);
  const causes = causesOf(error).map((cause) => causeOf(cause, rules));
  const frames = framesOf(error);
  const stack = stackOf(frames, type, message, MOST_FRAMES, rules);
  const core: Core = {
    kind,
    source,
    code: code === undefined ? undefined : clean(code, LONGEST_CODE, redaction),
    type,
    message,
    stack,
    causes,
    fingerprint: fingerprintOf(error, (one) => (one === error ? frames : framesOf(one))),
    taken,
  };
  return taken.isEmpty ? core : swept(core, taken);
}

/** The same without what was taken out elsewhere. */
export function swept(core: Core, taken: Taken): Core {
  const { code, stack } = core;
  return {
    ...core,
    code: code === undefined ? undefined : taken.sweep(code),
    type: taken.sweep(core.type),
    message: taken.sweep(core.message),
    stack: stack === undefined ? undefined : taken.sweep(stack),
    causes: core.causes.map((cause) => ({
      ...cause,
      type: taken.sweep(cause.type),
      message: taken.sweep(cause.message),
      ...(cause.code !== undefined && { code: taken.sweep(cause.code) }),
      ...(cause.stack !== undefined && { stack: taken.sweep(cause.stack) }),
    })),
  };
}

interface Rules {
  readonly redaction: Redaction;
  readonly taken: Taken;
  readonly rows: boolean;
}

function causeOf(cause: unknown, rules: Rules): FailureCause {
  const type = clean(typeOf(cause), LONGEST_CODE, rules.redaction);
  const message = sayingOf(cause, LONGEST_CAUSE, rules);
  const code = codeOf(cause);
  const stack = stackOf(framesOf(cause), type, message, MOST_CAUSE_FRAMES, rules);
  return {
    type,
    message,
    ...(code !== undefined && { code: clean(code, LONGEST_CODE, rules.redaction) }),
    ...(stack !== undefined && { stack }),
  };
}

function clean(text: string, longest: number, redaction: Redaction): string {
  return plain.test(text) && !redaction.isOwn ? text : redactText(text, longest, { redaction });
}

// Names of classes and codes, which are too short for a key and have no sign before a value.
const plain = /^[A-Za-z]\w{0,14}$|^[A-Z][A-Za-z]{0,40}Error$|^[A-Z][A-Z_]{0,40}$/;

/** The message; of a thrown object that has none, the object. */
function sayingOf(error: unknown, longest: number, rules: Rules): string {
  const message = messageOf(error) ?? rejectedBy(error, rules.taken);
  if (message !== undefined) return redactText(message, longest, rules);
  if (typeof error !== 'object' || error === null) return '';
  const walk = new Walk({ ...OBJECT, bytes: longest }, rules.redaction, rules.taken);
  return JSON.stringify(walk.copy(error));
}

function stackOf(
  frames: readonly Frame[],
  type: string,
  message: string,
  most: number,
  { redaction }: Rules,
): string | undefined {
  if (frames.length === 0) return undefined;
  const stack = formatFrames(frames, most);
  // Frames are redacted once, by the built-in rules.
  return (
    headline(type, message) +
    (redaction.isOwn ? redactText(stack, stack.length + 1_000, { redaction }) : stack)
  );
}

/** The first line of a stack, as tools expect it. */
function headline(type: string, message: string): string {
  const line = message.slice(0, LONGEST_HEADLINE).split('\n', 1)[0] ?? '';
  return line === '' ? type : `${type}: ${line}`;
}
