/** What an adopted policy consists of, told by the events that it has; and what its events are on kedge's stream. */
import type { EventFields, EventType } from '../../core/events.ts';
import { now, wall } from '../../core/time.ts';
import { circuitTransitions, counterOf, type TransitionReason } from '../../core/transitions.ts';
import { NotClosed } from './not-closed.ts';

type Subscribe<T> = (listener: (event: T) => void) => unknown;

type Failed = { error: unknown } | { value: unknown };

/** What is used of a policy of cockatiel; which of its events there are says what it is. */
export interface PeerLike {
  execute(
    fn: (context: { signal: AbortSignal }) => unknown,
    signal?: AbortSignal,
  ): Promise<unknown>;
  readonly onSuccess: Subscribe<{ duration: number }>;
  readonly onFailure: Subscribe<{ duration: number; handled: boolean; reason: Failed }>;
  readonly onRetry?: Subscribe<Failed & { delay: number; attempt?: number }>;
  readonly onGiveUp?: Subscribe<Failed>;
  readonly onBreak?: Subscribe<Failed | { isolated: true }>;
  readonly onReset?: Subscribe<void>;
  readonly onHalfOpen?: Subscribe<void>;
  readonly onTimeout?: Subscribe<void>;
  readonly onReject?: Subscribe<void>;
  readonly state?: unknown;
  readonly executionSlots?: number;
  readonly queueSlots?: number;
  /** Its own, which no type shows. */
  readonly duration?: unknown;
  readonly capacity?: unknown;
  readonly queueCapacity?: unknown;
  readonly wrapped?: readonly PeerLike[];
}

/** Who tells of a member, in the pipeline in which it stands first. */
export interface Teller {
  count(counter: string, by?: number): void;
  say<Type extends EventType>(type: Type, fields: EventFields[Type]): void;
  /** An event that kedge has no type of its own for. */
  report(type: string, fields: object): void;
}

type Telling = () => Teller | undefined;

/** One policy among those that are adopted. */
export interface Member {
  readonly policy: PeerLike;
  readonly kind: string;
  gauges(this: void): Readonly<Record<string, number>>;
  subscribe(telling: Telling): void;
}

/** What each kind counts, by the names of kedge's own policies. */
export const counters: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  retry: { scheduled: 0, exhausted: 0 },
  timeout: { exceeded: 0 },
  bulkhead: { rejected_bulkhead_full: 0 },
  circuitBreaker: {
    not_closed_ms: 0,
    ...Object.fromEntries(circuitTransitions.map((each) => [counterOf(each), 0])),
  },
};

const known: WeakMap<PeerLike, readonly Member[]> = new WeakMap();

/** The policies that one consists of, those inside a `wrap` of a `wrap` included. */
export function membersOf(policy: PeerLike): readonly Member[] {
  let members = known.get(policy);
  if (members === undefined) {
    members = [...new Set(flat(policy))].map(memberOf);
    known.set(policy, members);
  }
  return members;
}

function flat(policy: PeerLike, depth = 0): PeerLike[] {
  const { wrapped } = policy;
  return Array.isArray(wrapped) && depth < 16
    ? (wrapped as PeerLike[]).flatMap((each) => flat(each, depth + 1))
    : [policy];
}

function memberOf(policy: PeerLike): Member {
  const kind =
    policy.onBreak !== undefined
      ? 'circuitBreaker'
      : policy.onRetry !== undefined
        ? 'retry'
        : policy.onTimeout !== undefined
          ? 'timeout'
          : policy.onReject !== undefined
            ? 'bulkhead'
            : 'cockatiel';
  if (kind === 'circuitBreaker') return new CircuitMember(policy);
  return {
    policy,
    kind,
    gauges: () => (kind === 'bulkhead' ? slotsOf(policy) : {}),
    subscribe: (telling) => {
      subscribeCalls(policy, telling);
      policy.onRetry?.((event) => {
        const { delay, attempt = 1 } = event;
        telling()?.count('scheduled');
        telling()?.say('retry.scheduled', { attempt, delay, error: errorOf(event) });
      });
      policy.onGiveUp?.((event) => {
        telling()?.count('exhausted');
        telling()?.say('retry.exhausted', { attempts: NaN, error: errorOf(event) });
      });
      policy.onTimeout?.(() => {
        const after = typeof policy.duration === 'number' ? policy.duration : NaN;
        telling()?.count('exceeded');
        telling()?.say('timeout.exceeded', { after, attempt: NaN });
      });
      policy.onReject?.(() => {
        telling()?.count('rejected_bulkhead_full');
        telling()?.say('call.rejected', { reason: 'bulkhead-full' });
      });
    },
  };
}

const errorOf = (event: object): unknown => ('error' in event ? event.error : undefined);

function subscribeCalls(policy: PeerLike, telling: Telling): void {
  policy.onSuccess(({ duration }) => telling()?.report('cockatiel.succeeded', { duration }));
  policy.onFailure(({ duration, handled, reason }) =>
    telling()?.report('cockatiel.failed', { duration, handled, error: errorOf(reason) }),
  );
}

function slotsOf(policy: PeerLike): Readonly<Record<string, number>> {
  const { capacity, queueCapacity, executionSlots, queueSlots } = policy;
  if (typeof capacity !== 'number' || typeof executionSlots !== 'number') return {};
  const queued = Number(queueCapacity) - Number(queueSlots);
  return {
    in_use: capacity - executionSlots,
    limit: capacity,
    ...(Number.isFinite(queued) && { queued, queue_limit: Number(queueCapacity) }),
  };
}

const states = ['closed', 'open', 'half-open', 'isolated'] as const;

/** A circuit of cockatiel: its state is read, and what it says of its changes is told. */
class CircuitMember implements Member {
  readonly kind = 'circuitBreaker';
  readonly policy: PeerLike;
  private readonly notClosed: NotClosed = new NotClosed();
  private from: (typeof states)[number];
  private openings = 0;
  private openedAt: number | undefined = undefined;
  private telling: Telling = () => undefined;

  constructor(policy: PeerLike) {
    this.policy = policy;
    this.from = this.state;
  }

  private get state(): (typeof states)[number] {
    const { state } = this.policy;
    return (typeof state === 'number' ? states[state] : undefined) ?? 'closed';
  }

  readonly gauges = (): Readonly<Record<string, number>> => {
    const { state } = this;
    this.countNotClosed();
    return {
      closed: state === 'closed' ? 1 : 0,
      open: state === 'open' ? 1 : 0,
      half_open: state === 'half-open' ? 1 : 0,
      isolated: state === 'isolated' ? 1 : 0,
      not_closed: this.openings > 0 ? 1 : 0,
      ...(this.openedAt !== undefined && { last_opened_timestamp_seconds: this.openedAt / 1_000 }),
    };
  };

  subscribe(telling: Telling): void {
    this.telling = telling;
    subscribeCalls(this.policy, telling);
    this.policy.onBreak?.((event) => {
      const { from } = this;
      if ('isolated' in event) {
        this.enter('isolated', 'manual');
        telling()?.say('circuit.isolated', { from });
        return;
      }
      const reason = from === 'half-open' ? 'probe-failed' : 'failure-rate';
      this.openings++;
      this.openedAt = wall();
      this.enter('open', reason);
      telling()?.say('circuit.opened', {
        from,
        reason,
        // Only the policy knows these, and it does not say.
        failureRate: NaN,
        slowRate: NaN,
        calls: 0,
        consecutiveFailures: 0,
        openFor: NaN,
        openings: this.openings,
        error: errorOf(event),
      });
    });
    this.policy.onHalfOpen?.(() => {
      const { from } = this;
      this.enter('half-open', 'elapsed');
      telling()?.say('circuit.half-opened', { from });
    });
    this.policy.onReset?.(() => {
      const { from, openings } = this;
      this.enter('closed', from === 'half-open' ? 'recovered' : 'manual');
      this.openings = 0;
      telling()?.say('circuit.closed', { from, openings, ...this.notClosed.end(now()) });
    });
  }

  private enter(to: (typeof states)[number], reason: TransitionReason): void {
    if (this.from === 'closed') this.notClosed.begin(now());
    this.countNotClosed();
    this.telling()?.count(counterOf({ from: this.from, to, reason }));
    this.from = to;
  }

  private countNotClosed(): void {
    const passed = this.notClosed.take(now());
    if (passed > 0) this.telling()?.count('not_closed_ms', passed);
  }
}
