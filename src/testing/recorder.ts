import type { EventType, KedgeEvent } from '../core/events.ts';

/** A sink that keeps what it is told. */
export interface Recorder {
  (event: KedgeEvent): void;
  readonly events: readonly KedgeEvent[];
  /** The types in their order. */
  types(): string[];
  /** The events of one type. */
  of<Type extends EventType>(type: Type): Extract<KedgeEvent, { type: Type }>[];
  clear(): void;
}

/**
 * A sink for tests.
 *
 * @example
 * const kedge = createKedge();
 * const seen = recorder();
 * kedge.observe(seen);
 * await kedge.pipeline('quotes').execute(() => 1);
 * console.log(seen.types()); // [ 'attempt.succeeded', 'execution.succeeded' ]
 */
export function recorder(): Recorder {
  const events: KedgeEvent[] = [];
  const record = (event: KedgeEvent): void => void events.push(event);
  return Object.assign(record, {
    events,
    types: () => events.map((event) => event.type),
    of: <Type extends EventType>(type: Type) =>
      events.filter((event): event is Extract<KedgeEvent, { type: Type }> => event.type === type),
    clear: () => void events.splice(0),
  });
}
