/**
 * Node's diagnostics channels: what whoever watches the process from outside can listen to, without anything of kedge's.
 *
 * `kedge:execute` and `kedge:attempt` are tracing channels, `kedge:event` has every event. Where nobody has ever
 * listened, each costs a look at one field.
 */
import type { KedgeEvent } from './events.ts';
import type { Execution } from './execution.ts';
import { WeakList } from './living.ts';
import type { AttemptOutcome, ExecutionOutcome } from './policy.ts';
import type { Scope } from './scope.ts';

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
  runStores<T>(context: object, run: () => T): T;
  subscribe(listener: unknown): unknown;
  bindStore(...store: unknown[]): unknown;
}

interface TracingChannel {
  readonly start: Channel;
  readonly end: Channel;
  readonly asyncStart: Channel;
  readonly asyncEnd: Channel;
  readonly error: Channel;
}

interface DiagnosticsChannel {
  channel(name: string): Channel;
  tracingChannel?(name: string): TracingChannel;
}

interface Platform {
  process?: { getBuiltinModule?(id: string): DiagnosticsChannel | undefined };
}

// Asked for at run time instead of imported: the root entry also loads where there is no Node API.
const platform = (globalThis as Platform).process?.getBuiltinModule?.('node:diagnostics_channel');

/** Whether somebody has ever listened. */
export interface Listened {
  execute: boolean;
  attempt: boolean;
  event: boolean;
}

export const listened: Listened = { execute: false, attempt: false, event: false };

const waiting: WeakList<Refreshed> = new WeakList();

const executing = tracing('kedge:execute', 'execute');
const attempting = tracing('kedge:attempt', 'attempt');
const eventing = platform?.channel('kedge:event');
if (eventing !== undefined) notice(eventing, 'event');

function tracing(name: string, what: keyof Listened): TracingChannel | undefined {
  const channel = platform?.tracingChannel?.(name);
  if (channel === undefined) return undefined;
  const { start, end, asyncStart, asyncEnd, error } = channel;
  for (const each of [start, end, asyncStart, asyncEnd, error]) notice(each, what);
  return channel;
}

/** Hears of those who come to listen: a channel can only be asked, which every call would have to do. */
function notice(channel: Channel, what: keyof Listened): void {
  if (channel.hasSubscribers) heard(what);
  for (const way of ['subscribe', 'bindStore'] as const) {
    // Another copy of the package may have done the same; or it is the channel's own, which changes with who listens.
    const known = Object.getOwnPropertyDescriptor(channel, way)?.value as Way | undefined;
    const noticing = function (this: Channel, ...args: unknown[]): unknown {
      heard(what);
      const next = known ?? (Object.getPrototypeOf(this) as Channel)[way];
      return (next as Way).apply(this, args);
    };
    Object.defineProperty(channel, way, { value: noticing, configurable: true, writable: true });
  }
}

type Way = (...args: unknown[]) => unknown;

/** What has to know when somebody listens to events for the first time. */
interface Refreshed {
  refresh(): void;
}

/** Calls `refresh` of `who` when somebody listens to events for the first time. */
export function whenEventsAreHeard(who: Refreshed): void {
  if (eventing !== undefined && !listened.event) waiting.add(who);
}

function heard(what: keyof Listened): void {
  if (listened[what]) return;
  listened[what] = true;
  if (what === 'event') for (const who of waiting) who.refresh();
}

/** Whether somebody listens to events. */
export function areEventsHeard(): boolean {
  return eventing?.hasSubscribers === true;
}

export function publishEvent(event: KedgeEvent): void {
  if (eventing?.hasSubscribers === true) eventing.publish(event);
}

/** What is published of one execution: one object from its start to its end. */
export interface TracedExecution {
  readonly pipeline: string;
  readonly key: string | undefined;
  readonly executionId: string;
  /** How often the operation has been started. */
  attempts: number;
  /** From here on once it has ended. */
  outcome?: ExecutionOutcome;
  result?: unknown;
  error?: unknown;
}

/** What is published of one attempt. */
export interface TracedAttempt {
  readonly pipeline: string;
  readonly key: string | undefined;
  readonly executionId: string;
  readonly attempt: number;
  /** From here on once it has ended. */
  outcome?: AttemptOutcome;
  result?: unknown;
  error?: unknown;
}

const executions: WeakMap<Execution, TracedExecution> = new WeakMap();
const attempts: WeakMap<Scope, TracedAttempt> = new WeakMap();

/** Runs the way in of an execution. */
export function traceExecution(execution: Execution, run: () => void): void {
  if (!isHeard(executing)) {
    run();
    return;
  }
  const { pipeline, key, id } = execution;
  const context: TracedExecution = { pipeline, key, executionId: id, attempts: 0 };
  executions.set(execution, context);
  begin(executing, context, run);
}

export function executionEnded(
  execution: Execution,
  outcome: ExecutionOutcome,
  answer: unknown,
): void {
  const context = executions.get(execution);
  if (context === undefined || executing === undefined) return;
  executions.delete(execution);
  context.outcome = outcome;
  context.attempts = execution.attempts;
  const answered = outcome === 'success' || outcome === 'fallback' || outcome === 'stale';
  finish(executing, context, answered, answer);
}

/** Calls the operation. */
export function traceAttempt(scope: Scope, run: () => unknown): unknown {
  if (!isHeard(attempting)) return run();
  const { execution, attempt } = scope;
  const { pipeline, key, id } = execution;
  const context: TracedAttempt = { pipeline, key, executionId: id, attempt };
  attempts.set(scope, context);
  return begin(attempting, context, run);
}

export function attemptEnded(scope: Scope, outcome: AttemptOutcome, answer: unknown): void {
  const context = attempts.get(scope);
  if (context === undefined || attempting === undefined) return;
  attempts.delete(scope);
  context.outcome = outcome;
  finish(attempting, context, outcome === 'success', answer);
}

function isHeard(channel: TracingChannel | undefined): channel is TracingChannel {
  return (
    channel !== undefined &&
    (channel.start.hasSubscribers ||
      channel.end.hasSubscribers ||
      channel.asyncStart.hasSubscribers ||
      channel.asyncEnd.hasSubscribers ||
      channel.error.hasSubscribers)
  );
}

function begin<T>(channel: TracingChannel, context: object, run: () => T): T {
  try {
    return channel.start.runStores(context, run);
  } finally {
    channel.end.publish(context);
  }
}

function finish(
  channel: TracingChannel,
  context: TracedExecution | TracedAttempt,
  answered: boolean,
  answer: unknown,
): void {
  if (answered) context.result = answer;
  else {
    context.error = answer;
    channel.error.publish(context);
  }
  channel.asyncStart.publish(context);
  channel.asyncEnd.publish(context);
}
