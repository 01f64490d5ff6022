/**
 * Node's diagnostics channels: what whoever watches the process from outside can listen to, without anything of kedge's.
 *
 * `kedge:execute` and `kedge:attempt` are tracing channels, `kedge:event` has every event. Where nobody has ever
 * listened, each costs a look at one field.
 */
import type { KedgeEvent } from './events.ts';
import { WeakList } from './living.ts';
import type { TracedAttempt, TracedExecution, Tracer } from './tracing.ts';

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

/** Whether anybody has ever listened, here or as a tracer of a sink: all that a call looks at where nobody has. */
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
      return next.apply(this, args);
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

/** Somebody wants to be told from now on. */
export function heard(what: keyof Listened): void {
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

function begin(channel: TracingChannel, context: object, run: () => void): void {
  try {
    channel.start.runStores(context, run);
  } finally {
    channel.end.publish(context);
  }
}

function finish(channel: TracingChannel, context: TracedExecution | TracedAttempt): void {
  if ('error' in context) channel.error.publish(context);
  channel.asyncStart.publish(context);
  channel.asyncEnd.publish(context);
}

/** Publishes what is traced, on those channels that somebody listens to. */
export const publisher: Tracer = {
  get executions() {
    return isHeard(executing);
  },
  get attempts() {
    return isHeard(attempting);
  },
  execution(traced, run) {
    if (executing !== undefined) begin(executing, traced, run);
  },
  executionEnded(traced) {
    if (executing !== undefined) finish(executing, traced);
  },
  attempt(traced, run) {
    if (attempting !== undefined) begin(attempting, traced, run);
  },
  attemptEnded(traced) {
    if (attempting !== undefined) finish(attempting, traced);
  },
};
